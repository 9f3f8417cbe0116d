import { instantText, readInstant } from '../../domains/calendar/instants.ts';
import { readZone } from '../../domains/calendar/zones.ts';
import type { Fields, Json } from '../../lib/json.ts';
import type { EventPatch, EventRequest, When } from './event-requests.ts';

const lists = ['attendees', 'categories'];

/** A begin or end as a record holds it: the instant in UTC and the zone by its IANA name, or the day. */
function toTime(when: When): Json {
  if ('date' in when) return { date: when.date };
  return { dateTime: instantText(readInstant(when) ?? 0), timeZone: readZone(when.timeZone).iana ?? 'UTC' };
}

/** What is written of an event as fields of its record; which calendar it is for is left to the caller. What is absent stays, null takes a value away, a list is replaced as a whole. */
export function toFields(patch: EventPatch | EventRequest): Fields {
  const { start, end, onlineMeeting, attendees, ...plain } = patch;
  const fields: Record<string, Json> = {};
  for (const [field, value] of Object.entries(plain)) {
    if (value === undefined || field === 'calendarId') continue;
    fields[field] = value === null ? emptied(field) : value;
  }
  if (attendees !== undefined) fields['attendees'] = (attendees ?? []).map((one) => ({ ...one, response: 'none' }));
  if (onlineMeeting === true) fields['isOnlineMeeting'] = true;
  return { ...fields, ...timesIn(start, end) };
}

const emptied = (field: string): Json => (lists.includes(field) ? [] : null);

/** Begin and end that are given, and what follows from them. */
function timesIn(start: When | undefined, end: When | undefined): Fields {
  const told = start ?? end;
  if (told === undefined) return {};
  return {
    ...(start === undefined ? {} : { start: toTime(start) }),
    ...(end === undefined ? {} : { end: toTime(end) }),
    isAllDay: 'date' in told,
    ...(start === undefined || 'date' in start ? {} : { originalTimeZone: start.timeZone }),
  };
}
