import { z } from 'zod';
import { sameJson, type Fields, type Json } from '../../lib/json.ts';
import type { EventTimes } from './event-times.ts';

/** What an event holds where nobody says anything. */
export const eventDefaults: Fields = {
  calendarId: null,
  type: 'single',
  seriesMasterId: null,
  iCalUId: null,
  subject: null,
  preview: null,
  start: null,
  end: null,
  isAllDay: false,
  originalTimeZone: null,
  rrule: null,
  exdates: [],
  recurrenceId: null,
  recurrence: null,
  isCancelled: false,
  isOrganizer: null,
  organizer: null,
  attendees: [],
  responseStatus: null,
  location: null,
  importance: null,
  sensitivity: null,
  showAs: null,
  categories: [],
  reminderMinutes: null,
  isOnlineMeeting: false,
  teams: null,
  webLink: null,
  body: null,
  reply: null,
};

/** The same as a record begins with. Nobody has said whether there is a reminder: Outlook has its own default, and null is none. */
export const recordDefaults: Fields = Object.fromEntries(
  Object.entries(eventDefaults).filter(([name]) => name !== 'reminderMinutes'),
);

/**
 * Held for our own use and shown to nobody: how the series repeats in Graph's words, whether the event is an online meeting,
 * and what is only written (`body`, `reply`: null as soon as it has been sent).
 */
const hidden = ['recurrence', 'isOnlineMeeting', 'body', 'reply'];

/** What an occurrence says of itself; all else it has from its master. */
const ownOfOccurrence = ['calendarId', 'type', 'seriesMasterId', 'start', 'end'];

const pick = (fields: Fields, wanted: (name: string) => boolean): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => wanted(name)));

/** Outlook has not told yet what an exception is that was made here: what nobody wrote of it is its master's. */
export const isUntold = ({ type, iCalUId, webLink, isOrganizer }: Fields): boolean =>
  type === 'exception' && [iCalUId, webLink, isOrganizer].every((value) => (value ?? null) === null);

/**
 * The fields of an event that are its own, without those of our own use: of a plain occurrence hardly any, of an exception that
 * was only written here those that were written.
 */
export function ownFields(fields: Fields): Fields {
  if (fields['type'] === 'occurrence') return pick(fields, (name) => ownOfOccurrence.includes(name));
  if (!isUntold(fields)) return pick(fields, (name) => !hidden.includes(name));
  const written = (name: string): boolean => !sameJson(fields[name], eventDefaults[name]);
  return pick(fields, (name) => !hidden.includes(name) && (ownOfOccurrence.includes(name) || written(name)));
}

/** What an event shows where nobody says anything. */
export const shownDefaults: Fields = pick(eventDefaults, (name) => !hidden.includes(name));

/** An event as it is shown: every field that the contract names, and none of our own use. */
export const shownFields = (fields: Fields): Fields => ({ ...shownDefaults, ...ownFields(fields) });

const timed = z.object({ dateTime: z.string(), timeZone: z.string() });
const day = z.object({ date: z.string() });

// Made once: a schema is compiled when it is first used, which takes far longer than reading an event.
const bothDays = z.object({ start: day, end: day });
const bothTimed = z.object({ start: timed, end: timed });

/** When an event is: `start` and `end` are both times or both days. Null where the fields do not say. */
export function timesOf({ start, end }: Fields): EventTimes | null {
  // What a schema refuses costs it more than what it takes.
  const days = isDay(start) ? bothDays.safeParse({ start, end }).data : undefined;
  if (days !== undefined) return { isAllDay: true, ...days };
  const times = bothTimed.safeParse({ start, end }).data;
  return times === undefined ? null : { isAllDay: false, ...times };
}

const isDay = (value: Json | undefined): boolean => typeof value === 'object' && value !== null && 'date' in value;

export const textIn = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;
