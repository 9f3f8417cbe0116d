import { z } from 'zod';
import type { Fields, Json } from '../../lib/json.ts';
import { WEEKDAYS } from './civil-date.ts';
import { textIn, timesOf } from './event-fields.ts';
import { graphDayOf, graphTimeOf, readEventTimes, type EventTimes } from './event-times.ts';
import { readRecurrence, sameDays, type Recurrence } from './recurrence.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { recurrenceOf } from './rrule-of.ts';
import { onSeriesClock, readRepeats, recurrenceIn, slotsOf, startOfSeries } from './series-fields.ts';
import { seriesStartOf } from './series-start.ts';
import { graphZoneOf, readZone, UTC } from './zones.ts';

const attendees = z.array(
  z.object({ address: z.string().nullish(), name: z.string().nullish(), type: z.string().nullish() }),
);

function attendeeMembers(value: Json): Json {
  return attendees.parse(value).map(({ address, name, type }) => ({
    type: type ?? 'required',
    emailAddress: { ...(textOrNone(address, 'address') ?? {}), ...(textOrNone(name, 'name') ?? {}) },
  }));
}

const textOrNone = (value: string | null | undefined, member: string): Fields | undefined =>
  typeof value === 'string' && value !== '' ? { [member]: value } : undefined;

