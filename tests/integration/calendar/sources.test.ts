import { expect, it } from 'vitest';
import { z } from 'zod';
import { accountOf, delegateOf } from '../../../shared/domains/calendar/calendar.ts';
import { calendarResources, listCalendars } from '../../../shared/domains/calendar/resources.ts';
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
  const connection = { id: world.connectionId, settings: { calendar: { calendarIds: 'all' } } };
  expect(await calendarResources(world.app.store, connection)).toEqual({ resources: ['me/events'], polls: true });
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
