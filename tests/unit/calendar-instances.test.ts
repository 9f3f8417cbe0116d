import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { completeParts } from '../../infra/local/graph/calendar/defaults.ts';
import { readRule } from '../../infra/local/graph/calendar/input-rule.ts';
import { instancesIn, instantsOf } from '../../infra/local/graph/calendar/instances.ts';
import type { CalendarEvent } from '../../infra/local/graph/calendar/model.ts';
import { ruleView } from '../../infra/local/graph/calendar/render-rule.ts';
import { planSeries } from '../../infra/local/graph/calendar/scheduling.ts';
import { DAY_MS, dateText, dayOfWall } from '../../infra/local/graph/calendar/time/civil.ts';
import { findZone, utcZone } from '../../infra/local/graph/calendar/time/zones.ts';
import { instantText } from '../../shared/domains/calendar/instants.ts';
import { readRecurrence } from '../../shared/domains/calendar/recurrence.ts';
import { isRefusal } from '../../shared/domains/calendar/refusal.ts';
import { recurrenceOf, rruleOf } from '../../shared/domains/calendar/rrule-of.ts';
import { exdatesOf, slotOn, type SeriesSlots } from '../../shared/domains/calendar/series.ts';
import { readZone } from '../../shared/domains/calendar/zones.ts';
import { days, firstDate, patterns } from '../support/calendar-patterns.ts';

/** Every quarter of an hour, those that clocks skip or show twice among them. */
const time = fc
  .integer({ min: 0, max: 95 })
  .map(
    (quarter) =>
      `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}:00`,
  );
const zone = fc.constantFrom(
  ...['AUS Eastern Standard Time', 'Eastern Standard Time', 'GMT Standard Time', 'Tokyo Standard Time'],
  ...['Lord Howe Standard Time', 'Newfoundland Standard Time', 'India Standard Time', 'Chatham Islands Standard Time'],
);
const series = fc
  .record({
    pattern: patterns,
    from: fc.integer({ min: 9000, max: 9800 }),
    zone,
    time: fc.option(time, { nil: null }),
    end: fc.oneof(
      fc.constant({ type: 'noEnd', days: 0 }),
      fc.record({
        type: fc.constant('numbered'),
        numberOfOccurrences: fc.integer({ min: 1, max: 60 }),
        days: fc.constant(0),
      }),
      fc.record({ type: fc.constant('endDate'), days: fc.integer({ min: 0, max: 700 }) }),
    ),
    cancelled: fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 5 }),
  })
  .map(({ pattern, from, end, ...rest }): Drawn => {
    const startDate = firstDate(pattern, from);
    const { days: length, ...ended } = end;
    const endDate = ended.type === 'endDate' ? { endDate: days(startDate, length) } : {};
    return { ...rest, startDate, wire: { pattern, range: { ...ended, ...endDate, startDate } } };
  });
interface Drawn {
  readonly zone: string;
  readonly time: string | null;
  readonly startDate: string;
  readonly cancelled: readonly number[];
  readonly wire: { readonly pattern: object; readonly range: object };
}

const WEEK_MS = 7 * DAY_MS;
/** So many days from the start are looked at. */
const HORIZON = 400;

/** The series as the local tenant has it. */
function inTenant({ startDate, zone: name, time: at, wire }: Drawn): CalendarEvent {
  const found = findZone(name) ?? utcZone;
  const wall = Date.parse(`${startDate}T${at ?? '00:00:00'}Z`);
  const given = { start: { wall, zone: found }, end: { wall: wall + (at === null ? DAY_MS : 1_800_000), zone: found } };
  return {
    ...{ num: 1, calendar: 1, slot: 1, uid: 'u', iCalUId: undefined, organizer: undefined, isOrganizer: true },
    ...{ transactionId: undefined, createdMs: 0, modifiedMs: 0, version: 1 },
    ...{ parts: completeParts({ isAllDay: at === null }), ...planSeries(readRule(wire), given) },
  };
}

/** What the tenant has within the horizon: instants in UTC, or days. */
function byTenant(event: CalendarEvent): string[] {
  const { startMs } = instantsOf(event.times);
  return instancesIn(event, { fromMs: startMs, toMs: startMs + (HORIZON + 2) * DAY_MS })
    .map((one) => (event.parts.isAllDay ? dateText(dayOfWall(one.times.start.wall)) : instantText(one.startMs)))
    .filter((slot) => slot < limitOf(event));
}

const limitOf = ({ times }: CalendarEvent): string => instantText(times.start.wall + HORIZON * DAY_MS);

/** How we hold it: rule and slots, from what the tenant tells of it. */
function held(
  event: CalendarEvent,
  { zone: timeZone }: Drawn,
): { readonly rrule: string; readonly slots: SeriesSlots } {
  const recurrence = readRecurrence(ruleView(event));
  if (recurrence === null || isRefusal(recurrence)) throw new Error('refused');
  const { startMs } = instantsOf(event.times);
  const { isAllDay } = event.parts;
  const slots = { isAllDay, startDate: recurrence.range.startDate, firstStart: startMs, timeZone };
  return { rrule: rruleOf(recurrence, { isAllDay, timeZone, firstStart: startMs }), slots };
}

