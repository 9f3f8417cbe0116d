import * as routes from '../calendar/calendar-routes.ts';
import { openCalendar } from '../calendar/open-calendar.ts';
import { readFreeBusy } from '../calendar/read-free-busy.ts';
import type { ApiPorts } from '../ports.ts';
import { createRouter, type Router } from '../router/create-router.ts';

/** `GET /connections/{id}/free-busy`. */
export function freeBusy(ports: ApiPorts): Router {
  return createRouter(ports).openapi(routes.readFreeBusy, async (context) => {
    const { from, to, calendar, timeZone } = context.req.valid('query');
    const opened = await openCalendar(ports, context.get('key'), context.req.valid('param').id);
    return context.json(await readFreeBusy(ports, opened, { from, to, calendar, timeZone }), 200);
  });
}
