import { accessDenied, itemNotFound, malformedId } from '../../errors.ts';
import type { MailboxContext } from '../../http.ts';
import { originOf } from '../../lookup.ts';
import { preferences } from '../../prefer.ts';
import { bodyKind } from '../../query.ts';
import type { Actor } from '../actor.ts';
import { zoneNotSupported } from '../errors.ts';
import { findEvent } from '../find.ts';
import type { Calendar, EventRef, Role } from '../model.ts';
import type { EventView } from '../render.ts';
import { canWrite, roleOf, sightOf } from '../sight.ts';
import type { CalendarStore } from '../store.ts';
import { findZone } from '../time/zones.ts';
import { worldOf } from '../world.ts';
import type { CalendarWorld } from '../world.ts';

/** A calendar as a request means it, and what the caller may do there. */
export interface CalendarPlace {
  world: CalendarWorld;
  /** The mailbox of the path: ids are its. */
  viewer: CalendarStore;
  /** Where the events lie, and the calendar there. */
  home: CalendarStore;
  there: Calendar;
  /** The calendar in the list of `viewer`. */
  calendar: Calendar;
  /** What the caller was given; undefined = all, as the owner or an application. */
  role: Role | undefined;
}

export function storeIn(context: MailboxContext): CalendarStore {
  return worldOf(context.tenant).of(context.user);
}

/** The calendar of the path, or the mailbox's own where it names none. @throws GraphError 400, 403 or 404 */
export function placeOf(context: MailboxContext, id = context.req.params['calendar']): CalendarPlace {
  const viewer = storeIn(context);
  const found = id === undefined ? viewer.main : viewer.calendar(id);
  if (found === 'malformed') throw malformedId();
  if (found === undefined) throw itemNotFound();
  return placeFor(context, found);
}

export function placeFor(context: MailboxContext, calendar: Calendar): CalendarPlace {
  const world = worldOf(context.tenant);
  const viewer = storeIn(context);
  const { shared } = calendar;
  const owner = shared === undefined ? undefined : context.tenant.user(shared.ownerId);
  const home = owner === undefined ? viewer : world.of(owner);
  const there = shared === undefined ? calendar : home.calendarNumbered(shared.calendar);
  if (there === undefined) throw itemNotFound();
  const role = roleIn(context, { viewer, home, there });
  if (role !== undefined && sightOf(role) === 'nothing') throw itemNotFound();
  return { world, viewer, home, there, calendar, role };
}

/** Another's mailbox opens by what its owner gave the caller by name, and only with a `.Shared` permission. */
function roleIn(
  { caller }: MailboxContext,
  { viewer, home, there }: Pick<CalendarPlace, 'viewer' | 'home' | 'there'>,
): Role | undefined {
  const { user } = caller;
  if (user === undefined) return undefined;
  const own = user.id === viewer.ownerId;
  if (own && viewer === home) return undefined;
  if (!own && !caller.scopes.some((scope) => /^Calendars\..*\.Shared$/i.test(scope))) throw accessDenied();
  const named = there.permissions.some((one) => one.address?.toLowerCase() === user.userPrincipalName.toLowerCase());
  return named ? roleOf(there, user.userPrincipalName) : 'none';
}

/** Birthdays are filled from contacts, and by nobody else. */
export const isReadOnly = ({ there }: CalendarPlace): boolean => !there.isRemovable && !there.isDefault;

/** Who acts in the place's calendar. @throws GraphError 403 for who may only look. */
export function writerIn(context: MailboxContext, place: CalendarPlace): Actor {
  if (isReadOnly(place) || (place.role !== undefined && !canWrite(place.role))) throw accessDenied();
  return { world: place.world, home: place.home, origin: originOf(context) };
}

/** The view of a place by the preferences of the request. @throws GraphError 400 for a time zone that nobody knows. */
export function viewOf(context: MailboxContext, place: CalendarPlace): EventView {
  const { req, caller, tenant, idKind } = context;
  const label = preferences(req).get('outlook.timezone');
  const zone = label === undefined ? undefined : findZone(label);
  if (label !== undefined && zone === undefined) throw zoneNotSupported(label);
  const held = caller.user === undefined ? caller.roles : caller.scopes;
  const { viewer, home, calendar, role } = place;
  return {
    viewer,
    home,
    calendar,
    idKind,
    bodyAs: bodyKind(req),
    zone: label === undefined || zone === undefined ? undefined : { zone, label },
    sight: role === undefined ? 'all' : sightOf(role),
    basic: !held.some((name) => /^Calendars\.Read(Write)?(\.Shared)?$/i.test(name)),
    settings: tenant.settings.calendar,
  };
}

/** An event of the path, the calendar that it stands in, and whether the caller may see it. */
export interface EventPlace extends CalendarPlace {
  ref: EventRef;
}

/** The event of the path; below a calendar only if it stands there. @throws GraphError 400, 403 or 404 */
export function eventOf(context: MailboxContext): EventPlace {
  const world = worldOf(context.tenant);
  const viewer = storeIn(context);
  const found = findEvent(world, viewer, context.req.params['event'] ?? '');
  if (found === 'malformed') throw malformedId();
  if (found === undefined) throw itemNotFound();
  const within = context.req.params['calendar'] !== undefined || /\/calendar\//i.test(context.req.path);
  const asked = within ? placeOf(context).calendar : undefined;
  if (asked !== undefined && asked !== found.calendar) throw itemNotFound();
  return { ...placeFor(context, found.calendar), ref: { event: found.event, day: found.day } };
}
