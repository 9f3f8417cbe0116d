import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readDate } from '../../shared/domains/calendar/civil-date.ts';
import { brings } from '../../shared/domains/calendar/pattern-days.ts';
import { readRecurrence } from '../../shared/domains/calendar/recurrence.ts';
import { isRefusal } from '../../shared/domains/calendar/refusal.ts';
import { days, expand, firstDate, patterns } from '../support/calendar-patterns.ts';

/** Days from the start that are looked at. */
const AHEAD = 1_500;

it('a pattern brings the days that Graph means by it, from the start on', () => {
  fc.assert(
    fc.property(patterns, fc.integer({ min: 0, max: 9_000 }), (pattern, from) => {
      const startDate = firstDate(pattern, from);
      const recurrence = readRecurrence({ pattern, range: { type: 'noEnd', startDate } });
      const start = readDate(startDate);
      if (recurrence === null || isRefusal(recurrence) || start === null) throw new Error('refused');
      const looked = Array.from({ length: AHEAD + 20 }, (_, day) => days(startDate, day - 20));
      const brought = looked.filter((text) => {
        const date = readDate(text);
        return date !== null && brings(recurrence.pattern, start, date);
      });
      expect(brought).toEqual(expand(pattern, { startDate, until: days(startDate, AHEAD - 1) }, AHEAD));
    }),
    { numRuns: 60 },
  );
});
