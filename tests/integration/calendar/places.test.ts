import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Fields } from '../../../shared/lib/json.ts';
import { startCalendarWorld, type CalendarWorld } from '../../support/calendar-world.ts';

const utc = (dateTime: string): Fields => ({ dateTime, timeZone: 'UTC' });
const meeting = (at: CalendarWorld, more: Fields = {}): Fields => ({
  subject: 'Review',
  start: utc(at.day(3)),
  end: utc(at.day(3, '10:00:00')),
  ...more,
});
const told = async (at: CalendarWorld, from: number): Promise<string[]> =>
  (await at.feed()).slice(from).map(({ type, cause }) => `${type} ${cause}`);
const later = async (at: CalendarWorld): Promise<void> => {
  at.world.clock.move(3_600_000);
  await at.poll();
};
const down = { before: { status: 503, body: { error: { code: 'serviceNotAvailable', message: 'later' } } } };
const denied = { before: { status: 403, body: { error: { code: 'ErrorAccessDenied', message: 'no' } } } };

/** Two calendars of the account, both synced, and how many rows the feed has by then. */
async function twoCalendars() {
  const at = await startCalendarWorld();
  const other = await at.calendar('Projects');
  await at.settings({ calendarIds: [at.main, other] });
  await at.arrive(meeting(at, { subject: 'Stays' }));
  const id = await at.arrive(meeting(at));
  await at.poll();
  const move = async (to: string): Promise<void> => {
    await at.world.user('POST', `/events/${id}/move`, { calendar: to });
  };
  return { at, other, id, move, from: (await at.feed()).length };
}

it('P4: tells an event that moves to another calendar once, as a move', async () => {
  const { at, other, move, from } = await twoCalendars();
  await using world = at;
  await move('Projects');
  await world.poll();
  await move(at.main);
  await world.poll();
  expect(await told(at, from)).toEqual(['event.moved poll', 'event.moved poll']);
  expect(await at.differences([at.main, other])).toEqual([]);
});

it('P4 P7: the same where the calendar that it moves to cannot be read then', async () => {
  const { at, other, move, from } = await twoCalendars();
  await using world = at;
  await move('Projects');
  const fault = world.world.graph.plan({
    path: new RegExp(`calendars/${encodeURIComponent(other)}/calendarView`),
    times: 1_000,
    fault: down,
  });
  await world.poll();
  expect(fault.hits).toBeGreaterThan(0);
  await later(at);
  world.world.graph.heal();
  for (let round = 0; round < 3; round++) await later(at);
  expect(await told(at, from)).toEqual(['event.moved poll']);
  expect(await at.differences([at.main, other])).toEqual([]);
});

it('P7: waits where neither calendar tells what became of it', async () => {
  const { at, other, move, from } = await twoCalendars();
  await using world = at;
  await move('Projects');
  world.world.graph.plan({ path: new RegExp(`calendars/${encodeURIComponent(other)}/`), times: 1_000, fault: down });
  for (let round = 0; round < 2; round++) await later(at);
  expect(await told(at, from)).toEqual([]);
  world.world.graph.heal();
  for (let round = 0; round < 3; round++) await later(at);
  expect(await told(at, from)).toEqual(['event.moved poll']);
});

for (const [status, code] of [
  [404, 'ErrorItemNotFound'],
  [403, 'ErrorAccessDenied'],
] as const)
  it(`P7: tells nothing of what moved to a synced calendar, as long as that answers ${status} to everything`, async () => {
    const { at, other, move, from } = await twoCalendars();
    await using world = at;
    await move('Projects');
    const match = { path: `calendars/${encodeURIComponent(other)}` };
    await world.world.control('POST', '/faults', { match, times: 0, action: { kind: 'status', status, code } });
    for (let round = 0; round < 3; round++) await later(at);
    expect(await told(at, from)).toEqual([]);
    await world.world.control('DELETE', '/faults');
    for (let round = 0; round < 3; round++) await later(at);
    expect(await told(at, from)).toEqual(['event.moved poll']);
  });

