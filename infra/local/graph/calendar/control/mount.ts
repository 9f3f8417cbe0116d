import type { Site } from '../../http.ts';
import { mountControlCalendars } from './calendars.ts';
import { mountControlEvents } from './events.ts';
import { mountCalendarSnapshot } from './snapshot.ts';

/** Calendars by control: what people do in Outlook, the ground truth, and files. */
export function mountCalendarControl(site: Site): void {
  mountControlCalendars(site);
  mountControlEvents(site);
  mountCalendarSnapshot(site);
}
