import type { z } from 'zod';
import type { ListedCalendar } from '../../domains/calendar/calendar.ts';
import { streamOfCalendar } from '../../domains/calendar/calendar-stream.ts';
import { AVAILABILITIES, freeBusy, knowledgeOf, type Knowledge } from '../../domains/calendar/free-busy.ts';
import { isSelected } from '../../domains/calendar/settings.ts';
import type { Span } from '../../domains/calendar/spans.ts';
import { unreadEvents } from '../../domains/calendar/unread.ts';
import { readZone } from '../../domains/calendar/zones.ts';
import type { Fields } from '../../lib/json.ts';
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
  asked: AskedRange & { readonly calendar: string | undefined; readonly timeZone: string | undefined },
): Promise<z.output<typeof freeBusyView>> {
  const range = readRange(asked);
  const listing = await readListing(ports, opened);
  // Before the calendars were read all of it is unknown.
  const isNamed = asked.calendar !== undefined && listing.calendars.length > 0;
  const one = isNamed ? demandCalendar(listing, asked.calendar) : undefined;
  const chosen = one === undefined ? listing.calendars.filter((each) => isSelected(each, opened.settings)) : [one];
  const streams = await readStreams(ports, opened);
  const usable = opened.head.status.status !== 'error' && opened.connection.status === 'connected';
  const unread = await Promise.all(chosen.map((calendar) => readUnread(ports, opened, calendar, range)));
  const known = chosen.map((calendar, index): Knowledge => {
    if (!usable || !isSelected(calendar, opened.settings) || unread[index] === null) return null;
    return knowledgeOf(streams.get(streamOfCalendar(calendar.id)));
  });
  const wide = { from: new Date(range.from - EDGE_MS), to: new Date(range.to + EDGE_MS) };
  const within = new Set(chosen.map(({ id }) => id));
  const events = (
    await readAllEvents(ports, opened.scope, { ...wide, ...(one === undefined ? {} : { calendar: one.id }) })
  ).filter(({ calendarId }) => typeof calendarId === 'string' && within.has(calendarId));
  const iana = asked.timeZone === undefined ? undefined : (readZone(asked.timeZone).iana ?? undefined);
  const slots = freeBusy(range, known, [...events, ...unread.flatMap((of) => of ?? [])], iana);
  const status = AVAILABILITIES.find((word) => slots.some((slot) => slot.status === word)) ?? 'unknown';
  return {
    from: new Date(range.from).toISOString(),
    to: new Date(range.to).toISOString(),
    status,
    slots: slots.map((slot) => ({ ...slot })),
  };
}

/** What of a calendar could not be read and may be within a range; null where nobody can tell. */
async function readUnread(
  ports: Pick<ApiPorts, 'store'>,
  { scope, head }: OpenCalendar,
  { id }: ListedCalendar,
  range: Span,
): Promise<readonly Fields[] | null> {
  if (head.counts.bad === 0) return [];
  return unreadEvents(await ports.store.readBad(scope, streamOfCalendar(id)), range);
}
