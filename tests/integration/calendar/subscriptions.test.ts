import { expect, it } from 'vitest';
import { z } from 'zod';
import { calendars } from '../../../shared/api/families/calendars.ts';
import type { Subscription } from '../../../shared/engine/connection.ts';
import { runTimer } from '../../../shared/jobs/timers.ts';
import { startCalendarWorld, type CalendarWorld } from '../../support/calendar-world.ts';
import { API_KEY } from '../../support/sync-world.ts';

const HOUR_MS = 3_600_000;
const remotes = z.array(z.looseObject({ id: z.string(), resource: z.string() }));
const shared = z.object({ calendarId: z.string() });

async function watched(at: CalendarWorld): Promise<Subscription | null> {
  const { app, connectionId } = at.world;
  const connection = (await app.connections.read(connectionId))?.connection ?? expect.fail('no connection');
  return (await app.subscriptions.read(connection.account, 'me/events'))?.subscription ?? null;
}
const atGraph = async (at: CalendarWorld): Promise<string[]> =>
  remotes.parse(await at.world.control('GET', '/subscriptions')).map(({ id }) => id);
/** How long the domain waits for its next poll, in hours. */
async function waits(at: CalendarWorld): Promise<number> {
  await at.poll();
  return (Date.parse((await at.head()).status.nextDueAt ?? '') - at.world.clock.now().getTime()) / HOUR_MS;
}
async function renewal(at: CalendarWorld): Promise<void> {
  await runTimer('subscriptionRenewal', at.world.app);
  await at.world.drain();
}

it('waits for notifications of its calendars, and polls when they can come no more, until it is told again', async () => {
  await using at = await startCalendarWorld();
  const first = await watched(at);
  expect(await atGraph(at)).toEqual([first?.id]);
  expect(await waits(at)).toBeGreaterThan(1);
  // Graph has dropped it, and told nobody; its time is over.
  await at.world.control('DELETE', `/subscriptions/${first?.id ?? ''}`);
  at.world.clock.move(8 * 24 * HOUR_MS);
  await at.world.control('POST', '/clock', { advanceSeconds: (8 * 24 * HOUR_MS) / 1000 });
  expect(await waits(at)).toBeLessThanOrEqual(0);
  await renewal(at);
  const second = await watched(at);
  expect(second?.id).not.toBe(first?.id);
  expect(await atGraph(at)).toEqual([second?.id]);
  expect(await waits(at)).toBeGreaterThan(1);
});

it('makes a lost subscription anew when a poll finds what nobody has told, and polls until then', async () => {
  await using at = await startCalendarWorld();
  const first = await watched(at);
  await at.world.control('DELETE', `/subscriptions/${first?.id ?? ''}`);
  const times = {
    start: { dateTime: at.day(1), timeZone: 'UTC' },
    end: { dateTime: at.day(1, '10:00:00'), timeZone: 'UTC' },
  };
  await at.arrive({ subject: 'Unannounced', ...times });
  at.world.clock.move(2 * HOUR_MS);
  await at.world.control('POST', '/clock', { advanceSeconds: (2 * HOUR_MS) / 1000 });
  await at.poll();
  expect((await at.ours({})).map(({ subject }) => subject)).toEqual(['Unannounced']);
  await renewal(at);
  const second = await watched(at);
  expect(second?.id).not.toBe(first?.id);
  expect(await atGraph(at)).toEqual([second?.id]);
});

it('makes a lost subscription anew though the domain polls for another calendar', async () => {
  await using at = await startCalendarWorld();
  await at.settings({ calendarIds: ['default', await at.calendar('Other')] });
  expect(await waits(at)).toBeLessThanOrEqual(0);
  const first = await watched(at);
  await at.world.control('DELETE', `/subscriptions/${first?.id ?? ''}`);
  const end = { dateTime: at.day(1, '10:00:00'), timeZone: 'UTC' };
  await at.arrive({ subject: 'Unannounced', start: { dateTime: at.day(1), timeZone: 'UTC' }, end });
  at.world.clock.move(HOUR_MS / 6);
  expect(await waits(at)).toBeLessThanOrEqual(0);
  await renewal(at);
  const second = await watched(at);
  expect(second?.id).not.toBe(first?.id);
  expect(await atGraph(at)).toEqual([second?.id]);
});

