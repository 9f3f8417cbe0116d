import { parseUri } from '../errors.ts';
import type { IdKind } from '../ids.ts';
import { eventId, iCalUIdOf, occurrenceName } from './ids.ts';
import type { Instance } from './instances.ts';
import { occurrenceOf } from './instances.ts';
import type { Calendar } from './model.ts';
import { answerView, attendeesOf, previewIn, shownBody, stampText } from './render-parts.ts';
import { placeView, placesView } from './render-place.ts';
import { ruleView } from './render-rule.ts';
import type { CalendarSettings } from './settings.ts';
import type { Sight } from './sight.ts';
import { seenWith } from './sight.ts';
import type { CalendarStore } from './store.ts';
import { dateText, wallText } from './time/civil.ts';
import { wallIn } from './time/zones.ts';
import type { Zone } from './time/zones.ts';

/** Whose eyes an event is shown to, and how they asked for it. */
export interface EventView {
  /** Where the viewer's ids come from. */
  viewer: CalendarStore;
  home: CalendarStore;
  /** The calendar in the viewer's list. */
  calendar: Calendar;
  idKind: IdKind;
  bodyAs: 'html' | 'text';
  /** What `Prefer: outlook.timezone` asked for; undefined = UTC. */
  zone: { zone: Zone; label: string } | undefined;
  sight: Sight;
  /** A token that may read no bodies. */
  basic: boolean;
  settings: CalendarSettings;
}

type Getter = (instance: Instance, view: EventView) => unknown;

const instantText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export function idIn(view: EventView, instance: Instance, kind: IdKind = view.idKind): string {
  const { event, day, exception } = instance;
  const at = { calendar: view.calendar, event, day, variant: exception?.variant ?? 0 };
  return eventId(view.viewer.mailbox, at, kind);
}

export function changeKeyIn(view: EventView, { event, exception }: Instance): string {
  return view.home.changeKeyOf(exception ?? event);
}

function masterId(instance: Instance, view: EventView): string | null {
  if (instance.day === undefined) return null;
  return eventId(view.viewer.mailbox, { calendar: view.calendar, event: instance.event }, view.idKind);
}

function timeOf(instance: Instance, which: 'start' | 'end', view: EventView): { dateTime: string; timeZone: string } {
  const { zone, settings } = view;
  const timeZone = zone?.label ?? 'UTC';
  const converted =
    settings.allDayTimes === 'instants' || (settings.allDayTimes === 'byPreference' && zone !== undefined);
  if (instance.parts.isAllDay && !converted) return { dateTime: wallText(instance.times[which].wall), timeZone };
  const ms = which === 'start' ? instance.startMs : instance.endMs;
  return { dateTime: wallText(zone === undefined ? ms : wallIn(zone.zone, ms)), timeZone };
}

function webLink(instance: Instance, view: EventView): string {
  const id = encodeURIComponent(idIn(view, instance, 'default'));
  return `https://outlook.office365.com/owa/?itemid=${id}&exvsurl=1&path=/calendar/item`;
}

const isOccurrence = ({ type }: Instance): boolean => type === 'occurrence' || type === 'exception';

const GETTERS: Readonly<Record<string, Getter>> = {
  id: (instance, view) => idIn(view, instance),
  createdDateTime: ({ event, exception }) => stampText(exception?.createdMs ?? event.createdMs),
  lastModifiedDateTime: ({ event, exception }) => stampText(exception?.modifiedMs ?? event.modifiedMs),
  changeKey: (instance, view) => changeKeyIn(view, instance),
  categories: ({ parts }) => parts.categories,
  transactionId: ({ event }) => event.transactionId,
  originalStartTimeZone: ({ times }) => times.start.zone.name,
  originalEndTimeZone: ({ times }) => times.end.zone.name,
  originalStart: ({ originalMs }) => (originalMs === undefined ? undefined : instantText(originalMs)),
  iCalUId: ({ event, day }) => iCalUIdOf(event, day === undefined ? undefined : dateText(day)),
  reminderMinutesBeforeStart: ({ parts }) => parts.reminderMinutes,
  isReminderOn: ({ parts }) => parts.isReminderOn,
  hasAttachments: () => false,
  subject: ({ parts }) => parts.subject,
  bodyPreview: ({ parts }, view) => (view.basic ? undefined : previewIn(parts.body)),
  importance: ({ parts }) => parts.importance,
  sensitivity: ({ parts }) => parts.sensitivity,
  isAllDay: ({ parts }) => parts.isAllDay,
  isCancelled: ({ parts }) => parts.isCancelled,
  // Of the calendar's owner, whoever looks.
  isOrganizer: ({ event }) => event.isOrganizer,
  responseRequested: ({ parts }) => parts.responseRequested,
  seriesMasterId: masterId,
  showAs: ({ parts }) => parts.showAs,
  type: ({ type }) => type,
  webLink,
  onlineMeetingUrl: ({ parts }) => parts.onlineMeetingUrl ?? null,
  isOnlineMeeting: ({ parts }) => parts.isOnlineMeeting,
  onlineMeetingProvider: ({ parts }) => parts.onlineMeetingProvider,
  allowNewTimeProposals: ({ parts }) => parts.allowNewTimeProposals,
  isDraft: () => false,
  hideAttendees: ({ parts }) => parts.hideAttendees,
  recurrence: (instance) => (isOccurrence(instance) ? null : ruleView(instance.event)),
  responseStatus: ({ parts }) => answerView(parts.answer),
  body: shownBody,
  start: (instance, view) => timeOf(instance, 'start', view),
  end: (instance, view) => timeOf(instance, 'end', view),
  location: ({ parts }) => placeView(parts.places),
  locations: ({ parts }) => placesView(parts.places),
  attendees: attendeesOf,
  organizer: ({ event }) => event.organizer,
  onlineMeeting: ({ parts }) => {
    const { online } = parts;
    if (online === undefined) return null;
    const { joinUrl, conferenceId, tollNumber } = online;
    return conferenceId === undefined ? { joinUrl } : { joinUrl, conferenceId, tollNumber };
  },
  cancelledOccurrences: cancelledOf,
};

