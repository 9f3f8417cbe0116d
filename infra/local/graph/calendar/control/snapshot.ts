import type { Req, Site } from '../../http.ts';
import { ControlError } from '../../http.ts';
import type { Tenant } from '../../tenant.ts';
import { instancesIn, wholeOf } from '../instances.ts';
import type { Instance } from '../instances.ts';
import type { Calendar } from '../model.ts';
import { eventMember, renderEvent } from '../render.ts';
import type { EventView } from '../render.ts';
import type { CalendarStore } from '../store.ts';
import { worldOf } from '../world.ts';
import { storeFrom } from './place.ts';

/** A calendar as control shows it: whose it is and where, and who may open it. */
export function calendarTruth(tenant: Tenant, store: CalendarStore, calendar: Calendar): Record<string, unknown> {
  const { shared } = calendar;
  const owner = shared === undefined ? undefined : tenant.user(shared.ownerId);
  return {
    id: store.calendarId(calendar),
    name: calendar.name,
    color: calendar.color,
    isDefault: calendar.isDefault,
    owner: owner?.userPrincipalName ?? store.mailbox.owner.userPrincipalName,
    shared: shared !== undefined,
    permissions: calendar.permissions.map(({ address, role }) => ({ address: address ?? null, role })),
  };
}

/**
 * `GET /control/users/{upn}/events?from=&to=`: calendars, single events and masters, and with a window all that stands in
 * it. Ids are the immutable ones, times UTC, all-day events dates.
 */
export function mountCalendarSnapshot({ control, tenant }: Site): void {
  control.on('GET', '/control/users/{upn}/events', (req) => {
    const store = storeFrom(tenant, req);
    const window = windowOf(req);
    const calendars = store.calendars();
    const places = calendars.flatMap((calendar) => placeIn(tenant, store, calendar) ?? []);
    const events = places.flatMap(({ view, all }) => all.map((event) => truth(wholeOf(event), view)));
    const instances =
      window === undefined
        ? []
        : places.flatMap(({ view, all }) =>
            all.flatMap((event) => instancesIn(event, window).map((instance) => truth(instance, view))),
          );
    const shown = calendars.map((calendar) => calendarTruth(tenant, store, calendar));
    return { status: 200, body: { timeZone: store.zone.name, calendars: shown, events, instances } };
  });
}

function windowOf(req: Req): { fromMs: number; toMs: number } | undefined {
  const [from, to] = [req.query.get('from'), req.query.get('to')];
  if (from === null || to === null) return undefined;
  const window = { fromMs: Date.parse(from), toMs: Date.parse(to) };
  if (Number.isNaN(window.fromMs) || Number.isNaN(window.toMs))
    throw new ControlError(400, 'from and to must be times');
  return window;
}

function placeIn(tenant: Tenant, viewer: CalendarStore, calendar: Calendar) {
  const { shared } = calendar;
  const home = shared === undefined ? viewer : worldOf(tenant).at(shared.ownerId);
  const there = shared === undefined ? calendar : home?.calendarNumbered(shared.calendar);
  if (home === undefined || there === undefined) return undefined;
  const view: EventView = {
    ...{ viewer, home, calendar },
    ...{ idKind: 'immutable', bodyAs: 'html', zone: undefined, sight: 'all', basic: false },
    settings: { ...tenant.settings.calendar, allDayTimes: 'dates', cancelledOccurrences: true },
  };
  return { view, all: home.eventsOf(there) };
}

function truth(instance: Instance, view: EventView): Record<string, unknown> {
  const expand = instance.parts.extended.map((property) => property.id.toLowerCase());
  const item = renderEvent(instance, view, { select: undefined, expand, exceptions: false, single: true });
  const cancelled = eventMember(instance, 'cancelledOccurrences', view);
  return { calendarId: view.viewer.calendarId(view.calendar), ...item, cancelledOccurrences: cancelled ?? null };
}
