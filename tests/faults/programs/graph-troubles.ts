const DELTA = '/delta';
/** A next or delta link, not the first page of a round. */
const LINK = '/delta\\?.*token=.';
/** One message read by itself or in a batch. */
const ITEM = '/messages/[^/?]+\\?';
const BATCH = '\\$batch';

const status = (code: number, more: object = {}): object => ({ kind: 'status', status: code, ...more });

/** What Graph does wrong, by name: the rule that the stand-in takes. */
export const graphTroubles = {
  throttled: { match: {}, action: status(429, { headers: { 'retry-after': '3' } }) },
  throttledLong: { match: {}, action: status(429, { headers: { 'retry-after': '900' } }) },
  throttledMute: { match: {}, action: status(429, { code: 'ApplicationThrottled' }) },
  unavailable: { match: {}, action: status(503) },
  unavailableUntil: { match: {}, action: status(503, { headers: { 'retry-after': '40' } }) },
  gateway: { match: {}, action: status(502) },
  timeout: { match: { path: DELTA }, action: status(504) },
  broken: { match: {}, action: status(500) },
  moving: { match: {}, action: status(503, { code: 'ErrorMailboxMoveInProgress' }) },
  unauthorized: { match: {}, action: status(401) },
  denied: { match: { path: '/messages/delta' }, action: status(403, { code: 'ErrorAccessDenied' }) },
  mailboxAway: { match: {}, action: status(404, { code: 'MailboxNotEnabledForRESTAPI' }) },
  reset: { match: {}, action: { kind: 'reset' } },
  truncated: { match: {}, action: { kind: 'truncate' } },
  html: { match: {}, action: { kind: 'html', status: 200 } },
  htmlMissing: { match: {}, action: { kind: 'html', status: 404 } },
  garbage: { match: {}, action: status(200, { body: '{"value": [{"id": ' }) },
  gone: { match: { path: DELTA }, action: { kind: 'gone' } },
  goneElsewhere: { match: { path: DELTA }, action: { kind: 'gone', location: true } },
  resync: { match: { path: DELTA }, action: status(410, { code: 'resyncRequired' }) },
  resyncConflict: { match: { path: DELTA }, action: status(409, { code: 'resyncRequired' }) },
  stateMissing: { match: { path: LINK }, action: status(404, { code: 'syncStateNotFound' }) },
  badLink: { match: { path: LINK }, action: status(400, { code: 'BadRequest' }) },
  empty: { match: { path: DELTA }, action: { kind: 'empty-page' } },
  repeated: { match: { path: DELTA }, action: { kind: 'repeat-page' } },
  duplicates: { match: { path: DELTA }, action: { kind: 'duplicate-items' } },
  reordered: { match: { path: DELTA }, action: { kind: 'reorder-items' } },
  thin: { match: { path: '/messages/delta' }, action: { kind: 'thin-items' } },
  itemDenied: { match: { method: 'GET', path: ITEM }, action: status(403, { code: 'ErrorAccessDenied' }) },
  itemBroken: { match: { method: 'GET', path: ITEM }, action: status(500) },
  itemThrottled: { match: { method: 'GET', path: ITEM }, action: status(429, { headers: { 'retry-after': '20' } }) },
  itemNoMailbox: { match: { method: 'GET', path: ITEM }, action: status(404, { code: 'ErrorInvalidUser' }) },
  itemHtml: { match: { method: 'GET', path: ITEM }, action: { kind: 'html', status: 404 } },
  batchDown: { match: { path: BATCH }, action: status(503) },
  batchReset: { match: { path: BATCH }, action: { kind: 'reset' } },
  batchGarbage: { match: { path: BATCH }, action: status(200, { body: { responses: [] } }) },
  lostUpdate: { match: { method: 'PATCH' }, action: { kind: 'applied-reset' } },
  lostMove: { match: { path: '/move' }, action: { kind: 'applied', status: 503 } },
  conflict: { match: { method: 'PATCH' }, action: status(409) },
  precondition: { match: { method: 'PATCH' }, action: status(412) },
} as const;
export type GraphTrouble = keyof typeof graphTroubles;
const isTrouble = (name: string): name is GraphTrouble => name in graphTroubles;
/** All but a refused token: refused twice in a row it ends the connection until its user signs in anew. */
export const graphTroubleNames: readonly GraphTrouble[] = Object.keys(graphTroubles)
  .filter(isTrouble)
  .filter((name) => name !== 'unauthorized');

/** Troubles after which nobody can know whether a write was done: it may be sent once more. */
export const hideWrites: ReadonlySet<GraphTrouble> = new Set([...(['lostUpdate', 'lostMove', 'truncated'] as const)]);