const writers: Readonly<Record<string, (value: Json) => Fields>> = {
  subject: (value) => ({ subject: value ?? '' }),
  location: (value) => ({ location: { displayName: value ?? '' } }),
  importance: (value) => ({ importance: value ?? 'normal' }),
  sensitivity: (value) => ({ sensitivity: value ?? 'normal' }),
  showAs: (value) => ({ showAs: value ?? 'busy' }),
  categories: (value) => ({ categories: value }),
  // Replaced as a whole; those who are there already keep their answers. [graph-facts 7.4]
  attendees: (value) => ({ attendees: attendeeMembers(value) }),
  reminderMinutes: (value) =>
    value === null ? { isReminderOn: false } : { isReminderOn: true, reminderMinutesBeforeStart: value },
  body: (value) => (value === null ? {} : { body: value }),
  // Once an online meeting, always one. [graph-facts 7.1]
  isOnlineMeeting: (value) =>
    value === true ? { isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' } : {},
};

const timing = ['start', 'end', 'isAllDay'];

/**
 * Written fields of an event as Graph takes them. `event` = the event with them: begin and end go together, in the zone that the
 * event was made in, and a rule needs its start. A refusal where they cannot be told; fields that nobody writes are left out.
 */
export function toWire(written: Fields, event: Fields): Fields | Refusal {
  let body: Fields = {};
  for (const [field, value] of Object.entries(written)) body = { ...body, ...writers[field]?.(value) };
  const repeats = written['rrule'] !== undefined;
  if (!repeats && !timing.some((field) => field in written)) return body;
  const times = timesOf(event);
  const told = times === null ? null : timeMembers(times, event);
  if (told === null) return refuse('start', 'Start and end are not both times, or both dates.');
  if (timing.some((field) => field in written)) body = { ...body, ...told };
  if (!repeats) return body;
  const recurrence = recurrenceMember(written, event, told);
  if (isRefusal(recurrence)) return recurrence;
  return { ...body, recurrence };
}

interface Told {
  readonly start: { readonly dateTime: string; readonly timeZone: string };
  readonly end: { readonly dateTime: string; readonly timeZone: string };
  readonly isAllDay: boolean;
}

function timeMembers(times: EventTimes, event: Fields): (Told & Fields) | null {
  const zone = zoneOf(event);
  const repeats = typeof event['rrule'] === 'string';
  const start = times.isAllDay ? graphDayOf(times.start, zone) : graphTimeOf(times.start, repeats);
  const end = times.isAllDay ? graphDayOf(times.end, zone) : graphTimeOf(times.end, repeats);
  return start === null || end === null ? null : { start: { ...start }, end: { ...end }, isAllDay: times.isAllDay };
}

/** The zone whose midnights an all-day event has: the one that it was made in, where that has a name. */
function zoneOf(event: Fields): string {
  const { iana } = readZone(textIn(event['originalTimeZone']) ?? UTC);
  return iana === null ? UTC : graphZoneOf(iana);
}

/**
 * A rule as Graph's recurrence. A series whose start is not written goes on, on the clock that it repeats on already, and with the
 * pattern that it has where the rule means the same days: by another one Outlook forgets what was changed of it. [graph-facts 7.3]
 */
function recurrenceMember(written: Fields, event: Fields, told: Told): Json | Refusal {
  const { rrule } = written;
  if (typeof rrule !== 'string') return null;
  const moved = timing.some((field) => field in written);
  const start = (moved ? null : startOfSeries(event)) ?? seriesStartOf(told.start, told.isAllDay);
  if (start === null) return refuse('DTSTART', 'The start is no time.');
  const recurrence = recurrenceOf(rrule, start);
  if (isRefusal(recurrence)) return recurrence;
  const held = recurrenceIn(event)?.pattern;
  const pattern = held !== undefined && sameDays(held, recurrence.pattern) ? held : recurrence.pattern;
  return recurrenceJson({ ...recurrence, pattern });
}

/**
 * What is written to an event as the event will show it: no text where it is empty, times in the zone that Outlook has for theirs,
 * and a rule as it writes it out, with the days that follow from its start, where its weeks begin, and the last second of its last
 * day. So its echo is no edit of others (P9). `event` = the event before.
 */
export function asShown(written: Fields, event: Fields): Fields {
  const whole = { ...event, ...written };
  const plain = Object.fromEntries(Object.entries(written).map(([field, value]) => [field, shownAs(field, value)]));
  const times = timesOf(whole);
  const told = times === null ? null : timeMembers(times, whole);
  if (times === null || told === null) return plain;
  const clock = typeof whole['rrule'] === 'string' ? clockOfSeries(written, event, told) : null;
  const shown = { ...plain, ...(times.isAllDay ? {} : timesShown(written, told, clock)) };
  const recurrence = typeof written['rrule'] === 'string' ? recurrenceMember(written, whole, told) : null;
  if (recurrence === null || isRefusal(recurrence)) return shown;
  const { rrule = null } = readRepeats(writtenOut(recurrence), times, textIn(whole['originalTimeZone']));
  return rrule === null ? shown : { ...shown, rrule };
}

const named = z.array(z.looseObject({ address: z.string().nullable(), name: z.string().nullish() }).catchall(z.json()));

/** Where nobody gives a name Exchange fills in the address. */
function shownAs(field: string, value: Json): Json {
  if (field === 'subject' || field === 'location') return value === '' ? null : value;
  const people = field === 'attendees' ? named.safeParse(value).data : undefined;
  return people?.map((one) => ({ ...one, name: one.name ?? one.address })) ?? value;
}

/** The zone that a series repeats in: that of its begin where its rule is written, or else the one that it has. */
const clockOfSeries = (written: Fields, event: Fields, { start }: Told): string | null =>
  typeof written['rrule'] === 'string' ? start.timeZone : (slotsOf(event)?.timeZone ?? null);

/**
 * Of many IANA zones Outlook knows one name: what is made in one of them is shown in another that has the same clock. A series is
 * shown in the zone that it repeats in.
 */
function timesShown(written: Fields, { start, end }: Told, clock: string | null): Fields {
  const zones = { originalStartTimeZone: start.timeZone, originalEndTimeZone: end.timeZone };
  const read = readEventTimes({ start, end, isAllDay: false, ...zones });
  const times = read === null ? null : onSeriesClock(read, clock);
  if (times === null || times.isAllDay) return {};
  const shown: Fields = { start: { ...times.start }, end: { ...times.end }, originalTimeZone: start.timeZone };
  return Object.fromEntries(Object.entries(shown).filter(([field]) => field in written));
}

/** Graph shows days in the order of a week, and fillers in what a pattern does not use: where weeks begin. [graph-facts 7.3] */
function writtenOut(recurrence: Json): Json {
  const read = readRecurrence(recurrence);
  if (read === null || isRefusal(read)) return recurrence;
  const { pattern } = read;
  const daysOfWeek = WEEKDAYS.filter((day) => pattern.daysOfWeek.includes(day));
  const firstDayOfWeek = pattern.type === 'weekly' ? pattern.firstDayOfWeek : 'sunday';
  return recurrenceJson({ ...read, pattern: { ...pattern, daysOfWeek, firstDayOfWeek } });
}

/** A zone without a name cannot be told; where none is, Graph takes that of the event. */
function recurrenceJson({ pattern, range }: Recurrence): Json {
  const { recurrenceTimeZone: zone, ...days } = range;
  const named = zone === null ? UTC : readZone(zone).iana === null ? null : zone;
  return { pattern: { ...pattern }, range: named === null ? days : { ...days, recurrenceTimeZone: named } };
}

/** What cannot be told to Outlook of an event that is to be written: the part, and why. Null where all can. */
export function refusalOf(written: Fields, event: Fields): Refusal | null {
  const body = toWire(written, { ...event, ...written });
  return isRefusal(body) ? body : null;
}

/** A new event as Graph takes it: what is empty is not sent. */
export function toNew(fields: Fields): Fields | Refusal {
  const said = Object.entries(fields).filter(
    ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return toWire(Object.fromEntries(said), fields);
}
