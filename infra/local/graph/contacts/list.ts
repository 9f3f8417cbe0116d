import { badRequest, invalidQuery, invalidRequest } from '../errors.ts';
import { parseFilter } from '../filter.ts';
import type { MailboxContext, Reply } from '../http.ts';
import { listLink, readListToken } from '../links.ts';
import { maxPageSize } from '../prefer.ts';
import { parseExpand, wholeNumber } from '../query.ts';
import type { Shape } from '../render.ts';
import { contextUrl } from '../routes/list-messages.ts';
import type { Contact } from './model.ts';
import { contactWords, parseContactSelect, renderContact } from './render.ts';
import type { ContactView } from './render.ts';

const DEFAULT_PAGE = 10;

export function viewOf(context: MailboxContext): ContactView {
  return { store: context.mailbox.contacts, idKind: context.idKind };
}

export function contactShape(query: URLSearchParams): Shape {
  return { select: parseContactSelect(query.get('$select')), expand: parseExpand(query.get('$expand')) };
}

/** A page of contacts, in the order of their making if not ordered otherwise. */
export function listContacts(context: MailboxContext, all: readonly Contact[], what: string): Reply {
  const { req } = context;
  const view = viewOf(context);
  const shape = contactShape(req.query);
  const token = req.query.get('$skiptoken');
  const skip = token === null ? (wholeNumber(req.query, '$skip') ?? 0) : readListToken(token);
  if (skip === undefined) throw invalidQuery('The skip token is malformed.');
  const chosen = arranged(chosenOf(all, req.query, view), req.query.get('$orderby'), view);
  const size = wholeNumber(req.query, '$top') ?? maxPageSize(req) ?? DEFAULT_PAGE;
  const body: Record<string, unknown> = { '@odata.context': contextUrl(context, what) };
  if (/^true$/i.test(req.query.get('$count') ?? '')) body['@odata.count'] = chosen.length;
  body['value'] = chosen.slice(skip, skip + size).map((contact) => renderContact(contact, view, shape));
  if (skip + size < chosen.length) body['@odata.nextLink'] = listLink(req, skip + size);
  return { status: 200, body };
}

export function countContacts(context: MailboxContext, all: readonly Contact[]): Reply {
  const count = chosenOf(all, context.req.query, viewOf(context)).length;
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: String(count) };
}

function chosenOf(all: readonly Contact[], query: URLSearchParams, view: ContactView): readonly Contact[] {
  if (query.has('$search')) throw badRequest("The query parameter '$search' is not supported.");
  const text = query.get('$filter');
  if (text === null) return all;
  const filter = parseFilter(text, contactWords);
  return all.filter((contact) => filter.test(contact, view));
}

function arranged(all: readonly Contact[], text: string | null, view: ContactView): readonly Contact[] {
  if (text === null || text.trim() === '') return all;
  const [member = '', direction = 'asc', ...rest] = text.trim().split(/\s+/);
  const known = contactWords.isMember(member) && /^(asc|desc)$/i.test(direction) && rest.length === 0;
  if (!known) throw invalidRequest(`The order by clause '${text.trim()}' is not supported.`);
  const turn = direction.toLowerCase() === 'desc' ? -1 : 1;
  const key = (contact: Contact): string => {
    const value = contactWords.read(contact, member, view);
    return typeof value === 'string' ? value.toLowerCase() : '';
  };
  return [...all].sort((left, right) => (key(left) < key(right) ? -turn : key(left) > key(right) ? turn : 0));
}
