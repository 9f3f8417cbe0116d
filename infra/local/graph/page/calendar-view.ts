import { findEvent } from '../calendar/find.ts';
import { eventId } from '../calendar/ids.ts';
import { instanceOf, instancesIn } from '../calendar/instances.ts';
import type { Instance } from '../calendar/instances.ts';
import type { Calendar } from '../calendar/model.ts';
import { ruleView } from '../calendar/render-rule.ts';
import type { CalendarStore } from '../calendar/store.ts';
import { DAY_MS, wallText } from '../calendar/time/civil.ts';
import { wallIn } from '../calendar/time/zones.ts';
import type { CalendarWorld } from '../calendar/world.ts';
import { ControlError } from '../http.ts';

/** What the list of a calendar reaches over, from yesterday on; a search looks a year back and ahead. */
const AHEAD_DAYS = 120;
const SEARCH_DAYS = 365;

interface Place {
  store: CalendarStore;
  calendar: Calendar;
  home: CalendarStore;
  there: Calendar;
}

/** The calendars as lines, the own ones first. */
export function calendarLines(world: CalendarWorld, store: CalendarStore) {
  return store.calendars().flatMap((calendar) => {
    const place = placeOf(world, store, calendar);
    if (place === undefined) return [];
    const total = place.there.events.size;
    return [
      {
        id: store.calendarId(calendar),
        displayName: calendar.name,
        depth: 0,
        total,
        shared: calendar.shared !== undefined,
      },
    ];
  });
}

function placeOf(world: CalendarWorld, store: CalendarStore, calendar: Calendar): Place | undefined {
  const { shared } = calendar;
  const home = shared === undefined ? store : world.at(shared.ownerId);
  const there = shared === undefined ? calendar : home?.calendarNumbered(shared.calendar);
  return home === undefined || there === undefined ? undefined : { store, calendar, home, there };
}

/** What stands in a calendar from yesterday on, by start; with a search what has it in its subject. */
export function agenda(
  world: CalendarWorld,
  store: CalendarStore,
  wanted: { id: string; top: number; search: string },
) {
  const found = store.calendar(wanted.id);
  const calendar = typeof found === 'object' ? found : store.main;
  const place = placeOf(world, store, calendar);
  if (place === undefined) throw new ControlError(404, 'this calendar is not shared any more');
  const now = world.tenant.clock.ms();
  const searched = wanted.search !== '';
  const window = {
    fromMs: now - (searched ? SEARCH_DAYS : 1) * DAY_MS,
    toMs: now + (searched ? SEARCH_DAYS : AHEAD_DAYS) * DAY_MS,
  };
  const all = place.home
    .eventsOf(place.there)
    .flatMap((event) => instancesIn(event, window))
    .filter(({ parts }) => parts.subject.toLowerCase().includes(wanted.search))
    .sort((left, right) => left.startMs - right.startMs);
  const events = all.slice(0, wanted.top).map((instance) => eventLine(place, instance));
  return { folder: store.calendarId(calendar), total: all.length, timeZone: store.zone.name, events };
}

function eventLine({ store, home, calendar }: Place, instance: Instance) {
  const { event, day, exception, parts } = instance;
  const wall = (ms: number): string => wallText(wallIn(store.zone, ms)).slice(0, 16);
  return {
    id: eventId(store.mailbox, { calendar, event, day, variant: exception?.variant ?? 0 }, 'immutable'),
    changeKey: home.changeKeyOf(exception ?? event),
    subject: parts.subject,
    start: parts.isAllDay ? wallText(instance.times.start.wall).slice(0, 10) : wall(instance.startMs),
    end: parts.isAllDay ? wallText(instance.times.end.wall).slice(0, 10) : wall(instance.endMs),
    isAllDay: parts.isAllDay,
    isCancelled: parts.isCancelled,
    isOrganizer: event.isOrganizer,
    isOnline: parts.online !== undefined,
    response: parts.answer.response,
    showAs: parts.showAs,
    type: instance.type,
    place: parts.places.map((one) => one.displayName).join('; '),
    categories: parts.categories,
  };
}

/** One event whole, for the reading pane. */
export function eventView(world: CalendarWorld, store: CalendarStore, id: string) {
  const found = findEvent(world, store, id);
  const instance = typeof found === 'object' ? instanceOf(found) : undefined;
  const place = typeof found === 'object' ? placeOf(world, store, found.calendar) : undefined;
  if (typeof found !== 'object' || instance === undefined || place === undefined)
    throw new ControlError(404, `no event ${id}`);
  const { event, parts, day } = instance;
  const master = day === undefined ? undefined : { calendar: found.calendar, event };
  return {
    ...eventLine(place, instance),
    folder: store.calendarId(found.calendar),
    timeZone: store.zone.name,
    seriesMasterId: master === undefined ? null : eventId(store.mailbox, master, 'immutable'),
    recurrence: ruleView(event),
    organizer: event.organizer?.emailAddress ?? null,
    attendees: parts.attendees.map((one) => ({ ...one.emailAddress, type: one.type, response: one.status.response })),
    joinUrl: parts.online?.joinUrl ?? parts.onlineMeetingUrl ?? null,
    originalStartTimeZone: instance.times.start.zone.name,
    body: parts.body,
  };
}
