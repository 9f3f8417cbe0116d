import type { Site } from '../../http.ts';
import { mountControlCalendars } from './calendars.ts';
import { mountControlEvents } from './events.ts';
import { mountCalendarSnapshot } from './snapshot.ts';

/**
 * Calendars by control, below `/control/users/{upn}`. Events go by any id; `?date=2026-01-05` means the occurrence that a
 * series has on that day. All of it is done in the person's name, so others are invited, told and answered.
 * - `POST /calendars` `{name, color?}`; `PATCH`, `DELETE /calendars/{id or name}`; `POST .../share` `{with, role?}`, `.../unshare` `{with}`
 * - `POST /events`: the members that Graph takes, and `calendar`, `organizer` (somebody from outside), `customZone`,
 *   `onlineMeeting`, `onlineMeetingUrl`, `isCancelled`; or `{count, seed?, delegated?}` for a lifelike half year
 * - `PATCH`, `DELETE /events/{id}` (`?permanent=true`); `POST .../move` `{calendar}`, `.../restore`, `.../cancel`, `.../accept`,
 *   `.../tentativelyAccept`, `.../decline`, `.../respond` `{attendee, response}` for one from outside
 * - `GET /events?from=&to=`: the truth; `PATCH /timeZone` `{timeZone}`
 */
export function mountCalendarControl(site: Site): void {
  mountControlCalendars(site);
  mountControlEvents(site);
  mountCalendarSnapshot(site);
}
