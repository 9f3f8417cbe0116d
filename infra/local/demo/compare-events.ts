import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

const maybe = z.string().nullish();
const person = z.object({ emailAddress: z.object({ name: maybe, address: maybe }) });
const time = z.object({ dateTime: z.string() });

/** An event of the tenant as it takes place, as it is compared with ours. */
export const truthEvent = z.object({
  id: z.string(),
  calendarId: z.string(),
  type: z.string(),
  seriesMasterId: maybe,
  subject: maybe,
  start: time,
  end: time,
  isAllDay: z.boolean(),
  isCancelled: z.boolean(),
  location: z.object({ displayName: maybe }).nullish(),
  importance: z.string(),
  sensitivity: z.string(),
  showAs: z.string(),
  categories: z.array(z.string()),
  organizer: person.nullish(),
  attendees: z.array(person.extend({ type: z.string(), status: z.object({ response: z.string() }) })),
  onlineMeeting: z.object({ joinUrl: maybe }).nullish(),
});
export type TruthEvent = z.output<typeof truthEvent>;

/** What the tenant holds of a user's calendars, those of others among them, within a range. */
export const truthCalendars = z.object({
  calendars: z.array(z.object({ id: z.string(), name: z.string(), shared: z.boolean() })),
  instances: z.array(truthEvent),
});
export type TruthCalendars = z.output<typeof truthCalendars>;

const end = z.union([z.object({ dateTime: z.string() }), z.object({ date: z.string() })]);

/** An event as the API shows it. */
export const apiEvent = z.looseObject({
  id: z.string(),
  graphId: z.string().nullable(),
  calendarId: z.string().nullable(),
  type: z.string(),
  seriesMasterId: z.string().nullable(),
  subject: z.string().nullable(),
  start: end.nullable(),
  end: end.nullable(),
  teams: z.object({ joinUrl: z.string().nullable() }).nullable(),
  pushed: z.string(),
});
export type ApiEvent = z.output<typeof apiEvent>;

/** A day, or an instant in milliseconds. */
type When = string | number | null;

const theirWhen = ({ dateTime }: z.output<typeof time>, isAllDay: boolean): When =>
  isAllDay ? dateTime.slice(0, 10) : Date.parse(`${dateTime.slice(0, 19)}Z`);

const ourWhen = (shown: z.output<typeof end> | null): When =>
  shown === null ? null : 'date' in shown ? shown.date : Date.parse(shown.dateTime);

/** The day on which an event begins, in UTC. */
export const dayOf = ({ start }: Pick<ApiEvent, 'start'> | Pick<TruthEvent, 'start'>): string =>
  start === null ? '' : ('date' in start ? start.date : start.dateTime).slice(0, 10);

const text = (value: string | null | undefined): string | null => (value === '' ? null : (value ?? null));
const nameOf = ({ emailAddress: { name, address } }: z.output<typeof person>): object => ({
  address: text(address),
  name: text(name),
});

const types: Readonly<Record<string, string>> = { singleInstance: 'single' };
const secret = ['private', 'confidential'];

/** What both sides can be compared by. Of somebody else's private events only when they are is anybody's to see. */
function expected(truth: TruthEvent, isShared: boolean): Record<string, unknown> {
  const { type, isAllDay, start, end: over, attendees, organizer, location, onlineMeeting } = truth;
  const when = { start: theirWhen(start, isAllDay), end: theirWhen(over, isAllDay) };
  const placed = { calendarId: truth.calendarId, type: types[type] ?? type, isAllDay, ...when };
  if (isShared && secret.includes(truth.sensitivity)) return placed;
  return {
    ...placed,
    subject: text(truth.subject),
    isCancelled: truth.isCancelled,
    location: text(location?.displayName),
    importance: truth.importance,
    sensitivity: truth.sensitivity,
    showAs: truth.showAs,
    categories: truth.categories,
    organizer: organizer === null || organizer === undefined ? null : nameOf(organizer),
    attendees: attendees.map((one) => ({ ...nameOf(one), type: one.type, response: one.status.response })),
    ...(text(onlineMeeting?.joinUrl) === null ? {} : { joinUrl: onlineMeeting?.joinUrl }),
  };
}

const shownOf = (event: ApiEvent): Record<string, unknown> => ({
  ...event,
  start: ourWhen(event.start),
  end: ourWhen(event.end),
  joinUrl: event.teams?.joinUrl ?? null,
});

/**
 * Differences between what takes place in the tenant's calendars and what the API lists; none = in step. Both sides are of
 * one range. An occurrence is compared with all that its series carries.
 */
export function eventDifferences({ calendars, instances }: TruthCalendars, ours: readonly ApiEvent[]): string[] {
  const shared = new Set(calendars.flatMap((calendar) => (calendar.shared ? [calendar.id] : [])));
  const byGraphId = new Map(ours.map((event) => [event.graphId, event]));
  const found: string[] = ours.length === byGraphId.size ? [] : ['an event is listed twice'];
  for (const truth of instances) {
    const name = `${truth.subject ?? ''} of ${dayOf(truth)}`;
    const mine = byGraphId.get(truth.id);
    byGraphId.delete(truth.id);
    if (mine === undefined) {
      found.push(`missing: ${name}`);
      continue;
    }
    const shown = shownOf(mine);
    for (const [field, value] of Object.entries(expected(truth, shared.has(truth.calendarId)))) {
      if (!isDeepStrictEqual(shown[field], value))
        found.push(`${field} of "${name}": ${JSON.stringify(shown[field])} is not ${JSON.stringify(value)}`);
    }
    if ((text(truth.seriesMasterId) === null) !== (mine.seriesMasterId === null)) found.push(`no series of "${name}"`);
  }
  for (const event of byGraphId.values()) found.push(`not in the tenant: ${event.subject ?? ''} of ${dayOf(event)}`);
  return found;
}
