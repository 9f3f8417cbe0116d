import { z } from 'zod';
import { readJson } from '../../control/input.ts';
import { ControlError } from '../../http.ts';
import type { Req, Reply, Site } from '../../http.ts';
import type { Origin } from '../../model.ts';
import type { Tenant } from '../../tenant.ts';
import type { Actor } from '../actor.ts';
import { decodeEventId, eventId } from '../ids.ts';
import { readEvent } from '../input.ts';
import type { EventPatch } from '../input.ts';
import type { EventParts } from '../model.ts';
import { createEvent, deleteEvent, patchEvent } from '../operations.ts';
import { cancel, noteAnswer, respond } from '../responses.ts';
import { seedCalendar } from '../seed/apply.ts';
import type { CalendarStore } from '../store.ts';
import { customRules } from '../time/custom-zone.ts';
import { CUSTOM_ZONE, customZone, findZone } from '../time/zones.ts';
import { worldOf } from '../world.ts';
import { asControl, calendarFrom, eventFrom, homeOf, placeView, storeFrom } from './place.ts';

const ORIGIN: Origin = { by: 'control' };

/** What control can say of an event beside what Graph takes; the rest is as in Graph. */
const extras = z.object({
  calendar: z.string().optional(),
  /** The rules of `tzone://Microsoft/Custom`, where times are in it. */
  customZone: customRules.optional(),
  /** Somebody else's meeting: the person is an attendee. */
  organizer: z.object({ address: z.string(), name: z.string().optional() }).optional(),
  isCancelled: z.boolean().optional(),
  onlineMeeting: z.object({ joinUrl: z.string(), conferenceId: z.string().optional() }).nullable().optional(),
  onlineMeetingUrl: z.string().nullable().optional(),
  onlineMeetingProvider: z.string().optional(),
  /** Any words: readers must bear new ones. */
  showAs: z.string().optional(),
  importance: z.string().optional(),
  sensitivity: z.string().optional(),
});
const EXTRAS = new Set(Object.keys(extras.shape));
const bulk = z.strictObject({
  count: z.number().int().min(1).max(100_000),
  seed: z.number().int().optional(),
  /** Somebody whose calendar is shared with the person, made if there is nobody of this name. */
  delegated: z.string().optional(),
});
const json = z.record(z.string(), z.unknown());
const answerBody = z.strictObject({ comment: z.string().default(''), sendResponse: z.boolean().default(true) });
const foreignAnswer = z.strictObject({ attendee: z.string(), response: z.string() });
const RESPONSES = { accept: 'accepted', tentativelyAccept: 'tentativelyAccepted', decline: 'declined' } as const;

