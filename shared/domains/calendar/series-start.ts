import { dateText, daysInMonth, readDate, WEEKDAYS, weekdayOf, type CivilDate, type Weekday } from './civil-date.ts';
import { readWallClock, timeText } from './wall-clock.ts';
import { refuse, type Refusal } from './refusal.ts';
import type { Pattern, WeekIndex } from './recurrence.ts';

/** Where a series begins: its first occurrence, on the wall clock of its own zone. */
export interface SeriesStart {
  /** `yyyy-mm-dd`. */
  readonly date: string;
  /** `hh:mm:ss`; null = an all-day series. */
  readonly time: string | null;
  /** As Graph is to be told; goes into `recurrenceTimeZone` as it stands. */
  readonly timeZone: string;
  /** The first occurrence in milliseconds from 1970, for zones that are not known; `time` is then that of UTC. */
  readonly firstStart?: number;
}

/**
 * The start of a series from the time that Graph is told of it (or tells of it, in the zone of the series): date and time of
 * its wall clock. Null where the text is no time.
 */
export function seriesStartOf(
  told: { readonly dateTime: string; readonly timeZone: string },
  isAllDay: boolean,
): SeriesStart | null {
  const wall = readWallClock(told.dateTime);
  if (wall === null) return null;
  return { date: dateText(wall.date), time: isAllDay ? null : timeText(wall), timeZone: told.timeZone };
}

/** The day of the start; a date that is none is a fault of the program, not of a rule. */
export function startDay(start: SeriesStart): CivilDate {
  const day = readDate(start.date);
  if (day === null) throw new RangeError('the start of a series is no date');
  return day;
}

/**
 * Refuses a start that its own pattern does not bring. RFC 5545 leaves such a rule undefined, and Graph moves the start to the
 * first day that fits.
 */
export function checkStart(pattern: Pattern, date: CivilDate): Refusal | null {
  return fits(pattern, date) ? null : refuse('DTSTART', 'The start is not a day that the rule itself brings.');
}

function fits(pattern: Pattern, date: CivilDate): boolean {
  const { type, daysOfWeek } = pattern;
  if (type === 'daily') return true;
  if (type === 'weekly') return daysOfWeek.includes(weekdayOf(date));
  if (type.endsWith('Yearly') && date.month !== pattern.month) return false;
  const last = daysInMonth(date.year, date.month);
  if (type.startsWith('absolute')) return date.day === Math.min(pattern.dayOfMonth, last);
  return date.day === dayByIndex(date, daysOfWeek, pattern.index);
}

/** The day of this month that is the first ... last of these days of the week. */
function dayByIndex({ year, month }: CivilDate, days: readonly Weekday[], index: WeekIndex): number | undefined {
  const first = WEEKDAYS.indexOf(weekdayOf({ year, month, day: 1 }));
  const fitting = Array.from({ length: daysInMonth(year, month) }, (_, offset) => offset + 1).filter((day) => {
    const weekday = WEEKDAYS[(first + day - 1) % 7];
    return weekday !== undefined && days.includes(weekday);
  });
  return fitting.at({ first: 0, second: 1, third: 2, fourth: 3, last: -1 }[index]);
}

/** The months that a series visits which begins in this one and goes on every so many months. */
export function monthsVisited({ month }: CivilDate, interval: number): readonly number[] {
  return [...new Set(Array.from({ length: 12 }, (_, turn) => ((month - 1 + turn * interval) % 12) + 1))];
}
