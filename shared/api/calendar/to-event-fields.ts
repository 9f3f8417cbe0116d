import { z } from 'zod';
import { instantText, readInstant } from '../../domains/calendar/instants.ts';
import { attendeeKey } from '../../domains/calendar/read-members.ts';
import { isRefusal } from '../../domains/calendar/refusal.ts';
import { parseRule } from '../../domains/calendar/rrule-parse.ts';
import { printRule } from '../../domains/calendar/rrule.ts';
import { readZone } from '../../domains/calendar/zones.ts';
import { sameJson, type Fields, type Json } from '../../lib/json.ts';
import type { EventPatch, EventRequest, When } from './event-requests.ts';

const lists = ['attendees', 'categories'];
/** Where an event goes is another's business, and that it lasts all day follows from its times. */
const notFields = ['calendarId', 'isAllDay'];

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
    if (value === undefined || notFields.includes(field)) continue;
    fields[field] = value === null ? emptied(field) : value;
  }
  if (attendees !== undefined) fields['attendees'] = (attendees ?? []).map((one) => ({ ...one, response: 'none' }));
  if (typeof patch.rrule === 'string') fields['rrule'] = ruleText(patch.rrule);
  if (onlineMeeting === true) fields['isOnlineMeeting'] = true;
  return { ...fields, ...timesIn(start, end) };
}

/** The rule as rules are written here, whatever its case and spaces were. */
function ruleText(text: string): string {
  const rule = parseRule(text);
  return isRefusal(rule) ? text : printRule(rule);
}

const emptied = (field: string): Json => (lists.includes(field) ? [] : null);

const listed = z.array(z.looseObject({ response: z.string() }).catchall(z.json()));

/** The same fields: who was asked to come before keeps the answer, as in Outlook. */
export function withAnswers(fields: Fields, standing: Fields): Fields {
  const asked = listed.safeParse(fields['attendees']).data;
  if (asked === undefined) return fields;
  const before = listed.safeParse(standing['attendees']).data ?? [];
  const answers = new Map(before.map((one) => [attendeeKey(one), one.response]));
  const attendees = asked.map((one) => ({ ...one, response: answers.get(attendeeKey(one)) ?? one.response }));
  return { ...fields, attendees };
}

const timing = ['start', 'end', 'isAllDay', 'originalTimeZone'];

/** The same fields without those that the event has so already; its times are one, and stay whole where one of them is another. */
export function withoutUnchanged(fields: Fields, event: Fields): Fields {
  const isNew = (field: string): boolean => field in fields && !sameJson(fields[field], event[field] ?? null);
  const isMoved = isNew('start') || isNew('end');
  return Object.fromEntries(
    Object.entries(fields).filter(([field]) => (timing.includes(field) ? isMoved : isNew(field))),
  );
}

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
