import fc from 'fast-check';
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { readRule } from '../../infra/local/graph/calendar/input-rule.ts';
import { dateText } from '../../infra/local/graph/calendar/time/civil.ts';
import { daysOf } from '../../infra/local/graph/calendar/time/expand.ts';
import { instantOf, instantText } from '../../shared/domains/calendar/instants.ts';
import { readRecurrence } from '../../shared/domains/calendar/recurrence.ts';
import { isRefusal } from '../../shared/domains/calendar/refusal.ts';
import { recurrenceOf, rruleOf } from '../../shared/domains/calendar/rrule-of.ts';
import { readWallClock } from '../../shared/domains/calendar/wall-clock.ts';
import { readZone } from '../../shared/domains/calendar/zones.ts';
import { days, expand, firstDate, patterns, type GraphPattern } from '../support/calendar-patterns.ts';

interface Series {
  readonly pattern: GraphPattern;
  readonly startDate: string;
  readonly time: string;
  readonly zone: string;
  readonly count?: number;
  readonly endDate?: string;
}

/** The series as Graph writes it. */
function wireOf({ pattern, startDate, zone, count, endDate }: Series): object {
  return {
    pattern,
    range: {
      type: count !== undefined ? 'numbered' : endDate !== undefined ? 'endDate' : 'noEnd',
      startDate,
      recurrenceTimeZone: zone,
      ...(count === undefined ? {} : { numberOfOccurrences: count }),
      ...(endDate === undefined ? {} : { endDate }),
    },
  };
}

/** Our rule of a series. */
function ruleFor(series: Series): string {
  const recurrence = readRecurrence(wireOf(series));
  if (recurrence === null || isRefusal(recurrence)) throw new Error('refused');
  return rruleOf(recurrence, { isAllDay: false, timeZone: series.zone, firstStart: null });
}

const ianaOf = (zone: string): string => readZone(zone).iana ?? 'UTC';

/** Occurrences are compared this far, in days from the start: thirty years. */
const HORIZON = 10_950;

/** What an expander that is not ours makes of our rule: instants in UTC. */
function byLibrary(series: Series, limit: number): string[] {
  const dtstart = Temporal.PlainDateTime.from(`${series.startDate}T${series.time}`).toZonedDateTime(
    ianaOf(series.zone),
  );
  const rule = new RRuleTemporal({ rruleString: `RRULE:${ruleFor(series)}`, dtstart, temporal: Temporal });
  const horizon = dtstart.add({ days: HORIZON });
  const found = rule.all((each, index) => index < limit && Temporal.ZonedDateTime.compare(each, horizon) <= 0);
  return found
    .slice(0, limit)
    .filter((each) => Temporal.ZonedDateTime.compare(each, horizon) <= 0)
    .map((each) => each.toInstant().toString());
}

/** What Graph means by the pattern, each day at the wall clock's time in the series' zone. */
function byGraph(series: Series, limit: number): string[] {
  const dates = expand(
    series.pattern,
    { startDate: series.startDate, until: series.endDate ?? days(series.startDate, HORIZON) },
    Math.min(limit, series.count ?? limit),
  );
  return dates.map((date) => {
    const wall = readWallClock(`${date}T${series.time}`);
    if (wall === null) throw new Error('no time');
    return instantText(instantOf(ianaOf(series.zone), wall));
  });
}

const zones = ['AUS Eastern Standard Time', 'Eastern Standard Time', 'GMT Standard Time', 'Tokyo Standard Time'];

const seriesOf = fc
  .record({
    pattern: patterns,
    from: fc.integer({ min: 2000, max: 14_000 }),
    zone: fc.constantFrom(...zones),
    // No clock in these zones jumps over such a time.
    time: fc.constantFrom('00:30:00', '09:00:00', '17:45:00', '23:15:00'),
    end: fc.oneof(
      fc.constant({}),
      fc.record({ count: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ days: fc.integer({ min: 0, max: 1500 }) }),
    ),
  })
  .map(({ pattern, from, zone, time, end }): Series => {
    const startDate = firstDate(pattern, from);
    const range = 'days' in end ? { endDate: days(startDate, end.days) } : 'count' in end ? { count: end.count } : {};
    return { pattern, startDate, time, zone, ...range };
  });

