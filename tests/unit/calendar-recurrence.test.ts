import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRecurrence, type Recurrence } from '../../shared/domains/calendar/recurrence.ts';
import { isRefusal, type Refusal } from '../../shared/domains/calendar/refusal.ts';
import { recurrenceOf, rruleOf } from '../../shared/domains/calendar/rrule-of.ts';
import { seriesStartOf, type SeriesStart } from '../../shared/domains/calendar/series-start.ts';
import { graphTimeOf } from '../../shared/domains/calendar/event-times.ts';
import { readZone } from '../../shared/domains/calendar/zones.ts';
import { days, firstDate, patterns, wire, type GraphPattern } from '../support/calendar-patterns.ts';

const zones = fc.constantFrom(
  'AUS Eastern Standard Time',
  'Eastern Standard Time',
  'GMT Standard Time',
  'Tokyo Standard Time',
  'UTC',
  'India Standard Time',
  'Europe/Berlin',
);

/** A recurrence as Graph writes it out, and the start that it belongs to. */
const series = fc
  .record({
    pattern: patterns,
    from: fc.integer({ min: 0, max: 20_000 }),
    zone: zones,
    time: fc.option(fc.constantFrom('00:00:00', '02:30:00', '09:00:00', '23:59:59'), { nil: null }),
    end: fc.oneof(
      fc.constant({ type: 'noEnd' as const }),
      fc.record({ type: fc.constant('numbered' as const), count: fc.integer({ min: 1, max: 999 }) }),
      fc.record({ type: fc.constant('endDate' as const), days: fc.integer({ min: 0, max: 4000 }) }),
    ),
  })
  .map(({ pattern, from, zone, time, end }) => {
    const startDate = firstDate(pattern, from);
    return {
      start: { date: startDate, time, timeZone: zone } satisfies SeriesStart,
      recurrence: {
        pattern,
        range: {
          type: end.type,
          startDate,
          endDate: end.type === 'endDate' ? days(startDate, end.days) : '0001-01-01',
          recurrenceTimeZone: zone,
          numberOfOccurrences: end.type === 'numbered' ? end.count : 0,
        },
      },
    };
  });

const read = (raw: unknown): Recurrence => {
  const recurrence = readRecurrence(raw);
  if (recurrence === null || isRefusal(recurrence)) throw new Error(`refused: ${JSON.stringify(recurrence)}`);
  return recurrence;
};

const factsOf = ({ time, timeZone }: SeriesStart) => ({ isAllDay: time === null, timeZone, firstStart: null });

describe('a recurrence of Graph', () => {
  it('comes back whole from its RRULE, for every pattern and range', () => {
    fc.assert(
      fc.property(series, ({ start, recurrence }) => {
        const rrule = rruleOf(read(recurrence), factsOf(start));
        expect(recurrenceOf(rrule, start)).toEqual(read(recurrence));
      }),
      { numRuns: 3000 },
    );
  });

  it('has an RRULE that comes back as the same text', () => {
    fc.assert(
      fc.property(series, ({ start, recurrence }) => {
        const rrule = rruleOf(read(recurrence), factsOf(start));
        const again = recurrenceOf(`rrule:${rrule.toLowerCase()}`, start);
        expect(isRefusal(again) ? again : rruleOf(again, factsOf(start))).toBe(rrule);
      }),
      { numRuns: 500 },
    );
  });

  it('is read with fillers, without them, and in any case', () => {
    fc.assert(
      fc.property(series, ({ recurrence }) => {
        expect(read(wire(recurrence))).toEqual(read(recurrence));
      }),
    );
  });

  it.each<[string, string, Partial<GraphPattern>]>([
    ['daily', 'FREQ=DAILY;INTERVAL=3', { type: 'daily', interval: 3 }],
    [
      'weekly on several days',
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU',
      { type: 'weekly', interval: 2, daysOfWeek: ['monday', 'thursday'] },
    ],
    [
      'weekly, weeks from Monday',
      'FREQ=WEEKLY;BYDAY=SU;WKST=MO',
      { type: 'weekly', daysOfWeek: ['sunday'], firstDayOfWeek: 'monday' },
    ],
    ['monthly by day', 'FREQ=MONTHLY;BYMONTHDAY=15', { type: 'absoluteMonthly', dayOfMonth: 15 }],
    ['monthly on the 29th', 'FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1', { type: 'absoluteMonthly', dayOfMonth: 29 }],
    [
      'monthly on the 30th',
      'FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1',
      { type: 'absoluteMonthly', dayOfMonth: 30 },
    ],
    ['monthly on the 31st', 'FREQ=MONTHLY;BYMONTHDAY=-1', { type: 'absoluteMonthly', dayOfMonth: 31 }],
    [
      'monthly by position',
      'FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2',
      { type: 'relativeMonthly', daysOfWeek: ['tuesday'], index: 'second' },
    ],
    [
      'the last weekday of the month',
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
      { type: 'relativeMonthly', daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], index: 'last' },
    ],
    ['yearly', 'FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=14', { type: 'absoluteYearly', month: 7, dayOfMonth: 14 }],
    [
      'yearly on 29 February',
      'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1',
      { type: 'absoluteYearly', month: 2, dayOfMonth: 29 },
    ],
    [
      'yearly by position',
      'FREQ=YEARLY;INTERVAL=2;BYMONTH=11;BYDAY=TH;BYSETPOS=4',
      { type: 'relativeYearly', interval: 2, month: 11, daysOfWeek: ['thursday'], index: 'fourth' },
    ],
  ])('%s', (_name, rrule, pattern) => {
    const range = { type: 'noEnd', startDate: '2026-01-01' };
    const recurrence = read({ pattern: { interval: 1, ...pattern }, range });
    expect(rruleOf(recurrence, { isAllDay: false, timeZone: 'UTC', firstStart: null })).toBe(rrule);
  });
});

