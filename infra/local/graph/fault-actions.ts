import { z } from 'zod';
import { errorReply } from './errors.ts';
import type { FaultAction } from './faults.ts';
import { GraphError } from './http.ts';
import type { Reply, Req } from './http.ts';
import type { Random } from './random.ts';

/** A reply, and what the wire does to it: `reset` and `hang` send nothing, `truncate` stops half way. */
export interface Outcome {
  reply: Reply;
  wire?: 'reset' | 'hang' | 'truncate';
}

/** What the client saw; null = nothing. */
export function statusOf(outcome: Outcome | undefined): number | null {
  const silent = outcome === undefined || outcome.wire === 'reset' || outcome.wire === 'hang';
  return silent ? null : outcome.reply.status;
}

const CODES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'InvalidAuthenticationToken',
  403: 'ErrorAccessDenied',
  404: 'ErrorItemNotFound',
  409: 'ErrorIrresolvableConflict',
  410: 'SyncStateNotFound',
  412: 'ErrorIrresolvableConflict',
  423: 'resourceLocked',
  429: 'ApplicationThrottled',
  500: 'ErrorInternalServerError',
  502: 'ErrorMailboxStoreUnavailable',
  503: 'ErrorServerBusy',
  504: 'UnknownError',
  507: 'ErrorQuotaExceeded',
};

const NOTHING: Reply = { status: 0 };

function failure(
  req: Req,
  now: Date,
  about: { status: number; code?: string | undefined; message?: string | undefined },
): Reply {
  const code = about.code ?? CODES[about.status] ?? 'UnknownError';
  return errorReply(req, new GraphError(about.status, code, about.message ?? 'The request could not be served.'), now);
}

/** The answer of a fault that does no work; undefined where the work is to be done. */
export function beforeFault(fault: FaultAction, req: Req, now: Date): Outcome | undefined {
  if (fault.kind === 'reset' || fault.kind === 'hang') return { reply: NOTHING, wire: fault.kind };
  if (fault.kind === 'status') return { reply: plainStatus(fault, req, now) };
  if (fault.kind === 'gone') {
    const text = 'The sync state generation is not found; generation=108;[highest=143].';
    // The documented form comes with a Location and a small letter, the one met in practice with neither.
    const code = fault.location === true ? 'syncStateNotFound' : 'SyncStateNotFound';
    const reply = failure(req, now, { status: 410, code, message: text });
    if (fault.location !== true) return { reply };
    return { reply: { ...reply, headers: { location: `${req.origin}${req.path}?$deltatoken=` } } };
  }
  if (fault.kind !== 'html') return undefined;
  const title = '<title>Service unavailable</title>';
  const body = `<!DOCTYPE html>\r\n<html><head>${title}</head><body><h1>${fault.status}</h1></body></html>\r\n`;
  return { reply: { status: fault.status, headers: { 'content-type': 'text/html; charset=utf-8' }, body } };
}

function plainStatus(fault: FaultAction & { kind: 'status' }, req: Req, now: Date): Reply {
  const headers = lowered(fault.headers);
  if (fault.body !== undefined) return { status: fault.status, headers, body: fault.body };
  return { ...failure(req, now, fault), headers };
}

function lowered(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** What a fault makes of the outcome once the work is done. */
export function afterFault(
  fault: FaultAction,
  outcome: Outcome,
  about: { req: Req; now: Date; random: Random },
): Outcome {
  const { reply } = outcome;
  if (fault.kind === 'truncate') return { reply, wire: 'truncate' };
  if (fault.kind === 'applied') return { reply: failure(about.req, about.now, fault) };
  if (fault.kind === 'applied-reset') return { reply: NOTHING, wire: 'reset' };
  const change = itemChange(fault, about.random);
  return change === undefined ? outcome : { ...outcome, reply: withItems(reply, change) };
}

function itemChange(fault: FaultAction, random: Random): ((items: unknown[]) => unknown[]) | undefined {
  if (fault.kind === 'duplicate-items') return (items) => items.flatMap((item) => [item, item]);
  if (fault.kind === 'reorder-items') return (items) => shuffled(items, random);
  if (fault.kind === 'thin-items') return (items) => items.map(thin);
  return undefined;
}

function membersOf(value: unknown): Map<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}

function withItems(reply: Reply, change: (items: unknown[]) => unknown[]): Reply {
  const body = membersOf(reply.body);
  const items = z.array(z.unknown()).safeParse(body.get('value'));
  if (!items.success) return reply;
  return { ...reply, body: Object.fromEntries(body.set('value', change(items.data))) };
}

const THIN = [
  ...['@odata.type', '@odata.etag', 'id', 'parentFolderId', 'isRead'],
  ...['seriesMasterId', 'type', 'start', 'end'],
];

function thin(item: unknown): unknown {
  const members = membersOf(item);
  if (members.has('@removed')) return item;
  return Object.fromEntries([...members].filter(([name]) => THIN.includes(name)));
}

/** The items in another order, drawn from the seed. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, key: random.next() }))
    .sort((left, right) => left.key - right.key)
    .map(({ item }) => item);
}
