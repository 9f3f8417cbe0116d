import { z } from 'zod';
import { DAY_MS, dayOf, daysInMonth, weekdayOf } from './civil.ts';
import type { Offsets } from './offsets.ts';

/** When a change takes place: the nth weekday of a month (5 = the last one), at a time of the clock before it. */
const turn = z.strictObject({
  month: z.number().int().min(1).max(12),
  week: z.number().int().min(1).max(5),
  /** 0 = Sunday. */
  weekday: z.number().int().min(0).max(6),
  minutes: z.number().int().min(0).max(1439),
});
type Turn = z.infer<typeof turn>;

/** Rules of a zone that has no name: as a client of another system sends them along with an event. */
export const customRules = z.strictObject({
  /** Minutes east of Greenwich. */
  standard: z.number().int().min(-900).max(900),
  daylight: z.strictObject({ offset: z.number().int().min(-900).max(900), starts: turn, ends: turn }).optional(),
});
export type CustomRules = z.infer<typeof customRules>;

/** The same rules in every year. */
export function customOffsets({ standard, daylight }: CustomRules): Offsets {
  if (daylight === undefined) return { at: () => standard * 60_000 };
  return {
    at: (utcMs) => {
      const year = new Date(utcMs + standard * 60_000).getUTCFullYear();
      const starts = wallOf(daylight.starts, year) - standard * 60_000;
      const ends = wallOf(daylight.ends, year) - daylight.offset * 60_000;
      const summer = starts < ends ? utcMs >= starts && utcMs < ends : utcMs >= starts || utcMs < ends;
      return (summer ? daylight.offset : standard) * 60_000;
    },
  };
}

function wallOf({ month, week, weekday, minutes }: Turn, year: number): number {
  const first = dayOf({ year, month, date: 1 });
  const date = ((weekday - weekdayOf(first) + 7) % 7) + (week - 1) * 7;
  const day = first + (date < daysInMonth(year, month) ? date : date - 7);
  return day * DAY_MS + minutes * 60_000;
}