describe('the end of a series', () => {
  const daily = (range: object) =>
    read({ pattern: { type: 'daily', interval: 1 }, range: { startDate: '2026-01-05', ...range } });
  const endDate = (recurrenceTimeZone: string | null) =>
    daily({ type: 'endDate', endDate: '2026-06-29', recurrenceTimeZone });

  it.each([
    ['Pacific Standard Time', '20260630T065959Z'],
    ['AUS Eastern Standard Time', '20260629T135959Z'],
    ['Asia/Tokyo', '20260629T145959Z'],
    ['tzone://Microsoft/Utc', '20260629T235959Z'],
  ])('is the last second of its day in %s', (zone, until) => {
    const facts = { isAllDay: false, timeZone: 'UTC', firstStart: null };
    expect(rruleOf(endDate(zone), facts)).toBe(`FREQ=DAILY;UNTIL=${until}`);
  });

  it('is a day as such for an all-day series', () => {
    const facts = { isAllDay: true, timeZone: 'Pacific Standard Time', firstStart: null };
    expect(rruleOf(endDate('Pacific Standard Time'), facts)).toBe('FREQ=DAILY;UNTIL=20260629');
  });

  it('takes the zone of the event where the range names none, or none that is known', () => {
    const facts = { isAllDay: false, timeZone: 'Tokyo Standard Time', firstStart: null };
    expect(rruleOf(endDate(null), facts)).toBe('FREQ=DAILY;UNTIL=20260629T145959Z');
    expect(rruleOf(endDate('tzone://Microsoft/Custom'), facts)).toBe('FREQ=DAILY;UNTIL=20260629T145959Z');
  });

  it('keeps the last occurrence and no other in a zone that nobody knows', () => {
    // 20:00 eight hours behind UTC: the occurrence of the last day begins on the next day in UTC.
    const firstStart = Date.parse('2026-01-06T04:00:00Z');
    const rrule = rruleOf(endDate('tzone://Microsoft/Custom'), { isAllDay: false, timeZone: null, firstStart });
    expect(rrule).toBe('FREQ=DAILY;UNTIL=20260630T060000Z');
  });

  const start = { date: '2026-01-05', time: '09:00:00', timeZone: 'Pacific Standard Time' };
  const until = (text: string, of: SeriesStart = start): string | Refusal => {
    const recurrence = recurrenceOf(`FREQ=DAILY;UNTIL=${text}`, of);
    return isRefusal(recurrence) ? recurrence : recurrence.range.endDate;
  };

  it('is the day of the last occurrence that begins by then', () => {
    expect(until('20260629T160000Z')).toBe('2026-06-29');
    expect(until('20260629T155959Z')).toBe('2026-06-28');
    expect(until('20260630T065959Z')).toBe('2026-06-29');
    expect(until('20260629T000000Z')).toBe('2026-06-28');
    expect(until('20260301', { ...start, time: null })).toBe('2026-03-01');
  });

  it('is a date where that is said, on the clock of the series, and the date of an instant for days', () => {
    expect(until('20260629')).toBe('2026-06-29');
    const late = { ...start, time: '23:30:00', timeZone: 'AUS Eastern Standard Time' };
    for (const of of [late, { ...late, time: '00:00:00' }, { ...late, timeZone: 'tzone://Microsoft/Custom' }])
      expect(until('20260629', of)).toBe('2026-06-29');
    expect(until('20260105')).toBe('2026-01-05');
    expect(until('20260104')).toMatchObject({ part: 'UNTIL' });
    const days = { ...start, time: null };
    for (const text of ['20260629T000000Z', '20260629T235959Z', '20260629T000000'])
      expect(until(text, days)).toBe('2026-06-29');
    expect(until('20260104T235959Z', days)).toMatchObject({ part: 'UNTIL' });
  });

  it.each(['20260629T160000', '20250101T000000Z', '20260230T000000Z', '20260629T250000Z', 'tomorrow'])(
    'refuses UNTIL=%s for a series with times',
    (text) => {
      expect(until(text)).toMatchObject({ outcome: 'refused', part: 'UNTIL' });
    },
  );

  it('refuses an instant in a zone that nobody knows', () => {
    expect(until('20260629T160000Z', { ...start, timeZone: 'tzone://Microsoft/Custom' })).toMatchObject({
      part: 'UNTIL',
    });
    expect(readZone('tzone://Microsoft/Custom').iana).toBeNull();
  });
});

