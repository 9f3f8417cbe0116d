import { delegateOf, type ListedCalendar } from '../../domains/calendar/calendar.ts';
import { isSelected } from '../../domains/calendar/settings.ts';
import { calendarQuery } from '../../domains/calendar/queries.ts';
import { listedCalendar } from '../../domains/calendar/calendar.ts';
import { readSettings, type CalendarSettings } from '../../domains/calendar/settings.ts';
import { ProblemError } from '../../errors.ts';
import * as routes from '../calendar/calendar-routes.ts';
import { changeCalendarSettings, deselected, readChoice, withWebhook } from '../calendar/change-selection.ts';
import type { CalendarView } from '../calendar/calendar-schemas.ts';
import {
  demandCalendar,
  demandListed,
  demandSelected,
  DOMAIN,
  openCalendar,
  openForSettings,
  readListing,
  type Listing,
  type OpenCalendar,
} from '../calendar/open-calendar.ts';
import { readStatistics } from '../calendar/read-statistics.ts';
import { readStreams, showCalendar } from '../calendar/show.ts';
import { requestSync } from '../connections/request-sync.ts';
import { fromCursor, toCursor } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { readList } from '../read-list.ts';
import { createRouter, type Router } from '../router/create-router.ts';
import { invalid } from '../router/validate-request.ts';

/** `/connections/{id}/calendars` and all below it. */
export function calendars(ports: ApiPorts): Router {
  const router = createRouter(ports)
    .openapi(routes.listCalendars, async (context) => {
      const { id } = context.req.valid('param');
      const { limit, cursor } = context.req.valid('query');
      const opened = await openCalendar(ports, context.get('key'), id);
      const name = ['calendars', id];
      const plan = { query: calendarQuery, keep: () => true };
      const page = await readList(ports, opened.scope, plan, { limit, after: fromCursor(name, cursor) });
      const show = await shower(ports, opened, await readListing(ports, opened));
      const items = page.items.map((item) => show(listedCalendar.parse(item)));
      return context.json({ items, nextCursor: toCursor(name, page.next) }, 200);
    })
    .openapi(routes.selectCalendars, async (context) => {
      const opened = await openForSettings(ports, context.get('key'), context.req.valid('param').id);
      const listing = await readListing(ports, opened);
      demandListed(listing);
      const { calendarIds, faults } = readChoice(listing, context.req.valid('json').calendarIds);
      if (faults.length > 0) throw invalid(faults);
      const settings = await change(ports, opened, (standing) => ({ ...standing, calendarIds }));
      const show = await shower(ports, { ...opened, settings }, listing);
      return context.json({ items: listing.calendars.map(show) }, 200);
    })
    .openapi(routes.readStatistics, async (context) => {
      const { from, to, calendar, limit, cursor } = context.req.valid('query');
      const opened = await openCalendar(ports, context.get('key'), context.req.valid('param').id);
      return context.json(await readStatistics(ports, opened, { from, to, calendar, limit, cursor }), 200);
    })
    .openapi(routes.readCalendar, async (context) => {
      const { id, calendarId } = context.req.valid('param');
      const opened = await openCalendar(ports, context.get('key'), id);
      const listing = await readListing(ports, opened);
      const show = await shower(ports, opened, listing);
      return context.json(show(demandCalendar(listing, calendarId)), 200);
    })
    .openapi(routes.deselectCalendar, async (context) => {
      const { id, calendarId } = context.req.valid('param');
      const opened = await openForSettings(ports, context.get('key'), id);
      const listing = await readListing(ports, opened);
      const calendar = demandCalendar(listing, calendarId);
      if (isSelected(calendar, opened.settings)) await change(ports, opened, deselected(listing, calendar));
      return context.body(null, 204);
    });
  return withWork(ports, router);
}

/** What is asked for one calendar besides reading it. */
function withWork(ports: ApiPorts, router: Router): Router {
  return router
    .openapi(routes.syncCalendar, async (context) => {
      const { id, calendarId } = context.req.valid('param');
      const opened = await openForSettings(ports, context.get('key'), id);
      const calendar = demandCalendar(await readListing(ports, opened), calendarId);
      demandSelected(opened, calendar);
      await requestSync(ports, opened.connection, { domains: [DOMAIN], once: context.get('once') });
      return context.json({ connectionId: id, calendarId: calendar.id }, 202);
    })
    .openapi(routes.enableWebhook, async (context) => {
      const { id, calendarId } = context.req.valid('param');
      const opened = await openForSettings(ports, context.get('key'), id);
      const listing = await readListing(ports, opened);
      const calendar = demandCalendar(listing, calendarId);
      demandSelected(opened, calendar);
      if (delegateOf(calendar, listing.account) !== null) throw noWebhook();
      const settings = await change(ports, opened, withWebhook(calendar, true));
      const show = await shower(ports, { ...opened, settings }, listing);
      return context.json(show(calendar), 200);
    })
    .openapi(routes.disableWebhook, async (context) => {
      const { id, calendarId } = context.req.valid('param');
      const opened = await openForSettings(ports, context.get('key'), id);
      const calendar = demandCalendar(await readListing(ports, opened), calendarId);
      demandSelected(opened, calendar);
      await change(ports, opened, withWebhook(calendar, false));
      return context.body(null, 204);
    });
}

type Showing = (calendar: ListedCalendar) => CalendarView;

async function shower(ports: ApiPorts, opened: OpenCalendar, listing: Listing): Promise<Showing> {
  const streams = await readStreams(ports, opened);
  return (calendar) => showCalendar(listing, opened, streams, calendar);
}

async function change(
  ports: ApiPorts,
  { connection }: OpenCalendar,
  how: (settings: CalendarSettings) => CalendarSettings,
): Promise<CalendarSettings> {
  return readSettings((await changeCalendarSettings(ports, connection.id, how)).settings[DOMAIN]);
}

const noWebhook = (): ProblemError =>
  new ProblemError(
    409,
    'webhook_unavailable',
    "The calendar is somebody else's: Microsoft tells of its changes to nobody but its owner. It is polled",
  );
