import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connectLinks } from '../../shared/api/families/connect-links.ts';
import { messages } from '../../shared/api/families/messages.ts';
import { respond } from '../../shared/api/http/respond.ts';
import { sha256Hex } from '../../shared/lib/hash.ts';
import { jsonLog, silentLog } from '../../shared/lib/log.ts';
import { apiPorts, KEY } from '../support/api-ports.ts';

const problem = z.object({ status: z.number(), code: z.string(), requestId: z.string() });

const router = connectLinks(apiPorts([{ name: 'reader', sha256: sha256Hex('reader-0123456789'), scopes: ['read'] }]));

async function send(init: RequestInit & { key?: string | null; path?: string }) {
  const { key = KEY, path = '/api/connect-links', ...rest } = init;
  const headers = new Headers(rest.headers);
  if (key !== null) headers.set('authorization', `Bearer ${key}`);
  const response = await router.request(path, { ...rest, headers });
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = problem.parse(await response.json());
  expect(body.status).toBe(response.status);
  expect(response.headers.get('x-request-id')).toBe(body.requestId);
  return { status: response.status, code: body.code, headers: response.headers };
}

const json = { 'content-type': 'application/json' };

describe('every failure is a problem', () => {
  it('asks for a key, and refuses one that is not known', async () => {
    const missing = await send({ method: 'POST', key: null });
    expect(missing).toMatchObject({ status: 401, code: 'key_missing' });
    expect(missing.headers.get('www-authenticate')).toBe('Bearer');
    expect(await send({ method: 'POST', key: 'another-key' })).toMatchObject({ status: 401, code: 'key_unknown' });
  });

  it('refuses a write with a key that may only read', async () => {
    expect(await send({ method: 'POST', key: 'reader-0123456789' })).toMatchObject({
      status: 403,
      code: 'scope_missing',
    });
  });

  it('knows other methods of a path from unknown paths', async () => {
    const wrong = await send({ method: 'GET' });
    expect(wrong).toMatchObject({ status: 405 });
    expect(wrong.headers.get('allow')).toBe('POST');
    expect(await send({ method: 'GET', path: '/api/connect-links/more' })).toMatchObject({ status: 404 });
  });

  it('refuses text that is no JSON, and bodies of another type', async () => {
    expect(await send({ method: 'POST', headers: json, body: '{"userId":' })).toMatchObject({
      status: 400,
      code: 'json_malformed',
    });
    expect(await send({ method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' })).toMatchObject({
      status: 415,
    });
    expect(await send({ method: 'POST', body: new Uint8Array([123, 125]) })).toMatchObject({ status: 415 });
  });

  it('cuts a body over 1 MiB while reading, whatever its length says', async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        if (pulled > 100) controller.close();
        else controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    const answer = await send({ method: 'POST', headers: json, body, duplex: 'half' });
    expect(answer).toMatchObject({ status: 413, code: 'body_too_large' });
    expect(pulled).toBeLessThan(25);
    const declared = { ...json, 'content-length': '2000000' };
    expect(await send({ method: 'POST', headers: declared, body: '{}' })).toMatchObject({ status: 413 });
  });

  it('says 503 with Retry-After where storage does not answer', async () => {
    const body = JSON.stringify({ userId: 'u', domains: ['mail'] });
    const answer = await send({ method: 'POST', headers: json, body });
    expect(answer).toMatchObject({ status: 503, code: 'store.unavailable' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }, 60_000);

  it('lists the faults of path and query together', async () => {
    const response = await messages(apiPorts()).request(
      '/api/connections/a%20b/messages?limit=0&since=x&include=body',
      {
        headers: { authorization: `Bearer ${KEY}` },
      },
    );
    expect(response.status).toBe(400);
    const faults = JSON.stringify(await response.json());
    for (const path of ['path.id', 'query.limit', 'query.since', 'query.include']) expect(faults).toContain(path);
  });
});

describe('the wrapper', () => {
  const context = { requestId: 'r-1', log: silentLog };

  it('answers what throws and what returns nothing', async () => {
    const thrown = await respond(() => Promise.reject(new Error('a secret detail')), context);
    expect(thrown.status).toBe(500);
    expect(await thrown.text()).not.toContain('a secret detail');
    const nothing = await respond(() => Promise.resolve(undefined), context);
    expect(nothing.status).toBe(500);
    expect(problem.parse(await nothing.json())).toMatchObject({ code: 'internal', requestId: 'r-1' });
  });

  it('logs what nobody foresaw under the id that the caller was told', async () => {
    const lines: string[] = [];
    const log = jsonLog((_level, line) => lines.push(line));
    await respond(() => Promise.reject(new TypeError('oops')), { requestId: 'r-2', log });
    expect(lines.join()).toContain('r-2');
    expect(lines.join()).toContain('oops');
  });
});