describe('the start of a series', () => {
  it('is what the wall clock shows that Graph is told', () => {
    const told = graphTimeOf({ dateTime: '2026-06-29T16:00:00Z', timeZone: 'America/Los_Angeles' });
    expect(told === null ? null : seriesStartOf(told, false)).toEqual({
      date: '2026-06-29',
      time: '09:00:00',
      timeZone: 'Pacific Standard Time',
    });
    const day = { dateTime: '2026-06-29T00:00:00.0000000', timeZone: 'UTC' };
    expect(seriesStartOf(day, true)).toEqual({ date: '2026-06-29', time: null, timeZone: 'UTC' });
    expect(seriesStartOf({ ...day, dateTime: 'soon' }, true)).toBeNull();
  });
});

describe('what a pattern does not use', () => {
  it('is read as its filler', () => {
    const odd = { daysOfWeek: ['monday'], index: 'last', month: 7, dayOfMonth: 14, interval: 1 };
    const range = { type: 'noEnd', startDate: '2026-01-05', endDate: '2026-06-29', numberOfOccurrences: 9 };
    const none = { daysOfWeek: [], index: 'first', month: 0, dayOfMonth: 0 };
    const read = (type: string) => readRecurrence({ pattern: { ...odd, type }, range });
    expect(read('daily')).toMatchObject({ pattern: none, range: { endDate: '0001-01-01', numberOfOccurrences: 0 } });
    expect(read('weekly')).toMatchObject({ pattern: { ...none, daysOfWeek: ['monday'] } });
    expect(read('absoluteMonthly')).toMatchObject({ pattern: { ...none, dayOfMonth: 14 } });
    expect(read('relativeYearly')).toMatchObject({ pattern: { ...odd, dayOfMonth: 0 } });
  });
});

describe('a recurrence that is not understood', () => {
  const range = { type: 'noEnd', startDate: '2026-01-05' };
  it.each([
    ['pattern.type', { type: 'hijriMonthly', interval: 1 }, range],
    ['pattern.interval', { type: 'daily', interval: 0 }, range],
    ['pattern.daysOfWeek', { type: 'weekly', interval: 1 }, range],
    ['pattern.daysOfWeek', { type: 'relativeMonthly', interval: 1, daysOfWeek: ['someday'] }, range],
    ['pattern.index', { type: 'relativeMonthly', interval: 1, daysOfWeek: ['monday'], index: 'fifth' }, range],
    ['pattern.dayOfMonth', { type: 'absoluteMonthly', interval: 1, dayOfMonth: 0 }, range],
    ['pattern.month', { type: 'absoluteYearly', interval: 1, dayOfMonth: 1, month: 13 }, range],
    ['pattern.firstDayOfWeek', { type: 'daily', interval: 1, firstDayOfWeek: 'noday' }, range],
    ['range.type', { type: 'daily', interval: 1 }, { ...range, type: 'forever' }],
    ['range.startDate', { type: 'daily', interval: 1 }, { type: 'noEnd', startDate: '2026-02-30' }],
    ['range.endDate', { type: 'daily', interval: 1 }, { ...range, type: 'endDate' }],
    ['range.numberOfOccurrences', { type: 'daily', interval: 1 }, { ...range, type: 'numbered' }],
  ])('is refused by the name of its part: %s', (part, pattern, of) => {
    expect(readRecurrence({ pattern, range: of })).toMatchObject({ outcome: 'refused', part });
  });

  it('is never an error', () => {
    expect(readRecurrence(null)).toBeNull();
    fc.assert(
      fc.property(fc.anything(), (raw) => {
        const recurrence = readRecurrence(raw);
        expect(recurrence === null || isRefusal(recurrence)).toBe(true);
      }),
    );
  });
});