it('P7 P11: a synced calendar that refuses everything for a day keeps nothing any longer that is gone from another', async () => {
  const { at, other, id, from } = await twoCalendars();
  await using world = at;
  await at.remove(id);
  await world.world.control('POST', '/faults', {
    match: { path: `calendars/${encodeURIComponent(other)}` },
    times: 0,
    action: { kind: 'status', status: 403, code: 'ErrorAccessDenied' },
  });
  await later(at);
  expect(await told(at, from)).toEqual([]);
  at.world.clock.move(86_400_000);
  await at.poll();
  expect(await told(at, from)).toEqual(['event.deleted poll']);
});

it('P7: tells what moves to a calendar that is not synced as left, with its parts, and waits while that cannot be looked at', async () => {
  await using at = await startCalendarWorld({ settings: { DELETE_GUARD_MINIMUM: '1' } });
  const other = await at.calendar('Projects');
  const range = { type: 'numbered', numberOfOccurrences: 3, startDate: at.day(3).slice(0, 10) };
  const recurrence = { pattern: { type: 'daily', interval: 1 }, range };
  await at.arrive(meeting(at, { subject: 'Stays' }));
  const [single, series, last] = [
    await at.arrive(meeting(at)),
    await at.arrive(meeting(at, { recurrence })),
    await at.arrive(meeting(at, { subject: 'Last' })),
  ];
  await at.poll();
  const from = (await at.feed()).length;
  const rows = async () => (await at.feed()).slice(from).map(({ type, details }) => [type, details]);
  const move = async (id: string): Promise<void> => {
    await at.world.user('POST', `/events/${id}/move`, { calendar: 'Projects' });
    await at.poll();
  };
  // Within a batch, where the other calendars that are not synced answer.
  const failing = { match: { path: `calendars/${encodeURIComponent(other)}/events` }, times: 0 };
  const fail = (): Promise<unknown> =>
    at.world.control('POST', '/faults', { ...failing, action: { kind: 'status', status: 503 } });
  await fail();
  await move(single);
  expect(await rows()).toEqual([]);
  await at.world.control('DELETE', '/faults');
  await later(at);
  const left = ['event.deleted', { reason: 'left', calendarId: other }];
  expect(await rows()).toEqual([left]);
  // No guard holds these back, however many they are: the series and its occurrences.
  await move(series);
  expect(await rows()).toEqual([left, left, left, left, left]);
  await fail();
  await move(last);
  expect(await rows()).toHaveLength(5);
  // It is not here, whatever became of it: that is told after an hour.
  await later(at);
  expect((await rows()).slice(5)).toEqual([['event.deleted', { reason: 'gone' }]]);
});

const shared = z.object({ calendarId: z.string() });
/** A calendar that somebody else shares with the account, synced. */
async function sharedCalendar() {
  const at = await startCalendarWorld();
  const { world } = at;
  const bob = '/users/bob@contoso.example';
  await world.control('POST', '/users', { userPrincipalName: 'bob@contoso.example', displayName: 'Bob' });
  const made = async (subject: string): Promise<string> =>
    z
      .array(z.object({ id: z.string() }))
      .parse(await world.control('POST', `${bob}/events`, meeting(at, { subject })))
      .map(({ id }) => id)[0] ?? '';
  const ids = [await made('Theirs'), await made('Goes')];
  const sharing = { with: world.upn, role: 'write' };
  const answer = await world.control('POST', `${bob}/calendars/Calendar/share`, sharing);
  const { calendarId } = shared.parse(answer);
  await at.settings({ calendarIds: 'all' });
  await at.poll();
  return { at, bob, ids, calendarId, sharing, from: (await at.feed()).length };
}

it('P7: tells no event as deleted when a calendar is shared no more, and goes on when it is shared again', async () => {
  const { at, bob, sharing, from } = await sharedCalendar();
  await using held = at;
  const { world } = held;
  await world.control('POST', `${bob}/calendars/Calendar/unshare`, sharing);
  for (let round = 0; round < 5; round++) await later(at);
  expect(await told(at, from)).toEqual(['sync.stream_removed system']);
  expect((await at.feed()).at(-1)?.details).toMatchObject({ reason: 'gone', records: 2 });
  await world.control('POST', `${bob}/calendars/Calendar/share`, sharing);
  await world.control('POST', `${bob}/events`, meeting(at, { subject: 'New' }));
  for (let round = 0; round < 3; round++) await later(at);
  expect(await told(at, from + 1)).toEqual(['sync.baseline_completed system']);
  expect((await at.ours()).map(({ subject }) => subject).toSorted()).toEqual(['Goes', 'New', 'Theirs']);
});