describe('a series expanded by a library from our RRULE', () => {
  it('has the occurrences that Graph means by the pattern', () => {
    fc.assert(
      fc.property(seriesOf, (series) => {
        expect(byLibrary(series, 30)).toEqual(byGraph(series, 30));
      }),
      { numRuns: 150 },
    );
  });

  it('has the days that the local tenant gives the series', () => {
    fc.assert(
      fc.property(seriesOf, (series) => {
        const { rule } = readRule(wireOf(series));
        const { startDay } = rule.range;
        const days = daysOf(rule, startDay, startDay + HORIZON)
          .take(30)
          .map(dateText);
        const wall = (instant: string): string =>
          Temporal.Instant.from(instant).toZonedDateTimeISO(ianaOf(series.zone)).toPlainDate().toString();
        expect(byLibrary(series, 30).map(wall)).toEqual([...days]);
      }),
      { numRuns: 200 },
    );
  });

  const pattern = (parts: Partial<GraphPattern>): GraphPattern => ({
    type: 'daily',
    interval: 1,
    daysOfWeek: [],
    firstDayOfWeek: 'sunday',
    index: 'first',
    month: 0,
    dayOfMonth: 0,
    ...parts,
  });

  const both = (series: Series, limit: number): string[] => {
    const occurrences = byLibrary(series, limit);
    expect(occurrences).toEqual(byGraph(series, limit));
    return occurrences;
  };

  it.each([
    [
      'Sydney, where summer begins',
      'AUS Eastern Standard Time',
      '2026-10-03',
      ['2026-10-02T23:00:00Z', '2026-10-03T22:00:00Z'],
    ],
    [
      'Sydney, where summer ends',
      'AUS Eastern Standard Time',
      '2026-04-04',
      ['2026-04-03T22:00:00Z', '2026-04-04T23:00:00Z'],
    ],
    [
      'New York, where summer begins',
      'Eastern Standard Time',
      '2026-03-07',
      ['2026-03-07T14:00:00Z', '2026-03-08T13:00:00Z'],
    ],
    [
      'New York, where summer ends',
      'Eastern Standard Time',
      '2026-10-31',
      ['2026-10-31T13:00:00Z', '2026-11-01T14:00:00Z'],
    ],
    [
      'London, where summer begins',
      'GMT Standard Time',
      '2026-03-28',
      ['2026-03-28T09:00:00Z', '2026-03-29T08:00:00Z'],
    ],
    ['London, where summer ends', 'GMT Standard Time', '2026-10-24', ['2026-10-24T08:00:00Z', '2026-10-25T09:00:00Z']],
    [
      'Tokyo, which has no summer time',
      'Tokyo Standard Time',
      '2026-03-28',
      ['2026-03-28T00:00:00Z', '2026-03-29T00:00:00Z'],
    ],
  ])('keeps nine o’clock in %s', (_name, zone, startDate, expected) => {
    expect(both({ pattern: pattern({}), startDate, time: '09:00:00', zone }, 2)).toEqual(expected);
  });

  it('ends in a zone ahead of UTC on the day that Graph names', () => {
    const series = { pattern: pattern({}), startDate: '2026-03-27', time: '07:00:00', zone: 'Tokyo Standard Time' };
    expect(both({ ...series, endDate: '2026-03-29' }, 9).at(-1)).toBe('2026-03-28T22:00:00Z');
    const evening = { ...series, time: '20:00:00', zone: 'Pacific Standard Time', endDate: '2026-03-29' };
    expect(both(evening, 9).at(-1)).toBe('2026-03-30T03:00:00Z');
  });

  it('counts weeks of every other week from the day that weeks begin with', () => {
    const weekly = { type: 'weekly', interval: 2, daysOfWeek: ['sunday', 'tuesday'] };
    const dates = (firstDayOfWeek: string): string[] => {
      const series = { pattern: pattern({ ...weekly, firstDayOfWeek }), startDate: '2026-01-06', time: '09:00:00' };
      return both({ ...series, zone: 'GMT Standard Time' }, 4).map((each) => each.slice(0, 10));
    };
    expect(dates('monday')).toEqual(['2026-01-06', '2026-01-11', '2026-01-20', '2026-01-25']);
    expect(dates('sunday')).toEqual(['2026-01-06', '2026-01-18', '2026-01-20', '2026-02-01']);
  });

  it('falls on the last day of months that are too short', () => {
    const days = (dayOfMonth: number, startDate: string): string[] =>
      both(
        { pattern: pattern({ type: 'absoluteMonthly', dayOfMonth }), startDate, time: '09:00:00', zone: 'UTC' },
        5,
      ).map((each) => each.slice(5, 10));
    expect(days(31, '2026-01-31')).toEqual(['01-31', '02-28', '03-31', '04-30', '05-31']);
    expect(days(30, '2026-01-30')).toEqual(['01-30', '02-28', '03-30', '04-30', '05-30']);
    expect(days(29, '2024-01-29')).toEqual(['01-29', '02-29', '03-29', '04-29', '05-29']);
    expect(days(29, '2026-01-29')).toEqual(['01-29', '02-28', '03-29', '04-29', '05-29']);
  });

  it('falls on 28 February in the years between leap years', () => {
    const yearly = pattern({ type: 'absoluteYearly', month: 2, dayOfMonth: 29 });
    const series = { pattern: yearly, startDate: '2024-02-29', time: '09:00:00', zone: 'Tokyo Standard Time' };
    expect(both(series, 5).map((each) => each.slice(0, 10))).toEqual([
      '2024-02-29',
      '2025-02-28',
      '2026-02-28',
      '2027-02-28',
      '2028-02-29',
    ]);
  });

  it('counts, and takes the last weekday of the month', () => {
    const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'];
    const last = pattern({ type: 'relativeMonthly', daysOfWeek: weekdays, index: 'last' });
    const series = {
      pattern: last,
      startDate: '2026-01-30',
      time: '09:00:00',
      zone: 'Eastern Standard Time',
      count: 3,
    };
    expect(both(series, 9).map((each) => each.slice(0, 10))).toEqual(['2026-01-30', '2026-02-27', '2026-03-31']);
  });
});

