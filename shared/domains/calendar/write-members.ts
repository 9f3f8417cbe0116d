import { z } from 'zod';
import type { Fields, Json } from '../../lib/json.ts';
import { WEEKDAYS } from './civil-date.ts';
import { textIn, timesOf } from './event-fields.ts';
import { graphDayOf, graphTimeOf, readEventTimes, type EventTimes } from './event-times.ts';
import { readRecurrence, sameDays, type Range, type Recurrence } from './recurrence.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { recurrenceOf } from './rrule-of.ts';
import { onSeriesClock, readRepeats, recurrenceIn, slotsOf, startOfSeries } from './series-fields.ts';
import { checkStart, seriesStartOf, startDay, type SeriesStart } from './series-start.ts';
import { graphZoneOf, isSameZone, isToldZone, readZone, UTC } from './zones.ts';

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
  const { iana } = readZone(told.start.timeZone);
  if (iana === told.start.timeZone && !isToldZone(iana))
    return refuse('start', `Outlook has no name for ${iana}: let the series repeat in a zone with the same clock.`);
  if (timing.some((field) => field in written)) body = { ...body, ...toldTimes(written, event, told) };
  const recurrence = recurrenceMember(written, event, told);
  if (isRefusal(recurrence)) return recurrence;
  return recurrence === undefined ? body : { ...body, recurrence };
}

interface Told {
  readonly start: { readonly dateTime: string; readonly timeZone: string };
  readonly end: { readonly dateTime: string; readonly timeZone: string };
  readonly isAllDay: boolean;
}

/**
 * Begin and end are told together, but where the zone of the begin has no name and it is the end that is written: the begin could be
 * told in UTC alone, and the event would be of that zone from then on. Midnights go together always.
 */
function toldTimes(written: Fields, event: Fields, told: Told & Fields): Fields {
  const isNamed = readZone(textIn(event['originalTimeZone']) ?? UTC).iana !== null;
  return isNamed || told.isAllDay || begins(written) ? told : { end: { ...told.end } };
}

const begins = (written: Fields): boolean => 'start' in written || 'isAllDay' in written;

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
 * A rule as Graph's recurrence; undefined where it stays as it is. A series whose start is not written goes on, on the clock that
 * it repeats on already, and with the pattern that it has where the rule means the same days: by another one Outlook forgets what
 * was changed of it. [graph-facts 7.3]
 */
function recurrenceMember(written: Fields, event: Fields, told: Told): Json | Refusal | undefined {
  const { rrule } = written;
  if (rrule === undefined) return movedRecurrence(written, event, told);
  if (typeof rrule !== 'string') return null;
  if (isHeld(rrule, written, event, told)) return undefined;
  const start = (begins(written) ? null : startOfSeries(event)) ?? seriesStartOf(told.start, told.isAllDay);
  if (start === null) return refuse('DTSTART', 'The start is no time.');
  const recurrence = recurrenceOf(rrule, start);
  if (isRefusal(recurrence)) return recurrence;
  const held = recurrenceIn(event)?.pattern;
  const pattern = held !== undefined && sameDays(held, recurrence.pattern) ? held : recurrence.pattern;
  return recurrenceJson({ ...recurrence, pattern });
}

/**
 * The recurrence of a series that is to begin on another day, or in another zone: told its times alone Outlook would go on
 * repeating it on the clock that it has. Its last day stays that day, on the new clock. Undefined where day and zone stay.
 */
function movedRecurrence(written: Fields, event: Fields, told: Told): Json | Refusal | undefined {
  const held = typeof event['rrule'] === 'string' && 'start' in written ? recurrenceIn(event) : null;
  const start = seriesStartOf(told.start, told.isAllDay);
  if (held === null || start === null || isOnClock(held.range, start)) return undefined;
  const { pattern, range } = held;
  const refused = start.date === range.startDate ? null : checkStart(pattern, startDay(start));
  if (refused !== null) return refused;
  if (range.type === 'endDate' && range.endDate < start.date)
    return refuse('DTSTART', 'The start is after the last day of the rule.');
  return recurrenceJson({ pattern, range: { ...range, startDate: start.date, recurrenceTimeZone: start.timeZone } });
}

