import type { Fields } from '../../lib/json.ts';
import { dayMs, readDate } from './civil-date.ts';
import { timesOf } from './event-fields.ts';
import { readInstant } from './instants.ts';

/** From when to when, in milliseconds from 1970; the end is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** An event that lasts longer has a row of its own by its end, so that it is found while it runs. */
export const LONG_MS = 86_400_000;

/** All-day events run on other clocks than UTC's: as far as any of them is behind it, or ahead. */
export const WEST_MS = 12 * 3_600_000;
export const EAST_MS = 14 * 3_600_000;

/** When an event is; of all-day events the days as they are in UTC. Null where the fields do not say. */
export function spanOf(fields: Fields): Span | null {
  const times = timesOf(fields);
  if (times === null) return null;
  const from = times.isAllDay ? dayAt(times.start.date) : readInstant({ dateTime: times.start.dateTime });
  const to = times.isAllDay ? dayAt(times.end.date) : readInstant({ dateTime: times.end.dateTime });
  return from === null || to === null ? null : { from, to: Math.max(from, to) };
}

function dayAt(text: string): number | null {
  const date = readDate(text);
  return date === null ? null : dayMs(date);
}

/** Whether an event is, for a moment at least, within a range; one that lasts no time is at its start. */
export const overlaps = ({ from, to }: Span, range: Span): boolean =>
  from < range.to && (to > range.from || (from === to && from === range.from));

/** The widest that an all-day event may be on whoever's clock; any other event as it is. */
export const widest = (span: Span, fields: Fields): Span =>
  timesOf(fields)?.isAllDay === true ? { from: span.from - EAST_MS, to: span.to + WEST_MS } : span;

/** Sorts by time: fixed length, whatever the year. */
export const instantKey = (epochMs: number): string => {
  const at = Math.min(Math.max(epochMs, EARLIEST_MS), LATEST_MS);
  return new Date(at).toISOString();
};

const EARLIEST_MS = Date.parse('0000-01-01T00:00:00Z');
const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z');
