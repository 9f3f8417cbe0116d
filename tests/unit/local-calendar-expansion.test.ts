import fc from 'fast-check';
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { instancesIn } from '../../infra/local/graph/calendar/instances.ts';
import { completeParts } from '../../infra/local/graph/calendar/defaults.ts';
import type { CalendarEvent } from '../../infra/local/graph/calendar/model.ts';
import { dateText, dayOf, DAY_MS, daysInMonth, civilOf } from '../../infra/local/graph/calendar/time/civil.ts';
import { daysOf, firstDay } from '../../infra/local/graph/calendar/time/expand.ts';
import { INDEXES } from '../../infra/local/graph/calendar/time/pattern.ts';
import type { Pattern, Rule } from '../../infra/local/graph/calendar/time/pattern.ts';
import { findZone, instantOf, utcZone } from '../../infra/local/graph/calendar/time/zones.ts';

const PLAIN: Pattern = {
  type: 'daily',
  interval: 1,
  daysOfWeek: [],
  firstDayOfWeek: 0,
  index: 'first',
  month: 0,
  dayOfMonth: 0,
};
const ICAL_DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const POSITIONS = [1, 2, 3, 4, -1];
const HORIZON = dayOf({ year: 2034, month: 1, date: 1 });

const days = fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 }).map((list) => list.sort());
const interval = fc.integer({ min: 1, max: 5 });
const index = fc.constantFrom(...INDEXES);
const month = fc.integer({ min: 1, max: 12 });
/** Later days are another matter: RFC 5545 skips months that are too short. */
const dayOfMonth = fc.integer({ min: 1, max: 28 });
const pattern: fc.Arbitrary<Pattern> = fc
  .oneof(
    fc.record({ type: fc.constant('daily' as const), interval }),
    fc.record({
      type: fc.constant('weekly' as const),
      interval,
      daysOfWeek: days,
      firstDayOfWeek: fc.integer({ min: 0, max: 6 }),
    }),
    fc.record({ type: fc.constant('absoluteMonthly' as const), interval, dayOfMonth }),
    fc.record({ type: fc.constant('relativeMonthly' as const), interval, daysOfWeek: days, index }),
    fc.record({ type: fc.constant('absoluteYearly' as const), interval, dayOfMonth, month }),
    fc.record({ type: fc.constant('relativeYearly' as const), interval, daysOfWeek: days, index, month }),
  )
  .map((given) => ({ ...PLAIN, ...given }));
const startDay = fc.integer({
  min: dayOf({ year: 2024, month: 1, date: 1 }),
  max: dayOf({ year: 2027, month: 12, date: 31 }),
});
const rule: fc.Arbitrary<Rule> = fc
  .tuple(
    pattern,
    startDay,
    fc.oneof(
      fc.constant({ type: 'noEnd' as const }),
      fc.record({ type: fc.constant('endDate' as const), length: fc.integer({ min: 0, max: 900 }) }),
      fc.record({ type: fc.constant('numbered' as const), count: fc.integer({ min: 1, max: 40 }) }),
    ),
  )
  .map(([given, start, range]) => ({
    pattern: given,
    range: {
      type: range.type,
      startDay: start,
      endDay: range.type === 'endDate' ? start + range.length : undefined,
      count: range.type === 'numbered' ? range.count : 0,
    },
  }));

/** The table of section 7.3, as text. */
function ruleText({ pattern: given, range }: Rule): string {
  const by = `BYDAY=${given.daysOfWeek.map((day) => ICAL_DAYS[day] ?? '').join(',')}`;
  const position = `${by};BYSETPOS=${POSITIONS[INDEXES.indexOf(given.index)] ?? 1}`;
  const every = `INTERVAL=${given.interval}`;
  const parts = {
    daily: `FREQ=DAILY;${every}`,
    weekly: `FREQ=WEEKLY;${every};${by};WKST=${ICAL_DAYS[given.firstDayOfWeek] ?? 'SU'}`,
    absoluteMonthly: `FREQ=MONTHLY;${every};BYMONTHDAY=${given.dayOfMonth}`,
    relativeMonthly: `FREQ=MONTHLY;${every};${position}`,
    absoluteYearly: `FREQ=YEARLY;${every};BYMONTH=${given.month};BYMONTHDAY=${given.dayOfMonth}`,
    relativeYearly: `FREQ=YEARLY;${every};BYMONTH=${given.month};${position}`,
  };
  if (range.endDay !== undefined)
    return `${parts[given.type]};UNTIL=${dateText(range.endDay).replaceAll('-', '')}T235959Z`;
  return range.type === 'numbered' ? `${parts[given.type]};COUNT=${range.count}` : parts[given.type];
}

