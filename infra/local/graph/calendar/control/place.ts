import { ControlError, GraphError } from '../../http.ts';
import type { Req } from '../../http.ts';
import { userFrom } from '../../control/input.ts';
import type { Tenant } from '../../tenant.ts';
import { findEvent } from '../find.ts';
import { eventId } from '../ids.ts';
import { instanceOf } from '../instances.ts';
import type { Calendar, CalendarEvent, EventRef } from '../model.ts';
import type { CalendarStore } from '../store.ts';
import { parseDate } from '../time/civil.ts';
import { worldOf } from '../world.ts';
import type { CalendarWorld } from '../world.ts';

export function storeFrom(tenant: Tenant, req: Req): CalendarStore {
  return worldOf(tenant).of(userFrom(tenant, req.params['upn'] ?? ''));
}

/** By id or name; the own one where nothing is named. */
export function calendarFrom(store: CalendarStore, idOrName: string | undefined): Calendar {
  if (idOrName === undefined) return store.main;
  const named = store.calendars().find((one) => one.name.toLowerCase() === idOrName.toLowerCase());
  const found = named ?? store.calendar(idOrName);
  if (typeof found !== 'object') throw new ControlError(404, `no calendar ${idOrName}`);
  return found;
}

/** Where the events of a calendar are: with its owner, where somebody shares it. */
export function homeOf(
  world: CalendarWorld,
  store: CalendarStore,
  calendar: Calendar,
): { home: CalendarStore; there: Calendar } {
  const { shared } = calendar;
  if (shared === undefined) return { home: store, there: calendar };
  const home = world.at(shared.ownerId);
  const there = home?.calendarNumbered(shared.calendar);
  if (home === undefined || there === undefined) throw new ControlError(404, 'this calendar is not shared any more');
  return { home, there };
}

/** The event of the path, or with `?date=` the occurrence that the series has on that day. */
export function eventFrom(tenant: Tenant, req: Req): EventRef & { store: CalendarStore; calendar: Calendar } {
  const viewer = storeFrom(tenant, req);
  const id = req.params['event'] ?? '';
  const found = findEvent(worldOf(tenant), viewer, id);
  if (typeof found !== 'object') throw new ControlError(404, `no event ${id}`);
  const date = req.query.get('date');
  const day = date === null ? found.day : parseDate(date);
  const ref = { event: found.event, day };
  if (instanceOf(ref) === undefined) throw new ControlError(404, `no occurrence on ${date ?? ''}`);
  return { ...ref, store: found.home, calendar: found.calendar };
}

export function placeView(store: CalendarStore, event: CalendarEvent, day?: number): Record<string, unknown> {
  const calendar = store.calendarNumbered(event.calendar) ?? store.main;
  return {
    id: eventId(store.mailbox, { calendar, event, day }, 'immutable'),
    calendarId: store.calendarId(calendar),
    uid: event.uid,
  };
}

/** What Graph would refuse, control refuses in the same words. */
export function asControl<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof GraphError) throw new ControlError(error.status, `${error.code}: ${error.message}`);
    throw error;
  }
}
