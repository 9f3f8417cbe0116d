import { hash } from '../../lib/hash.ts';

/** The stream that the list of calendars comes by. */
export const CALENDARS = 'calendars';

/** Names that were made before: each event asks for its calendar's several times. */
const made = new Map<string, string>();
/** Far more than the calendars that a worker syncs at a time. */
const MOST_KEPT = 2_000;

/** The stream of one calendar's events. */
export function streamOfCalendar(calendarId: string): string {
  const known = made.get(calendarId);
  if (known !== undefined) return known;
  if (made.size >= MOST_KEPT) made.clear();
  const stream = `c-${hash([calendarId], 16)}`;
  made.set(calendarId, stream);
  return stream;
}

/** The path of a calendar. */
export const calendarPath = (calendarId: string): string => `/me/calendars/${encodeURIComponent(calendarId)}`;

/** The path of an event; below its calendar it is found only while it stands there. */
export const eventPath = (graphId: string, calendarId: string | undefined): string =>
  `${calendarId === undefined ? '/me' : calendarPath(calendarId)}/events/${encodeURIComponent(graphId)}`;
