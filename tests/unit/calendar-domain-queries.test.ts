import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinEvent } from '../../shared/domains/calendar/join.ts';
import {
  calendarQuery,
  eventLists,
  seriesList,
  type EventFilters,
  type EventList,
} from '../../shared/domains/calendar/queries.ts';
import type { EngineRecord, IndexEntry } from '../../shared/engine/model.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { CALENDAR, event, exception, itemOf, master, occurrence, recordOf, single, STREAM } from '../support/events.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const FIRST = Date.parse('2026-03-01T00:00:00Z');
const at = (ms: number): Fields => ({ dateTime: new Date(ms).toISOString().replace('Z', ''), timeZone: 'UTC' });

/** What the store answers, and what the lists make of it. */
function listed(
  records: readonly EngineRecord[],
  lists: readonly EventList[],
  masters: readonly EngineRecord[] = [],
): string[] {
  const entries = records.flatMap((record) => event.index(record)).toSorted((a, b) => (a.order < b.order ? -1 : 1));
  const held = new Map(masters.map((one) => [one.graphId ?? '', one]));
  const within = ({ from, to, where }: EventList['query'], { order, columns }: IndexEntry): boolean =>
    order >= from && order < to && Object.entries(where).every(([name, value]) => columns[name] === value);
  return lists.flatMap(({ query, rows, keep }) =>
    entries
      .filter((entry) => within(query, entry) && rows(entry))
      .map(({ item }) => joinEvent(item, held))
      .filter(keep)
      .map(({ id }) => (typeof id === 'string' ? id : '')),
  );
}

const find = (
  records: readonly EngineRecord[],
  filters: EventFilters,
  masters: readonly EngineRecord[] = [],
): string[] => listed(records, eventLists(filters), masters).map((id) => id.replace('r-', ''));

interface Made {
  readonly start: number;
  readonly length: number;
  readonly allDay: boolean;
}
const made = fc.record({
  start: fc.integer({ min: -40 * 1440, max: 40 * 1440 }),
  length: fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 90 * 1440 })),
  allDay: fc.boolean(),
});

const spanOf = ({ start, length, allDay }: Made): [number, number] => {
  const from = FIRST + start * MINUTE;
  if (!allDay) return [from, from + length * MINUTE];
  const day = Math.floor(from / DAY) * DAY;
  return [day, day + (1 + Math.floor(length / 1440)) * DAY];
};
const recordsOf = (events: readonly Made[]): EngineRecord[] =>
  events.map((one, index) => {
    const [from, to] = spanOf(one);
    return recordOf(single({ id: `S${index}`, isAllDay: one.allDay, start: at(from), end: at(to) }));
  });

