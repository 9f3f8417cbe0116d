import { z } from 'zod';
import { sameJson, type Fields, type Json } from '../../lib/json.ts';
import { wordsOf } from './html-text.ts';
import { readInstant } from './instants.ts';
import { attendeeKey } from './read-members.ts';
import { sameDays, type Range } from './recurrence.ts';
import { isRefusal } from './refusal.ts';
import { recurrenceOf } from './rrule-of.ts';
import { parseRule } from './rrule-parse.ts';
import { printRule } from './rrule.ts';
import { recurrenceIn, startOfSeries } from './series-fields.ts';
import { isSameZone } from './zones.ts';

const texts = z.array(z.string());
const list = z.array(z.json());
const timed = z.object({ dateTime: z.string(), timeZone: z.string().optional() });

const plain = (text: string): string => text.replaceAll('\r\n', '\n').trim();

/** A value without what Exchange may make of it: spaces at its ends, the order of a list, the zone of a time. */
function essence(field: string, value: Json): Json {
  if (field === 'start' || field === 'end') {
    const time = timed.safeParse(value).data;
    return time === undefined ? value : readInstant({ dateTime: time.dateTime });
  }
  if (field === 'attendees') return (list.safeParse(value).data ?? []).map(invitation).toSorted();
  if (field === 'categories') return (texts.safeParse(value).data ?? []).map(plain).toSorted();
  if (field === 'rrule' && typeof value === 'string') {
    const rule = parseRule(value);
    return isRefusal(rule) ? value : printRule(rule);
  }
  return value === null || typeof value === 'string' ? plain(value ?? '') : value;
}

const invited = z.object({ type: z.string() });

/** Who is asked to come, and whether it needs them: Outlook may know them by another name. */
const invitation = (value: Json): string =>
  `${attendeeKey(value)} ${invited.safeParse(value).data?.type ?? 'required'}`;

/** Shown by the event otherwise than it was sent, or not at all: the body is compared by itself, the zone with the begin. */
const unseen = ['body', 'reply', 'type', 'recurrenceId', 'calendarId', 'originalTimeZone'];

/** Whether an event shows what was sent, for what it comes to: after a lost answer nothing else tells whether it arrived. */
export function sameFields(sent: Fields, present: Fields): boolean {
  return Object.entries(sent)
    .filter(([field]) => !unseen.includes(field))
    .every(
      ([field, value]) =>
        (sameJson(essence(field, value), essence(field, present[field] ?? null)) &&
          onSameClock(value, present, field)) ||
        (field === 'rrule' && repeatsAs(value, present)),
    );
}

/**
 * Whether an event begins on the clock that was sent: the same instant in another zone is another series, and a single event shows
 * the zone. An occurrence has that of its series.
 */
function onSameClock(sent: Json, present: Fields, field: string): boolean {
  if (field !== 'start' || (typeof present['rrule'] !== 'string' && present['type'] !== 'single')) return true;
  const [ours, theirs] = [timed.safeParse(sent).data?.timeZone, timed.safeParse(present[field]).data?.timeZone];
  return ours === undefined || theirs === undefined || isSameZone(ours, theirs);
}

/** Whether a series repeats as was sent, in whatever words: Outlook writes out where weeks begin, and ends with a whole day. */
function repeatsAs(sent: Json, present: Fields): boolean {
  const [held, start] = [recurrenceIn(present), startOfSeries(present)];
  if (typeof sent !== 'string' || held === null || start === null) return false;
  const meant = recurrenceOf(sent, start);
  return !isRefusal(meant) && sameDays(meant.pattern, held.pattern) && endOf(meant.range) === endOf(held.range);
}

const endOf = ({ type, endDate, numberOfOccurrences }: Range): string => [type, endDate, numberOfOccurrences].join();

/** What is no text of a page: Exchange puts its styles there. */
const UNREAD = /<!--[^]*?-->|<(head|style|script|title)\b[^]*?<\/\1\s*>/gi;

const words = (html: string): string => wordsOf(html.replaceAll(UNREAD, ' '));

/** Whether two bodies say the same, whatever Exchange has wrapped them in. */
export const sameText = (one: string, other: string): boolean => words(one) === words(other);
