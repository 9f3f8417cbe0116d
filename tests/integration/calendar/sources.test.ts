import { expect, it } from 'vitest';
import { z } from 'zod';
import { accountOf, delegateOf } from '../../../shared/domains/calendar/calendar.ts';
import { streamOfCalendar } from '../../../shared/domains/calendar/calendar-stream.ts';
import { calendarResources, listCalendars } from '../../../shared/domains/calendar/resources.ts';
import { storedLists } from '../../../shared/engine/short-lists.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { startCalendarWorld, type CalendarWorld } from '../../support/calendar-world.ts';

const times = (at: CalendarWorld, days: number) => ({
  start: { dateTime: at.day(days), timeZone: 'UTC' },
  end: { dateTime: at.day(days, '10:00:00'), timeZone: 'UTC' },
});
const shared = z.object({ calendarId: z.string() });

it('reads a calendar that somebody shares, with its owner, and polls it', async () => {
  await using at = await startCalendarWorld();
  const { world } = at;
  await world.control('POST', '/users', { userPrincipalName: 'bob@contoso.example', displayName: 'Bob' });
  await world.control('POST', '/users/bob@contoso.example/events', { subject: 'Theirs', ...times(at, 2) });
  const sharing = { with: world.upn, role: 'write' };
  const { calendarId } = shared.parse(
    await world.control('POST', '/users/bob@contoso.example/calendars/Calendar/share', sharing),
  );
  await at.settings({ calendarIds: 'all' });
  await at.poll();
  const calendars = await listCalendars(world.app.store, world.connectionId);
  const account = accountOf(calendars);
  expect([account, calendars.find(({ isDefault }) => isDefault)?.id]).toEqual([world.upn, at.main]);
  const theirs = calendars.find(({ id }) => id === calendarId);
  expect(theirs === undefined ? null : delegateOf(theirs, account)).toBe('bob@contoso.example');
  expect(await at.differences(calendars.map(({ id }) => id))).toEqual([]);
  expect((await at.ours()).map((item) => [item['subject'], item['calendarId']])).toContainEqual(['Theirs', calendarId]);
  const found = await world.app.connections.read(world.connectionId);
  if (found === null) return expect.fail('there is no connection');
  expect(await calendarResources(storedLists(world.app.store, at.scope), found.connection)).toEqual({
    resources: ['me/events'],
    told: [streamOfCalendar(at.main)],
  });
});

it('P4: reads what a notification names, though it does not say in which calendar it is', async () => {
  await using at = await startCalendarWorld();
  const { app, connectionId } = at.world;
  const graphId = await at.arrive({ subject: 'New', ...times(at, 1) });
  await app.wake.raise(at.scope, [graphId]);
  await runSyncJob({ ...at.scope, connectionId, why: 'notification', due: null }, app);
  expect((await at.ours()).map(({ subject }) => subject)).toEqual(['New']);
  const beyond = await at.arrive({ subject: 'In five years', ...times(at, 1_800) });
  await app.wake.raise(at.scope, [beyond]);
  await runSyncJob({ ...at.scope, connectionId, why: 'notification', due: null }, app);
  expect((await at.ours({})).map(({ subject }) => subject)).toEqual(['New']);
});

const HOUR_MS = 3_600_000;
/** A job that hears of nothing but these. */
async function hear(at: CalendarWorld, ...ids: string[]): Promise<void> {
  const { app, connectionId } = at.world;
  await app.wake.raise(at.scope, ids);
  await runSyncJob({ ...at.scope, connectionId, why: 'notification', due: null }, app);
}
const told = async (at: CalendarWorld, from: number): Promise<string[]> =>
  (await at.feed()).slice(from).map(({ type, details }) => `${type} ${JSON.stringify(details?.['reason'] ?? null)}`);

it('P4 P7: believes notifications of what no page shows yet, and of what is found elsewhere though it is no longer in its calendar', async () => {
  await using at = await startCalendarWorld({ ways: { deltaDelayMs: HOUR_MS, deletedReadable: true } });
  const { world } = at;
  await world.control('PATCH', '/settings', { notifications: { pause: true } });
  await at.calendar('Not ours');
  const single = await at.arrive({ subject: 'Single', ...times(at, 1) });
  const range = { type: 'numbered', numberOfOccurrences: 3, startDate: at.day(2).slice(0, 10) };
  const recurrence = { pattern: { type: 'daily', interval: 1 }, range };
  const series = await at.arrive({ subject: 'Series', ...times(at, 2), recurrence });
  const foreign = await at.arrive({ subject: 'Foreign', calendar: 'Not ours', ...times(at, 1) });
  await hear(at, single, series, foreign);
  expect((await at.ours()).map(({ subject, calendarId }) => [subject, calendarId])).toEqual([['Single', at.main]]);
  // Its occurrences come by pages alone: it stays named for one more look, that brings them or nothing.
  expect([(await at.series()).length, (await at.head()).named]).toEqual([1, [series]]);
  await world.control('POST', '/clock', { advanceSeconds: HOUR_MS / 1000 });
  world.clock.move(60_000);
  await at.poll();
  expect([await at.differences(), (await at.head()).named]).toEqual([[], []]);

  const from = (await at.feed()).length;
  await at.remove(single);
  await hear(at, single);
  expect(await told(at, from)).toEqual([]);
  world.clock.move(60_000);
  await at.poll();
  expect(await told(at, from)).toEqual(['event.deleted "gone"']);

  // The page tells of a removal, and what it is settled by fails; then somebody names it.
  await world.control('PATCH', '/settings', { calendar: { deltaDelayMs: 0 } });
  const other = await at.arrive({ subject: 'Other', ...times(at, 1) });
  await at.poll();
  await at.remove(other);
  const body = { error: { code: 'serviceNotAvailable', message: 'later' } };
  world.graph.plan({ path: /\/events\/|\$batch/, times: 1_000, fault: { before: { status: 503, body } } });
  await at.poll();
  expect((await at.head()).counts.hints).toBe(1);
  world.graph.heal();
  world.clock.move(HOUR_MS);
  await hear(at, other);
  expect((await told(at, from)).slice(1)).toEqual(['event.created null', 'event.deleted "gone"']);
});