/** What another library makes of that within the horizon. */
function byLibrary(event: CalendarEvent, drawn: Drawn): string[] {
  const { rrule, slots } = held(event, drawn);
  const begin = slots.isAllDay
    ? Temporal.PlainDate.from(slots.startDate).toZonedDateTime('UTC')
    : Temporal.Instant.fromEpochMilliseconds(slots.firstStart).toZonedDateTimeISO(readZone(drawn.zone).iana ?? 'UTC');
  const rule = new RRuleTemporal({ rruleString: `RRULE:${rrule}`, dtstart: begin, temporal: Temporal });
  const end = new Date(begin.epochMilliseconds + (HORIZON + 2) * DAY_MS);
  return rule
    .between(new Date(begin.epochMilliseconds), end, true)
    .map((at) => (slots.isAllDay ? at.toPlainDate().toString() : at.toInstant().toString()))
    .filter((slot) => slot < limitOf(event));
}

/** Days before a start that are of its month. */
const BEFORE = 40;

/**
 * Whether a rule that chooses from several days may meet one on which a clock skips the time: RFC 5545 leaves that day out before
 * it chooses, where Outlook does not.
 */
function choosesAmongSkipped(event: CalendarEvent, drawn: Drawn): boolean {
  const { zone: name, time: at, startDate } = drawn;
  if (at === null || !held(event, drawn).rrule.includes('BYSETPOS')) return false;
  const begin = Temporal.PlainDate.from(startDate)
    .toZonedDateTime(readZone(name).iana ?? 'UTC')
    .subtract({ days: BEFORE });
  const end = begin.add({ days: BEFORE + HORIZON + BEFORE });
  for (
    let one = begin.getTimeZoneTransition('next');
    one !== null;
    one = one.add({ hours: 3 }).getTimeZoneTransition('next')
  ) {
    if (Temporal.ZonedDateTime.compare(one, end) > 0) return false;
    const before = one.subtract({ nanoseconds: 1 }).toPlainDateTime();
    const told = before.toPlainDate().toPlainDateTime(at);
    const from = Temporal.PlainDateTime.compare(told, before);
    if (from > 0 && Temporal.PlainDateTime.compare(told, one.toPlainDateTime()) < 0) return true;
  }
  return false;
}

/**
 * What both are held to: without the days on which a clock skips the time, which RFC 5545 leaves out and does not count, and
 * without the day near by that the library then takes for the last of a month.
 */
function compared(tenant: readonly string[], library: readonly string[], { time: at, zone: name }: Drawn): string[][] {
  const iana = readZone(name).iana ?? 'UTC';
  const timeOf = (slot: string): string =>
    Temporal.Instant.from(slot).toZonedDateTimeISO(iana).toPlainTime().toString({ smallestUnit: 'second' });
  const [first] = tenant;
  const shown = at === null || first === undefined ? null : timeOf(first);
  const kept = tenant.filter((slot) => shown === null || timeOf(slot) === shown);
  if (kept.length === tenant.length) return [kept, [...library]];
  const skipped = tenant.filter((slot) => !kept.includes(slot)).map((slot) => Date.parse(slot));
  const isInstead = (slot: string): boolean =>
    !kept.includes(slot) && skipped.some((ms) => Math.abs(ms - Date.parse(slot)) < WEEK_MS);
  return [kept, library.filter((slot) => !isInstead(slot)).slice(0, kept.length)];
}

