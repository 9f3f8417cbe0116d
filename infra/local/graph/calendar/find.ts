import { decodeEventId } from './ids.ts';
import type { DecodedEventId } from './ids.ts';
import { instanceOf } from './instances.ts';
import type { Calendar, EventRef } from './model.ts';
import type { CalendarStore } from './store.ts';
import type { CalendarWorld } from './world.ts';

/** Where an event stands, as one mailbox sees it: in a calendar of its own, or in one that is shared with it. */
export interface Found extends EventRef {
  /** The calendar in the list of the mailbox that looks. */
  calendar: Calendar;
  /** The store that the event lies in. */
  home: CalendarStore;
}

/** By an id as the owner of `viewer` has it. */
export function findEvent(world: CalendarWorld, viewer: CalendarStore, id: string): Found | 'malformed' | undefined {
  const decoded = decodeEventId(viewer.mailbox, id);
  if (decoded === 'malformed') return decoded;
  if (decoded === 'foreign') return undefined;
  const found = decoded.calendar === undefined ? ownEvent(viewer, decoded) : eventIn(world, viewer, decoded);
  const instance = found === undefined ? undefined : instanceOf(found);
  return instance !== undefined && (instance.exception?.variant ?? 0) === decoded.variant ? found : undefined;
}

/** By its number alone: in whichever of the own calendars it is. */
function ownEvent(viewer: CalendarStore, { num, day }: DecodedEventId): Found | undefined {
  const event = viewer.event(num ?? 0);
  const calendar = event === undefined ? undefined : viewer.calendarNumbered(event.calendar);
  return event === undefined || calendar === undefined ? undefined : { event, day, calendar, home: viewer };
}

/** By a calendar, and the place or number there. */
function eventIn(world: CalendarWorld, viewer: CalendarStore, decoded: DecodedEventId): Found | undefined {
  const calendar = viewer.calendarNumbered(decoded.calendar ?? 0);
  const { shared } = calendar ?? {};
  const home = shared === undefined ? viewer : world.at(shared.ownerId);
  const there = shared === undefined ? calendar : home?.calendarNumbered(shared.calendar);
  if (calendar === undefined || home === undefined || there === undefined) return undefined;
  const event = home.event(decoded.num ?? there.slots[decoded.slot ?? 0] ?? 0);
  return event?.calendar === there.num ? { event, day: decoded.day, calendar, home } : undefined;
}
