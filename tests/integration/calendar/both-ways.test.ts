import { expect, it } from 'vitest';
import { streamOfCalendar } from '../../../shared/domains/calendar/calendar-stream.ts';
import { eventDefaults } from '../../../shared/domains/calendar/event-fields.ts';
import { CANCEL } from '../../../shared/domains/calendar/push.ts';
import { responseFields } from '../../../shared/domains/calendar/push-respond.ts';
import type { Fields, Json } from '../../../shared/lib/json.ts';
import { startCalendarWorld, type CalendarWorld } from '../../support/calendar-world.ts';

const wall = (dateTime: string, timeZone = 'UTC'): Fields => ({ dateTime, timeZone });
const meeting = (at: CalendarWorld, more: Fields = {}): Fields => ({
  subject: 'Review',
  start: wall(at.day(3)),
  end: wall(at.day(3, '10:00:00')),
  ...more,
});
const fieldsOf = (at: CalendarWorld, more: Fields = {}): Fields => ({
  ...eventDefaults,
  ...{ calendarId: at.main, subject: 'Ours', showAs: 'busy' },
  start: { dateTime: `${at.day(2)}Z`, timeZone: 'Europe/Berlin' },
  end: { dateTime: `${at.day(2, '09:30:00')}Z`, timeZone: 'Europe/Berlin' },
  ...more,
});
const create = (at: CalendarWorld, fields: Fields) =>
  at.write(() => ({ type: 'create', kind: 'event', action: 'create', fields, stream: streamOfCalendar(at.main) }));
const remove = async (at: CalendarWorld, id: Json | undefined, action = 'delete', fields: Fields = {}) => {
  const record = await at.record(id);
  await at.write(() => ({ type: 'delete', record, action, fields }));
};
const settled = async (at: CalendarWorld): Promise<void> => {
  await at.world.drain();
  for (let round = 0; round < 3; round++) await at.poll();
};
const told = async (at: CalendarWorld, from = 1): Promise<[string, string, readonly string[]][]> =>
  (await at.feed()).slice(from).map(({ type, cause, changed }) => [type, cause, changed]);
const named = async (at: CalendarWorld, subject: string): Promise<Fields> => {
  const found = (await at.ours({})).find((item) => item['subject'] === subject);
  if (found === undefined) throw new Error(`there is no ${subject}`);
  return found;
};

it('follows an event that is made, edited, moved in time and deleted in Outlook', async () => {
  await using at = await startCalendarWorld();
  const id = await at.arrive(meeting(at));
  await at.poll();
  expect(await at.differences()).toEqual([]);
  await at.edit(id, { subject: 'Review, again', importance: 'high' });
  await at.poll();
  await at.edit(id, { start: wall(at.day(4)), end: wall(at.day(4, '09:30:00')) });
  await at.poll();
  expect(await at.differences()).toEqual([]);
  await at.remove(id);
  await at.poll();
  expect(await at.ours({})).toEqual([]);
  expect(await told(at)).toEqual([
    ['event.created', 'poll', expect.arrayContaining(['subject', 'start', 'calendarId'])],
    ['event.updated', 'poll', ['subject', 'importance']],
    ['event.updated', 'poll', ['start', 'end']],
    ['event.deleted', 'poll', []],
  ]);
  expect((await at.feed()).at(-1)).toMatchObject({ details: { reason: 'gone' } });
});

it('P8 P9: brings a new event to Outlook once, and hears nothing of it', async () => {
  await using at = await startCalendarWorld();
  const attendees = [{ address: 'grace@navy.example', name: 'Grace', type: 'required', response: 'none' }];
  const made = await create(
    at,
    fieldsOf(at, { attendees, isOnlineMeeting: true, categories: ['Blue'], location: 'Room 4' }),
  );
  expect(await named(at, 'Ours')).toMatchObject({ graphId: null, pushed: 'pending' });
  await settled(at);
  const item = await named(at, 'Ours');
  expect(item).toMatchObject({ id: made.id, pushed: 'done', location: 'Room 4' });
  expect(JSON.stringify(item['teams'])).toContain('https://');
  expect(await at.effects()).toEqual(['create']);
  expect(await at.differences()).toEqual([]);
  expect((await told(at)).map(([type, cause]) => `${type} ${cause}`)).toEqual([
    'event.created own-write',
    'event.updated own-write',
  ]);
});

