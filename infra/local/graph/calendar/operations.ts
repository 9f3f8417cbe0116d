import { invalidRequest } from '../errors.ts';
import type { ExtendedProperty, Recipient } from '../model.ts';
import { exceptionOf, NOT_RESPONDED } from './actor.ts';
import type { Actor } from './actor.ts';
import { completeParts } from './defaults.ts';
import { duplicateTransaction, failedValidation } from './errors.ts';
import type { EventPatch } from './input.ts';
import { instanceOf } from './instances.ts';
import { cancelAt, tellAttendees } from './meetings.ts';
import type { Attendee, Calendar, CalendarEvent, EventParts, EventRef, Times } from './model.ts';
import {
  checkNeighbours,
  checkTimes,
  movedSeries,
  planSeries,
  samePattern,
  sameRule,
  sameTimes,
} from './scheduling.ts';
import type { CalendarStore } from './store.ts';
import { teamsMeeting, withoutLostTeams, withTeams } from './teams.ts';
import { daysOf } from './time/expand.ts';

function ownerOf({ mailbox }: CalendarStore): Recipient {
  return { emailAddress: { name: mailbox.owner.displayName, address: mailbox.owner.userPrincipalName } };
}

/**
 * Makes an event of the mailbox's owner, and invites whom it names. A known transactionId makes no second one.
 * `organizer`: somebody else, who has invited the owner.
 */
export function createEvent(actor: Actor, calendar: Calendar, patch: EventPatch, organizer?: Recipient): CalendarEvent {
  const { home } = actor;
  const known = patch.transactionId === undefined ? undefined : home.withTransaction(patch.transactionId);
  if (known !== undefined) return repeated(actor, known, patch);
  if (patch.start === undefined) throw failedValidation('Start');
  if (patch.end === undefined) throw failedValidation('End');
  const given = { start: patch.start, end: patch.end };
  const invited = organizer === undefined ? {} : { showAs: 'tentative', answer: NOT_RESPONDED };
  const parts = completeParts({ ...invited, ...patch.parts });
  checkTimes(given, parts.isAllDay);
  const planned =
    patch.rule === null || patch.rule === undefined
      ? { series: undefined, times: given }
      : planSeries(patch.rule, given);
  const event = home.create(
    calendar,
    {
      ...planned,
      parts,
      organizer: organizer ?? ownerOf(home),
      isOrganizer: organizer === undefined,
      transactionId: patch.transactionId,
    },
    { origin: actor.origin, fields: Object.keys(patch.parts) },
  );
  if (patch.online) goOnline(actor, event);
  tellAttendees(actor, event, { before: [], attendeesAlone: false, timesChanged: false });
  return event;
}

function repeated({ world }: Actor, known: CalendarEvent, patch: EventPatch): CalendarEvent {
  const times =
    patch.start === undefined || patch.end === undefined ? undefined : { start: patch.start, end: patch.end };
  const same =
    times !== undefined && sameTimes(times, known.times) && (patch.parts.subject ?? '') === known.parts.subject;
  if (!same || world.tenant.settings.calendar.duplicateTransaction === 'conflict') throw duplicateTransaction();
  return known;
}

