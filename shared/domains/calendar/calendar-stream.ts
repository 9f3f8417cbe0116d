import { hash } from '../../lib/hash.ts';

/** The stream that the list of calendars comes by. */
export const CALENDARS = 'calendars';

/** The stream of one calendar's events. */
export const streamOfCalendar = (calendarId: string): string => `c-${hash([calendarId], 16)}`;

/** The path of a calendar. */
export const calendarPath = (calendarId: string): string => `/me/calendars/${encodeURIComponent(calendarId)}`;

/** The path of an event; below its calendar it is found only while it stands there. */
export const eventPath = (graphId: string, calendarId: string | undefined): string =>
  `${calendarId === undefined ? '/me' : calendarPath(calendarId)}/events/${encodeURIComponent(graphId)}`;
