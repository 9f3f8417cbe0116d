import { z } from 'zod';
import type { IndexEntry } from '../../engine/model.ts';
import type { IndexQuery } from '../../engine/ports.ts';
import type { Fields } from '../../lib/json.ts';
import { streamOfCalendar } from './calendar-stream.ts';
import { ENDS_COLUMN, EVENTS, LONG, MASTERS } from './event.ts';
import { instantKey, LONG_MS, overlaps, spanOf, type Span } from './spans.ts';

/**
 * What a list of events may be filtered by. `from` is inclusive, `to` exclusive: an event is listed that is between them for a
 * moment; an all-day event by its days as they are in UTC.
 */
export interface EventFilters {
  /** A calendar's Graph id. */
  readonly calendar?: string;
  readonly from?: Date;
  readonly to?: Date;
  readonly category?: string;
  readonly importance?: string;
}

/** Keys of an index and columns that the store answers by. */
export type Range = Pick<IndexQuery, 'from' | 'to' | 'where'>;

/** A list that the store answers by keys and columns: of its rows those that `rows` takes, joined, then asked by `keep`. */
export interface EventList {
  readonly query: Range;
  readonly rows: (entry: IndexEntry) => boolean;
  readonly keep: (item: Fields) => boolean;
}

/** All calendars of a connection. */
export const calendarQuery: Range = { from: 'c:', to: 'c;', where: {} };

/** How far the days of an all-day event may be from where its row stands. */
const EDGE_MS = 14 * 3_600_000;
/** As far as an event that is not long may have begun before. */
const REACH_MS = LONG_MS + EDGE_MS;

/**
 * The lists that make up what takes place between two times, each to be read to its end before the next one: long events that
 * began before and still run, by their end; then all others by their start. No event is in both.
 */
export function eventLists(filters: EventFilters): readonly EventList[] {
  const { from } = filters;
  const where = inCalendar(filters);
  const keep = keepEvent(filters);
  const first = `${EVENTS}:${from === undefined ? '' : instantKey(from.getTime() - REACH_MS)}`;
  const listed = { query: { from: first, to: endOf(EVENTS, filters, EDGE_MS), where }, rows: () => true, keep };
  if (from === undefined) return [listed];
  const query = { from: `${LONG}:${instantKey(from.getTime() - EDGE_MS)}`, to: `${LONG};`, where };
  const running = { query, rows: ({ item }: IndexEntry) => startOrder(item) < first, keep };
  return [running, listed];
}

/** Where the other row of a long event stands. */
const startOrder = (item: Fields): string => `${EVENTS}:${instantKey(spanOf(item)?.from ?? 0)}`;

const endOf = (letter: string, { to }: EventFilters, edge: number): string =>
  to === undefined ? `${letter};` : `${letter}:${instantKey(to.getTime() + edge)}`;

const inCalendar = ({ calendar }: EventFilters): Range['where'] =>
  calendar === undefined ? {} : { stream: streamOfCalendar(calendar) };

/** The series, by their first occurrence: those that may have an occurrence between the two times. */
export function seriesList(filters: EventFilters): EventList {
  const from = filters.from === undefined ? '' : instantKey(filters.from.getTime());
  return {
    // Of a series of days the row stands where its days are.
    query: { from: `${MASTERS}:`, to: endOf(MASTERS, filters, 0), where: inCalendar(filters) },
    rows: ({ columns: { [ENDS_COLUMN]: ends } }) => ends === undefined || String(ends) > from,
    keep: matching(filters),
  };
}

const labelled = z.object({ categories: z.array(z.string()).nullish(), importance: z.string().nullish() });

/** Categories and importance, whatever their case. */
function matching({ category, importance }: EventFilters): (item: Fields) => boolean {
  const wanted = category?.toLowerCase();
  return (item) => {
    const shown = labelled.safeParse(item).data;
    return (
      (wanted === undefined || (shown?.categories ?? []).some((name) => name.toLowerCase() === wanted)) &&
      (importance === undefined || (shown?.importance ?? 'normal').toLowerCase() === importance.toLowerCase())
    );
  };
}

function keepEvent(filters: EventFilters): (item: Fields) => boolean {
  const matches = matching(filters);
  const range: Span = { from: filters.from?.getTime() ?? -Infinity, to: filters.to?.getTime() ?? Infinity };
  return (item) => {
    const span = spanOf(item);
    // One that does not say when it is can only be shown where no time is asked for.
    const within = span === null ? filters.from === undefined && filters.to === undefined : overlaps(span, range);
    return within && matches(item);
  };
}
