const DELTA = '/delta';
const ITEM = '/contacts/[^/?]+\\?';
const status = (code: number, more: object = {}): object => ({ kind: 'status', status: code, ...more });

/** What Graph does wrong while contacts are synced, by name: the rule that the stand-in takes. */
const troubles = {
  throttled: { match: {}, action: status(429, { headers: { 'retry-after': '3' } }) },
  throttledMute: { match: {}, action: status(429, { code: 'ApplicationThrottled' }) },
  throttledWrites: { match: { method: 'PATCH' }, action: status(429, { headers: { 'retry-after': '20' } }) },
  unavailable: { match: {}, action: status(503) },
  gateway: { match: {}, action: status(502) },
  timeout: { match: { path: DELTA }, action: status(504) },
  broken: { match: {}, action: status(500) },
  reset: { match: {}, action: { kind: 'reset' } },
  truncated: { match: {}, action: { kind: 'truncate' } },
  html: { match: {}, action: { kind: 'html', status: 200 } },
  gone: { match: { path: DELTA }, action: { kind: 'gone' } },
  goneElsewhere: { match: { path: DELTA }, action: { kind: 'gone', location: true } },
  resync: { match: { path: DELTA }, action: status(410, { code: 'resyncRequired' }) },
  empty: { match: { path: DELTA }, action: { kind: 'empty-page' } },
  repeated: { match: { path: DELTA }, action: { kind: 'repeat-page' } },
  duplicates: { match: { path: DELTA }, action: { kind: 'duplicate-items' } },
  reordered: { match: { path: DELTA }, action: { kind: 'reorder-items' } },
  thin: { match: { path: '/contacts/delta' }, action: { kind: 'thin-items' } },
  itemDenied: { match: { method: 'GET', path: ITEM }, action: status(403, { code: 'ErrorAccessDenied' }) },
  itemBroken: { match: { method: 'GET', path: ITEM }, action: status(500) },
  itemNoMailbox: { match: { method: 'GET', path: ITEM }, action: status(404, { code: 'ErrorInvalidUser' }) },
  batchDown: { match: { path: '\\$batch' }, action: status(503) },
  lostUpdate: { match: { method: 'PATCH' }, action: { kind: 'applied-reset' } },
  lostUpdateMute: { match: { method: 'PATCH' }, action: { kind: 'applied', status: 503 } },
  lostCreate: { match: { method: 'POST', path: '/contacts$' }, action: { kind: 'applied-reset' } },
  lostCreateMute: { match: { method: 'POST', path: '/contacts$' }, action: { kind: 'applied', status: 504 } },
  lostDelete: { match: { method: 'DELETE', path: '/contacts/' }, action: { kind: 'applied-reset' } },
  precondition: { match: { method: 'PATCH' }, action: status(412) },
  conflict: { match: { method: 'PATCH' }, action: status(409, { code: 'ErrorIrresolvableConflict' }) },
  preconditionDelete: { match: { method: 'DELETE' }, action: status(412) },
} as const;

export const contactTroubles = Object.values(troubles);
