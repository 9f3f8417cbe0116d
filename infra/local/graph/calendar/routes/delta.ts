import { randomUUID } from 'node:crypto';
import { DeltaTokens } from '../../delta/token.ts';
import type { DeltaState } from '../../delta/token.ts';
import { deltaPage } from '../../delta/walk.ts';
import type { DeltaSource } from '../../delta/walk.ts';
import { badRequest, invalidQuery } from '../../errors.ts';
import type { GraphRoutes, MailboxContext } from '../../http.ts';
import type { Tenant } from '../../tenant.ts';
import { instancesIn, wholeOf } from '../instances.ts';
import type { Instance, Window } from '../instances.ts';
import type { Calendar, CalendarEvent } from '../model.ts';
import { renderDelta, renderRemoved } from '../render.ts';
import type { EventView } from '../render.ts';
import { EVENT_PATHS, VIEW_PATHS } from './events.ts';
import { calendarNeeds } from './needs.ts';
import { placeOf, viewOf } from './place.ts';
import type { CalendarPlace } from './place.ts';
import { windowOf } from './window.ts';

/** `calendarView/delta`, one chain a calendar and window. `events/delta` is not to be had on v1.0. */
export function mountCalendarDelta(graph: GraphRoutes): void {
  const tokens = new DeltaTokens(randomUUID());
  for (const path of VIEW_PATHS) {
    graph.onMailbox('GET', `${path}/delta`, calendarNeeds.full, (context) =>
      deltaPage(context, viewSource(context, placeOf(context)), tokens),
    );
  }
  for (const path of EVENT_PATHS) {
    graph.onMailbox('GET', `${path}/delta`, calendarNeeds.full, () => {
      throw badRequest("Unsupported request: Change tracking is not supported against 'microsoft.graph.event'.");
    });
  }
}

function viewSource(context: MailboxContext, place: CalendarPlace): DeltaSource {
  const view = viewOf(context, place);
  const { there } = place;
  return {
    scope: `calendarView|${context.user.id}|${place.calendar.num}`,
    what: 'Collection(event)',
    emptyFirstPage: context.tenant.settings.calendar.emptyFirstPage,
    readOptions: (query) => {
      refuse(query);
      const { fromMs, toMs } = windowOf(query);
      return { window: { fromMs, toMs } };
    },
    mark: () => settledIn(there, context.tenant),
    list: (state, size) => {
      // A place in the calendar stands where a message's time of arrival stands: both are what a list goes on from.
      const { value, slot } = listed(place, state.after?.receivedMs ?? 0, { size, view, window: windowIn(state) });
      return { value, after: { receivedMs: slot, num: 0 }, more: slot < there.slots.length - 1, capped: false };
    },
    changes: (state, size) => changesOf(place, { state, size, view, end: settledIn(there, context.tenant) }),
  };
}

/** The end of what delta shows of a calendar's log: by the settings the newest changes are not yet in it. */
function settledIn(calendar: Calendar, { settings, clock }: Tenant): number {
  const before = clock.ms() - settings.calendar.deltaDelayMs;
  while ((calendar.log[calendar.settled]?.at ?? Infinity) <= before) calendar.settled += 1;
  return calendar.settled;
}

function windowIn(state: DeltaState): Window {
  const { window } = state.options;
  if (window === undefined) throw new Error('a calendar link without a window');
  return window;
}

const REFUSED = ['$select', '$expand', '$filter', '$orderby', '$search', '$skip', '$count'];

function refuse(query: URLSearchParams): void {
  if (query.has('$top')) {
    throw invalidQuery(
      "The '$top' parameter is not supported with change tracking over the 'CalendarView' resource as page size cannot be guaranteed. Express page size preferences using the Prefer: odata.maxpagesize= header instead.",
    );
  }
  const found = REFUSED.filter((name) => query.has(name)).map((name) => `'${name}'`);
  if (found.length === 0) return;
  throw invalidQuery(
    `The following parameters are not supported with change tracking over the 'CalendarView' resource: ${found.join(', ')}.`,
  );
}

/** Items of whole events until the page is full: a series is never split, so a page may be larger than was asked for. */
function listed(
  { home, there }: CalendarPlace,
  after: number,
  { size, view, window }: { size: number; view: EventView; window: Window },
): { value: unknown[]; slot: number } {
  const value: unknown[] = [];
  let slot = after;
  while (slot < there.slots.length - 1 && value.length < size) {
    slot += 1;
    const event = home.event(there.slots[slot] ?? 0);
    if (event !== undefined) value.push(...itemsOf(event, window, view));
  }
  return { value, slot };
}

/** What of an event stands in the window, with the master of a series; none = the event is not in it. */
function itemsOf(event: CalendarEvent, window: Window, view: EventView): unknown[] {
  const found: Instance[] = instancesIn(event, window);
  const alone = event.series === undefined || !view.settings.mastersInDelta;
  if (found.length === 0 || alone) return found.map((one) => renderDelta(one, view));
  // No order is promised: some masters come before their occurrences, some after.
  const all = event.num % 2 === 0 ? [...found, wholeOf(event)] : [wholeOf(event), ...found];
  return all.map((one) => renderDelta(one, view));
}

/** A touched event comes whole if it is in the window now, and else as removed: whether it ever was there is not said. */
function changesOf(
  { home, there }: CalendarPlace,
  { state, size, view, end }: { state: DeltaState; size: number; view: EventView; end: number },
): { value: unknown[]; at: number } {
  const seen = new Set<number>();
  const value: unknown[] = [];
  let { at } = state;
  for (; at < end && value.length < size; at += 1) {
    const entry = there.log[at];
    if (entry === undefined || seen.has(entry.num)) continue;
    seen.add(entry.num);
    const event = home.event(entry.num);
    const items = event?.calendar === there.num ? itemsOf(event, windowIn(state), view) : [];
    value.push(...(items.length > 0 ? items : [renderRemoved(view, entry)]));
  }
  return { value, at };
}