it('polls the calendars of others at its schedule, while its own are watched', async () => {
  await using at = await startCalendarWorld();
  const bob = '/users/bob@contoso.example';
  await at.world.control('POST', '/users', { userPrincipalName: 'bob@contoso.example', displayName: 'Bob' });
  const sharing = { with: at.world.upn, role: 'read' };
  expect(await waits(at)).toBeGreaterThan(1);
  const { calendarId } = shared.parse(await at.world.control('POST', `${bob}/calendars/Calendar/share`, sharing));
  await at.settings({ calendarIds: ['default', calendarId] });
  // By the poll that first lists it, and reads it.
  expect(await waits(at)).toBeLessThanOrEqual(0);
  // Nobody was to tell of what happens there: that says nothing of the subscription to what is the account's own.
  const row = (await watched(at)) ?? expect.fail('nothing is watched');
  const times = { start: { dateTime: at.day(1), timeZone: 'UTC' }, end: { dateTime: at.day(2), timeZone: 'UTC' } };
  await at.world.control('POST', `${bob}/events`, { subject: 'Theirs', ...times });
  at.world.clock.move(HOUR_MS / 6);
  expect(await waits(at)).toBeLessThanOrEqual(0);
  expect((await at.ours({})).map(({ subject }) => subject)).toEqual(['Theirs']);
  expect(await watched(at)).toMatchObject({ id: row.id, distrusted: false });
  expect(await atGraph(at)).toEqual([row.id]);
  await at.settings({ calendarIds: 'default' });
  // Jobs of the schedule look now and then whether they are needed.
  at.world.clock.move(HOUR_MS / 2);
  expect(await waits(at)).toBeGreaterThan(1);
});

/** `POST` or `DELETE .../webhook` of the default calendar. */
async function askWebhook(at: CalendarWorld, method: 'POST' | 'DELETE'): Promise<number> {
  const { app, connectionId } = at.world;
  const url = `https://sync.example/api/connections/${connectionId}/calendars/default/webhook`;
  const headers = { authorization: `Bearer ${API_KEY}` };
  return (await calendars(app).fetch(new Request(url, { method, headers }), {})).status;
}

it('leaves the notifications of a calendar out and takes them in again, as it is told by the API', async () => {
  await using at = await startCalendarWorld();
  const first = await watched(at);
  expect(await atGraph(at)).toEqual([first?.id]);
  expect(await askWebhook(at, 'DELETE')).toBe(204);
  // What the API has asked for waits in the queues.
  await at.world.drain();
  expect([await watched(at), await atGraph(at)]).toEqual([null, []]);
  expect(await waits(at)).toBeLessThanOrEqual(0);
  expect(await askWebhook(at, 'POST')).toBe(200);
  await at.world.drain();
  const second = await watched(at);
  expect([second?.id === first?.id, await atGraph(at)]).toEqual([false, [second?.id]]);
  expect(await waits(at)).toBeGreaterThan(1);
});

it('P18: keeps a healthy subscription where a safety poll finds what its window has come to', async () => {
  await using at = await startCalendarWorld({
    settings: { CALENDAR_WINDOW_FUTURE_DAYS: '5', SAFETY_POLL_MINUTES: '10080' },
  });
  const first = await watched(at);
  const times = {
    start: { dateTime: at.day(10), timeZone: 'UTC' },
    end: { dateTime: at.day(10, '10:00:00'), timeZone: 'UTC' },
  };
  await at.arrive({ subject: 'Beyond', ...times });
  const wait = await waits(at);
  expect([wait > 23, wait <= 24]).toEqual([true, true]);
  for (let day = 0; day < 4; day++) {
    at.world.clock.move(24 * HOUR_MS);
    expect(await waits(at)).toBeGreaterThan(1);
  }
  expect((await at.ours({})).map(({ subject }) => subject)).toEqual(['Beyond']);
  await renewal(at);
  expect((await watched(at))?.id).toBe(first?.id);
});
