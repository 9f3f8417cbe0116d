import { itemNotFound } from '../../errors.ts';
import type { GraphRoutes, MailboxContext, Reply } from '../../http.ts';
import { checkIfMatch } from '../../lookup.ts';
import { contextUrl } from '../../routes/list-messages.ts';
import { jsonBody } from '../../routes/message-input.ts';
import { decodeEventId } from '../ids.ts';
import { readEvent } from '../input.ts';
import { instanceOf, instancesIn, wholeOf } from '../instances.ts';
import type { Calendar, EventRef } from '../model.ts';
import { createEvent, deleteEvent, patchEvent } from '../operations.ts';
import { changeKeyIn, renderEvent } from '../render.ts';
import { invalidRequest } from '../../errors.ts';
import { eventShape, listEvents } from './list.ts';
import type { Entry } from './list.ts';
import { calendarNeeds } from './needs.ts';
import { eventOf, placeFor, placeOf, storeIn, viewOf, writerIn } from './place.ts';
import type { CalendarPlace, EventPlace } from './place.ts';
import { windowOf } from './window.ts';

const IN_CALENDAR = ['/calendar', '/calendars/{calendar}', '/calendarGroups/{group}/calendars/{calendar}'];
export const EVENT_PATHS = ['', ...IN_CALENDAR].map((prefix) => `${prefix}/events`);
export const VIEW_PATHS = ['', ...IN_CALENDAR].map((prefix) => `${prefix}/calendarView`);

/** Events, one by one and in lists: of all own calendars, of one, of a window, of a series. */
export function mountEvents(graph: GraphRoutes): void {
  const { read, write } = calendarNeeds;
  for (const path of EVENT_PATHS) {
    graph.onMailbox('GET', path, read, (context) => listAll(context, path === '/events'));
    graph.onMailbox('POST', path, write, create);
    for (const one of [`${path}/{event}`]) {
      graph.onMailbox('GET', one, read, readOne);
      graph.onMailbox('PATCH', one, write, patch);
      graph.onMailbox('DELETE', one, write, (context) => remove(context, false));
      graph.onMailbox('POST', `${one}/permanentDelete`, write, (context) => remove(context, true));
      graph.onMailbox('GET', `${one}/instances`, read, instances);
    }
  }
  for (const path of VIEW_PATHS) {
    graph.onMailbox('GET', path, read, view);
    graph.onMailbox('GET', `${path}/{event}`, read, readOne);
  }
}

function entriesOf(context: MailboxContext, place: CalendarPlace): Entry[] {
  const seen = viewOf(context, place);
  return place.home.eventsOf(place.there).map((event) => ({ instance: wholeOf(event), view: seen }));
}

/** Single events and masters. `/events` goes over all calendars that are the mailbox's own. */
function listAll(context: MailboxContext, everywhere: boolean): Reply {
  const own = (calendar: Calendar): boolean => calendar.shared === undefined;
  const others = context.caller.user !== undefined && context.caller.user !== context.user;
  const places =
    everywhere && !others
      ? storeIn(context)
          .calendars()
          .filter(own)
          .map((calendar) => placeFor(context, calendar))
      : [placeOf(context)];
  return listEvents(
    context,
    places.flatMap((place) => entriesOf(context, place)),
    { what: 'events' },
  );
}

/** `calendarView` tells nothing of when items were made and changed to who selects it. */
const UNTOLD = ['createdDateTime', 'lastModifiedDateTime'];

function view(context: MailboxContext): Reply {
  const place = placeOf(context);
  const seen = viewOf(context, place);
  const window = windowOf(context.req.query);
  const entries = place.home
    .eventsOf(place.there)
    .flatMap((event) => instancesIn(event, window))
    .sort((left, right) => left.startMs - right.startMs)
    .map((instance) => ({ instance, view: seen }));
  return listEvents(context, entries, { what: 'calendarView', without: UNTOLD });
}

function instances(context: MailboxContext): Reply {
  const place = eventOf(context);
  const { event, day } = place.ref;
  if (event.series === undefined || day !== undefined) throw invalidRequest('The event is no series master.');
  const seen = viewOf(context, place);
  const found = instancesIn(event, windowOf(context.req.query));
  return listEvents(
    context,
    found.map((instance) => ({ instance, view: seen })),
    { what: `events('${encodeURIComponent(context.req.params['event'] ?? '')}')/instances` },
  );
}

/** An event as the whole answer. */
export function singleEvent(context: MailboxContext, status: number, at: CalendarPlace & { ref: EventRef }): Reply {
  const instance = instanceOf(at.ref);
  if (instance === undefined) throw itemNotFound();
  const item = renderEvent(instance, viewOf(context, at), eventShape(context.req.query, status === 200));
  return { status, body: { '@odata.context': contextUrl(context, 'events/$entity'), ...item } };
}

function readOne(context: MailboxContext): Reply {
  const binned = inDeletedItems(context);
  return singleEvent(context, 200, binned ?? eventOf(context));
}

/** By the settings what was deleted is still found under its immutable id, by no path through a calendar. */
function inDeletedItems(context: MailboxContext): EventPlace | undefined {
  const { tenant, mailbox, req } = context;
  if (!tenant.settings.calendar.deletedReadable || req.params['calendar'] !== undefined) return undefined;
  const decoded = decodeEventId(mailbox, req.params['event'] ?? '');
  if (typeof decoded === 'string' || decoded.num === undefined || decoded.calendar !== undefined) return undefined;
  const event = storeIn(context).deletedEvent(decoded.num);
  return event === undefined ? undefined : { ...placeOf(context), ref: { event, day: decoded.day } };
}

function create(context: MailboxContext): Reply {
  const place = placeOf(context);
  const actor = writerIn(context, place);
  const event = createEvent(actor, place.there, readEvent(jsonBody(context.req)));
  return singleEvent(context, 201, { ...place, ref: { event, day: undefined } });
}

/** The event to be changed. @throws GraphError 412 where `If-Match` names another state than the present one. */
function target(context: MailboxContext): EventPlace {
  const place = eventOf(context);
  const instance = instanceOf(place.ref);
  if (instance === undefined) throw itemNotFound();
  checkIfMatch(context, changeKeyIn(viewOf(context, place), instance));
  return place;
}

function patch(context: MailboxContext): Reply {
  const json = jsonBody(context.req);
  const place = target(context);
  const wanted = readEvent(json);
  // Fixed once it is set: another value is dropped.
  patchEvent(writerIn(context, place), place.ref, { ...wanted, transactionId: undefined });
  return singleEvent(context, 200, place);
}

function remove(context: MailboxContext, permanent: boolean): Reply {
  const place = target(context);
  deleteEvent(writerIn(context, place), place.ref, { permanent });
  return { status: 204 };
}