/** Events in a person's name. `?date=` of an occurrence's day turns a route to that occurrence. */
export function mountControlEvents({ control, tenant }: Site): void {
  const path = '/control/users/{upn}/events';
  const one = `${path}/{event}`;
  const actorFor = (home: CalendarStore): Actor => ({ world: worldOf(tenant), home, origin: ORIGIN });
  control.on('POST', path, (req) => asControl(() => add(tenant, req)));
  control.on('PATCH', one, (req) => {
    const { store, event, day } = eventFrom(tenant, req);
    const { patch, more } = readInput(req);
    asControl(() => {
      patchEvent(actorFor(store), { event, day }, { ...patch, parts: { ...patch.parts, ...more } });
    });
    return { status: 200, body: placeView(store, event, day) };
  });
  control.on('DELETE', one, (req) => {
    const { store, event, day } = eventFrom(tenant, req);
    deleteEvent(actorFor(store), { event, day }, { permanent: req.query.get('permanent') === 'true' });
    return { status: 204 };
  });
  control.on('POST', `${one}/move`, (req) => {
    const { store, event } = eventFrom(tenant, req);
    const { calendar } = readJson(req, z.strictObject({ calendar: z.string() }));
    store.move(event, calendarFrom(store, calendar), { origin: ORIGIN, fields: ['calendar'] });
    return { status: 200, body: placeView(store, event) };
  });
  control.on('POST', `${one}/restore`, (req) => {
    const store = storeFrom(tenant, req);
    const decoded = decodeEventId(store.mailbox, req.params['event'] ?? '');
    const event = typeof decoded === 'string' ? undefined : store.deletedEvent(decoded.num ?? 0);
    if (event === undefined) throw new ControlError(404, 'no such event in Deleted Items');
    store.restore(event, { origin: ORIGIN, fields: ['calendar'] });
    return { status: 200, body: placeView(store, event) };
  });
  control.on('POST', `${one}/cancel`, (req) => {
    const { store, event, day } = eventFrom(tenant, req);
    asControl(() => {
      cancel(actorFor(store), { event, day }, readJson(req, answerBody).comment);
    });
    return { status: 202 };
  });
  for (const [name, response] of Object.entries(RESPONSES)) {
    control.on('POST', `${one}/${name}`, (req) => {
      const { store, event, day } = eventFrom(tenant, req);
      asControl(() => {
        respond(actorFor(store), { event, day }, { ...readJson(req, answerBody), response, proposed: undefined });
      });
      return { status: 202 };
    });
  }
  control.on('POST', `${one}/respond`, (req) => {
    const { store, event, day } = eventFrom(tenant, req);
    const { attendee, response } = readJson(req, foreignAnswer);
    const answer = { address: attendee, response, proposed: undefined };
    const known = noteAnswer({ world: worldOf(tenant), origin: ORIGIN }, { store, event, day }, answer);
    if (!known) throw new ControlError(404, `${attendee} is not invited`);
    return { status: 202 };
  });
}

function readInput(req: Req): { patch: EventPatch; more: Partial<EventParts>; given: z.infer<typeof extras> } {
  const whole = readJson(req, json);
  const given = extras.parse(whole);
  const custom = given.customZone === undefined ? undefined : customZone(given.customZone);
  const zones: typeof findZone = (name) => (name === CUSTOM_ZONE ? custom : findZone(name));
  const plain = Object.fromEntries(Object.entries(whole).filter(([name]) => !EXTRAS.has(name)));
  const patch = asControl(() => readEvent(plain, zones));
  return { patch, given, more: moreParts(given) };
}

function moreParts(given: z.infer<typeof extras>): Partial<EventParts> {
  const { onlineMeeting, onlineMeetingUrl, isCancelled, onlineMeetingProvider, showAs, importance, sensitivity } =
    given;
  const online =
    onlineMeeting === undefined || onlineMeeting === null
      ? undefined
      : { conferenceId: undefined, tollNumber: undefined, ...onlineMeeting };
  const plain = { isCancelled, onlineMeetingProvider, showAs, importance, sensitivity };
  const named = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
  return {
    ...named,
    ...(onlineMeetingUrl === undefined ? {} : { onlineMeetingUrl: onlineMeetingUrl ?? undefined }),
    ...(onlineMeeting === undefined ? {} : { online, isOnlineMeeting: online !== undefined }),
  };
}

function add(tenant: Tenant, req: Req): Reply {
  const store = storeFrom(tenant, req);
  const counted = bulk.safeParse(readJson(req, json));
  if (counted.success) {
    const { count, seed = tenant.seed, delegated } = counted.data;
    const events = seedCalendar(worldOf(tenant), store, { count, seed, delegated, origin: ORIGIN });
    return { status: 201, body: events.map((event) => placeView(store, event)) };
  }
  const { patch, more, given } = readInput(req);
  const calendar = calendarFrom(store, given.calendar);
  const { home, there } = homeOf(worldOf(tenant), store, calendar);
  const actor = { world: worldOf(tenant), home, origin: ORIGIN };
  const { organizer } = given;
  const from =
    organizer === undefined
      ? undefined
      : { emailAddress: { address: organizer.address, name: organizer.name ?? organizer.address } };
  const event = createEvent(actor, there, { ...patch, parts: { ...patch.parts, ...more } }, from);
  const id = eventId(store.mailbox, { calendar, event }, 'immutable');
  return { status: 201, body: [{ id, calendarId: store.calendarId(calendar), uid: event.uid }] };
}
