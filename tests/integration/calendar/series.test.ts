import { expect, it } from 'vitest';
import { streamOfCalendar } from '../../../shared/domains/calendar/calendar-stream.ts';
import { eventDefaults } from '../../../shared/domains/calendar/event-fields.ts';
import { exceptionOf } from '../../../shared/domains/calendar/join.ts';
import { CANCEL } from '../../../shared/domains/calendar/push.ts';
import type { Fields, Json } from '../../../shared/lib/json.ts';
import { startCalendarWorld, type CalendarWorld } from '../../support/calendar-world.ts';

const BERLIN = 'W. Europe Standard Time';
const wall = (dateTime: string, timeZone = BERLIN): Fields => ({ dateTime, timeZone });
const daily = (at: CalendarWorld, more: Fields = {}): Fields => ({
  subject: 'Standup',
  start: wall(at.day(-3)),
  end: wall(at.day(-3, '09:15:00')),
  recurrence: {
    pattern: { type: 'daily', interval: 1 },
    range: { type: 'noEnd', startDate: at.day(-3).slice(0, 10), recurrenceTimeZone: BERLIN },
  },
  ...more,
});
const told = async (at: CalendarWorld, from = 1): Promise<string[]> =>
  (await at.feed()).slice(from).map(({ type, cause, changed }) => `${type} ${cause} ${changed.join()}`);
const startsWith = (value: Json | undefined, day: string): boolean =>
  typeof value === 'string' && value.startsWith(day);
const on = async (at: CalendarWorld, day: number): Promise<Fields> => {
  const found = (await at.ours()).find(({ recurrenceId }) => startsWith(recurrenceId, at.day(day).slice(0, 10)));
  if (found === undefined) throw new Error('nothing takes place then');
  return found;
};

/** Two months of a daily series are as good as a year where their number is not what counts. */
const TWO_MONTHS = { CALENDAR_WINDOW_FUTURE_DAYS: '60' };
const A_YEAR = { CALENDAR_WINDOW_FUTURE_DAYS: '365' };

/** A world with a daily series that the feed has told of. */
async function withSeries(
  more: Fields | ((at: CalendarWorld) => Fields) = {},
  ways: Fields = {},
  settings: Readonly<Record<string, string>> = TWO_MONTHS,
): Promise<CalendarWorld & { readonly id: string; readonly from: number }> {
  const at = await startCalendarWorld({ ways, settings });
  const id = await at.arrive(daily(at, typeof more === 'function' ? more(at) : more));
  await at.poll();
  return { ...at, id, from: (await at.feed()).length };
}

it('P18: tells one row where a daily series of a year is edited, in few small commits', async () => {
  await using at = await withSeries({}, {}, A_YEAR);
  expect(await at.differences()).toEqual([]);
  const { commits } = await at.head();
  await at.edit(at.id, { subject: 'Stand-up', importance: 'high' });
  await at.poll();
  expect(await told(at, at.from)).toEqual(['event.updated poll subject,importance']);
  expect(await at.differences()).toEqual([]);
  expect((await at.ours()).every(({ subject }) => subject === 'Stand-up')).toBe(true);
  const after = (await at.head()).commits;
  expect(after.length - 1 - after.indexOf(commits.at(-1) ?? '')).toBeLessThan(8);
});

it('follows one occurrence that is deleted, one that is moved, and one that is edited', async () => {
  await using at = await withSeries();
  await at.remove(at.id, at.day(2));
  await at.edit(at.id, { start: wall(at.day(4, '15:00:00')), end: wall(at.day(4, '15:15:00')) }, at.day(4));
  await at.edit(at.id, { location: { displayName: 'Room 7' } }, at.day(6));
  await at.poll();
  expect(await at.differences()).toEqual([]);
  const rows = await told(at, at.from);
  expect(rows.filter((row) => row.startsWith('event.deleted'))).toEqual(['event.deleted poll ']);
  expect(rows.filter((row) => row.startsWith('event.updated poll exdates'))).toHaveLength(1);
  expect(rows).toHaveLength(4);
  const [series] = await at.series();
  expect(series?.['exdates']).toEqual([expect.stringContaining(at.day(2).slice(0, 10))]);
  expect(await on(at, 4)).toMatchObject({ type: 'exception', subject: 'Standup' });
});

