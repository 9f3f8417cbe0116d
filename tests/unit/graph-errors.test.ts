import { describe, expect, it } from 'vitest';
import { ConflictError, ThrottledError } from '../../shared/errors.ts';
import { readFault } from '../../shared/graph/error-codes.ts';
import { ownLink } from '../../shared/graph/origin.ts';
import { remoteError } from '../../shared/graph/remote-error.ts';
import { readRetryAfter } from '../../shared/lib/retry-after.ts';

const now = new Date('2026-03-10T09:30:00Z');
const body = (code: string, inner?: unknown): unknown => ({ error: { code, message: 'm', innerError: inner } });

interface Case {
  readonly status: number;
  readonly code?: string;
  readonly link?: boolean;
  readonly retryAfter?: string;
  readonly becomes: string;
  readonly reason?: string;
}

const table: readonly Case[] = [
  { status: 400, code: 'BadRequest', becomes: 'remote.rejected' },
  { status: 400, code: 'ErrorInvalidIdMalformed', becomes: 'remote.rejected' },
  { status: 400, code: 'BadRequest', link: true, becomes: 'remote.resync_required' },
  { status: 400, code: 'SyncStateNotFound', becomes: 'remote.resync_required' },
  { status: 401, code: 'InvalidAuthenticationToken', becomes: 'connection.unusable', reason: 'reauth_required' },
  { status: 403, code: 'ErrorAccessDenied', becomes: 'connection.unusable', reason: 'access_denied' },
  { status: 403, code: 'Authorization_RequestDenied', becomes: 'connection.unusable', reason: 'consent_missing' },
  { status: 403, code: 'ErrorSendAsDenied', becomes: 'remote.rejected' },
  { status: 403, code: 'ErrorAccessDenied', link: true, becomes: 'connection.unusable', reason: 'access_denied' },
  { status: 404, code: 'ErrorItemNotFound', becomes: 'remote.gone' },
  { status: 404, code: 'erroritemnotfound', becomes: 'remote.gone' },
  { status: 404, code: 'ResourceNotFound', becomes: 'remote.gone' },
  { status: 404, code: 'NeverHeardOf', becomes: 'remote.gone' },
  { status: 404, becomes: 'remote.transient' },
  { status: 410, becomes: 'remote.transient' },
  { status: 410, code: 'ErrorItemNotFound', becomes: 'remote.gone' },
  { status: 404, code: 'ErrorItemNotFound', link: true, becomes: 'remote.gone' },
  { status: 404, code: 'ResourceNotFound', link: true, becomes: 'remote.resync_required' },
  { status: 404, link: true, becomes: 'remote.transient' },
  { status: 410, link: true, becomes: 'remote.resync_required' },
  { status: 410, code: 'SYNCSTATENOTFOUND', link: true, becomes: 'remote.resync_required' },
  { status: 409, code: 'resyncRequired', link: true, becomes: 'remote.resync_required' },
  { status: 404, code: 'MailboxNotEnabledForRESTAPI', becomes: 'connection.unusable', reason: 'mailbox_unreachable' },
  { status: 404, code: 'ErrorInvalidUser', link: true, becomes: 'connection.unusable', reason: 'mailbox_unreachable' },
  { status: 404, code: 'ErrorNonExistentMailbox', becomes: 'connection.unusable', reason: 'mailbox_unreachable' },
  { status: 405, code: 'Request_BadRequest', becomes: 'remote.rejected' },
  { status: 408, becomes: 'remote.transient' },
  { status: 409, code: 'ErrorIrresolvableConflict', becomes: 'remote.conflict' },
  { status: 412, code: 'ErrorIrresolvableConflict', becomes: 'remote.conflict' },
  { status: 412, becomes: 'remote.conflict' },
  { status: 413, becomes: 'remote.rejected' },
  { status: 422, becomes: 'remote.rejected' },
  { status: 424, code: 'FailedDependency', becomes: 'remote.transient' },
  { status: 429, becomes: 'remote.throttled' },
  { status: 429, code: 'ApplicationThrottled', retryAfter: '9', becomes: 'remote.throttled' },
  { status: 500, code: 'ErrorInternalServerError', becomes: 'remote.transient' },
  { status: 400, code: 'ErrorMailboxMoveInProgress', becomes: 'remote.transient' },
  { status: 502, becomes: 'remote.transient' },
  { status: 503, becomes: 'remote.transient' },
  { status: 503, retryAfter: '9', becomes: 'remote.throttled' },
  { status: 504, becomes: 'remote.transient' },
  { status: 504, retryAfter: '9', becomes: 'remote.throttled' },
  { status: 501, becomes: 'remote.rejected' },
  { status: 507, code: 'ErrorQuotaExceeded', becomes: 'remote.rejected' },
  { status: 509, becomes: 'remote.throttled' },
  { status: 302, becomes: 'remote.answer_unreadable' },
];

