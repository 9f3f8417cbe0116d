import { invalidQuery } from '../errors.ts';
import type { MailboxContext, Reply } from '../http.ts';
import { listLink, readListToken } from '../links.ts';
import { textOf } from '../message-defaults.ts';
import type { Message } from '../model.ts';
import { maxPageSize } from '../prefer.ts';
import { bodyKind, parseListQuery } from '../query.ts';
import type { ListQuery, Order } from '../query.ts';
import { memberOf, renderMessage, viewOf } from '../render.ts';
import type { View } from '../render.ts';

const DEFAULT_PAGE = 10;
const TIPS =
  'Use $select to choose only the properties your app needs, as this can lead to performance improvements. For example: GET me/messages?$select=sender,subject';

/** A page of messages, newest first if not ordered otherwise. */
export function listMessages(context: MailboxContext, newestFirst: readonly Message[], what: string): Reply {
  const { req } = context;
  const query = parseListQuery(req.query);
  const token = req.query.get('$skiptoken');
  const skip = token === null ? query.skip : readListToken(token);
  if (skip === undefined) throw invalidQuery('The skip token is malformed.');
  const view = viewOf(context, bodyKind(req));
  const chosen = arrange(choose(newestFirst, query, view), query.order, view);
  const size = Math.min(query.top ?? maxPageSize(req) ?? DEFAULT_PAGE, 1000);
  const value = chosen.slice(skip, skip + size).map((message) => renderMessage(message, view, query.shape));
  const body: Record<string, unknown> = { '@odata.context': contextUrl(context, what) };
  if (query.count) body['@odata.count'] = chosen.length;
  if (query.shape.select === undefined) body['@microsoft.graph.tips'] = TIPS;
  body['value'] = value;
  if (skip + size < chosen.length) body['@odata.nextLink'] = listLink(req, skip + size);
  return { status: 200, body };
}

export function countMessages(context: MailboxContext, newestFirst: readonly Message[]): Reply {
  const query = parseListQuery(context.req.query);
  const count = choose(newestFirst, query, viewOf(context, 'html')).length;
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: String(count) };
}

export function contextUrl(context: MailboxContext, what: string): string {
  return `${context.req.origin}/v1.0/$metadata#users('${context.user.id}')/${what}`;
}

function choose(messages: readonly Message[], query: ListQuery, view: View): readonly Message[] {
  const { filter, search } = query;
  if (filter !== undefined) return messages.filter((message) => filter.test(message, view));
  if (search !== undefined) return messages.filter((message) => mentions(message, search));
  return messages;
}

function mentions(message: Message, words: string): boolean {
  const body = typeof message.body === 'function' ? message.body() : message.body;
  const sender = message.from?.emailAddress;
  const text = `${message.subject}\n${sender?.name ?? ''} ${sender?.address ?? ''}\n${textOf(body)}`;
  return text.toLowerCase().includes(words.replace(/^\w+:/, ''));
}

function arrange(messages: readonly Message[], order: readonly Order[], view: View): readonly Message[] {
  const [first] = order;
  if (first === undefined || (order.length === 1 && first.member === 'receivedDateTime' && first.descending)) {
    return messages;
  }
  const key = (message: Message, member: string): unknown => {
    const [name = '', ...rest] = member.split('/');
    let value = memberOf(message, name, view);
    for (const part of rest) {
      value = typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(part) : undefined;
    }
    return value;
  };
  return [...messages].sort((left, right) => {
    for (const { member, descending } of order) {
      const [a, b] = [String(key(left, member)), String(key(right, member))];
      if (a !== b) return (a < b ? -1 : 1) * (descending ? -1 : 1);
    }
    return 0;
  });
}
