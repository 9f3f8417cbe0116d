import { z } from 'zod';
import { attendee, place, recipient, status } from './read-members.ts';

const said = z.string().nullish();
const flag = z.boolean().nullish();
const time = z.object({ dateTime: z.string(), timeZone: said });

/** An event as Graph sends it, whole or thin. Unknown members are ignored, unknown words are data. [graph-facts 7.1] */
export const wireEvent = z.object({
  id: z.string().min(1),
  '@odata.etag': said,
  '@removed': z.unknown().optional(),
  lastModifiedDateTime: said,
  transactionId: said,
  type: said,
  seriesMasterId: said,
  iCalUId: said,
  subject: said,
  body: z.object({ contentType: said, content: said }).nullish(),
  bodyPreview: said,
  start: time.nullish(),
  end: time.nullish(),
  isAllDay: flag,
  originalStart: said,
  originalStartTimeZone: said,
  originalEndTimeZone: said,
  occurrenceId: said,
  recurrence: z.unknown().optional(),
  cancelledOccurrences: z.array(z.string()).nullish(),
  isCancelled: flag,
  isOrganizer: flag,
  organizer: recipient.nullish(),
  attendees: z.array(attendee.nullable()).nullish(),
  responseStatus: status.nullish(),
  location: place.nullish(),
  // One that cannot be read is none: the others, and the event, stand.
  locations: z.array(place.catch({})).nullish(),
  importance: said,
  sensitivity: said,
  showAs: said,
  categories: z.array(z.string().nullable()).nullish(),
  isReminderOn: flag,
  reminderMinutesBeforeStart: z.number().nullish(),
  isOnlineMeeting: flag,
  onlineMeeting: z.object({ joinUrl: said, conferenceId: said }).nullish(),
  onlineMeetingUrl: said,
  onlineMeetingProvider: said,
  webLink: said,
});
export type WireEvent = z.output<typeof wireEvent>;

/** The members of an event that is read itself: all that it shows, and the cancelled days of a series, told on request alone. */
const selected = wireEvent
  .omit({ id: true, '@odata.etag': true, '@removed': true, occurrenceId: true })
  .keyof().options;
export const eventSelect = selected.join(',');

/** Told only where it was set, where there is a slot, and on request; and when it changed, which is no part of it. [graph-facts 7.1] */
const occasional: readonly string[] = [
  'transactionId',
  'originalStart',
  'cancelledOccurrences',
  'lastModifiedDateTime',
];

/** Whether an entry of a page does not say all that makes up an event: what it leaves out is unchanged. [graph-facts 1, 2.4] */
export const isThin = (item: WireEvent): boolean =>
  selected.some((member) => item[member] === undefined && !occasional.includes(member)) ||
  (item.type === 'exception' && item.originalStart === undefined);

const kinds: Readonly<Record<string, string>> = { singleInstance: 'single', seriesMaster: 'master' };

/** `single`, `master`, `occurrence`, `exception`, or whatever else Graph may say. */
export const typeOf = ({ type }: WireEvent): string => kinds[type ?? ''] ?? type ?? 'single';