describe('a rule of an application', () => {
  const numbers = (least: number, most: number) =>
    fc.uniqueArray(fc.integer({ min: least, max: most }), { maxLength: 2 });
  const setPos = fc.constantFrom<readonly number[]>([], [], [1], [2], [-1], [5], [1, 2]);
  const days = fc.uniqueArray(fc.constantFrom('MO', 'TU', 'WE', 'SU', '1MO', '2TU', '-1FR', '5SA', '20MO'), {
    maxLength: 3,
  });
  const monthDays = fc.oneof(
    { weight: 3, arbitrary: fc.constant<readonly number[]>([]) },
    numbers(1, 31),
    numbers(-3, -1),
    fc.constantFrom([28, 29], [28, 29, 30], [29, 30], [30, -1], [28, 29, 30, 31], [8, 9, 10, 11, 12, 13, 14], [13]),
    fc.constantFrom([1, 2, 3, 4, 5, 6, 7], [-7, -6, -5, -4, -3, -2, -1], [2, 3, 4, 5, 6, 7, 8]),
  );
  const list = (name: string, values: readonly (string | number)[]): string[] =>
    values.length === 0 ? [] : [`${name}=${values.join(',')}`];
  const rules = fc
    .record({
      freq: fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'),
      interval: fc.constantFrom(1, 1, 1, 2, 3, 6),
      byMonth: fc.oneof(fc.constant<readonly number[]>([]), numbers(1, 12)),
      monthDays,
      days,
      setPos,
      weekStart: fc.constantFrom('', 'MO', 'SU'),
    })
    .map((of) =>
      [
        `FREQ=${of.freq}`,
        `INTERVAL=${of.interval}`,
        ...list('BYMONTH', of.byMonth),
        ...list('BYMONTHDAY', of.monthDays),
        ...list('BYDAY', of.days),
        ...(of.days.length + of.monthDays.length > 0 ? list('BYSETPOS', of.setPos) : []),
        ...(of.weekStart === '' ? [] : [`WKST=${of.weekStart}`]),
      ].join(';'),
    );
  const expandText = (rrule: string, dtstart: Temporal.ZonedDateTime): string[] => {
    const horizon = dtstart.add({ years: 12 });
    return new RRuleTemporal({ rruleString: `RRULE:${rrule}`, dtstart, temporal: Temporal })
      .between(dtstart, horizon, true)
      .map((each) => each.toString());
  };
  /** A day that the rule itself brings, as near as can be to the day given. */
  const startOf = (rrule: string, from: string): Temporal.ZonedDateTime | undefined => {
    const dtstart = Temporal.PlainDateTime.from(`${from}T09:00:00`).toZonedDateTime('Europe/London');
    return new RRuleTemporal({ rruleString: `RRULE:${rrule}`, dtstart, temporal: Temporal }).between(
      dtstart,
      dtstart.add({ years: 5 }),
      true,
    )[0];
  };

  it('is refused, or held with the occurrences that it means', () => {
    let taken = 0;
    const check = (rrule: string, from: string): void => {
      const dtstart = startOf(rrule, from);
      if (dtstart === undefined) return;
      const start = { date: dtstart.toPlainDate().toString(), time: '09:00:00', timeZone: 'Europe/London' };
      const recurrence = recurrenceOf(rrule, start);
      if (isRefusal(recurrence)) return;
      taken += 1;
      const ours = rruleOf(recurrence, { isAllDay: false, timeZone: start.timeZone, firstStart: null });
      expect(expandText(ours, dtstart), `${rrule} held as ${ours}`).toEqual(expandText(rrule, dtstart));
    };
    const from = fc.constantFrom('2024-02-29', '2026-01-31', '2026-01-13', '2025-12-29', '2026-04-30', '2026-06-01');
    fc.assert(fc.property(rules, from, check), { numRuns: 200 });
    expect(taken).toBeGreaterThan(15);
  });
});