for (const status of [403, 404])
  it(`P7: deletes nothing while a calendar that is listed answers ${status}, says so, and goes on when it can be read`, async () => {
    const { at, bob, calendarId, from } = await sharedCalendar();
    await using held = at;
    const { world } = held;
    const before = await at.ours();
    const body = { error: { code: status === 404 ? 'ErrorItemNotFound' : 'ErrorAccessDenied', message: 'no' } };
    const path = new RegExp(`calendars/${encodeURIComponent(calendarId)}/`);
    world.graph.plan({ path, times: 1_000, fault: { before: { status, body } } });
    for (let round = 0; round < 5; round++) await later(at);
    expect([await told(at, from), await at.ours()]).toEqual([[], before]);
    const failing = (await at.cursors()).filter(({ lastError }) => lastError !== null);
    expect(failing).toHaveLength(1);
    world.graph.heal();
    await world.control('POST', `${bob}/events`, meeting(at, { subject: 'New' }));
    for (let round = 0; round < 3; round++) await later(at);
    expect(await told(at, from)).toEqual(['event.created poll']);
    expect((await at.cursors()).filter(({ lastError }) => lastError !== null)).toEqual([]);
  });

it('P7: a calendar that is still listed, whose events cannot be read any more, proves nothing of them', async () => {
  const { at, bob, ids, calendarId, from } = await sharedCalendar();
  await using held = at;
  const { world } = held;
  const encoded = encodeURIComponent(calendarId);
  await world.control('DELETE', `${bob}/events/${ids[1] ?? ''}`);
  const gone = { before: { status: 404, body: { error: { code: 'ErrorItemNotFound', message: 'no' } } } };
  // The page that tells of the removal came through; then the sharing ends.
  world.graph.plan({ path: new RegExp(`calendars/${encoded}/events`), times: 1_000, fault: gone });
  world.graph.plan({ path: /\$batch/, times: 1_000, fault: denied });
  await at.poll();
  expect(await told(at, from)).toEqual([]);
  world.graph.heal();
  for (let round = 0; round < 2; round++) await later(at);
  expect(await told(at, from)).toEqual(['event.deleted poll']);
});

for (const status of [403, 429, 500, 503])
  it(`P7: a ${status} to reading again deletes nothing`, async () => {
    await using at = await startCalendarWorld();
    const id = await at.arrive(meeting(at));
    await at.arrive(meeting(at, { subject: 'Stays' }));
    await at.poll();
    const from = (await at.feed()).length;
    await at.remove(id);
    const headers = status === 429 ? { 'retry-after': '1' } : {};
    const fault = { before: { status, headers, body: { error: { code: 'ErrorAny', message: 'no' } } } };
    at.world.graph.plan({ path: /\/events\/|\$batch/, times: 1_000, fault });
    for (let round = 0; round < 2; round++) await later(at);
    expect(await told(at, from)).toEqual([]);
    at.world.graph.heal();
    for (let round = 0; round < 2; round++) await later(at);
    expect(await told(at, from)).toEqual(['event.deleted poll']);
  });

it('tells a meeting that its organizer cancels as cancelled, and one of our own that is cancelled as gone', async () => {
  await using at = await startCalendarWorld();
  const organizer = { address: 'grace@navy.example', name: 'Grace' };
  const attendees = [{ emailAddress: { address: at.world.upn }, type: 'required' }];
  const theirs = await at.arrive(meeting(at, { subject: 'Theirs', organizer, attendees }));
  const own = await at.arrive(
    meeting(at, { subject: 'Own', attendees: [{ emailAddress: { address: 'grace@navy.example' } }] }),
  );
  await at.poll();
  const from = (await at.feed()).length;
  await at.edit(theirs, { isCancelled: true, subject: 'Canceled: Theirs' });
  await at.world.user('POST', `/events/${own}/cancel`, { comment: 'Snow' });
  await at.poll();
  expect((await told(at, from)).toSorted()).toEqual(['event.deleted poll', 'event.updated poll']);
  expect(await at.ours({})).toMatchObject([{ subject: 'Canceled: Theirs', isCancelled: true, isOrganizer: false }]);
  await at.remove(theirs);
  await at.poll();
  expect(await told(at, from + 2)).toEqual(['event.deleted poll']);
});
