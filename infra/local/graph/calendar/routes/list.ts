import { invalidQuery, invalidRequest } from '../../errors.ts';
import { parseFilter } from '../../filter.ts';
import type { Filter, FilterWords } from '../../filter.ts';
import type { MailboxContext, Reply, Req } from '../../http.ts';
import { listLink, readListToken } from '../../links.ts';
import { maxPageSize } from '../../prefer.ts';
import { parseExpand, wholeNumber } from '../../query.ts';
import { contextUrl } from '../../routes/list-messages.ts';
import type { Instance } from '../instances.ts';
import { eventMember, isEventMember, parseEventSelect, renderEvent } from '../render.ts';
import type { EventShape, EventView } from '../render.ts';

/** One line of a list: lists go over several calendars. */
export interface Entry {
  instance: Instance;
  view: EventView;
}

const DEFAULT_PAGE = 10;
const TIPS =
  'Use $select to choose only the properties your app needs, as this can lead to performance improvements. For example: GET me/events?$select=subject,start';

const words: FilterWords<Entry, undefined> = {
  isMember: isEventMember,
  read: ({ instance, view }, name) => eventMember(instance, name, view),
  extended: ({ instance, view }) => (view.basic || view.sight !== 'all' ? [] : instance.parts.extended),
  collections: { categories: '', attendees: 'emailAddress/address' },
};

/** What `$select` and `$expand` ask for. @throws GraphError 400 */
export function eventShape(query: URLSearchParams, single: boolean): EventShape {
  const expand = query.get('$expand') ?? '';
  const exceptions = /^exceptionOccurrences\b/i.test(expand);
  const plain = exceptions || /^(calendar|instances)\b/i.test(expand) ? null : expand;
  // The service wants both named.
  const named = (query.get('$select') ?? '').toLowerCase().includes('exceptionoccurrences');
  return {
    select: parseEventSelect(query.get('$select')),
    expand: parseExpand(plain),
    exceptions: exceptions && named,
    single,
  };
}

interface Order {
  path: readonly string[];
  descending: boolean;
}

function parseOrder(text: string | null): Order[] {
  if (text === null || text.trim() === '') return [];
  return text.split(',').map((part) => {
    const [member = '', direction = 'asc', ...rest] = part.trim().split(/\s+/);
    const path = member.split('/');
    if (!isEventMember(path[0] ?? '') || !/^(asc|desc)$/i.test(direction) || rest.length > 0) {
      throw invalidRequest(`The order by clause '${part.trim()}' is not supported.`);
    }
    return { path, descending: direction.toLowerCase() === 'desc' };
  });
}

function keyOf({ instance, view }: Entry, [name = '', ...rest]: readonly string[]): string {
  let value = eventMember(instance, name, view);
  for (const part of rest) {
    value = typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(part) : undefined;
  }
  return String(value);
}

function arranged(entries: readonly Entry[], orders: readonly Order[]): readonly Entry[] {
  if (orders.length === 0) return entries;
  return [...entries].sort((left, right) => {
    for (const { path, descending } of orders) {
      const [a, b] = [keyOf(left, path), keyOf(right, path)];
      if (a !== b) return (a < b ? -1 : 1) * (descending ? -1 : 1);
    }
    return 0;
  });
}

interface ListQuery {
  shape: EventShape;
  filter: Filter<Entry, undefined> | undefined;
  orders: readonly Order[];
  skip: number;
  size: number;
}

function readList(req: Req): ListQuery {
  const { query } = req;
  if (query.has('$search')) throw invalidQuery("The query parameter '$search' is not supported on events.");
  const filter = query.get('$filter');
  const token = query.get('$skiptoken');
  const skip = token === null ? (wholeNumber(query, '$skip') ?? 0) : readListToken(token);
  if (skip === undefined) throw invalidQuery('The skip token is malformed.');
  return {
    shape: eventShape(query, false),
    filter: filter === null ? undefined : parseFilter(filter, words),
    orders: parseOrder(query.get('$orderby')),
    skip,
    size: Math.min(wholeNumber(query, '$top') ?? maxPageSize(req) ?? DEFAULT_PAGE, 1000),
  };
}

/** A page of events. `without`: members that this list never tells when they are selected. */
export function listEvents(
  context: MailboxContext,
  entries: readonly Entry[],
  { what, without = [] }: { what: string; without?: readonly string[] },
): Reply {
  const { req } = context;
  const { shape, filter, orders, skip, size } = readList(req);
  const chosen = filter === undefined ? entries : entries.filter((entry) => filter.test(entry, undefined));
  const page = arranged(chosen, orders).slice(skip, skip + size);
  const select = shape.select?.filter((name) => !without.includes(name));
  const value = page.map(({ instance, view }) => renderEvent(instance, view, { ...shape, select }));
  const body: Record<string, unknown> = { '@odata.context': contextUrl(context, what) };
  if (req.query.get('$count')?.toLowerCase() === 'true') body['@odata.count'] = chosen.length;
  if (shape.select === undefined) body['@microsoft.graph.tips'] = TIPS;
  body['value'] = value;
  if (skip + size < chosen.length) body['@odata.nextLink'] = listLink(req, skip + size);
  return { status: 200, body };
}
