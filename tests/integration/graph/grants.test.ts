import { describe, expect, it } from 'vitest';
import { ClosedError, ConnectionError, TransientError } from '../../../shared/errors.ts';
import { failureOf } from './support.ts';
import { Tenancy } from './tenant.ts';

describe('P17 a grant that is dead', () => {
  it.each([
    ['with suberror', '50173', 'reauth_required'],
    ['without suberror', '700082', 'reauth_required'],
    ['by a disabled account', '50057', 'account_disabled'],
    ['by consent withdrawn', '65001', 'consent_missing'],
    ['by a demand for more proof', '50076', 'interaction_required'],
    ['by a policy', '53003', 'interaction_required'],
  ])('%s says why', async (_, error, reason) => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    await tenancy.control('POST', '/users/kim@contoso.com/revoke', { error });
    const failure = await failureOf((await tenancy.source(tenancy.worker())).get('/me'));
    expect(failure).toBeInstanceOf(ConnectionError);
    expect(failure).toMatchObject({ reason, facts: { remoteCode: `AADSTS${error}` } });
    expect(await tenancy.row()).toMatchObject({ refresh: null, secret: { version: '1' } });
  });

  it('by withdrawn consent says so', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    await tenancy.control('PATCH', '/users/kim@contoso.com', { consent: 'withdrawn' });
    const failure = await failureOf((await tenancy.source(tenancy.worker())).get('/me'));
    expect(failure).toMatchObject({ reason: 'consent_missing' });
  });

  it('works again after a new sign-in', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    const worker = tenancy.worker();
    await tenancy.control('POST', '/users/kim@contoso.com/revoke', { error: '50173', accessTokens: true });
    await failureOf((await tenancy.source(worker)).get('/me'));
    const grant = await tenancy.signIn(worker);
    const row = await tenancy.connections.read('c-1');
    if (row === null) throw new Error('The connection is gone');
    const secret = await tenancy.secrets.create('c-1', grant.cache);
    await tenancy.connections.replace({ ...row.connection, secret }, row.version);
    expect(await (await tenancy.source(worker)).get('/me')).toBeTruthy();
  });

  it('is not told of a connection that has left', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    const source = await tenancy.source(tenancy.worker());
    await tenancy.connections.remove('c-1');
    expect(await failureOf(source.get('/me'))).toBeInstanceOf(ClosedError);
  });
});

describe('a sign-in service in trouble', () => {
  it.each([
    ['status 429', { kind: 'status', status: 429 }],
    ['status 503', { kind: 'status', status: 503 }],
    ['HTML', { kind: 'html', status: 502 }],
    ['a reset', { kind: 'reset' }],
    ['a cut answer', { kind: 'truncate' }],
  ])('with %s is a passing failure', async (_, action) => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    await tenancy.control('POST', '/faults', { match: { path: '/oauth2/v2.0/token' }, action });
    const worker = tenancy.worker();
    expect(await failureOf((await tenancy.source(worker)).get('/me'))).toBeInstanceOf(TransientError);
    tenancy.clock.move(31_000);
    expect(await (await tenancy.source(worker)).get('/me')).toBeTruthy();
  });

  it('is left alone for as long as it asks', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    const action = { kind: 'status', status: 429, headers: { 'retry-after': '120' } };
    await tenancy.control('POST', '/faults', { match: { path: '/oauth2/v2.0/token' }, action });
    const worker = tenancy.worker();
    await failureOf((await tenancy.source(worker)).get('/me'));
    const before = await tenancy.tokenCalls();
    tenancy.clock.move(100_000);
    expect(await failureOf((await tenancy.source(worker)).get('/me'))).toBeInstanceOf(TransientError);
    expect(await tenancy.tokenCalls()).toBe(before);
    tenancy.clock.move(21_000);
    expect(await (await tenancy.source(worker)).get('/me')).toBeTruthy();
  });
});
