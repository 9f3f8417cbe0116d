import { exceptionOf, NOT_RESPONDED } from './actor.ts';
import type { Actor } from './actor.ts';
import { instanceOf } from './instances.ts';
import { sendMeetingMail } from './meeting-mail.ts';
import { completeParts } from './defaults.ts';
import type { Attendee, CalendarEvent, EventParts, EventRef, Exception, Series } from './model.ts';
import { sameRule } from './scheduling.ts';
import type { CalendarStore } from './store.ts';
import type { Day } from './time/civil.ts';

/** What of an event the organizer decides, in all copies of it. */
const SHARED_PARTS = [
  'subject',
  'body',
  'importance',
  'sensitivity',
  'places',
  'isAllDay',
  'hideAttendees',
  'allowNewTimeProposals',
  'responseRequested',
  'isOnlineMeeting',
  'onlineMeetingProvider',
  'online',
  'onlineMeetingUrl',
] as const satisfies readonly (keyof EventParts)[];

export interface Telling {
  /** Who was invited before the change. */
  before: readonly Attendee[];
  /** Nothing but the attendees is different: those who stay are not told. */
  attendeesAlone: boolean;
  /** Answers given to the old time are void. */
  timesChanged: boolean;
  /** The change is about this occurrence. */
  day?: Day | undefined;
}

const keyOf = ({ emailAddress }: Attendee): string => emailAddress.address.toLowerCase();

/** Carries the organizer's change into the calendars and inboxes of those invited, as far as they are of this tenant. */
export function tellAttendees(actor: Actor, event: CalendarEvent, about: Telling): void {
  if (!event.isOrganizer) return;
  const before = new Set(about.before.map(keyOf));
  const now = new Set(event.parts.attendees.map(keyOf));
  for (const attendee of event.parts.attendees) {
    if (about.attendeesAlone && before.has(keyOf(attendee))) continue;
    invite(actor, event, attendee, about);
  }
  for (const attendee of about.before)
    if (!now.has(keyOf(attendee))) cancelFor(actor, { event, day: undefined }, attendee, '');
}

function storeOf({ world, home }: Actor, attendee: Attendee): CalendarStore | undefined {
  const store = world.at(attendee.emailAddress.address);
  return store === home ? undefined : store;
}

function invite(actor: Actor, event: CalendarEvent, attendee: Attendee, about: Telling): void {
  const store = storeOf(actor, attendee);
  if (store === undefined) return;
  const { origin } = actor;
  const copy = store.withUid(event.uid);
  if (copy === undefined) {
    const parts = completeParts({ ...sharedOf(event.parts), showAs: 'tentative', answer: NOT_RESPONDED });
    const series = copiedSeries(event.series, undefined);
    const { uid, iCalUId, organizer, times } = event;
    store.create(
      store.main,
      { uid, iCalUId, organizer, times, series, parts: { ...parts, attendees: othersView(event) }, isOrganizer: false },
      { origin, fields: [] },
    );
  } else refresh(actor, copy, event, { ...about, store });
  sendMeetingMail(actor, store, {
    kind: 'request',
    ref: { event, day: about.day },
    from: event.organizer,
    comment: '',
  });
}

function refresh(
  actor: Actor,
  copy: CalendarEvent,
  event: CalendarEvent,
  about: Telling & { store: CalendarStore },
): void {
  const { store, timesChanged, day } = about;
  const sameDays = sameRule(copy.series, event.series);
  const reset = timesChanged && day === undefined ? { answer: NOT_RESPONDED, showAs: 'tentative' } : {};
  copy.parts = { ...copy.parts, ...sharedOf(event.parts), ...reset, attendees: othersView(event), isCancelled: false };
  copy.times = event.times;
  copy.series = copiedSeries(event.series, sameDays ? copy.series : undefined);
  const exception = day === undefined ? undefined : copy.series?.exceptions.get(day);
  if (timesChanged && exception !== undefined)
    Object.assign(exception.parts, { answer: NOT_RESPONDED, showAs: 'tentative' });
  store.saved(copy, { origin: actor.origin, fields: [...SHARED_PARTS, 'start', 'end'], day });
}

function sharedOf(parts: Partial<EventParts>): Partial<EventParts> {
  const given = new Map<string, unknown>(Object.entries(parts));
  return Object.fromEntries(SHARED_PARTS.filter((name) => given.has(name)).map((name) => [name, given.get(name)]));
}

/** Attendees do not see what the others answered. */
function othersView({ parts }: CalendarEvent): Attendee[] {
  return parts.attendees.map((one) => ({ ...one, status: { response: 'none', at: undefined }, proposed: undefined }));
}

/** The organizer's series, with what the attendee's own copy has for itself. */
function copiedSeries(series: Series | undefined, own: Series | undefined): Series | undefined {
  if (series === undefined) return undefined;
  const exceptions = new Map<Day, Exception>(own?.exceptions ?? []);
  for (const [day, exception] of series.exceptions) {
    const kept = own?.exceptions.get(day);
    exceptions.set(day, { ...exception, parts: { ...kept?.parts, ...sharedOf(exception.parts) } });
  }
  return { rule: series.rule, zone: series.zone, exceptions, cancelled: new Set(own?.cancelled ?? series.cancelled) };
}

/** Tells all attendees that the meeting, or one occurrence, is off. */
export function cancelAt(actor: Actor, ref: EventRef, comment: string): void {
  for (const attendee of ref.event.parts.attendees) cancelFor(actor, ref, attendee, comment);
}

/** The attendee keeps a cancelled copy until they take it away. */
function cancelFor(actor: Actor, ref: EventRef, attendee: Attendee, comment: string): void {
  const store = storeOf(actor, attendee);
  const copy = store?.withUid(ref.event.uid);
  if (store === undefined || copy === undefined) return;
  const { day } = ref;
  const shown = instanceOf({ event: copy, day });
  if (shown === undefined || shown.parts.isCancelled) return;
  const off = { isCancelled: true, subject: `Canceled: ${shown.parts.subject}`, showAs: 'free' };
  if (day === undefined) copy.parts = { ...copy.parts, ...off };
  else if (copy.series !== undefined) Object.assign(exceptionOf(actor, copy.series, day).parts, off);
  store.saved(copy, { origin: actor.origin, fields: ['isCancelled', 'subject', 'showAs'], day });
  sendMeetingMail(actor, store, { kind: 'cancellation', ref, from: ref.event.organizer, comment });
}
