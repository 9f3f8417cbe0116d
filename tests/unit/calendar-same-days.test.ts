import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRecurrence, sameDays, type Pattern } from '../../shared/domains/calendar/recurrence.ts';
import { isRefusal } from '../../shared/domains/calendar/refusal.ts';
import { recurrenceOf, rruleOf } from '../../shared/domains/calendar/rrule-of.ts';
import { days, expand, firstDate, patterns, type GraphPattern } from '../support/calendar-patterns.ts';

const read = (
  pattern: GraphPattern,
  startDate = '2026-01-05',
): { readonly pattern: Pattern; readonly rrule: string } => {
  const recurrence = readRecurrence({ pattern, range: { type: 'noEnd', startDate } });
  if (recurrence === null || isRefusal(recurrence)) throw new Error('refused');
  const rrule = rruleOf(recurrence, { isAllDay: false, timeZone: 'UTC', firstStart: null });
  return { pattern: recurrence.pattern, rrule };
};
const weekday = fc.constantFrom('sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday');
const weekly = {
  ...{ type: 'weekly', interval: 2, daysOfWeek: ['monday'], firstDayOfWeek: 'sunday' },
  ...{ index: 'first', month: 0, dayOfMonth: 0 },
};
const isSame = (one: Partial<GraphPattern>, other: Partial<GraphPattern>): boolean =>
  sameDays(read({ ...weekly, ...one }).pattern, read({ ...weekly, ...other }).pattern);

describe('two weekly patterns', () => {
  const TWO_YEARS = 730;
  const interval = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.integer({ min: 5, max: 50 }));
  const daysOfWeek = fc.uniqueArray(weekday, { minLength: 1, maxLength: 4 });
  const pair = fc.record({ interval, daysOfWeek, firstDayOfWeek: weekday, other: weekday }).chain(({ other, ...one }) =>
    fc.record({
      one: fc.constant({ ...weekly, ...one }),
      // Mostly the same but for where its weeks begin: whatever else differs makes other days of it.
      other: fc.record({
        interval: fc.oneof({ weight: 4, arbitrary: fc.constant(one.interval) }, interval),
        daysOfWeek: fc.oneof(
          { weight: 4, arbitrary: fc.shuffledSubarray(one.daysOfWeek, { minLength: one.daysOfWeek.length }) },
          daysOfWeek,
        ),
        firstDayOfWeek: fc.constant(other),
      }),
      from: fc.integer({ min: 9_000, max: 9_400 }),
    }),
  );

  it('mean the same days exactly where they bring the same days over two years', () => {
    let same = 0;
    let others = 0;
    fc.assert(
      fc.property(pair, ({ one, other, from }) => {
        const startDate = firstDate(one, from);
        const range = { startDate, until: days(startDate, TWO_YEARS) };
        const whole = { ...weekly, ...other };
        const bring = expand(one, range, TWO_YEARS).join() === expand(whole, range, TWO_YEARS).join();
        expect(sameDays(read(one).pattern, read(whole).pattern)).toBe(bring);
        if (bring) same += 1;
        else others += 1;
      }),
      { numRuns: 400 },
    );
    expect([same > 20, others > 20]).toEqual([true, true]);
  });

  it.each([
    ['one day', ['wednesday'], true],
    ['two days of a week from either on', ['monday', 'wednesday'], true],
    ['days of which Sunday is one', ['sunday', 'wednesday'], false],
  ])('with %s, from Sunday and from Monday on: %j, %s', (_name, daysOfWeek, same) => {
    expect(isSame({ daysOfWeek }, { daysOfWeek, firstDayOfWeek: 'monday' })).toBe(same);
    expect(isSame({ daysOfWeek, interval: 1 }, { daysOfWeek, interval: 1, firstDayOfWeek: 'monday' })).toBe(true);
  });
});

describe('a pattern and the rule that is shown of it', () => {
  const anyDay = fc.integer({ min: 1, max: 31 });
  const yearly = fc
    .record({ month: fc.integer({ min: 1, max: 12 }), dayOfMonth: anyDay })
    .map((on): GraphPattern => ({ ...weekly, ...on, type: 'absoluteYearly', interval: 1, daysOfWeek: [] }));

  it('mean the same days, also of a day that the month never has', () => {
    fc.assert(
      fc.property(fc.oneof(patterns, yearly), fc.integer({ min: 9_000, max: 14_000 }), (pattern, from) => {
        const held = read(pattern);
        const start = { date: firstDate(pattern, from), time: '09:00:00', timeZone: 'UTC' };
        const again = recurrenceOf(held.rrule, start);
        if (isRefusal(again)) throw new Error(`${held.rrule} is refused by ${again.part}`);
        expect(sameDays(again.pattern, held.pattern), held.rrule).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('are no longer the same on another day of the month, or in another month', () => {
    const april = { type: 'absoluteYearly', interval: 1, daysOfWeek: [], month: 4 };
    expect(isSame({ ...april, dayOfMonth: 31 }, { ...april, dayOfMonth: 30 })).toBe(true);
    expect(isSame({ ...april, dayOfMonth: 31 }, { ...april, dayOfMonth: 29 })).toBe(false);
    expect(isSame({ ...april, dayOfMonth: 31 }, { ...april, dayOfMonth: 31, month: 6 })).toBe(false);
  });
});
