import { invalidQuery, invalidRequest, badRequest } from './errors.ts';
import { parseFilter } from './filter.ts';
import type { Filter, FilterWords } from './filter.ts';
import { GraphError } from './http.ts';
import type { Req } from './http.ts';
import { preferences } from './prefer.ts';
import type { Message } from './model.ts';
import { isMember, memberOf, parseSelect } from './render.ts';
import type { Shape, View } from './render.ts';

const EXPAND = /singleValueExtendedProperties\s*\(\s*\$filter\s*=\s*((?:'[^']*'|[^')])*)\)/i;
const MAX_TOP = 1000;

/** What `$filter` can ask of a message. */
const messageWords: FilterWords<Message, View> = {
  isMember,
  read: memberOf,
  extended: (message) => message.extended,
  collections: { categories: '' },
};

/** The extended properties that `$expand` asks for, in lower case. Other expansions show nothing. */
export function parseExpand(text: string | null | undefined): string[] {
  if (text === null || text === undefined || text === '') return [];
  const inner = EXPAND.exec(text)?.[1];
  if (inner === undefined) {
    if (/^(attachments|multiValueExtendedProperties|extensions)\b/i.test(text)) return [];
    throw badRequest('Parsing OData Select and Expand failed.');
  }
  return [...inner.matchAll(/id\s+eq\s+'([^']*)'/gi)].map((match) => (match[1] ?? '').toLowerCase());
}

export function shapeOf(query: URLSearchParams): Shape {
  return { select: parseSelect(query.get('$select')), expand: parseExpand(query.get('$expand')) };
}

export function bodyKind(req: Req): 'html' | 'text' {
  return preferences(req).get('outlook.body-content-type')?.toLowerCase() === 'text' ? 'text' : 'html';
}

/** `$top` and `$skip`; undefined where absent. */
export function wholeNumber(query: URLSearchParams, name: '$top' | '$skip'): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  const least = name === '$top' ? 1 : 0;
  if (!Number.isInteger(value) || value < least || (name === '$top' && value > MAX_TOP)) {
    throw invalidQuery(`Invalid value '${text}' for ${name} query option found.`);
  }
  return value;
}

export interface Order {
  member: string;
  descending: boolean;
}

export function parseOrder(text: string | null): Order[] {
  if (text === null || text.trim() === '') return [];
  return text.split(',').map((part) => {
    const [member = '', direction = 'asc', ...rest] = part.trim().split(/\s+/);
    const known = isMember(member.split('/')[0] ?? '') && /^(asc|desc)$/i.test(direction);
    if (!known || rest.length > 0) throw invalidRequest(`The order by clause '${part.trim()}' is not supported.`);
    return { member, descending: direction.toLowerCase() === 'desc' };
  });
}

export interface ListQuery {
  shape: Shape;
  filter: Filter<Message, View> | undefined;
  order: readonly Order[];
  search: string | undefined;
  count: boolean;
  top: number | undefined;
  skip: number;
}

/** The query options of a message list, with the rules that Exchange has about joining them. */
export function parseListQuery(query: URLSearchParams): ListQuery {
  const filterText = query.get('$filter');
  const filter = filterText === null ? undefined : parseFilter(filterText, messageWords);
  const order = parseOrder(query.get('$orderby'));
  const search = query.get('$search') ?? undefined;
  if (search !== undefined && (filter !== undefined || order.length > 0)) {
    const other = filter === undefined ? '$orderBy' : '$filter';
    throw badRequest(`The query parameter '$search' is not supported with the query parameter '${other}'.`);
  }
  if (filter !== undefined) checkEfficient(filter, order);
  return {
    shape: shapeOf(query),
    filter,
    order,
    search: search?.replaceAll('"', '').toLowerCase(),
    count: query.get('$count')?.toLowerCase() === 'true',
    top: wholeNumber(query, '$top'),
    skip: wholeNumber(query, '$skip') ?? 0,
  };
}

/** Each ordered member must stand in the filter too, first and in the same order. */
function checkEfficient(filter: Filter<Message, View>, order: readonly Order[]): void {
  const named = [...new Set(filter.members.map((member) => member.toLowerCase()))];
  if (order.every((item, at) => named[at] === item.member.toLowerCase())) return;
  throw new GraphError(400, 'InefficientFilter', 'The restriction or sort order is too complex for this operation.');
}
