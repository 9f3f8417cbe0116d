/** Days of the week in Graph's words, Sunday first, as `Date.getUTCDay` counts them. */
export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A day of the Gregorian calendar, in no zone. `month` and `day` count from 1. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const DAY_MS = 86_400_000;

/** A leap year: February has all the days that it ever has. */
export const LEAP = 2024;

/** How many days a month has. */
export const daysInMonth = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** The day that `yyyy-mm-dd` names, or null where there is no such day. */
export function readDate(text: string): CivilDate | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const exists = year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  return exists ? { year, month, day } : null;
}

/** `yyyy-mm-dd`. */
export const dateText = ({ year, month, day }: CivilDate): string => `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;

export const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** Milliseconds from 1970 to the beginning of this day in UTC; years below 100 too, which `Date.UTC` takes for 19xx. */
export const dayMs = ({ year, month, day }: CivilDate): number => new Date(0).setUTCFullYear(year, month - 1, day);

/** The day in UTC at so many milliseconds from 1970. */
export function dateAt(ms: number): CivilDate {
  const at = new Date(ms);
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() };
}

export const addDays = (date: CivilDate, days: number): CivilDate => dateAt(dayMs(date) + days * DAY_MS);

/** Whole days from one day to another. */
export const daysBetween = (from: CivilDate, to: CivilDate): number => (dayMs(to) - dayMs(from)) / DAY_MS;

export function weekdayOf(date: CivilDate): Weekday {
  return WEEKDAYS[new Date(dayMs(date)).getUTCDay()] ?? 'sunday';
}
