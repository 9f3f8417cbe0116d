import type { Trouble } from '../side.ts';

const DELTA = '/delta';
const ITEM = '/events/[^/?]+\\?';
const status = (code: number, more: object = {}): object => ({ kind: 'status', status: code, ...more });

/** What Graph does wrong while calendars are synced. */
export const eventTroubles: readonly Trouble[] = [
  { match: {}, action: status(429, { headers: { 'retry-after': '3' } }) },
  { match: {}, action: status(429, { code: 'ApplicationThrottled' }) },
  { match: { method: 'PATCH' }, action: status(429, { headers: { 'retry-after': '20' } }) },
  { match: {}, action: status(503) },
  { match: {}, action: status(502) },
  { match: { path: DELTA }, action: status(504) },
  { match: {}, action: status(500) },
  { match: {}, action: { kind: 'reset' } },
  { match: {}, action: { kind: 'truncate' } },
  { match: {}, action: { kind: 'html', status: 200 } },
  { match: { path: DELTA }, action: { kind: 'gone' } },
  { match: { path: DELTA }, action: { kind: 'gone', location: true } },
  { match: { path: DELTA }, action: status(410, { code: 'resyncRequired' }) },
  { match: { path: DELTA }, action: { kind: 'empty-page' } },
  { match: { path: DELTA }, action: { kind: 'repeat-page' } },
  { match: { path: DELTA }, action: { kind: 'duplicate-items' } },
  { match: { path: DELTA }, action: { kind: 'reorder-items' } },
  { match: { path: DELTA }, action: { kind: 'thin-items' } },
  { match: { path: '/calendars\\?' }, action: status(503) },
  { match: { path: '/calendars\\?' }, action: { kind: 'empty-page' } },
  { match: { method: 'GET', path: ITEM }, action: status(403, { code: 'ErrorAccessDenied' }) },
  { match: { method: 'GET', path: ITEM }, action: status(500) },
  { match: { method: 'GET', path: ITEM }, action: status(404, { code: 'ErrorInvalidUser' }) },
  { match: { path: '\\$batch' }, action: status(503) },
  { match: { method: 'PATCH' }, action: { kind: 'applied-reset' } },
  { match: { method: 'PATCH' }, action: { kind: 'applied', status: 503 } },
  { match: { method: 'POST', path: '/events$' }, action: { kind: 'applied-reset' } },
  { match: { method: 'POST', path: '/events$' }, action: { kind: 'applied', status: 504 } },
  { match: { method: 'POST', path: '/(accept|tentativelyAccept|cancel)$' }, action: { kind: 'applied-reset' } },
  { match: { method: 'DELETE', path: '/events/' }, action: { kind: 'applied-reset' } },
  { match: { method: 'PATCH' }, action: status(412) },
  { match: { method: 'PATCH' }, action: status(409, { code: 'ErrorIrresolvableConflict' }) },
  { match: { method: 'DELETE' }, action: status(412) },
];
