import { isSelected } from '../../domains/calendar/settings.ts';
import { statisticsOf } from '../../domains/calendar/statistics.ts';
import type { ApiPorts } from '../ports.ts';
import { invalid } from '../router/validate-request.ts';
import type { StatisticsView } from './calendar-schemas.ts';
import { readAllEvents } from './list-events.ts';
import { demandCalendar, readListing, type OpenCalendar } from './open-calendar.ts';

/** What the selected calendars hold, or one of them, each counted by itself. */
export async function readStatistics(
  ports: Pick<ApiPorts, 'store'>,
  opened: OpenCalendar,
  asked: Readonly<Record<'from' | 'to' | 'calendar', string | undefined>>,
): Promise<StatisticsView[]> {
  const from = asked.from === undefined ? {} : { from: new Date(asked.from) };
  const to = asked.to === undefined ? {} : { to: new Date(asked.to) };
  if (from.from !== undefined && to.to !== undefined && to.to <= from.from)
    throw invalid([{ path: 'query.to', message: 'must be after from' }]);
  const listing = await readListing(ports, opened);
  const selected = listing.calendars.filter((calendar) => isSelected(calendar, opened.settings));
  const wanted = asked.calendar === undefined ? selected : [demandCalendar(listing, asked.calendar)];
  const counted: StatisticsView[] = [];
  for (const { id, name } of wanted) {
    const events = await readAllEvents(ports, opened.scope, { ...from, ...to, calendar: id });
    counted.push({ calendarId: id, name, ...statisticsOf(events) });
  }
  return counted;
}