function cancelledOf({ event, day }: Instance, view: EventView): string[] | undefined {
  if (event.series === undefined || day !== undefined) return undefined;
  if (!view.settings.cancelledOccurrences) return [];
  const master = eventId(view.viewer.mailbox, { calendar: view.calendar, event }, view.idKind);
  return [...event.series.cancelled].sort((a, b) => a - b).map((at) => occurrenceName(master, dateText(at)));
}

const BY_LOWER = new Map(Object.keys(GETTERS).map((name) => [name.toLowerCase(), name]));
/** Told on GET of one master alone, when `$select` names it. */
const ON_REQUEST = new Set(['cancelledOccurrences']);
const DEFAULT_MEMBERS = Object.keys(GETTERS).filter((name) => !ON_REQUEST.has(name));

export const isEventMember = (name: string): boolean => BY_LOWER.has(name.toLowerCase());

/** A member's value by its wire name; undefined where there is no such member. */
export function eventMember(instance: Instance, name: string, view: EventView): unknown {
  return GETTERS[BY_LOWER.get(name.toLowerCase()) ?? '']?.(seenWith(instance, view.sight), view);
}

/** Navigations that `$select` may name beside members; they show by `$expand` alone. */
const NAVIGATIONS = new Set(['exceptionoccurrences', 'attachments', 'extensions', 'calendar', 'instances']);

/** The names of a `$select`, as the wire spells them; undefined = all. 400 on a name that events do not have. */
export function parseEventSelect(text: string | null): string[] | undefined {
  if (text === null || text.trim() === '') return undefined;
  return text.split(',').flatMap((part) => {
    const wanted = part.trim().toLowerCase();
    if (NAVIGATIONS.has(wanted)) return [];
    const name = BY_LOWER.get(wanted);
    if (name !== undefined) return [name];
    const message = `Could not find a property named '${part.trim()}' on type 'Microsoft.OutlookServices.Event'.`;
    throw parseUri(`Parsing OData Select and Expand failed: ${message}`);
  });
}

export interface EventShape {
  /** undefined = the default members. */
  select: readonly string[] | undefined;
  /** Ids of extended properties to show, in lower case. */
  expand: readonly string[];
  exceptions: boolean;
  /** The whole answer is about this event: what lists do not tell may be told. */
  single: boolean;
}

export const WHOLE: EventShape = { select: undefined, expand: [], exceptions: false, single: false };

/** An event on the wire. Members that it has no value for are left out, `id` and the etag are always there. */
export function renderEvent(given: Instance, view: EventView, shape: EventShape): Record<string, unknown> {
  const instance = seenWith(given, view.sight);
  const item: Record<string, unknown> = {
    '@odata.etag': `W/"${changeKeyIn(view, instance)}"`,
    id: idIn(view, instance),
  };
  for (const name of shape.select ?? DEFAULT_MEMBERS) {
    if (ON_REQUEST.has(name) && !shape.single) continue;
    const value = GETTERS[name]?.(instance, view);
    if (value !== undefined) item[name] = value;
  }
  const { extended } = instance.parts;
  const shown = view.basic ? [] : extended.filter((property) => shape.expand.includes(property.id.toLowerCase()));
  if (shown.length > 0) item['singleValueExtendedProperties'] = shown;
  const { event } = instance;
  const { series } = event;
  if (shape.exceptions && shape.single && series !== undefined && instance.day === undefined) {
    const days = [...series.exceptions.keys()].sort((a, b) => a - b);
    item['exceptionOccurrences'] = days.map((day) => renderEvent(occurrenceOf(event, series, day), view, WHOLE));
  }
  return item;
}

const TYPE = '#microsoft.graph.event';

/** An item of a calendarView delta page: occurrences that are no exceptions come thin. */
export function renderDelta(instance: Instance, view: EventView): Record<string, unknown> {
  if (instance.type !== 'occurrence') return { '@odata.type': TYPE, ...renderEvent(instance, view, WHOLE) };
  return {
    '@odata.type': TYPE,
    '@odata.etag': `W/"${changeKeyIn(view, instance)}"`,
    seriesMasterId: masterId(instance, view),
    type: instance.type,
    id: idIn(view, instance),
    start: timeOf(instance, 'start', view),
    end: timeOf(instance, 'end', view),
  };
}

export function renderRemoved(view: EventView, event: { num: number; slot: number }): Record<string, unknown> {
  const id = eventId(view.viewer.mailbox, { calendar: view.calendar, event }, view.idKind);
  return { '@odata.type': TYPE, id, '@removed': { reason: 'deleted' } };
}