it('follows a series that is deleted, in whole', async () => {
  await using at = await withSeries({}, {}, A_YEAR);
  await at.remove(at.id);
  for (let round = 0; round < 2; round++) await at.poll();
  expect([await at.ours({}), await at.series(), await at.differences()]).toEqual([[], [], []]);
});

it('follows a series that moves to another time, and to other days', async () => {
  await using at = await withSeries({}, {}, A_YEAR);
  await at.edit(at.id, { start: wall(at.day(-3, '11:00:00')), end: wall(at.day(-3, '11:15:00')) });
  await at.poll();
  expect(await at.differences()).toEqual([]);
  const range = { type: 'noEnd', startDate: at.day(-3).slice(0, 10), recurrenceTimeZone: BERLIN };
  await at.edit(at.id, { recurrence: { pattern: { type: 'daily', interval: 3 }, range } });
  for (let round = 0; round < 2; round++) await at.poll();
  expect(await at.differences()).toEqual([]);
});

it('P8 P9: makes a series, changes one occurrence, cancels another, and hears no more than which day the series leaves out', async () => {
  await using at = await startCalendarWorld();
  const fields = {
    ...{ ...eventDefaults, calendarId: at.main, subject: 'Ours', rrule: 'FREQ=DAILY;COUNT=20' },
    start: { dateTime: `${at.day(1)}Z`, timeZone: 'Europe/Berlin' },
    end: { dateTime: `${at.day(1, '09:30:00')}Z`, timeZone: 'Europe/Berlin' },
  };
  const stream = streamOfCalendar(at.main);
  const made = await at.write(() => ({ type: 'create', kind: 'event', action: 'create', fields, stream }));
  await at.world.drain();
  for (let round = 0; round < 3; round++) await at.poll();
  expect(await at.differences()).toEqual([]);
  expect(await at.series()).toMatchObject([{ id: made.id, pushed: 'done', rrule: 'FREQ=DAILY;COUNT=20' }]);
  const one = await on(at, 3);
  const { fields: series } = await at.record(made.id);
  const patch = exceptionOf((await at.record(one['id'])).fields, series, { subject: 'Ours, once' });
  await at.update(one['id'], patch);
  expect(await on(at, 3)).toMatchObject({
    type: 'exception',
    subject: 'Ours, once',
    showAs: 'busy',
    pushed: 'pending',
  });
  await at.world.drain();
  const other = await at.record((await on(at, 5))['id']);
  await at.write(() => ({ type: 'delete', record: other, action: CANCEL, fields: { comment: 'Snow' } }));
  await at.world.drain();
  for (let round = 0; round < 3; round++) await at.poll();
  expect(await at.differences()).toEqual([]);
  expect(await on(at, 3)).toMatchObject({ type: 'exception', subject: 'Ours, once', pushed: 'done' });
  expect((await told(at)).filter((row) => !row.includes('own-write'))).toEqual([]);
});

it('P9: tells an occurrence that the application deletes once, and its series once', async () => {
  await using at = await withSeries();
  const one = await at.record((await on(at, 3))['id']);
  await at.write(() => ({ type: 'delete', record: one, action: 'delete' }));
  const rows = ['event.deleted own-write ', 'event.updated own-write exdates'];
  expect(await told(at, at.from)).toEqual(rows);
  const [series] = await at.series();
  expect(series?.['exdates']).toEqual([expect.stringContaining(at.day(3).slice(0, 10))]);
  await at.world.drain();
  for (let round = 0; round < 3; round++) await at.poll();
  expect(await told(at, at.from)).toEqual(rows);
  expect(await at.differences()).toEqual([]);
  expect((await at.series())[0]?.['exdates']).toEqual(series?.['exdates']);
  // What somebody else deletes then is told as theirs.
  await at.remove(at.id, at.day(5));
  for (let round = 0; round < 2; round++) await at.poll();
  expect((await told(at, at.from + 2)).toSorted()).toEqual(['event.deleted poll ', 'event.updated poll exdates']);
  expect(await at.differences()).toEqual([]);
});