function theirs(given: Rule, from: number, to: number): string[] {
  const start = dateText(given.range.startDay).replaceAll('-', '');
  const expander = new RRuleTemporal({ rruleString: `DTSTART;TZID=UTC:${start}T090000\nRRULE:${ruleText(given)}` });
  const at = (day: number): Temporal.ZonedDateTime =>
    Temporal.Instant.fromEpochMilliseconds(day * DAY_MS).toZonedDateTimeISO('UTC');
  const found = expander.between(new Date(at(from).epochMilliseconds), new Date(at(to + 1).epochMilliseconds), true);
  return found.map((one) => one.toPlainDate().toString());
}

describe('expansion of a rule', () => {
  it('agrees with an independent expander on every pattern and range', () => {
    fc.assert(
      fc.property(
        rule,
        fc.integer({ min: -400, max: 2000 }),
        fc.integer({ min: 0, max: 500 }),
        (given, ahead, length) => {
          // A rule begins at its first occurrence, as the service has it: RFC 5545 counts DTSTART even where it does not fit.
          const first = firstDay(given);
          fc.pre(first !== undefined && first < HORIZON);
          const moved = { ...given, range: { ...given.range, startDay: first } };
          const from = given.range.startDay + ahead;
          const ours = [...daysOf(moved, from, from + length)].map(dateText);
          expect(ours, ruleText(moved)).toEqual(theirs(moved, from, from + length));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('takes the last day of a month that is too short', () => {
    fc.assert(
      fc.property(fc.integer({ min: 29, max: 31 }), startDay, (date, start) => {
        const given: Rule = {
          pattern: { ...PLAIN, type: 'absoluteMonthly', dayOfMonth: date },
          range: { type: 'noEnd', startDay: start, endDay: undefined, count: 0 },
        };
        const found = [...daysOf(given, start, start + 800)].map(civilOf);
        const months = found.map((one) => one.year * 12 + one.month);
        expect(months).toEqual(months.map((_, at) => (months[0] ?? 0) + at));
        for (const one of found) expect(one.date).toBe(Math.min(date, daysInMonth(one.year, one.month)));
      }),
      { numRuns: 50 },
    );
  });

  it('finds the same in a window as in the whole', () => {
    fc.assert(
      fc.property(rule, fc.integer({ min: 0, max: 1200 }), fc.integer({ min: 0, max: 60 }), (given, ahead, length) => {
        const from = given.range.startDay + ahead;
        const whole = [...daysOf(given, given.range.startDay, from + length)].filter((day) => day >= from);
        expect([...daysOf(given, from, from + length)]).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });
});

function seriesAt(zoneName: string, start: string, given: Pattern): CalendarEvent {
  const startDay = Math.floor(Date.parse(`${start}Z`) / DAY_MS);
  return seriesOf(zoneName, start, { pattern: given, range: { type: 'noEnd', startDay, endDay: undefined, count: 0 } });
}

function seriesOf(zoneName: string, start: string, given: Rule): CalendarEvent {
  const zone = findZone(zoneName) ?? utcZone;
  const wall = Date.parse(`${start}Z`);
  return {
    ...{ num: 1, calendar: 1, slot: 1, uid: 'u', iCalUId: undefined, organizer: undefined, isOrganizer: true },
    ...{ transactionId: undefined, createdMs: 0, modifiedMs: 0, version: 1, parts: completeParts({}) },
    times: { start: { wall, zone }, end: { wall: wall + 3_600_000, zone } },
    series: {
      rule: given,
      zone,
      exceptions: new Map(),
      cancelled: new Set(),
    },
  };
}

describe('a series across summer time', () => {
  it.each([
    ['AUS Eastern Standard Time', 'Australia/Sydney', '2026-03-30T09:00:00'],
    ['Eastern Standard Time', 'America/New_York', '2026-03-01T09:00:00'],
    ['GMT Standard Time', 'Europe/London', '2026-10-20T09:00:00'],
    ['Tokyo Standard Time', 'Asia/Tokyo', '2026-03-01T09:00:00'],
    ['Lord Howe Standard Time', 'Australia/Lord_Howe', '2026-03-30T02:15:00'],
    ['Eastern Standard Time', 'America/New_York', '2026-03-01T02:30:00'],
    ['W. Europe Standard Time', 'Europe/Berlin', '2026-10-20T02:30:00'],
  ])('keeps its clock times in %s', (windows, iana, start) => {
    const event = seriesAt(windows, start, PLAIN);
    const from = Date.parse(`${start}Z`) - 2 * DAY_MS;
    const ours = instancesIn(event, { fromMs: from, toMs: from + 40 * DAY_MS }).map((one) => one.startMs);
    const first = Temporal.PlainDateTime.from(start);
    const wanted = Array.from(
      { length: 45 },
      (_, day) => first.add({ days: day }).toZonedDateTime(iana, { disambiguation: 'compatible' }).epochMilliseconds,
    ).filter((ms) => ms < from + 40 * DAY_MS);
    expect(ours).toEqual(wanted);
  });
});

describe('a series in any zone', () => {
  const zones = [
    'Australia/Sydney',
    'America/New_York',
    'Europe/London',
    'Asia/Tokyo',
    'America/St_Johns',
    'Asia/Kolkata',
  ];

  it('agrees with an independent expander on the instants of every occurrence', () => {
    fc.assert(
      fc.property(rule, fc.constantFrom(...zones), fc.integer({ min: 4 * 4, max: 23 * 4 }), (given, zone, quarter) => {
        const first = firstDay(given);
        fc.pre(first !== undefined && first < HORIZON);
        const moved = { ...given, range: { ...given.range, startDay: first } };
        const clock = new Date(quarter * 900_000).toISOString().slice(11, 19);
        const start = `${dateText(first)}T${clock}`;
        const from = Date.parse(`${start}Z`) - 2 * DAY_MS;
        const to = from + 500 * DAY_MS;
        const ours = instancesIn(seriesOf(zone, start, moved), { fromMs: from, toMs: to }).map((one) => one.startMs);
        const local = start.replaceAll(/[-:]/g, '');
        const { endDay } = moved.range;
        const ends = endDay === undefined ? 0 : instantOf(findZone(zone) ?? utcZone, (endDay + 1) * DAY_MS - 1000);
        const until = `${new Date(ends).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
        const text = ruleText(moved).replace(/UNTIL=[^;]*/, `UNTIL=${until}`);
        const expander = new RRuleTemporal({ rruleString: `DTSTART;TZID=${zone}:${local}\nRRULE:${text}` });
        const theirs = expander
          .between(new Date(from), new Date(to), true)
          .map((one) => one.epochMilliseconds)
          .filter((ms) => ms < to);
        expect(ours, `${zone} ${start} ${text}`).toEqual(theirs);
      }),
      { numRuns: 150 },
    );
  });
});

describe('time zones', () => {
  it('knows Windows and IANA names in any case, keeps the Windows one, and knows no others', () => {
    expect(findZone('w. europe standard time')?.name).toBe('W. Europe Standard Time');
    expect(findZone('Europe/Zurich')?.name).toBe('W. Europe Standard Time');
    expect(findZone('asia/calcutta')?.name).toBe('India Standard Time');
    expect(findZone('Asia/Kolkata')?.name).toBe('India Standard Time');
    expect(findZone('tzone://Microsoft/Utc')?.name).toBe('UTC');
    for (const name of ['Nowhere/City', '+01:00', '', 'tzone://Microsoft/Custom'])
      expect(findZone(name)).toBeUndefined();
  });

  it('agrees with the platform on every hour of a year', () => {
    for (const name of [
      'America/New_York',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
      'Asia/Tokyo',
      'Europe/London',
    ]) {
      const zone = findZone(name);
      const start = Date.UTC(2026, 0, 1);
      for (let hour = 0; hour < 365 * 24; hour += 3) {
        const ms = start + hour * 3_600_000;
        const there = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone?.iana ?? 'UTC');
        expect((zone?.offsets.at(ms) ?? 1) * 1e6, `${name} ${ms}`).toBe(there.offsetNanoseconds);
      }
    }
  });

  it('reads a time that the clock skips as later, and one that comes twice as the first', () => {
    const berlin = findZone('Europe/Berlin') ?? utcZone;
    const at = (text: string): string => new Date(instantOf(berlin, Date.parse(`${text}Z`))).toISOString();
    expect(at('2026-03-29T02:30:00')).toBe('2026-03-29T01:30:00.000Z');
    expect(at('2026-10-25T02:30:00')).toBe('2026-10-25T00:30:00.000Z');
  });
});
