import { z } from 'zod';
import type { EngineRecord, OutboxOperation } from '../../engine/model.ts';
import { sameJson, type Fields, type Json } from '../../lib/json.ts';
import { answerOf } from './push-respond.ts';
import { attendeeKey } from './read-members.ts';

/** Outlook takes a declined meeting away. [graph-facts 7.4] */
export const takesAway = ({ action }: OutboxOperation): boolean => answerOf(action) === 'decline';

/** What follows where these are written, attendees apart. A series at other times forgets which days it left out. [graph-facts 7.3] */
const following: Readonly<Record<string, readonly string[]>> = {
  start: ['originalTimeZone', 'recurrence', 'exdates'],
  // Begin and end are told together, in a zone that has a name.
  end: ['originalTimeZone', 'exdates'],
  isAllDay: ['recurrence', 'exdates'],
  rrule: ['recurrence', 'exdates'],
  body: ['preview', 'teams'],
  isOnlineMeeting: ['teams', 'location', 'preview'],
};

/** An occurrence that is written by itself becomes an exception, with an id of its own for other calendars. [graph-facts 7.1] */
const ofException = ['type', 'iCalUId'];

const timing = ['start', 'end', 'isAllDay', 'rrule'];

/** Whether a write says when an event is. */
export const retimes = (fields: Fields): boolean => timing.some((field) => field in fields);

/** A series that is made, or takes place at other times: its occurrences come with the next page. */
export const remakesParts = ({ effect, fields }: OutboxOperation, record: EngineRecord): boolean =>
  record.fields['type'] === 'master' && (effect === 'create' || retimes(fields));

/** What Outlook makes of a write beside what is written: answering a meeting changes how its time is shown, too. */
export function follows({ action, fields }: OutboxOperation, record: EngineRecord, shown: Fields): readonly string[] {
  const held = record.base ?? record.fields;
  const part = held['type'] === 'occurrence' ? ofException : [];
  if (answerOf(action) !== undefined) return ['showAs', ...part];
  const anew = retimes(fields) && isAskedAnew(held['attendees'], shown['attendees']) ? ['attendees'] : [];
  return [...Object.keys(fields).flatMap((field) => following[field] ?? []), ...anew, ...part];
}

const asked = z.array(z.looseObject({ response: z.string() }).catchall(z.json()));

/** The same people, of whom nobody has answered: who was asked to come has not answered to another time yet. [graph-facts 7.4] */
function isAskedAnew(before: Json | undefined, now: Json | undefined): boolean {
  const [then, present] = [asked.safeParse(before).data, asked.safeParse(now).data];
  if (then === undefined || present === undefined) return false;
  const keys = (of: typeof then): string[] => of.map(attendeeKey).toSorted();
  return sameJson(keys(then), keys(present)) && present.every(({ response }) => unanswered.has(response));
}

const unanswered: ReadonlySet<string> = new Set(['none', 'notResponded', 'organizer']);