it('P9: tells nothing as the work of others where Outlook does not tell which days are cancelled', async () => {
  await using at = await withSeries({}, { cancelledOccurrences: false });
  const one = await at.record((await on(at, 3))['id']);
  await at.write(() => ({ type: 'delete', record: one, action: 'delete' }));
  await at.world.drain();
  for (let round = 0; round < 3; round++) await at.poll();
  expect((await told(at, at.from)).filter((row) => !row.includes('own-write'))).toEqual([]);
  expect(await at.differences()).toEqual([]);
});

it('P9: forgets the days that a series left out when the application moves it, as Outlook does', async () => {
  await using at = await withSeries();
  const one = await at.record((await on(at, 3))['id']);
  await at.write(() => ({ type: 'delete', record: one, action: 'delete' }));
  await at.world.drain();
  for (let round = 0; round < 2; round++) await at.poll();
  const [series] = await at.series();
  const later = (time: string): Fields => ({ dateTime: `${at.day(-3, time)}Z`, timeZone: 'Europe/Berlin' });
  await at.update(series?.['id'], { start: later('12:00:00'), end: later('12:15:00') });
  await at.world.drain();
  for (let round = 0; round < 2; round++) await at.poll();
  expect((await at.series())[0]?.['exdates']).toEqual([]);
  expect(
    (await told(at, at.from)).filter((row) => row.startsWith('event.updated') && !row.includes('own-write')),
  ).toEqual([]);
  expect(await at.differences()).toEqual([]);
});

for (const isAllDay of [false, true])
  it(`keeps an occurrence that gets another id when it is edited${isAllDay ? ', of a series of days' : ''}`, async () => {
    const days = (world: CalendarWorld): Fields => ({
      isAllDay,
      start: wall(world.day(-3, '00:00:00'), 'UTC'),
      end: wall(world.day(-2, '00:00:00'), 'UTC'),
      recurrence: {
        pattern: { type: 'daily', interval: 1 },
        range: { type: 'noEnd', startDate: world.day(-3).slice(0, 10), recurrenceTimeZone: 'UTC' },
      },
    });
    await using at = await withSeries(isAllDay ? days : {}, { exceptionIds: 'change' });
    const { id, graphId } = await on(at, 4);
    await at.edit(at.id, { subject: 'Once' }, at.day(4));
    await at.poll();
    expect((await told(at, at.from)).map((row) => row.split(' ').slice(0, 2).join(' '))).toEqual([
      'event.updated poll',
    ]);
    const changed = await on(at, 4);
    expect(changed).toMatchObject({ id, type: 'exception', subject: 'Once' });
    expect(changed['graphId']).not.toBe(graphId);
    expect(await at.differences()).toEqual([]);
    if (isAllDay) return;
    const times = { start: wall(at.day(4, '15:00:00')), end: wall(at.day(4, '15:15:00')) };
    await at.edit(at.id, { ...times, location: { displayName: 'Room 7' } }, at.day(4));
    await at.poll();
    expect(await on(at, 4)).toMatchObject({ id, location: 'Room 7' });
    await at.edit(at.id, { subject: 'Series' });
    await at.poll();
    await at.remove(at.id, at.day(4));
    await at.poll();
    const rows = (await told(at, at.from)).map((row) => row.split(' ')[0]);
    expect(rows.toSorted()).toEqual(['event.deleted', ...Array.from({ length: 4 }, () => 'event.updated')]);
    expect(await at.differences()).toEqual([]);
  });