describe('a series of the local tenant', () => {
  it('has the instances that another library makes of our rule, whatever its clock does', () => {
    fc.assert(
      fc.property(series, (drawn) => {
        const event = inTenant(drawn);
        const [tenant, library] = compared(byTenant(event), byLibrary(event, drawn), drawn);
        fc.pre(isDeepStrictEqual(tenant, library) || !choosesAmongSkipped(event, drawn));
        expect(tenant).toEqual(library);
      }),
      { numRuns: 600 },
    );
  });

  it('begins where the clock skips its start, though it would end when that has come to pass', () => {
    const pattern = { type: 'absoluteMonthly', interval: 1, dayOfMonth: 30 };
    const named = { zone: 'GMT Standard Time', time: '01:30:00', startDate: '2025-03-30', cancelled: [] };
    const event = inTenant({ ...named, wire: { pattern, range: { type: 'noEnd', startDate: named.startDate } } });
    const { startMs, endMs } = instantsOf(event.times);
    expect([byTenant(event)[0], endMs - startMs]).toEqual(['2025-03-30T01:30:00Z', 1_800_000]);
  });

  it('has them without those that our EXDATEs name, numbered or not', () => {
    fc.assert(
      fc.property(series, (drawn) => {
        const event = inTenant(drawn);
        const whole = instancesIn(event, { fromMs: 0, toMs: event.times.start.wall + HORIZON * DAY_MS });
        const gone = drawn.cancelled.flatMap((turn) => whole[turn]?.day ?? []);
        for (const day of gone) event.series?.cancelled.add(day);
        const { exdates, unread } = exdatesOf(
          gone.map((day) => `OID.M.${dateText(day)}`),
          held(event, drawn).slots,
        );
        const left = byLibrary(event, drawn).filter((slot) => !exdates.includes(slot));
        expect([exdates.length, unread]).toEqual([gone.length, []]);
        const [tenant, library] = compared(byTenant(event), left, drawn);
        fc.pre(isDeepStrictEqual(tenant, library) || !choosesAmongSkipped(event, drawn));
        expect(tenant).toEqual(library);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a day on which the clock skips the time of a series', () => {
  it('has an occurrence that is later in Outlook, and none by RFC 5545, which goes on counting', () => {
    const pattern = { type: 'daily', interval: 1 };
    const range = { type: 'numbered', numberOfOccurrences: 3, startDate: '2026-03-07' };
    const named = { zone: 'Eastern Standard Time', time: '02:30:00', startDate: '2026-03-07', cancelled: [] };
    const drawn = { ...named, wire: { pattern, range } };
    const event = inTenant(drawn);
    const first = '2026-03-07T07:30:00Z';
    expect(byTenant(event)).toEqual([first, '2026-03-08T07:30:00Z', '2026-03-09T06:30:00Z']);
    expect(byLibrary(event, drawn)).toEqual([first, '2026-03-09T06:30:00Z', '2026-03-10T06:30:00Z']);
    // Its end is shown by the clock, but never before it begins.
    const all = instancesIn(event, { fromMs: 0, toMs: Date.parse('2027-01-01T00:00:00Z') });
    expect(all.map(({ startMs, endMs }) => endMs - startMs)).toEqual([1_800_000, 1_800_000, 1_800_000]);
  });
});

describe('a series that begins at a time that the clock skips', () => {
  it('goes on at the time that it showed', () => {
    const pattern = { type: 'daily', interval: 1 };
    const range = { type: 'numbered', numberOfOccurrences: 3, startDate: '2026-03-08' };
    const named = { zone: 'Eastern Standard Time', time: '02:15:00', startDate: '2026-03-08', cancelled: [] };
    const drawn = { ...named, wire: { pattern, range } };
    const event = inTenant(drawn);
    expect(byTenant(event)).toEqual(['2026-03-08T07:15:00Z', '2026-03-09T07:15:00Z', '2026-03-10T07:15:00Z']);
    expect(byLibrary(event, drawn)).toEqual(byTenant(event));
  });
});

describe('a series in a zone that nobody told us', () => {
  const CUSTOM = 'tzone://Microsoft/Custom';

  it('comes back from its rule, whatever its pattern and end', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: -14 * 4, max: 14 * 4 }), (drawn, quarters) => {
        const recurrence = readRecurrence({
          ...drawn.wire,
          range: { ...drawn.wire.range, recurrenceTimeZone: CUSTOM },
        });
        if (recurrence === null || isRefusal(recurrence)) throw new Error('refused');
        const at = `${drawn.startDate}T${drawn.time ?? '00:00:00'}Z`;
        const firstStart = Date.parse(at) - quarters * 900_000;
        const rrule = rruleOf(recurrence, { isAllDay: drawn.time === null, timeZone: CUSTOM, firstStart });
        const start = { date: drawn.startDate, time: drawn.time, timeZone: CUSTOM, firstStart };
        expect(recurrenceOf(rrule, start)).toEqual(recurrence);
      }),
      { numRuns: 500 },
    );
  });

  it('is cut off on the day of an occurrence where some hours are left, and refused where it may be that or the one before', () => {
    const firstStart = Date.parse('2026-01-06T04:00:00Z');
    const start = { date: '2026-01-05', time: '04:00:00', timeZone: CUSTOM, firstStart };
    const until = (text: string): unknown => {
      const recurrence = recurrenceOf(`FREQ=DAILY;UNTIL=${text}`, start);
      return isRefusal(recurrence) ? recurrence.part : recurrence.range.endDate;
    };
    expect(until('20260110T060000Z')).toBe('2026-01-09');
    expect(until('20260111T020000Z')).toBe('2026-01-09');
    for (const text of ['20260110T040000Z', '20260110T055959Z', '20260111T020001Z', '20260110T035959Z'])
      expect(until(text)).toBe('UNTIL');
    expect(slotOn('2026-01-09', { isAllDay: false, startDate: '2026-01-05', firstStart, timeZone: CUSTOM })).toBe(
      '2026-01-10T04:00:00Z',
    );
  });
});