/** Whether a rule that goes with other times says no more than what Outlook holds: it is told to what becomes a series alone. */
function isHeld(rrule: string, written: Fields, event: Fields, told: Told): boolean {
  if ('type' in written || !timing.some((field) => field in written) || rrule !== ruleOf(event)) return false;
  const [held, start] = [recurrenceIn(event), seriesStartOf(told.start, told.isAllDay)];
  return held !== null && start !== null && isOnClock(held.range, start);
}

/** The rule of a recurrence, that which Outlook holds or another, in the words that go with the event's times. */
function ruleOf(event: Fields, recurrence: Json = event['recurrence'] ?? null): string | null {
  const times = timesOf(event);
  return times === null ? null : textIn(readRepeats(recurrence, times, textIn(event['originalTimeZone']))['rrule']);
}

/** Whether a series begins on this day of this clock already. One in a zone without a name is shown, and moved, in UTC. */
function isOnClock({ recurrenceTimeZone, startDate }: Range, start: SeriesStart): boolean {
  const { iana } = readZone(recurrenceTimeZone ?? '');
  if (iana === null) return start.timeZone === UTC;
  return startDate === start.date && isSameZone(iana, start.timeZone);
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
  const recurrence = recurrenceMember({ ...waitingRule(written, event), ...written }, whole, told) ?? null;
  // A series repeats in the zone of its begin where its rule is told, or else in the one that it has.
  const clock = recurrence === null ? clockOfSeries(whole, event) : told.start.timeZone;
  const shown = { ...plain, ...(times.isAllDay ? {} : timesShown(written, told, clock)) };
  if (isRefusal(recurrence)) return shown;
  const rrule = recurrence === null ? ruleAt(written, whole) : ruleOf(whole, writtenOut(recurrence));
  return rrule === null ? shown : { ...shown, rrule };
}

/** A rule that was written and has not come to Outlook yet goes with a new start: what is held is the one before. */
const waitingRule = (written: Fields, event: Fields): Fields =>
  'start' in written && typeof event['rrule'] === 'string' && event['rrule'] !== ruleOf(event)
    ? { rrule: event['rrule'] }
    : {};

/** A rule that stays, where other times make other words of it: its end is a day, or the last second of one. */
function ruleAt(written: Fields, whole: Fields): string | null {
  const rrule = begins(written) && typeof whole['rrule'] === 'string' ? ruleOf(whole) : null;
  return rrule === whole['rrule'] ? null : rrule;
}

const named = z.array(z.looseObject({ address: z.string().nullable(), name: z.string().nullish() }).catchall(z.json()));

/** Where nobody gives a name Exchange fills in the address. */
function shownAs(field: string, value: Json): Json {
  if (field === 'subject' || field === 'location') return value === '' ? null : value;
  const people = field === 'attendees' ? named.safeParse(value).data : undefined;
  return people?.map((one) => ({ ...one, name: one.name ?? one.address })) ?? value;
}

const clockOfSeries = ({ rrule }: Fields, event: Fields): string | null =>
  typeof rrule === 'string' ? (slotsOf(event)?.timeZone ?? null) : null;

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
  const isNamed = readZone(zone ?? '').iana !== null;
  return { pattern: { ...pattern }, range: isNamed ? { ...days, recurrenceTimeZone: zone } : days };
}

/** What cannot be told to Outlook of an event that is to be written: the part, and why. Null where all can. */
export function refusalOf(written: Fields, event: Fields): Refusal | null {
  const body = toWire(written, { ...event, ...written });
  return isRefusal(body) ? body : null;
}

/** A new event as Graph takes it: what is empty is not sent, but for a reminder, which Outlook would set itself. */
export function toNew(fields: Fields): Fields | Refusal {
  const said = Object.entries(fields).filter(
    ([field, value]) =>
      field === 'reminderMinutes' || (value !== null && !(Array.isArray(value) && value.length === 0)),
  );
  return toWire(Object.fromEntries(said), fields);
}