/** A Teams meeting, at once or a little later by the settings. Personal accounts have none. */
function goOnline(actor: Actor, event: CalendarEvent): void {
  const { world, home } = actor;
  const user = world.tenant.user(home.ownerId);
  if (user?.kind === 'personal' || event.parts.isOnlineMeeting) return;
  const online = teamsMeeting(`${home.ownerId}/${event.uid}`, { tenantId: world.tenant.id, organizerId: home.ownerId });
  const delay = world.tenant.settings.calendar.teamsDelayMs;
  if (delay === 0) {
    event.parts = withTeams(event.parts, online);
    return;
  }
  event.parts = { ...event.parts, isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' };
  world.schedule.at(world.tenant.clock.ms() + delay, () => {
    if (home.event(event.num) !== event || !event.parts.isOnlineMeeting) return;
    event.parts = withTeams(event.parts, online);
    home.saved(event, { origin: actor.origin, fields: ['onlineMeeting', 'body'] });
    tellAttendees(actor, event, { before: event.parts.attendees, attendeesAlone: false, timesChanged: false });
  });
}

/** Changes an event, a series or one occurrence. What an attendee changes stays in the own copy. */
export function patchEvent(actor: Actor, ref: EventRef, patch: EventPatch): void {
  if (ref.day === undefined) patchWhole(actor, ref.event, patch);
  else patchOccurrence(actor, ref, patch);
}

function patchWhole(actor: Actor, event: CalendarEvent, patch: EventPatch): void {
  const { home, origin } = actor;
  const before = { ...event };
  const parts = mergedParts(event, event.parts, patch.parts);
  const times = { start: patch.start ?? event.times.start, end: patch.end ?? event.times.end };
  checkTimes(times, parts.isAllDay);
  const planned = plannedSeries(event, patch, times);
  Object.assign(event, { parts: withoutLostTeams(parts), ...planned });
  if (patch.online && event.isOrganizer) goOnline(actor, event);
  const fields = [...Object.keys(patch.parts), ...(patch.start === undefined ? [] : ['start'])];
  const timesChanged = !sameTimes(before.times, event.times) || !sameRule(before.series, event.series);
  const attendeesAlone = fields.every((name) => name === 'attendees') && !timesChanged && fields.length > 0;
  if (timesChanged && event.isOrganizer) event.parts = withoutAnswers(event.parts);
  home.saved(event, { origin, fields });
  tellAttendees(actor, event, { before: before.parts.attendees, attendeesAlone, timesChanged });
}

/** The series after a change. Another pattern, start or time of day drops what single occurrences had for themselves. */
function plannedSeries(event: CalendarEvent, patch: EventPatch, times: Times): Pick<CalendarEvent, 'series' | 'times'> {
  const { series } = event;
  if (patch.rule === null) return { series: undefined, times };
  const sameStart = sameTimes(times, event.times);
  if (patch.rule === undefined) {
    if (series === undefined || sameStart) return { series, times };
    return movedSeries(series, times);
  }
  const planned = planSeries(patch.rule, times);
  if (series === undefined || !sameStart || !samePattern(series, planned.series)) return planned;
  const { range } = planned.series.rule;
  const kept = (day: number): boolean => [...daysOf(planned.series.rule, day, day)].length > 0;
  const exceptions = new Map([...series.exceptions].filter(([day]) => kept(day)));
  const cancelled = new Set([...series.cancelled].filter(kept));
  return { series: { ...series, rule: { ...series.rule, range }, exceptions, cancelled }, times: event.times };
}

function patchOccurrence(actor: Actor, ref: EventRef, patch: EventPatch): void {
  const { event, day } = ref;
  const { series } = event;
  const instance = instanceOf(ref);
  if (series === undefined || day === undefined || instance === undefined) throw new Error('no such occurrence');
  if (patch.rule !== undefined && patch.rule !== null)
    throw invalidRequest('An occurrence has no recurrence of its own.');
  const parts = mergedParts(event, instance.parts, patch.parts);
  const times = { start: patch.start ?? instance.times.start, end: patch.end ?? instance.times.end };
  checkTimes(times, parts.isAllDay);
  const timesChanged = !sameTimes(times, instance.times);
  if (timesChanged) checkNeighbours(event, series, { day, times });
  const exception = exceptionOf(actor, series, day);
  const own = Object.fromEntries(
    Object.keys(patch.parts).map((name) => [name, new Map(Object.entries(parts)).get(name)]),
  );
  exception.parts = { ...exception.parts, ...own };
  if (timesChanged) exception.times = times;
  const lost = withoutLostTeams({ ...event.parts, ...exception.parts });
  if (lost.online === undefined && event.parts.online !== undefined && 'body' in own) {
    const { online, isOnlineMeeting, onlineMeetingProvider } = lost;
    Object.assign(exception.parts, { online, isOnlineMeeting, onlineMeetingProvider });
  }
  actor.home.saved(event, { origin: actor.origin, fields: Object.keys(own), day });
  tellAttendees(actor, event, { before: event.parts.attendees, attendeesAlone: false, timesChanged, day });
}

function mergedParts(event: CalendarEvent, present: EventParts, patch: Partial<EventParts>): EventParts {
  const { attendees, extended, ...plain } = patch;
  const parts = { ...present, ...plain };
  // Who is invited is the organizer's to say.
  if (attendees !== undefined && event.isOrganizer) parts.attendees = attendees.map((one) => answered(one, present));
  if (extended !== undefined) parts.extended = mergedProperties(present.extended, extended);
  return parts;
}

function answered(attendee: Attendee, { attendees }: EventParts): Attendee {
  const key = attendee.emailAddress.address.toLowerCase();
  const known = attendees.find((one) => one.emailAddress.address.toLowerCase() === key);
  return known === undefined ? attendee : { ...attendee, status: known.status, proposed: known.proposed };
}

/** Answers to a meeting at another time mean nothing. */
function withoutAnswers(parts: EventParts): EventParts {
  const attendees = parts.attendees.map((one) => ({ ...one, status: { response: 'none', at: undefined } }));
  return { ...parts, attendees };
}

function mergedProperties(
  present: readonly ExtendedProperty[],
  added: readonly ExtendedProperty[],
): ExtendedProperty[] {
  const names = new Set(added.map((property) => property.id.toLowerCase()));
  return [...present.filter((property) => !names.has(property.id.toLowerCase())), ...added];
}

/** DELETE: the organizer's cancels the meeting for all, an attendee's takes the own copy away. */
export function deleteEvent(actor: Actor, ref: EventRef, how: { permanent: boolean; comment?: string }): void {
  const { home, origin } = actor;
  const { event, day } = ref;
  if (event.isOrganizer) cancelAt(actor, ref, how.comment ?? '');
  if (day === undefined) {
    home.remove(event, { origin, fields: [] }, how.permanent);
    return;
  }
  event.series?.exceptions.delete(day);
  event.series?.cancelled.add(day);
  home.saved(event, { origin, fields: ['cancelledOccurrences'] });
}
