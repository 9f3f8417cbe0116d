import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { isRefusal } from '../../shared/domains/calendar/refusal.ts';
import { recurrenceOf, rruleOf } from '../../shared/domains/calendar/rrule-of.ts';
import type { SeriesStart } from '../../shared/domains/calendar/series-start.ts';

const compact = (at: Temporal.Instant): string => at.toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '');

/** The last day of a daily series until this moment, and the rule that it is held with. */
function ended(start: SeriesStart, until: string): { readonly last: string; readonly rrule: string } {
  const recurrence = recurrenceOf(`FREQ=DAILY;UNTIL=${until}`, start);
  if (isRefusal(recurrence)) throw new Error(`refused by ${recurrence.part}: ${recurrence.reason}`);
  const rrule = rruleOf(recurrence, { isAllDay: false, timeZone: start.timeZone, firstStart: null });
  return { last: recurrence.range.endDate, rrule };
}

/** Each with a day on which its clocks change: some at midnight, some by half an hour, one a minute after midnight. */
const changes = [
  ['America/New_York', '2026-11-01'],
  ['America/New_York', '2026-03-08'],
  ['Europe/London', '2026-10-25'],
  ['Europe/London', '2026-03-29'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['America/Havana', '2026-11-01'],
  ['America/Havana', '2026-03-08'],
  ['Asia/Beirut', '2026-10-24'],
  ['Asia/Beirut', '2026-03-29'],
  ['America/St_Johns', '2009-11-01'],
  ['America/St_Johns', '2009-03-08'],
] as const;

const MINUTES = 24 * 60;
/** More often than others those times of which some clock above skips one, or shows one twice. */
const minutes = fc.oneof(fc.integer({ min: 0, max: 4 * 60 }), fc.integer({ min: 0, max: MINUTES - 1 }));
const timeAt = (minute: number): string => Temporal.PlainTime.from('00:00').add({ minutes: minute }).toString();

describe('UNTIL of a series with times', () => {
  it('leaves in what begins by then, also at a time that the clock shows twice or skips', () => {
    const until = fc.record({ day: fc.integer({ min: 0, max: 5 }), minute: minutes, second: fc.constantFrom(0, 59) });
    fc.assert(
      fc.property(fc.constantFrom(...changes), minutes, until, ([iana, change], minute, { day, ...at }) => {
        const first = Temporal.PlainDate.from(change).subtract({ days: 2 });
        const time = timeAt(minute);
        // What a time is that comes twice, or never, is said by the calendar of the platform as by RFC 5545 3.3.5.
        const begins = Array.from({ length: 10 }, (_, turn) => {
          const date = first.add({ days: turn });
          return { date: date.toString(), at: date.toPlainDateTime(time).toZonedDateTime(iana).toInstant() };
        });
        const moment = first.toZonedDateTime(iana).add({ hours: day * 24, minutes: at.minute, seconds: at.second });
        const within = begins.filter((each) => Temporal.Instant.compare(each.at, moment.toInstant()) <= 0).at(-1);
        if (within === undefined) return;
        const start = { date: first.toString(), time, timeZone: iana };
        const { last, rrule } = ended(start, compact(moment.toInstant()));
        expect(last).toBe(within.date);
        expect(ended(start, rrule.replace('FREQ=DAILY;UNTIL=', '')).last).toBe(within.date);
      }),
      { numRuns: 600 },
    );
  });

  it.each([
    ['the first of two equal times', '20261101T053000Z', '2026-11-01'],
    ['a moment between them', '20261101T060000Z', '2026-11-01'],
    ['the second of them', '20261101T063000Z', '2026-11-01'],
    ['the second before the first', '20261101T052959Z', '2026-10-31'],
  ])('is in New York, at half past one: %s', (_name, until, last) => {
    expect(ended({ date: '2026-10-25', time: '01:30:00', timeZone: 'Eastern Standard Time' }, until).last).toBe(last);
  });

  it('is as late as the occurrence of a day whose clock skips the time', () => {
    const start = { date: '2026-03-01', time: '02:30:00', timeZone: 'Eastern Standard Time' };
    expect(ended(start, '20260308T073000Z').last).toBe('2026-03-08');
    expect(ended(start, '20260308T072959Z').last).toBe('2026-03-07');
  });
});