it('P10: lets both sides edit an event at once, and both survive', async () => {
  await using at = await startCalendarWorld();
  const id = await at.arrive(meeting(at));
  await at.poll();
  const { id: ours } = await named(at, 'Review');
  await at.edit(id, { importance: 'high' });
  await at.update(ours, { subject: 'Ours', showAs: 'oof' });
  await settled(at);
  expect(await named(at, 'Ours')).toMatchObject({ importance: 'high', showAs: 'oof', pushed: 'done' });
  expect(await at.differences()).toEqual([]);
  expect(await at.effects(id)).toEqual(['update']);
});

it('P9: deletes an event in Outlook, and tells it once', async () => {
  await using at = await startCalendarWorld();
  await at.arrive(meeting(at));
  await at.poll();
  await remove(at, (await named(at, 'Review'))['id']);
  await settled(at);
  expect([await at.ours({}), await at.differences()]).toEqual([[], []]);
  expect((await told(at, 2)).map(([type, cause]) => `${type} ${cause}`)).toEqual(['event.deleted own-write']);
});

it('P9: tells what somebody deletes in Outlook as theirs, though a write of ours finds it gone', async () => {
  await using at = await startCalendarWorld();
  const id = await at.arrive(meeting(at));
  await at.poll();
  await at.world.control('PATCH', '/settings', { notifications: { pause: true } });
  await at.remove(id);
  await at.update((await named(at, 'Review'))['id'], { subject: 'Ours' });
  await settled(at);
  expect((await told(at, 2)).map(([type, cause]) => `${type} ${cause}`)).toEqual([
    'event.updated own-write',
    'event.deleted poll',
  ]);
  expect((await at.head()).counts).toMatchObject({ outbox: 0, hints: 0 });
});

it('cancels a meeting with a comment, and those who were asked are told', async () => {
  await using at = await startCalendarWorld();
  await at.arrive(meeting(at, { attendees: [{ emailAddress: { address: 'grace@navy.example' } }] }));
  await at.poll();
  await remove(at, (await named(at, 'Review'))['id'], CANCEL, { comment: 'Snow' });
  await settled(at);
  expect([await at.ours({}), await at.differences()]).toEqual([[], []]);
  expect((await told(at, 2)).map(([type, cause]) => `${type} ${cause}`)).toEqual(['event.deleted own-write']);
});

it('answers a meeting of somebody else, once', async () => {
  await using at = await startCalendarWorld();
  const organizer = { address: 'grace@navy.example', name: 'Grace' };
  const attendees = [{ emailAddress: { address: at.world.upn }, type: 'required' }];
  await at.arrive(meeting(at, { organizer, attendees }));
  await at.poll();
  const { id } = await named(at, 'Review');
  await at.update(id, responseFields('accept', { comment: 'Fine' }), 'accept');
  await settled(at);
  expect(await named(at, 'Review')).toMatchObject({ responseStatus: 'accepted', pushed: 'done' });
  expect(await at.differences()).toEqual([]);
  await at.update(id, responseFields('decline', {}), 'decline');
  await settled(at);
  expect([await at.ours({}), await at.differences()]).toEqual([[], []]);
});

it('keeps the Teams link of a meeting whose body the application writes', async () => {
  await using at = await startCalendarWorld();
  await create(at, fieldsOf(at, { isOnlineMeeting: true, body: { contentType: 'text', content: 'Agenda: one' } }));
  await settled(at);
  const { id, teams } = await named(at, 'Ours');
  await at.update(id, { body: { contentType: 'html', content: '<p>Agenda: two</p>' } });
  await settled(at);
  const after = await named(at, 'Ours');
  expect([after['teams'], (await at.record(id)).fields['body']]).toEqual([teams, null]);
  expect(JSON.stringify(after['preview'])).toContain('Agenda: two');
  expect(await at.differences()).toEqual([]);
});

