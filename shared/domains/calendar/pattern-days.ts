import { daysBetween, WEEKDAYS, weekdayOf, type CivilDate } from './civil-date.ts';
import type { Pattern } from './recurrence.ts';
import { checkStart } from './series-start.ts';

/**
 * Whether a pattern brings a day to a series that begins on `start`, which is a day that it brings. Where the series ends is the
 * range's matter. [graph-facts 7.3]
 */
export const brings = (pattern: Pattern, start: CivilDate, date: CivilDate): boolean =>
  daysBetween(start, date) >= 0 && isDue(pattern, start, date) && checkStart(pattern, date) === null;

/** Whether its day, week, month or year is one of those that the interval leaves. */
function isDue(pattern: Pattern, start: CivilDate, date: CivilDate): boolean {
  const { type, interval } = pattern;
  const days = daysBetween(start, date);
  if (type === 'daily') return days % interval === 0;
  if (type === 'weekly') return ((days + intoWeek(pattern, start) - intoWeek(pattern, date)) / 7) % interval === 0;
  const years = date.year - start.year;
  return (type.endsWith('Yearly') ? years : years * 12 + date.month - start.month) % interval === 0;
}

/** How many days of its week are over. */
const intoWeek = ({ firstDayOfWeek }: Pattern, date: CivilDate): number =>
  (WEEKDAYS.indexOf(weekdayOf(date)) - WEEKDAYS.indexOf(firstDayOfWeek) + 7) % 7;
