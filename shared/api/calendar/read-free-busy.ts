import type { z } from 'zod';
import { streamOfCalendar } from '../../domains/calendar/calendar-stream.ts';
import { AVAILABILITIES, freeBusy, knowledgeOf, type Knowledge } from '../../domains/calendar/free-busy.ts';
import { isSelected } from '../../domains/calendar/settings.ts';
import type { ApiPorts } from '../ports.ts';
import { invalid } from '../router/validate-request.ts';
import { LONGEST_RANGE_DAYS, type freeBusyView } from './calendar-schemas.ts';
import { readAllEvents } from './list-events.ts';
import { demandCalendar, readListing, type OpenCalendar } from './open-calendar.ts';
import { readStreams } from './show.ts';

const DAY_MS = 86_400_000;
/** All-day events run on other clocks than UTC's: whatever touches the range on any of them is asked. */
const EDGE_MS = DAY_MS;

export interface AskedRange {
  readonly from: string;
  readonly to: string;
}

/** From when to when, in milliseconds; 400 where it ends before it begins, or is longer than what is read at once. */
export function readRange({ from, to }: AskedRange): { readonly from: number; readonly to: number } {
  const span = { from: Date.parse(from), to: Date.parse(to) };
  if (span.to <= span.from) throw invalid([{ path: 'query.to', message: 'must be after from' }]);
  if (span.to - span.from > LONGEST_RANGE_DAYS * DAY_MS)
    throw invalid([{ path: 'query.to', message: `must be within ${LONGEST_RANGE_DAYS} days of from` }]);
  return span;
}

/**
 * What somebody is in a range. What is known is read before the events: a round that changes it meanwhile can only have brought
 * more of them. A calendar that is not selected, and a mailbox whose calendars were never read, are unknown (P7).
 */
export async function readFreeBusy(
  ports: Pick<ApiPorts, 'store'>,
  opened: OpenCalendar,
  asked: AskedRange & { readonly calendar: string | undefined },
): Promise<z.output<typeof freeBusyView>> {
  const range = readRange(asked);
  const listing = await readListing(ports, opened);
  const one = asked.calendar === undefined ? undefined : demandCalendar(listing, asked.calendar);
  const chosen = one === undefined ? listing.calendars.filter((each) => isSelected(each, opened.settings)) : [one];
  const streams = await readStreams(ports, opened);
  const usable = opened.head.status.status !== 'error' && opened.connection.status === 'connected';
  const known = chosen.map((calendar): Knowledge => {
    if (!usable || !isSelected(calendar, opened.settings)) return null;
    return knowledgeOf(streams.get(streamOfCalendar(calendar.id)));
  });
  const wide = { from: new Date(range.from - EDGE_MS), to: new Date(range.to + EDGE_MS) };
  const within = new Set(chosen.map(({ id }) => id));
  const events = (
    await readAllEvents(ports, opened.scope, { ...wide, ...(one === undefined ? {} : { calendar: one.id }) })
  ).filter(({ calendarId }) => typeof calendarId === 'string' && within.has(calendarId));
  const slots = freeBusy(range, known, events);
  const status = AVAILABILITIES.find((word) => slots.some((slot) => slot.status === word)) ?? 'unknown';
  return {
    from: new Date(range.from).toISOString(),
    to: new Date(range.to).toISOString(),
    status,
    slots: slots.map((slot) => ({ ...slot })),
  };
}