const headers =
  (values: Readonly<Record<string, string>>) =>
  (name: string): string | null =>
    values[name] ?? null;

const place = (link = false, retryAfterMs: number | null = null) => ({
  link,
  now,
  retryAfterMs,
  wait: (asked: number | null): number => asked ?? 1234,
});

describe('the table of failures', () => {
  it.each(table)('$status $code link=$link Retry-After=$retryAfter becomes $becomes $reason', (one) => {
    const error = remoteError(
      { status: one.status, header: headers({}), body: one.code === undefined ? undefined : body(one.code) },
      place(one.link, readRetryAfter(one.retryAfter ?? null, now)),
    );
    expect(error.code).toBe(one.becomes);
    expect(error).toMatchObject(one.reason === undefined ? {} : { reason: one.reason });
    expect(error.facts).toMatchObject({ status: one.status, remoteCode: one.code ?? null });
    if (error instanceof ThrottledError) expect(error.retryAfterMs).toBe(one.retryAfter === undefined ? 1234 : 9000);
  });

  it('tells a claims challenge from a plain refusal', () => {
    const challenge = 'Bearer realm="", error="insufficient_claims", claims="e30="';
    const answer = { status: 401, header: headers({ 'www-authenticate': challenge }), body: undefined };
    expect(remoteError(answer, place())).toMatchObject({ reason: 'interaction_required' });
  });

  it('finds the subscription that stands in the way', () => {
    const id = '7f105c7d-2dc5-4530-97cd-4e7ae6534c07';
    const message = `Subscription Id <${id}> already exists for the requested combination`;
    const answer = { status: 409, header: headers({}), body: { error: { code: 'Conflict', message } } };
    const error = remoteError(answer, place());
    expect(error instanceof ConflictError && error.existingId).toBe(id);
  });
});

describe('an error body', () => {
  it('is read to the deepest code that is known', () => {
    const nested = body('generalException', { code: 'SyncStateNotFound', innererror: { code: 'Unheard' } });
    expect(readFault(nested)).toMatchObject({ code: 'SyncStateNotFound', meaning: 'resync' });
  });

  it('is read by its outer code where none is known', () => {
    expect(readFault(body('TooManyRequests', { code: '429' }))).toMatchObject({ meaning: 'throttled' });
    expect(readFault(body('One', { code: 'Two' }))).toMatchObject({ code: 'One', meaning: null });
  });

  it('keeps running text out of the code', () => {
    expect(readFault(body('Access denied for adele@contoso.com'))).toMatchObject({ code: null });
  });

  it.each([undefined, null, '', '<html>', [], { error: 'invalid_grant' }])('is not seen in %o', (value) => {
    expect(readFault(value)).toBeNull();
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Tue, 10 Mar 2026 09:31:00 GMT', 60_000],
    ['Tue, 10 Mar 2026 09:00:00 GMT', 0],
    ['99999999999', 7 * 86_400_000],
    ['soon', null],
    [null, null],
  ])('%s is read', (header, ms) => {
    expect(readRetryAfter(header, now)).toBe(ms);
  });
});

describe('P16 a link', () => {
  const origin = 'https://graph.microsoft.com';

  it.each([
    'https://graph.microsoft.com/v1.0/me/messages/delta?$deltatoken=a',
    'https://GRAPH.microsoft.com:443/v1.0/me',
  ])('%s is our own', (link) => {
    expect(ownLink(link, origin).origin).toBe(origin);
  });

  it.each([
    'http://graph.microsoft.com/v1.0/me',
    'https://graph.microsoft.com:444/v1.0/me',
    'https://graph.microsoft.com.evil.example/v1.0/me',
    'https://graph.microsoft.com@evil.example/v1.0/me',
    'https://user:word@graph.microsoft.com/v1.0/me',
    'https://dod-graph.microsoft.us/v1.0/me',
    '//graph.microsoft.com/v1.0/me',
    '/v1.0/me',
    '',
  ])('%s is not', (link) => {
    expect(() => ownLink(link, origin)).toThrow(expect.objectContaining({ code: 'remote.foreign_link' }));
  });
});
