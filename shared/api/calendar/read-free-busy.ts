import type { z } from 'zod';
import type { ListedCalendar } from '../../domains/calendar/calendar.ts';
import { streamOfCalendar } from '../../domains/calendar/calendar-stream.ts';
import { readDoubts } from '../../domains/calendar/doubts.ts';
import { readFormer } from '../../domains/calendar/former.ts';
import { AVAILABILITIES, freeBusy, knowledgeOf, type Knowledge } from '../../domains/calendar/free-busy.ts';
import { isSelected } from '../../domains/calendar/settings.ts';
import type { Span } from '../../domains/calendar/spans.ts';
import { unreadEvents } from '../../domains/calendar/unread.ts';
import { LONGEST_WAIT_MS } from '../../domains/calendar/window.ts';
import { readZone } from '../../domains/calendar/zones.ts';
import type { Fields } from '../../lib/json.ts';
import type { ApiPorts } from '../ports.ts';
import { invalid } from '../router/validate-request.ts';
import { LONGEST_RANGE_DAYS, type freeBusyView } from './calendar-schemas.ts';
import { readAllEvents } from './list-events.ts';
import { readAwaited } from './read-awaited.ts';
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

/** What of a request stays the same, however often the calendars are read for it. */
interface Asked {
  readonly range: Span;
  readonly calendar: string | undefined;
  readonly timeZone: string | undefined;
}

type Ports = Pick<ApiPorts, 'store' | 'clock' | 'config'>;

/** Readings of what changes meanwhile, at most. */
const READINGS = 3;

/**
 * What somebody is in a range. A calendar that is not selected, and a mailbox whose calendars were never read, are unknown (P7).
 * An event that moves while the lists are read may be missed by each of them: they are read again where anything has changed
 * meanwhile; and where it always has, all that any reading showed counts.
 */
export async function readFreeBusy(
  ports: Ports,
  opened: OpenCalendar,
  { from, to, calendar, timeZone }: AskedRange & Omit<Asked, 'range'>,
): Promise<z.output<typeof freeBusyView>> {
  const asked = { range: readRange({ from, to }), calendar, timeZone };
  const events: Fields[] = [];
  for (let { head } = opened, readings = 1; ; readings++) {
    const reading = await readOnce(ports, { ...opened, head }, asked);
    const stands = (await ports.store.readHead(opened.scope))?.head ?? head;
    if (stands.lastSeq === head.lastSeq) return answer(asked, reading, reading.events);
    events.push(...reading.events);
    if (readings === READINGS) return answer(asked, reading, events);
    head = stands;
  }
}

/** What the lists showed, and how far that can be relied on. */
interface Reading {
  readonly known: readonly Knowledge[];
  readonly events: readonly Fields[];
  readonly inDoubt: ReadonlySet<string>;
}

/** What is known is read before the events: a round that changes it meanwhile can only have brought more of them. */
async function readOnce(ports: Ports, opened: OpenCalendar, { range, calendar }: Asked): Promise<Reading> {
  const listing = await readListing(ports, opened);
  // Before the calendars were read all of it is unknown.
  const isNamed = calendar !== undefined && listing.calendars.length > 0;
  const one = isNamed ? demandCalendar(listing, calendar) : undefined;
  const chosen = one === undefined ? listing.calendars.filter((each) => isSelected(each, opened.settings)) : [one];
  const unread = await Promise.all(chosen.map((each) => readUnread(ports, opened, each, range)));
  const wide = { from: range.from - EDGE_MS, to: range.to + EDGE_MS };
  const former = await readFormer(ports.store, opened.scope, opened.head, wide);
  const readable = unread.map((of) => former !== null && of !== null);
  const { known, inDoubt } = await readKnowledge(ports, opened, chosen, readable);
  const within = new Set(chosen.map(({ id }) => id));
  const isWithin = ({ calendarId }: Fields): boolean => typeof calendarId === 'string' && within.has(calendarId);
  const filters = {
    from: new Date(wide.from),
    to: new Date(wide.to),
    ...(one === undefined ? {} : { calendar: one.id }),
  };
  const listed = [...(await readAllEvents(ports, opened.scope, filters)), ...(former?.events ?? [])];
  const [series, now] = [former?.series ?? [], ports.clock.now()];
  const awaiting = { range: wide, calendar: one?.id, events: listed, inDoubt, series, now };
  const awaited = await readAwaited(ports.store, opened.scope, awaiting);
  const events = [...listed, ...awaited].filter(isWithin);
  return { known, inDoubt, events: [...events, ...unread.flatMap((of) => of ?? [])] };
}

/** Polls may fail to come, and a job to run, without anybody noticing: so many of the rarest may be missed. */
const POLLS_MISSED = 2;

async function readKnowledge(
  ports: Ports,
  opened: OpenCalendar,
  chosen: readonly ListedCalendar[],
  readable: readonly boolean[],
): Promise<Pick<Reading, 'known' | 'inDoubt'>> {
  const { ids, streams: uncertain } = await readDoubts(ports.store, opened.scope, opened.head);
  const streams = await readStreams(ports, opened);
  const usable = opened.head.status.status !== 'error' && opened.connection.status === 'connected';
  const waitMs = Math.min(ports.config.sync.safetyPollMs, LONGEST_WAIT_MS);
  const since = new Date(ports.clock.now().getTime() - POLLS_MISSED * waitMs);
  const known = chosen.map((calendar, index): Knowledge => {
    if (!usable || !isSelected(calendar, opened.settings) || readable[index] !== true) return null;
    const stream = streamOfCalendar(calendar.id);
    return uncertain === 'all' || uncertain.has(stream) ? null : knowledgeOf(streams.get(stream), since);
  });
  return { known, inDoubt: ids };
}

function answer(
  { range, timeZone }: Asked,
  { known, inDoubt }: Reading,
  events: readonly Fields[],
): z.output<typeof freeBusyView> {
  const iana = timeZone === undefined ? undefined : (readZone(timeZone).iana ?? undefined);
  const slots = freeBusy(range, known, events, { iana, inDoubt });
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
