import type { Site } from '../http.ts';
import { mountActions } from './routes/actions.ts';
import { mountCalendarDelta } from './routes/delta.ts';
import { mountCalendars } from './routes/calendars.ts';
import { mountEvents } from './routes/events.ts';
import { mountPermissions } from './routes/permissions.ts';
import { mountSchedule } from './routes/schedule.ts';
import { mountZones } from './routes/zones.ts';
import { mountCalendarControl } from './control/mount.ts';
import { worldOf } from './world.ts';

/** Calendars, events, calendarView and its delta, meetings, sharing, free/busy, and the control routes for them. */
export function mountCalendar(site: Site): void {
  const { graph, tenant } = site;
  for (const mount of [mountCalendars, mountEvents, mountCalendarDelta, mountActions]) mount(graph);
  for (const mount of [mountPermissions, mountSchedule, mountZones]) mount(graph);
  mountCalendarControl(site);
  site.onClose(() => {
    worldOf(tenant).schedule.stop();
  });
}
