import { goesWithSeries, joinEvent, readSeries } from '../../domains/calendar/join.ts';
import { eventLists, seriesList, type EventFilters, type EventList } from '../../domains/calendar/queries.ts';
import type { Scope } from '../../engine/model.ts';
import type { IndexPage } from '../../engine/ports.ts';
import type { Fields } from '../../lib/json.ts';
import type { ApiPorts } from '../ports.ts';

/** Store pages read for one answer where filters leave little of each: the answer may be short then, and goes on. */
const MOST_PAGES = 10;
/** Rows read at once where a list is read to its end. */
const ROWS_AT_ONCE = 500;

/** What is asked for; `series` asks for masters, too, behind all others. */
export type EventsWanted = EventFilters & { readonly series?: boolean };

const listsOf = ({ series = false, ...filters }: EventsWanted): readonly EventList[] => [
  ...eventLists(filters),
  ...(series ? [seriesList(filters)] : []),
];

/** Where a list goes on: which of its parts, and after which row of it. */
const placed = /^(\d)\|(.*)$/s;
/** What a cursor must look like. */
export const EVENTS_CURSOR = placed;

/** A page of events, each joined with its master: long ones that run already first, then by their start. */
export async function listEvents(
  ports: Pick<ApiPorts, 'store'>,
  scope: Scope,
  wanted: EventsWanted,
  page: { readonly limit: number; readonly after: string | null },
): Promise<{ readonly items: readonly Fields[]; readonly next: string | null }> {
  const lists = listsOf(wanted);
  const [, number = '0', row = ''] = placed.exec(page.after ?? '') ?? [];
  let at = Number(number);
  let after: string | null = row === '' ? null : row;
  const items: Fields[] = [];
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const list = lists[at];
    if (list === undefined) return { items, next: null };
    const limit = page.limit - items.length;
    const read: IndexPage = await ports.store.list(scope, { ...list.query, limit, after });
    items.push(...(await joined(ports, scope, list, read)));
    after = read.next;
    if (after === null) at += 1;
    if (items.length === page.limit || (read.entries.length === 0 && after !== null)) break;
  }
  return { items, next: at >= lists.length ? null : `${at}|${after ?? ''}` };
}

/** All of them. For ranges that are bounded. */
export async function readAllEvents(
  ports: Pick<ApiPorts, 'store'>,
  scope: Scope,
  wanted: EventsWanted,
): Promise<readonly Fields[]> {
  const items: Fields[] = [];
  for (const list of listsOf(wanted)) {
    let after: string | null = null;
    do {
      const read: IndexPage = await ports.store.list(scope, { ...list.query, limit: ROWS_AT_ONCE, after });
      items.push(...(await joined(ports, scope, list, read)));
      after = read.next;
    } while (after !== null);
  }
  return items;
}

async function joined(
  ports: Pick<ApiPorts, 'store'>,
  scope: Scope,
  list: EventList,
  read: IndexPage,
): Promise<readonly Fields[]> {
  const items = read.entries.filter(list.rows).map(({ item }) => item);
  const series = await readSeries(ports.store, scope, items);
  const standing = items.filter((item) => !goesWithSeries(item, series));
  return standing.map((item) => joinEvent(item, series.masters)).filter(list.keep);
}
