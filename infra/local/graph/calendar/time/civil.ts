/**
 * Dates and times without a zone. A day is a whole number (1970-01-01 = 0), a wall time the milliseconds that a clock
 * in UTC would have at that reading.
 */
export type Day = number;
export type Wall = number;

export const DAY_MS = 86_400_000;

export interface Civil {
  year: number;
  /** 1..12 */
  month: number;
  date: number;
}

export function dayOf({ year, month, date }: Civil): Day {
  // Date.UTC takes years below 100 for those of the last century.
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, date);
  return Math.floor(at.getTime() / DAY_MS);
}

export function civilOf(day: Day): Civil {
  const at = new Date(day * DAY_MS);
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, date: at.getUTCDate() };
}

/** 0 = Sunday. */
export function weekdayOf(day: Day): number {
  return (((day + 4) % 7) + 7) % 7;
}

export function daysInMonth(year: number, month: number): number {
  return (
    dayOf({ year: year + Math.floor(month / 12), month: (month % 12) + 1, date: 1 }) - dayOf({ year, month, date: 1 })
  );
}

export function dayOfWall(wall: Wall): Day {
  return Math.floor(wall / DAY_MS);
}

/** Time since midnight, in ms. */
export function clockOf(wall: Wall): number {
  return wall - dayOfWall(wall) * DAY_MS;
}

/** `2026-01-05` */
export function dateText(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The day of `2026-01-05`; undefined for what is no date of the calendar. */
export function parseDate(text: string): Day | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const day = dayOf({ year: Number(match[1]), month: Number(match[2]), date: Number(match[3]) });
  return dateText(day) === text ? day : undefined;
}

/** `2026-01-05T10:00:00.0000000`, as the service writes it. */
export function wallText(wall: Wall): string {
  return `${new Date(wall).toISOString().slice(0, 23)}0000`;
}

const DATE_TIME = /^(\d{4}-\d\d-\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** A date-time as clients write them. `offsetMs`: undefined where the text has none. */
export function parseDateTime(text: string): { wall: Wall; offsetMs: number | undefined } | undefined {
  const match = DATE_TIME.exec(text.trim());
  const day = parseDate(match?.[1] ?? '');
  if (match === null || day === undefined) return undefined;
  const [hour, minute, second] = [Number(match[2] ?? 0), Number(match[3] ?? 0), Number(match[4] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = Math.floor(Number(`0.${match[5] ?? '0'}`) * 1000);
  const wall = day * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
  return { wall, offsetMs: match[6] === undefined ? undefined : offsetOf(match[6]) };
}

function offsetOf(text: string): number {
  if (/^z$/i.test(text)) return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}
