import { readSettings, type CalendarSettings } from '../../domains/calendar/settings.ts';
import { ProblemError } from '../../errors.ts';
import { sameJson } from '../../lib/json.ts';
import { changeCalendarSettings, readChoice } from '../calendar/change-selection.ts';
import { demandListed, DOMAIN, openCalendar, openForSettings, readListing } from '../calendar/open-calendar.ts';
import type { Listing, OpenCalendar } from '../calendar/open-calendar.ts';
import * as routes from '../calendar/session-routes.ts';
import { readStreams, showCalendar } from '../calendar/show.ts';
import { readSession, useSession } from '../connect/selection-session.ts';
import type { CalendarView } from '../calendar/calendar-schemas.ts';
import type { ApiPorts } from '../ports.ts';
import { createRouter, type Router } from '../router/create-router.ts';
import { invalid } from '../router/validate-request.ts';

/** `GET /oauth/sessions/{id}`. */
export function oauthSessions(ports: ApiPorts): Router {
  return createRouter(ports).openapi(routes.readSession, async (context) => {
    const { connectionId, expiresAt, used } = await readSession(ports, context.req.valid('param').id);
    const opened = await openCalendar(ports, context.get('key'), connectionId);
    const listing = await readListing(ports, opened);
    const listed = listing.calendars.length > 0 ? ('ready' as const) : ('listing' as const);
    const status = used ? ('selected' as const) : listed;
    return context.json({ connectionId, status, calendars: await shown(ports, opened, listing), expiresAt }, 200);
  });
}

/** `POST /oauth/microsoft/select`. */
export function oauthSelect(ports: ApiPorts): Router {
  return createRouter(ports).openapi(routes.selectInSession, async (context) => {
    const { session, calendarIds: chosen } = context.req.valid('json');
    const { connectionId, expiresAt, used } = await readSession(ports, session);
    const opened = await openForSettings(ports, context.get('key'), connectionId);
    context.get('trail').about({ connectionId });
    if (used) throw usedUp();
    const listing = await readListing(ports, opened);
    demandListed(listing);
    const { calendarIds, faults } = readChoice(listing, chosen);
    if (faults.length > 0) throw invalid(faults);
    const changed = await changeCalendarSettings(ports, connectionId, (settings) => {
      // Somebody chose meanwhile: of two at once the second one must not take back what the first was answered.
      if (!isAsBefore(opened.settings, settings) && !isAsBefore({ calendarIds }, settings)) throw usedUp();
      return { ...settings, calendarIds };
    });
    // Behind the choice: a crash in between leaves a session by which the same may be chosen again.
    await useSession(ports, session);
    const settings = readSettings(changed.settings[DOMAIN]);
    const calendars = await shown(ports, { ...opened, settings }, listing);
    return context.json({ connectionId, status: 'selected' as const, calendars, expiresAt }, 200);
  });
}

const isAsBefore = (before: CalendarSettings, now: CalendarSettings): boolean =>
  sameJson(before.calendarIds, now.calendarIds);

const usedUp = (): ProblemError =>
  new ProblemError(410, 'session_used', 'It was chosen already; use PUT .../calendars/selection');

async function shown(ports: ApiPorts, opened: OpenCalendar, listing: Listing): Promise<CalendarView[]> {
  const streams = await readStreams(ports, opened);
  return listing.calendars.map((calendar) => showCalendar(listing, opened, streams, calendar));
}
