import { dateAt, dateText, dayMs, pad, readDate, type CivilDate } from './civil-date.ts';

/** What a clock on the wall shows, to the millisecond; in no zone by itself. */
export interface WallClock {
  readonly date: CivilDate;
  /** Milliseconds since the wall clock showed midnight. */
  readonly ms: number;
}

const pattern =
  /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/;

/**
 * Reads `2026-03-29T02:30:00.0000000`, as Graph writes times: units of 100 ns, of which milliseconds are kept and the rest is
 * cut off. `offset` is in minutes and less than a day (RFC 3339), null where the text has none. Null where the text is no time.
 */
export function readWallClock(text: string): (WallClock & { readonly offset: number | null }) | null {
  const match = pattern.exec(text);
  const date = readDate(match?.[1] ?? '');
  if (match === null || date === null) return null;
  const [, , hour, minute, second = '0', fraction = '', zone] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const ms =
    (Number(hour) * 60 + Number(minute)) * 60_000 + Number(second) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
  return { date, ms, offset: zone === undefined ? null : offsetMinutes(zone) };
}

function offsetMinutes(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const [hours, minutes] = zone.slice(1).split(':').map(Number);
  return (zone.startsWith('-') ? -1 : 1) * ((hours ?? 0) * 60 + (minutes ?? 0));
}

/** Milliseconds from 1970 if the wall stood in UTC. */
export const wallMs = ({ date, ms }: WallClock): number => dayMs(date) + ms;

/** The wall clock in UTC at so many milliseconds from 1970. */
export function wallAt(ms: number): WallClock {
  const date = dateAt(ms);
  return { date, ms: ms - dayMs(date) };
}

/** `hh:mm:ss`, without fraction. */
export function timeText({ ms }: WallClock): string {
  const seconds = Math.floor(ms / 1000);
  return [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => pad(Math.floor(part), 2)).join(':');
}

/** As Graph writes it: seven digits of fraction, no offset. */
export const graphText = (wall: WallClock): string =>
  `${dateText(wall.date)}T${timeText(wall)}.${pad(wall.ms % 1000, 3)}0000`;