for (const deltaDelayMs of [0, 3_600_000])
  it(`P8 P9: edits an occurrence that gets another id by it, and hears nothing of others${deltaDelayMs > 0 ? ', though pages are late' : ''}`, async () => {
    await using at = await withSeries({}, { exceptionIds: 'change' });
    await at.world.control('PATCH', '/settings', { calendar: { deltaDelayMs } });
    const { id } = await on(at, 4);
    const [series] = await at.series();
    const master = await at.record(series?.['id']);
    await at.update(id, exceptionOf((await at.record(id)).fields, master.fields, { subject: 'Once' }));
    await at.world.drain();
    for (let round = 0; round < 3; round++) await at.poll();
    expect(await on(at, 4)).toMatchObject({ id, type: 'exception', subject: 'Once', pushed: 'done' });
    await at.world.control('POST', '/clock', { advanceSeconds: deltaDelayMs / 1000 });
    for (let round = 0; round < 2; round++) await at.poll();
    expect(await on(at, 4)).toMatchObject({ id, type: 'exception', subject: 'Once', pushed: 'done' });
    expect((await told(at, at.from)).filter((row) => !row.startsWith('event.updated own-write'))).toEqual([]);
    expect(await at.differences()).toEqual([]);
  });

it('P10: sends both of two writes to one occurrence, and all that others edit of one beside ours stands', async () => {
  await using at = await withSeries({ location: { displayName: 'Room 4' } });
  const [series] = await at.series();
  const master = await at.record(series?.['id']);
  const write = async (day: number, fields: Fields): Promise<void> => {
    const { id } = await on(at, day);
    await at.update(id, exceptionOf((await at.record(id)).fields, master.fields, fields));
  };
  await write(2, { subject: 'Ours' });
  await write(2, { location: 'Room 9' });
  await write(8, { location: null });
  await at.world.drain();
  await write(4, { subject: 'Once' });
  await at.edit(at.id, { location: { displayName: 'Room 7' } }, at.day(4));
  await at.edit(at.id, { subject: 'Theirs' }, at.day(6));
  await at.poll();
  expect(await on(at, 2)).toMatchObject({ subject: 'Ours', location: 'Room 9', pushed: 'done' });
  expect(await on(at, 4)).toMatchObject({ subject: 'Once', location: 'Room 7', pushed: 'done' });
  expect(await on(at, 8)).toMatchObject({ subject: 'Standup', location: null, pushed: 'done' });
  expect(await at.differences()).toEqual([]);
  const rows = await told(at, at.from);
  // An exception has an id of its own for other calendars, and nothing else that its series does not have.
  expect(rows.filter((row) => !row.includes('own-write')).toSorted()).toEqual([
    'event.updated poll iCalUId,location',
    'event.updated poll type,iCalUId,subject',
  ]);
  expect(rows.filter((row) => row.startsWith('event.conflict'))).toEqual([]);
});

it('P10: names what one occurrence has otherwise than a write to its series that waits', async () => {
  await using at = await withSeries({ categories: ['Blue category'] });
  const [series] = await at.series();
  await at.update(series?.['id'], { subject: 'Ours', categories: ['Blue category', 'Ours'] });
  const master = await at.record(series?.['id']);
  const { id } = await on(at, 8);
  // To whoever reads it that is a change, though Outlook has it so.
  await at.update(id, exceptionOf((await at.record(id)).fields, master.fields, { subject: 'Standup' }));
  await at.edit(at.id, { location: { displayName: 'Room 7' } }, at.day(6));
  await at.poll();
  expect((await told(at, at.from)).slice(0, 3)).toEqual([
    'event.updated own-write subject,categories',
    'event.updated own-write subject,type',
    'event.updated poll type,iCalUId,location,subject,categories',
  ]);
  for (let round = 0; round < 2; round++) await at.poll();
  expect(await on(at, 6)).toMatchObject({ location: 'Room 7', subject: 'Ours', categories: ['Blue category', 'Ours'] });
  expect(await on(at, 8)).toMatchObject({ subject: 'Standup', categories: ['Blue category', 'Ours'], pushed: 'done' });
  expect(await at.differences()).toEqual([]);
});

it('reads the masters that no page brings', async () => {
  await using at = await startCalendarWorld({ ways: { mastersInDelta: false }, settings: TWO_MONTHS });
  await at.arrive(daily(at));
  for (let round = 0; round < 2; round++) await at.poll();
  expect(await at.series()).toHaveLength(1);
  expect(await at.differences()).toEqual([]);
});
