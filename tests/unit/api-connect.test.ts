import { describe, expect, it } from 'vitest';
import { isAllowedReturnUrl, withOutcome } from '../../shared/api/connect/return-url.ts';
import { openCookie, sealCookie } from '../../shared/api/connect/sign-in-cookie.ts';
import { loginPage } from '../../shared/api/connect/oauth-pages.ts';
import { describeApi } from '../../shared/api/reference/describe-api.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { apiContract, readApiDocument } from '../support/api-contract.ts';
import { fromCursor, toCursor } from '../../shared/api/paging.ts';
import { apiPorts } from '../support/api-ports.ts';

describe('return addresses', () => {
  const allowed = ['https://app.example.com/back', 'http://localhost:3000', 'myapp://done'];

  it.each([
    'https://app.example.com/back',
    'https://app.example.com/back/there?x=1',
    'http://localhost:3000/any',
    'myapp://done?x=1',
  ])('allows %s', (url) => {
    expect(isAllowedReturnUrl(url, allowed)).toBe(true);
  });

  it.each([
    'https://app.example.com.evil.test/back',
    'https://app.example.com@evil.test/back',
    'https://user:word@app.example.com/back',
    'https://app.example.com:8443/back',
    'http://app.example.com/back',
    'https://app.example.com/back/../elsewhere',
    'https://app.example.com/back/%2e%2e/elsewhere',
    'http://localhost:30001/',
    'https:\\\\evil.test/back',
    'javascript:alert(1)',
    'other://done',
    '/back',
    '',
  ])('refuses %s', (url) => {
    expect(isAllowedReturnUrl(url, allowed)).toBe(false);
  });

  it('keeps the query and the fragment of the address', () => {
    expect(withOutcome('https://a.example/x?y=1#z', { status: 'error', reason: 'a b' })).toBe(
      'https://a.example/x?y=1&status=error&reason=a+b#z',
    );
  });
});

describe('the sign-in cookie', () => {
  const { config } = apiPorts();
  const secrets = { verifier: 'v'.repeat(43), nonce: 'n' };
  const cookie = sealCookie(config, 'state-1', secrets, 900);
  const pair = cookie.split(';')[0] ?? '';

  it('is for the browser alone, and for plain http only on this machine', () => {
    expect(cookie).toMatch(/HttpOnly; SameSite=Lax$/);
    expect(sealCookie({ ...config, publicBaseUrl: 'https://sync.example' }, 's', secrets, 1)).toContain('; Secure');
    expect(cookie).not.toContain(secrets.verifier);
  });

  it('opens for its state among other cookies', () => {
    expect(openCookie(config, 'state-1', `a=b; ${pair}; c=d`)).toEqual(secrets);
  });

  it('opens for no other state, key or content', () => {
    expect(openCookie(config, 'state-2', pair)).toBeNull();
    const credential = { kind: 'secret', secret: 'rotated' } as const;
    const rotated = { ...config, microsoft: { ...config.microsoft, credential } };
    const elsewhere = { ...config, storage: { connection: 'of another installation' } };
    for (const other of [rotated, elsewhere]) expect(openCookie(other, 'state-1', pair)).toBeNull();
    expect(openCookie(config, 'state-1', `${pair.slice(0, -3)}AAA`)).toBeNull();
    expect(openCookie(config, 'state-1', `${pair.split('=')[0] ?? ''}=`)).toBeNull();
    expect(openCookie(config, 'state-1', null)).toBeNull();
  });
});

describe('list cursors', () => {
  it('go on in the same list', () => {
    expect(fromCursor(['messages', 'c'], toCursor(['messages', 'c'], 'row-9') ?? undefined)).toBe('row-9');
    expect(toCursor(['messages', 'c'], null)).toBeNull();
  });

  it('are refused in another list, and when they are none', () => {
    const cursor = toCursor(['messages', 'c'], 'row-9') ?? '';
    expect(() => fromCursor(['messages', 'd'], cursor)).toThrow('1 fault');
    expect(() => fromCursor(['messages', 'c'], 'nonsense')).toThrow('1 fault');
  });
});

describe('the sign-in pages', () => {
  it('fail as they are described where storage is down', async () => {
    const ports = apiPorts();
    const path = '/api/oauth/microsoft/login';
    const request = new Request(`http://127.0.0.1:7071${path}?link=some`);
    const { status, headers } = await loginPage(ports)(request, { requestId: 'r', log: silentLog });
    const contentType = headers.get('content-type') ?? '';
    expect([status, contentType]).toEqual([503, 'text/html; charset=utf-8']);
    const isDescribed = apiContract(readApiDocument(describeApi(ports)));
    expect(isDescribed({ method: 'GET', path, status, contentType, json: undefined })).toEqual([]);
  });
});
