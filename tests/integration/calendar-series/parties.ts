import { Temporal } from 'temporal-polyfill';
import type { EventView } from '../../../shared/api/calendar/event-schemas.ts';
import type { Answer } from '../../support/api-world.ts';
import type { GraphPattern } from '../../support/calendar-patterns.ts';
import { plusDays, type SeriesWorld } from './support.ts';

/** A zone by both its names. */
export interface ZoneNames {
  readonly windows: string;
  readonly iana: string;
}

/** Where a series ends. */
export type SeriesEnd = { readonly count: number } | { readonly until: string } | 'never';

/** A series as both sides can be told of it. */
export interface NewSeries {
  readonly subject: string;
  readonly zone: ZoneNames;
  /** The day of the first occurrence. */
  readonly first: string;
  /** `hh:mm:ss` on the zone's clock; null = all-day. */
  readonly time: string | null;
  readonly pattern: GraphPattern;
  /** The same pattern by RFC 5545, without an end. */
  readonly rule: string;
  readonly end: SeriesEnd;
}

/** What is changed of a series, or of one occurrence. */
export interface Edit {
  readonly subject?: string;
  readonly location?: string;
  /** Where it goes: the day, and the time on the zone's clock (null = all-day). */
  readonly to?: { readonly date: string; readonly time: string | null };
}

/** Somebody who writes to the calendar. */
export interface Party {
  make(series: NewSeries): Promise<void>;
  /** Of a series (its master), or of one of its occurrences. */
  edit(event: EventView, edit: Edit, zone: ZoneNames): Promise<void>;
  remove(event: EventView): Promise<void>;
  cancel(event: EventView): Promise<void>;
  /** A series ends with this day. */
  shorten(master: EventView, series: NewSeries, lastDay: string): Promise<void>;
}
export type PartyName = 'Outlook' | 'the application';

export const partyOf = (world: SeriesWorld, name: PartyName): Party =>
  name === 'Outlook' ? outlook(world) : application(world);

const MINUTES = 30;
const address = 'grace@navy.example';
const wallAt = (date: string, time: string): string => `${date}T${time}`;
const wallAfter = (date: string, time: string): string =>
  Temporal.PlainDateTime.from(wallAt(date, time)).add({ minutes: MINUTES }).toString({ smallestUnit: 'second' });

/** Begin and end as Graph is told. */
export function graphTimes({ date, time }: { date: string; time: string | null }, timeZone: string) {
  const at = (dateTime: string) => ({ dateTime, timeZone });
  if (time !== null) return { start: at(wallAt(date, time)), end: at(wallAfter(date, time)) };
  return { isAllDay: true, start: at(`${date}T00:00:00`), end: at(`${plusDays(date, 1)}T00:00:00`) };
}

/** Begin and end as our API is told. */
export function ourTimes({ date, time }: { date: string; time: string | null }, timeZone: string) {
  const at = (dateTime: string) => ({ dateTime, timeZone });
  if (time !== null) return { start: at(wallAt(date, time)), end: at(wallAfter(date, time)) };
  return { start: { date }, end: { date: plusDays(date, 1) } };
}

export function graphRecurrence({ pattern, first, end, zone }: NewSeries) {
  const range = end === 'never' ? { type: 'noEnd' } : 'count' in end ? numbered(end.count) : ended(end.until);
  return { pattern, range: { ...range, startDate: first, recurrenceTimeZone: zone.windows } };
}

const numbered = (numberOfOccurrences: number) => ({ type: 'numbered', numberOfOccurrences });
const ended = (endDate: string) => ({ type: 'endDate', endDate });

/** The rule as an application writes it: UNTIL is the last occurrence itself. */
export function rruleOf({ rule, end, time, zone }: NewSeries): string {
  if (end === 'never') return rule;
  if ('count' in end) return `${rule};COUNT=${end.count}`;
  return `${rule};UNTIL=${time === null ? end.until.replaceAll('-', '') : compactUtc(end.until, time, zone)}`;
}

/** The same as it is held: UNTIL is the last second of the last day. */
export const heldRule = (series: NewSeries): string =>
  rruleOf({ ...series, time: series.time === null ? null : '23:59:59' });

const compactUtc = (date: string, time: string, { iana }: ZoneNames): string =>
  Temporal.PlainDateTime.from(wallAt(date, time)).toZonedDateTime(iana).toInstant().toString().replaceAll(/[-:]/g, '');

function outlook(world: SeriesWorld): Party {
  const send = async (method: string, event: EventView, path = '', body?: unknown): Promise<void> => {
    await world.outlook(method, `/events/${event.graphId ?? ''}${path}`, body);
  };
  return {
    make: async (series) => {
      const times = graphTimes({ date: series.first, time: series.time }, series.zone.windows);
      const attendees = [{ type: 'required', emailAddress: { address } }];
      await world.arrive({ subject: series.subject, ...times, attendees, recurrence: graphRecurrence(series) });
    },
    edit: (event, { subject, location, to }, zone) =>
      send('PATCH', event, '', {
        ...(subject === undefined ? {} : { subject }),
        ...(location === undefined ? {} : { location: { displayName: location } }),
        ...(to === undefined ? {} : graphTimes(to, zone.windows)),
      }),
    remove: (event) => send('DELETE', event),
    cancel: (event) => send('POST', event, '/cancel', { comment: 'Snow' }),
    shorten: (master, series, until) =>
      send('PATCH', master, '', { recurrence: graphRecurrence({ ...series, end: { until } }) }),
  };
}

function application(world: SeriesWorld): Party {
  const send = async (method: string, path: string, body?: unknown): Promise<void> => {
    const answer: Answer = await world.on(method, path, body === undefined ? {} : { body });
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  };
  return {
    make: (series) =>
      send('POST', '/events', {
        subject: series.subject,
        ...ourTimes({ date: series.first, time: series.time }, series.zone.iana),
        attendees: [{ address }],
        rrule: rruleOf(series),
      }),
    edit: (event, { subject, location, to }, zone) =>
      send('PATCH', `/events/${event.id}`, {
        ...(subject === undefined ? {} : { subject }),
        ...(location === undefined ? {} : { location }),
        ...(to === undefined ? {} : ourTimes(to, zone.iana)),
      }),
    remove: (event) => send('DELETE', `/events/${event.id}`),
    cancel: (event) => send('POST', `/events/${event.id}/cancel`, { comment: 'Snow' }),
    shorten: (master, series, until) =>
      send('PATCH', `/events/${master.id}`, { rrule: rruleOf({ ...series, end: { until } }) }),
  };
}
