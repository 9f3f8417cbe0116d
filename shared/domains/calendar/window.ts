import type { Side } from '../../engine/domain.ts';
import type { Fields } from '../../lib/json.ts';
import { bucketOf } from '../../lib/hash.ts';
import { dateAt, dateText, dayMs, readDate } from './civil-date.ts';
import { seriesEnd } from './series-fields.ts';
import { overlaps, spanOf, widest, type Span } from './spans.ts';

/** How far a calendar is read into the past and the future, in days. */
export interface WindowSettings {
  readonly pastDays: number;
  readonly futureDays: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** A calendar must be polled this often: what windows are wider by lasts no longer. */
export const LONGEST_WAIT_MS = DAY_MS;

/**
 * The window of a calendar: from a day to another in UTC, the end exclusive. It rolls once a day, each calendar at an hour of its
 * own, and by the poll that comes then: it is a day wider at its begin than asked for and two at its end, so that it holds all that
 * was asked for until it rolls again, though that poll is a safety poll and comes up to `LONGEST_WAIT_MS` later (P18).
 */
export function windowAt(now: Date, calendarId: string, { pastDays, futureDays }: WindowSettings): string {
  const rolled = now.getTime() - bucketOf(calendarId, 24) * HOUR_MS;
  const today = Math.floor(rolled / DAY_MS) * DAY_MS;
  const day = (days: number): string => dateText(dateAt(today + days * DAY_MS));
  return `${day(-pastDays - 1)}/${day(futureDays + 3)}`;
}

/** What a window spans; null where the text is none. */
export function spanOfWindow(window: string): Span | null {
  const [from, to] = window.split('/').map((text) => readDate(text));
  return from === null || from === undefined || to === null || to === undefined
    ? null
    : { from: dayMs(from), to: dayMs(to) };
}

/** The window as Graph is asked for it. */
export function windowQuery(window: string): string {
  const [from = '', to = ''] = window.split('/');
  return `startDateTime=${from}T00:00:00Z&endDateTime=${to}T00:00:00Z`;
}

/**
 * On which side of a window an event lies, where that is certain on whoever's clock. A series is behind it where it has ended
 * before, and ahead where it has not begun.
 */
export function sideOf(fields: Fields, window: string): Side | null {
  const [range, span] = [spanOfWindow(window), spanOf(fields)];
  if (range === null || span === null) return null;
  const widely = widest(span, fields);
  if (widely.from >= range.to) return 'ahead';
  if (fields['type'] !== 'master') return overlaps(widely, range) ? null : 'behind';
  const end = seriesEnd(fields);
  return end !== null && end <= range.from ? 'behind' : null;
}
