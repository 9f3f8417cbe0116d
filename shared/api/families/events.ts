import type { Context } from 'hono';
import type { Answer } from '../../domains/calendar/push-respond.ts';
import { readStanding } from '../../engine/standing.ts';
import type { EngineRecord } from '../../engine/model.ts';
import { ProblemError } from '../../errors.ts';
import type { ApiKey } from '../../config.ts';
import * as routes from '../calendar/event-routes.ts';
import type { ReplyRequest } from '../calendar/event-requests.ts';
import { eventView, type EventView } from '../calendar/event-schemas.ts';
import { EVENTS_CURSOR, listEvents, type EventsWanted } from '../calendar/list-events.ts';
import { domainOf, nameCalendar, openCalendar, openForWrite, readListing } from '../calendar/open-calendar.ts';
import { showEvent, showOne } from '../calendar/show.ts';
import {
  cancelEvent,
  deleteEvent,
  patchEvent,
  postEvent,
  respondEvent,
  undoEvent,
  type EventCall,
  type EventTarget,
  type EventWritten,
} from '../calendar/write-events.ts';
import { answering } from '../idempotency/answering.ts';
import { fromCursor, toCursor } from '../paging.ts';
import type { ApiEnv, ApiPorts } from '../ports.ts';
import { createRouter, type Router } from '../router/create-router.ts';
import { invalid } from '../router/validate-request.ts';

/** `/connections/{id}/events` and all below it. */
export function events(ports: ApiPorts): Router {
  const router = createRouter(ports)
    .openapi(routes.listEvents, async (context) => {
      const { id } = context.req.valid('param');
      const { limit, cursor, ...asked } = context.req.valid('query');
      const opened = await openCalendar(ports, context.get('key'), id);
      const name = ['events', id, JSON.stringify(Object.entries(asked).toSorted())];
      const calendar =
        asked.calendar === undefined ? undefined : nameCalendar(await readListing(ports, opened), asked.calendar);
      const wanted = toWanted({ ...asked, calendar });
      const page = { limit, after: fromCursor(name, cursor, EVENTS_CURSOR) };
      const { items, next } = await listEvents(ports, opened.scope, wanted, page);
      return context.json({ items: items.map((item) => eventView.parse(item)), nextCursor: toCursor(name, next) }, 200);
    })
    .openapi(routes.readEvent, async (context) => {
      const { id, eventId } = context.req.valid('param');
      const opened = await openCalendar(ports, context.get('key'), id);
      const record = await readStanding(ports.store, opened.scope, eventId);
      const shown = record?.kind === 'event' ? await showOne(ports, opened, record) : null;
      if (shown === null) throw unknown();
      return context.json(shown, 200);
    })
    .openapi(routes.createEvent, async (context) => {
      const target = await targetOf(ports, context.get('key'), context.req.valid('param').id);
      const show = (record: EngineRecord): EventView => showEvent(target.opened, record, new Map());
      const record = await postEvent(target, context.req.valid('json'), answering(context, 201, show));
      return context.json(show(record), 201);
    })
    .openapi(routes.patchEvent, async (context) => {
      const { id, eventId } = context.req.valid('param');
      const target = await targetOf(ports, context.get('key'), id);
      const call = callOf(context, target, eventId, 200);
      return context.json(shown(target, await patchEvent(target, call, context.req.valid('json'))), 200);
    })
    .openapi(routes.deleteEvent, async (context) => {
      const { id, eventId } = context.req.valid('param');
      const target = await targetOf(ports, context.get('key'), id);
      if ((await deleteEvent(target, callOf(context, target, eventId, 204))) === null) throw unknown();
      return context.body(null, 204);
    });
  return withMeetings(ports, router);
}

/** What is done with meetings. */
function withMeetings(ports: ApiPorts, router: Router): Router {
  const respond = async (
    context: Context<ApiEnv>,
    { id, eventId }: { readonly id: string; readonly eventId: string },
    answered: { readonly answer: Answer; readonly reply: ReplyRequest },
  ): Promise<EventView> => {
    const target = await targetOf(ports, context.get('key'), id);
    return shown(target, await respondEvent(target, callOf(context, target, eventId, 200), answered));
  };
  return router
    .openapi(routes.cancelEvent, async (context) => {
      const { id, eventId } = context.req.valid('param');
      const target = await targetOf(ports, context.get('key'), id);
      const call = callOf(context, target, eventId, 204);
      if ((await cancelEvent(target, call, context.req.valid('json'))) === null) throw unknown();
      return context.body(null, 204);
    })
    .openapi(routes.undoEvent, async (context) => {
      const { id, eventId } = context.req.valid('param');
      const target = await targetOf(ports, context.get('key'), id);
      return context.json(shown(target, await undoEvent(target, callOf(context, target, eventId, 200))), 200);
    })
    .openapi(routes.acceptEvent, async (context) => {
      const answered = { answer: 'accept', reply: context.req.valid('json') } as const;
      return context.json(await respond(context, context.req.valid('param'), answered), 200);
    })
    .openapi(routes.tentativeEvent, async (context) => {
      const answered = { answer: 'tentative', reply: context.req.valid('json') } as const;
      return context.json(await respond(context, context.req.valid('param'), answered), 200);
    })
    .openapi(routes.declineEvent, async (context) => {
      const answered = { answer: 'decline', reply: context.req.valid('json') } as const;
      return context.json(await respond(context, context.req.valid('param'), answered), 200);
    });
}

async function targetOf(ports: ApiPorts, key: ApiKey, id: string): Promise<EventTarget> {
  const opened = await openForWrite(ports, key, id);
  return { ports, opened, domain: domainOf(ports) };
}

/** A write of one event, whose answer is committed with it. */
const callOf = (context: Context<ApiEnv>, { opened }: EventTarget, eventId: string, status: 200 | 204): EventCall => ({
  eventId,
  onceFor: (masters) =>
    answering(context, status, status === 204 ? null : (record) => showEvent(opened, record, masters())),
});

function shown({ opened }: EventTarget, written: EventWritten | null): EventView {
  if (written === null) throw unknown();
  return showEvent(opened, written.record, written.masters);
}

type Asked = {
  readonly [F in 'calendar' | 'from' | 'to' | 'category' | 'importance']?: string | undefined;
} & { readonly series?: 'true' | 'false' | undefined };

function toWanted({ calendar, from, to, category, importance, series }: Asked): EventsWanted {
  if (from !== undefined && to !== undefined && Date.parse(to) <= Date.parse(from))
    throw invalid([{ path: 'query.to', message: 'must be after from' }]);
  return {
    ...(calendar === undefined ? {} : { calendar }),
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(to === undefined ? {} : { to: new Date(to) }),
    ...(category === undefined ? {} : { category }),
    ...(importance === undefined ? {} : { importance }),
    series: series === 'true',
  };
}

const unknown = (): ProblemError => new ProblemError(404, 'event_unknown', 'There is no such event');
