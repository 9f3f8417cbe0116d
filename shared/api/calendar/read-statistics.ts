import { listedCalendar, type ListedCalendar } from '../../domains/calendar/calendar.ts';
import { streamOfCalendar } from '../../domains/calendar/calendar-stream.ts';
import { calendarQuery, type EventFilters } from '../../domains/calendar/queries.ts';
import { isSelected } from '../../domains/calendar/settings.ts';
import { statisticsOf } from '../../domains/calendar/statistics.ts';
import type { Fields } from '../../lib/json.ts';
import { fromCursor, toCursor } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { readList } from '../read-list.ts';
import { invalid } from '../router/validate-request.ts';
import type { StatisticsView } from './calendar-schemas.ts';
import { readAllEvents } from './list-events.ts';
import { demandCalendar, demandSelected, firstSyncRunning, readListing, type OpenCalendar } from './open-calendar.ts';
import { readStreams } from './show.ts';

/** What is counted: which calendar, all without it, from when to when, and which page of the list. */
export interface StatisticsAsked extends Readonly<Record<'from' | 'to' | 'calendar' | 'cursor', string | undefined>> {
  readonly limit: number;
}

type Ports = Pick<ApiPorts, 'store'>;

/**
 * A page of what the selected calendars hold, or of one of them, each counted by itself. One that was never read to its end is
 * not among them, and 409 where it is asked for: nobody can tell what it holds.
 */
export async function readStatistics(
  ports: Ports,
  opened: OpenCalendar,
  { limit, cursor, ...asked }: StatisticsAsked,
): Promise<{ readonly items: StatisticsView[]; readonly nextCursor: string | null }> {
  const filters = filtersOf(asked);
  const streams = await readStreams(ports, opened);
  const isRead = ({ id }: ListedCalendar): boolean => streams.get(streamOfCalendar(id))?.baselined === true;
  const name = ['calendar-statistics', opened.connection.id, JSON.stringify(Object.entries(asked).toSorted())];
  const after = fromCursor(name, cursor);
  if (asked.calendar !== undefined) {
    const calendar = demandCalendar(await readListing(ports, opened), asked.calendar);
    demandSelected(opened, calendar);
    if (!isRead(calendar)) throw firstSyncRunning('The calendar is not read yet; try again later');
    return { items: [await countOf(ports, opened, calendar, filters)], nextCursor: null };
  }
  const keep = (item: Fields): boolean => {
    const calendar = listedCalendar.parse(item);
    return isSelected(calendar, opened.settings) && isRead(calendar);
  };
  const page = await readList(ports, opened.scope, { query: calendarQuery, keep }, { limit, after });
  const items: StatisticsView[] = [];
  for (const item of page.items) items.push(await countOf(ports, opened, listedCalendar.parse(item), filters));
  return { items, nextCursor: toCursor(name, page.next) };
}

function filtersOf({ from, to }: Pick<StatisticsAsked, 'from' | 'to'>): EventFilters {
  if (from !== undefined && to !== undefined && Date.parse(to) <= Date.parse(from))
    throw invalid([{ path: 'query.to', message: 'must be after from' }]);
  return {
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(to === undefined ? {} : { to: new Date(to) }),
  };
}

async function countOf(
  ports: Ports,
  { scope }: OpenCalendar,
  { id, name }: ListedCalendar,
  filters: EventFilters,
): Promise<StatisticsView> {
  const events = await readAllEvents(ports, scope, { ...filters, calendar: id });
  return { calendarId: id, name, ...statisticsOf(events) };
}