describe('a list of events between two times', () => {
  it('holds each event once that is there for a moment, however long it is, and no other', () => {
    const ranges = fc.tuple(fc.integer({ min: -30 * 1440, max: 30 * 1440 }), fc.integer({ min: 1, max: 20 * 1440 }));
    fc.assert(
      fc.property(fc.array(made, { maxLength: 25 }), ranges, (events, [first, length]) => {
        const [from, to] = [FIRST + first * MINUTE, FIRST + (first + length) * MINUTE];
        const expected = events.flatMap((one, index) => {
          const [start, end] = spanOf(one);
          return start < to && (end > from || (start === end && start >= from)) ? [`S${index}`] : [];
        });
        const found = find(recordsOf(events), { from: new Date(from), to: new Date(to) });
        expect(found.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 300 },
    );
  });

  it('goes by start, but for long events that run already, which come first', () => {
    const records = recordsOf([
      { start: 60, length: 30, allDay: false },
      { start: -10 * 1440, length: 20 * 1440, allDay: false },
      { start: 30, length: 30, allDay: false },
    ]);
    expect(find(records, { from: new Date(FIRST) })).toEqual(['S1', 'S2', 'S0']);
    expect(find(records, {})).toEqual(['S1', 'S2', 'S0']);
    expect(find(records, { to: new Date(FIRST + 31 * MINUTE) })).toEqual(['S1', 'S2']);
  });

  it('is of one calendar, by the store', () => {
    const [list] = eventLists({ calendar: CALENDAR });
    expect(list?.query.where).toEqual({ stream: STREAM });
    expect(find([recordOf(single())], { calendar: 'CAL-B' })).toEqual([]);
  });

  it('takes categories and importance whatever their case, of occurrences those of their master', () => {
    const of = recordOf(master({ categories: ['Project X'], importance: 'high' }));
    const records = [of, recordOf(occurrence('2026-03-03')), recordOf(exception('2026-03-04')), recordOf(single())];
    const ask = (filters: EventFilters): string[] => find(records, filters, [of]);
    expect(ask({ category: 'project x' })).toEqual(['O-2026-03-03']);
    expect(ask({ importance: 'HIGH' })).toEqual(['O-2026-03-03']);
    expect(ask({ importance: 'normal', category: 'blue category' })).toEqual(['S1', 'O-2026-03-04']);
  });

  it('shows series by themselves, where they may have an occurrence then', () => {
    const endless = {
      recurrence: { pattern: { type: 'daily', interval: 1 }, range: { type: 'noEnd', startDate: '2026-03-02' } },
    };
    const records = [
      recordOf(master()),
      recordOf(master({ id: 'M2', ...endless })),
      recordOf(occurrence('2026-03-03')),
    ];
    const series = (filters: EventFilters): string[] => listed(records, [seriesList(filters)]);
    expect(series({})).toEqual(['r-M1', 'r-M2']);
    // Its last occurrence may have been moved by so much as a month.
    expect(series({ from: new Date('2026-07-30T00:00:00Z') })).toEqual(['r-M1', 'r-M2']);
    expect(series({ from: new Date('2026-08-02T00:00:00Z') })).toEqual(['r-M2']);
    expect(series({ to: new Date('2026-03-01T00:00:00Z') })).toEqual([]);
    expect(series({ category: 'none' })).toEqual([]);
    expect(find(records, {})).toEqual(['O-2026-03-03']);
  });

  it('shows no series that begins when the time is over, or on a later day', () => {
    const day = { start: at(FIRST + DAY), end: at(FIRST + 2 * DAY), isAllDay: true };
    const records = [recordOf(master()), recordOf(master({ id: 'M2', ...day }))];
    const series = (to: string): string[] => listed(records, [seriesList({ to: new Date(`2026-03-02T${to}Z`) })]);
    expect(series('00:00:00')).toEqual([]);
    expect(series('00:00:01')).toEqual(['r-M2']);
    expect(series('08:00:00')).toEqual(['r-M2']);
    expect(series('08:00:01')).toEqual(['r-M2', 'r-M1']);
  });

  it.each([
    ['goes on longer here than in Outlook yet', 'FREQ=DAILY', true],
    ['ends later here', 'FREQ=DAILY;UNTIL=20260930T215959Z', true],
    ['is counted to a later end here', 'FREQ=DAILY;COUNT=200', true],
    ['ends earlier here, for Outlook has it still', 'FREQ=DAILY;COUNT=2', false],
    ['has a rule that nobody understands', null, false],
  ])('shows a series that %s', (_name, rrule, isLater) => {
    const of = recordOf(master());
    const written = { ...of, fields: { ...of.fields, rrule } };
    const from = (day: string): string[] => listed([written], [seriesList({ from: new Date(`${day}T00:00:00Z`) })]);
    expect(from('2026-07-30')).toEqual(['r-M1']);
    expect(from('2026-08-20')).toEqual(isLater ? ['r-M1'] : []);
  });

  it('shows a series that was made here until its last occurrence is over', () => {
    const of = recordOf(master({ recurrence: null }));
    const made = { ...of, graphId: null, fields: { ...of.fields, rrule: 'FREQ=DAILY;COUNT=2' } };
    const from = (day: string): string[] => listed([made], [seriesList({ from: new Date(`${day}T00:00:00Z`) })]);
    expect([from('2026-03-20'), from('2026-06-01')]).toEqual([['r-M1'], []]);
  });

  it('shows one without a time only where none is asked for', () => {
    const bare = recordOf({ id: 'S9', type: 'singleInstance', subject: 'When?' });
    expect([find([bare], {}), find([bare], { to: new Date(FIRST) })]).toEqual([['S9'], []]);
    expect(itemOf({ id: 'S9', type: 'singleInstance', subject: 'When?' }).partial).toBe(true);
  });

  it('has nothing to do with the list of calendars', () => {
    expect(calendarQuery).toEqual({ from: 'c:', to: 'c;', where: {} });
  });
});
