import { HttpRequest, InvocationContext } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { endpoint } from '../../functions/endpoint.ts';
import { page } from '../../shared/api/connect/pages.ts';
import { families } from '../../shared/api/families/all.ts';
import { connectLinks } from '../../shared/api/families/connect-links.ts';
import { findKey } from '../../shared/api/router/authenticate.ts';
import { sha256Hex } from '../../shared/lib/hash.ts';
import { jsonLog } from '../../shared/lib/log.ts';
import { apiPorts, KEY } from '../support/api-ports.ts';

const router = connectLinks(apiPorts());

async function create(body: string): Promise<{ status: number; text: string; headers: Headers }> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const response = await router.request('/api/connect-links', { method: 'POST', headers, body });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

describe('an API key', () => {
  const keys = ['one', 'two'].map((name) => ({ name, sha256: sha256Hex(`key-${name}`), scopes: ['read' as const] }));

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer  ',
    'key-one',
    'Basic key-one',
    'Bearer key-on',
    'Bearer key-onee',
    'Bearer KEY-ONE',
    'Bearer key-one, Bearer key-two',
    'Bearer key-one key-two',
    'Bearer key-one\u00e9',
    'Bearer\u00a0key-one',
    `Bearer ${keys[0]?.sha256 ?? ''}`,
    `Bearer ${'x'.repeat(100_000)}`,
    `Bearer ${' '.repeat(100_000)}`,
  ])('is not "%s"', (header) => {
    expect(() => findKey(keys, header)).toThrow(/API key/);
  });

  it.each(Object.entries(families))('is asked for by all of %s, whatever the method', async (_, family) => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      for (const path of ['/api/connections', '/api/connections/a/messages', '/api/stats', '/api/health/details', '/x'])
        expect((await family(apiPorts()).request(path, { method })).status).toBe(401);
    }
  });
});

describe('a request made to be expensive', () => {
  it('of many slashes costs no more than others', async () => {
    const { handler } = endpoint('x', () => Promise.resolve(() => new Response('ok')));
    const run = async (path: string): Promise<number> => {
      const request = new HttpRequest({ method: 'GET', url: `http://127.0.0.1${path}` });
      const context = new InvocationContext({ functionName: 'x', invocationId: 'i' });
      const started = performance.now();
      await handler(request, context);
      return performance.now() - started;
    };
    await run('/api');
    expect(await run(`/api${'/'.repeat(60_000)}x`)).toBeLessThan(500);
  });

  it('of a hundred thousand faults is answered with some of them', async () => {
    const names = Array.from({ length: 90_000 }, (_, index) => `"n${index}":1`).join(',');
    for (const body of [`{${names}}`, `{"userId":"u","domains":["mail"],"settings":{${names}}}`]) {
      const { status, text } = await create(body);
      expect(status).toBe(400);
      expect(text.length).toBeLessThan(50_000);
      const { errors } = z.object({ errors: z.array(z.object({ message: z.string() })) }).parse(JSON.parse(text));
      expect(errors.at(-1)?.message).toMatch(/more/);
    }
  });

  it('that nests without end is a 400', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect((await create(deep)).status).toBe(400);
    const settings = `{"userId":"u","domains":["mail"],"settings":{"mail":{"folders":${deep}}}}`;
    expect((await create(settings)).status).toBe(400);
  });
});

describe('JSON', () => {
  it('cannot reach a prototype', async () => {
    const body = '{"userId":"u","domains":["constructor"],"settings":{"__proto__":{"polluted":1},"toString":{"a":1}}}';
    expect((await create(body)).status).toBe(400);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('answers', () => {
  it('of the API are never sniffed for markup', async () => {
    const { headers } = await create('{"<script>":1}');
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('for people show markup as text, under a policy that runs nothing', async () => {
    const attack = `"><script>alert(1)</script><img src=x onerror='a'>&`;
    const response = page(400, attack, attack);
    const text = await response.text();
    expect(text).not.toMatch(/<script|<img/);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(response.headers.get('content-security-policy')).not.toContain('script-src');
    expect(response.headers.get('content-security-policy')).toContain("form-action 'none'");
  });
});

describe('a log line', () => {
  it('stays one line whatever is in its facts', () => {
    const lines: string[] = [];
    jsonLog((_, line) => lines.push(line)).warn('x', { a: 'one\r\n{"event.name":"forged"}' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[\r\n]/);
  });
});
