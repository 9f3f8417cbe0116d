import { z } from 'zod';
import type { Fields, Json } from '../../lib/json.ts';
import { eventDefaults } from './event-fields.ts';
import { readEventTimes, type EventTimes } from './event-times.ts';
import { isThin, typeOf, wireEvent, type WireEvent } from './event-wire.ts';
import { readAttendees, readOrganizer, text } from './read-members.ts';
import { onSeriesClock, readRepeats, slotsOf } from './series-fields.ts';
import { exdatesOf, ownSlotOf } from './series.ts';
import { teamsOf } from './teams.ts';

const readers: Readonly<Record<string, (item: WireEvent) => Json | undefined>> = {
  type: (item) => (item.type === undefined ? undefined : typeOf(item)),
  seriesMasterId: (item) => text(item.seriesMasterId),
  iCalUId: (item) => text(item.iCalUId),
  subject: (item) => text(item.subject),
  preview: (item) => text(item.bodyPreview),
  isCancelled: (item) => (item.isCancelled === undefined ? undefined : item.isCancelled === true),
  isOrganizer: (item) => item.isOrganizer,
  organizer: (item) => (item.organizer === undefined ? undefined : readOrganizer(item.organizer)),
  attendees: (item) => (item.attendees === undefined ? undefined : readAttendees(item.attendees ?? [])),
  responseStatus: (item) => (item.responseStatus === undefined ? undefined : (item.responseStatus?.response ?? null)),
  location: (item) => (item.location === undefined ? undefined : (text(item.location?.displayName) ?? null)),
  importance: (item) => text(item.importance),
  sensitivity: (item) => text(item.sensitivity),
  showAs: (item) => text(item.showAs),
  categories: (item) =>
    item.categories === undefined ? undefined : (item.categories ?? []).filter((name) => name !== null && name !== ''),
  reminderMinutes: (item) =>
    item.isReminderOn === undefined
      ? undefined
      : item.isReminderOn === true
        ? Math.trunc(item.reminderMinutesBeforeStart ?? 0)
        : null,
  isOnlineMeeting: (item) => (item.isOnlineMeeting === undefined ? undefined : item.isOnlineMeeting === true),
  teams: readTeams,
  webLink: (item) => text(item.webLink),
};

function readTeams(item: WireEvent): Json | undefined {
  const { onlineMeeting, onlineMeetingUrl, location, body, bodyPreview } = item;
  // Without the body a link in its text cannot be known to be gone.
  const shown = [onlineMeeting, onlineMeetingUrl, location, body].some((member) => member !== undefined);
  if (!shown) return undefined;
  const teams = teamsOf({ ...item, body: body?.content ?? bodyPreview });
  return teams === null ? null : { joinUrl: teams.joinUrl, conferenceId: teams.conferenceId };
}

/** An event read from the wire: its own fields, as far as they were present. */
export interface ReadEvent {
  readonly graphId: string;
  readonly removed: boolean;
  readonly etag: string | null;
  readonly modifiedAt: string | null;
  readonly type: string;
  readonly fields: Fields;
  /** It does not say all that makes up an event. */
  readonly thin: boolean;
  /** The operation that made it, as its transactionId says; null where it names none, absent where it does not speak of it. */
  readonly origin?: string | null | undefined;
}

/** Reads an event; throws ZodError where it cannot. */
export function readEvent(raw: unknown): ReadEvent {
  const item = wireEvent.parse(raw);
  const type = typeOf(item);
  const common = { graphId: item.id, removed: item['@removed'] !== undefined, type };
  // What Graph tells of an occurrence beside its time is its master's, and changes with each save of that.
  if (type === 'occurrence')
    return { ...common, etag: null, modifiedAt: null, fields: readOccurrence(item), thin: false, origin: null };
  return {
    ...common,
    etag: item['@odata.etag'] ?? null,
    modifiedAt: item.lastModifiedDateTime ?? null,
    fields: common.removed ? {} : readFields(item, type),
    thin: isThin(item),
    origin: originOf(item, type),
  };
}

/** What was made of one day of a series later still carries the transactionId that the series was made with. */
function originOf({ transactionId }: WireEvent, type: string): string | null | undefined {
  return type === 'exception' ? null : text(transactionId);
}

function readOccurrence(item: WireEvent): Fields {
  // As the page tells it, so does the item itself: in UTC.
  const times = readTimes({ ...item, isAllDay: false, originalStartTimeZone: null, originalEndTimeZone: null });
  if (times === null) return {};
  const { start, end } = times;
  return {
    type: 'occurrence',
    seriesMasterId: text(item.seriesMasterId) ?? null,
    start: { ...start },
    end: { ...end },
  };
}

function readFields(item: WireEvent, type: string): Fields {
  const fields: Record<string, Json> = { body: null, reply: null };
  for (const [field, read] of Object.entries(readers)) {
    const value = read(item);
    if (value !== undefined) fields[field] = value;
  }
  const times = readTimes(item);
  if (times === null) return fields;
  const zone = text(item.originalStartTimeZone);
  const { isAllDay, start, end } = times;
  Object.assign(fields, { isAllDay, start: { ...start }, end: { ...end } });
  if (zone !== undefined) fields['originalTimeZone'] = zone;
  if (type === 'master') Object.assign(fields, readSeries(item, times, fields));
  // What it was as a series it is no more.
  if (type === 'single' && item.recurrence === null)
    Object.assign(fields, { rrule: null, recurrence: null, exdates: [] });
  if (type === 'exception')
    fields['recurrenceId'] = ownSlotOf(item.originalStart, { isAllDay, timeZone: zone ?? null });
  return fields;
}

function readSeries(item: WireEvent, times: EventTimes, fields: Fields): Fields {
  const repeats = readRepeats(item.recurrence, times, text(item.originalStartTimeZone) ?? null);
  const slots = slotsOf({ ...fields, ...repeats });
  if (slots === null) return repeats;
  const { start, end } = onSeriesClock(times, slots.timeZone);
  const series = { ...repeats, start: { ...start }, end: { ...end } };
  const cancelled = item.cancelledOccurrences;
  if (cancelled === undefined || cancelled === null) return series;
  return { ...series, exdates: [...exdatesOf(cancelled, slots).exdates] };
}

/** When it is; null where it does not say. A time that cannot be read is no event that we could keep. */
function readTimes(item: WireEvent): EventTimes | null {
  const { start, end, isAllDay, originalStartTimeZone, originalEndTimeZone } = item;
  if (start === undefined || start === null || end === undefined || end === null) return null;
  const times = readEventTimes({ start, end, isAllDay: isAllDay === true, originalStartTimeZone, originalEndTimeZone });
  if (times !== null) return times;
  throw new z.ZodError([{ code: 'custom', path: ['start'], message: 'is no time', input: undefined }]);
}

/** What an item that was read itself holds where it says nothing: all but where it is, and what is told on request alone. */
export const wholeDefaults: Fields = Object.fromEntries(
  Object.entries(eventDefaults).filter(([field]) => !['calendarId', 'exdates', 'type'].includes(field)),
);