it('syncs the calendars that are chosen, and tells those that come and go', async () => {
  await using at = await startCalendarWorld();
  const other = await at.calendar('Projects');
  await at.arrive(meeting(at, { subject: 'Kept', calendar: 'Projects' }));
  await at.poll();
  expect(await at.ours({})).toEqual([]);
  await at.settings({ calendarIds: [at.main, other] });
  await at.poll();
  expect(await at.differences([at.main, other])).toEqual([]);
  expect((await named(at, 'Kept'))['calendarId']).toBe(other);
  await at.settings({ calendarIds: [at.main] });
  await at.poll();
  expect(await at.ours({})).toEqual([]);
  expect((await told(at)).map(([type]) => type)).toEqual(['sync.baseline_completed', 'sync.stream_removed']);
});

it('P18: rolls its windows day by day without a word', async () => {
  await using at = await startCalendarWorld();
  await at.arrive(meeting(at, { start: wall(at.day(-28)), end: wall(at.day(-28, '10:00:00')) }));
  await at.arrive(meeting(at));
  await at.poll();
  const before = await at.feed();
  for (let day = 0; day < 5; day++) {
    at.world.clock.move(86_400_000);
    await at.poll();
  }
  expect(await at.feed()).toEqual(before);
  expect((await at.ours({})).map(({ subject }) => subject)).toEqual(['Review']);
  expect(await at.differences()).toEqual([]);
});

it('P9 P18: goes on with the records of what is made or moved ahead of the window, until the window comes to it', async () => {
  await using at = await startCalendarWorld({ settings: { CALENDAR_WINDOW_FUTURE_DAYS: '5' } });
  const far = (day: number, zone: string): Fields => ({
    start: { dateTime: `${at.day(day)}Z`, timeZone: zone },
    end: { dateTime: `${at.day(day, '10:00:00')}Z`, timeZone: zone },
  });
  const moved = await at.arrive(meeting(at));
  const gone = await at.arrive(meeting(at, { subject: 'Gone' }));
  const { id } = await create(at, fieldsOf(at, far(13, 'Europe/Berlin')));
  await settled(at);
  const before = await at.feed();
  const [theirs, last] = [(await named(at, 'Review'))['id'], (await named(at, 'Gone'))['id']];
  for (const one of [moved, gone]) await at.edit(one, { start: wall(at.day(12)), end: wall(at.day(12, '10:00:00')) });
  const made = (await at.record(id)).graphId ?? '';
  await at.edit(made, { importance: 'high' });
  await settled(at);
  expect(await at.differences()).toEqual([]);
  await at.remove(gone);
  await settled(at);
  const rows = (await at.feed()).slice(before.length);
  const others = rows.filter(({ cause }) => cause !== 'own-write');
  expect(others.map((row) => JSON.stringify([row.type, row.id, row.changed])).toSorted()).toEqual(
    [
      ...[theirs, last].map((one) => ['event.updated', one, ['start', 'end']]),
      ...[
        ['event.updated', id, ['importance']],
        ['event.deleted', last, []],
      ],
    ]
      .map((row) => JSON.stringify(row))
      .toSorted(),
  );
  expect(rows.at(-1)).toMatchObject({ id: last, details: { reason: 'gone' } });
  expect(rows).toHaveLength(others.length);
  const [cursor] = (await at.cursors()).filter(({ kind }) => kind === 'event');
  expect((cursor?.window ?? '').slice(11) < at.day(12).slice(0, 10)).toBe(true);
  for (let day = 0; day < 8; day++) {
    at.world.clock.move(86_400_000);
    await at.poll();
  }
  expect((await at.feed()).slice(before.length)).toEqual(rows);
  expect([(await named(at, 'Review'))['id'], (await named(at, 'Ours'))['id']]).toEqual([theirs, id]);
  expect(await at.differences()).toEqual([]);
  // By now the window has them, and brings them by itself.
  at.world.graph.forget();
  at.world.clock.move(86_400_000);
  await at.poll();
  expect(at.world.graph.requests.filter(({ path }) => path.includes('/events/'))).toEqual([]);
});
