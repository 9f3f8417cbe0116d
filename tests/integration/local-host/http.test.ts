import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp, Leftovers, spawnHost, type HostProcess } from './fixture-app.ts';

const leftovers = new Leftovers();

afterAll(() => leftovers.clear());

const echoed = z.object({
  fn: z.string(),
  url: z.string(),
  params: z.record(z.string(), z.string()),
  query: z.array(z.tuple([z.string(), z.string()])),
  body: z.string(),
});

/** An app whose functions tell what they were given. */
const ECHO = `
import { app } from '@azure/functions';
if (process.env.STREAMING) app.setup({ enableHttpStream: true });
const echo = (fn) => async (request) => ({
  jsonBody: { fn, url: request.url, params: request.params, query: [...request.query], body: await request.text() },
});
const http = (name, route, methods = ['GET', 'POST']) => app.http(name, { route, methods, handler: echo(name) });
http('b-one', 'items/{id:int:min(1)}');
http('C-two', 'items/{id}');
http('d-hidden', 'items/recent');
http('rest', 'files/{folder}/{*rest}');
http('optional', 'maybe/{id?}');
http('preset', 'page/{number=7}');
http('patched', 'items/{id}', ['PATCH']);
http('admin-like', 'administrators');
http('twin', 'items/{key}', ['DELETE']);
http('twin-again', 'items/{key}', ['DELETE', 'PUT']);
app.http('1wrong', { route: 'wrong', handler: echo('wrong') });
app.http('secret', { route: 'secret', authLevel: 'function', handler: echo('secret') });
app.http('cookie', { route: 'cookie', handler: () => ({ body: 'x', cookies: [{ name: 'a', value: 'b c' }, { name: 'd', value: 'e' }] }) });
app.http('nothing', { route: 'nothing', handler: () => undefined });
app.http('broken', { route: 'broken', handler: () => { throw new Error('on purpose'); } });
app.http('native', { route: 'native', handler: () => new Response('native', { status: 202 }) });
`;

/** A POST without a length, as a client sends that does not know it yet. */
function postChunked(url: string, chunks: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST' }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (chunk: Buffer) => parts.push(chunk));
      response.on('end', () => {
        resolve(Buffer.concat(parts).toString());
      });
    });
    request.on('error', reject);
    for (const chunk of chunks) request.write(chunk);
    request.end();
  });
}

describe.each([
  { transport: 'whole', env: {} },
  { transport: 'streamed', env: { STREAMING: '1' } },
])('local host over HTTP, transport $transport', ({ transport, env }) => {
  let host: HostProcess;
  let url = '';

  beforeAll(async () => {
    const app = leftovers.app(await createApp({ main: ECHO }));
    host = leftovers.host(spawnHost(app, ['--http-timeout', '1'], env));
    url = await host.ready();
  });

  async function call(path: string, init: RequestInit = {}): Promise<z.infer<typeof echoed>> {
    const response = await fetch(`${url}/api/${path}`, init);
    expect(response.status).toBe(200);
    return echoed.parse(await response.json());
  }

  it('asks functions in the order of their names, whatever their case, and not the most specific first', async () => {
    expect((await call('items/5')).fn).toBe('b-one');
    expect((await call('items/0')).fn).toBe('C-two');
    expect((await call('items/recent')).fn).toBe('C-two');
  });

  it('understands optional parameters, defaults, catch-alls, case and a trailing slash', async () => {
    expect((await call('maybe')).params).toEqual({});
    expect((await call('MAYBE/x/')).params).toEqual({ id: 'x' });
    expect((await call('page')).params).toEqual({ number: '7' });
    expect((await call('files/a/b/c%20d')).params).toEqual({ folder: 'a', rest: 'b/c d' });
    expect((await call('files/a%2Fb')).params).toEqual({ folder: 'a%2Fb' });
  });

  it('answers another method 404, and HEAD and OPTIONS only where they are listed', async () => {
    for (const method of ['PUT', 'HEAD', 'OPTIONS']) {
      expect((await fetch(`${url}/api/maybe`, { method })).status).toBe(404);
    }
    expect((await call('items/5', { method: 'PATCH' })).fn).toBe('patched');
    expect((await fetch(`${url}/items/5`)).status).toBe(404);
  });

  it('refuses forbidden routes, names and twins, says so, and runs the others', async () => {
    expect((await fetch(`${url}/api/administrators`)).status).toBe(404);
    expect((await fetch(`${url}/api/wrong`)).status).toBe(404);
    expect((await call('items/x', { method: 'DELETE' })).fn).toBe('twin');
    expect((await fetch(`${url}/api/items/x`, { method: 'PUT' })).status).toBe(404);
    for (const name of ['admin-like', '1wrong', 'twin-again']) {
      expect(host.lines.some((line) => line.includes(`The '${name}' function is in error`))).toBe(true);
    }
  });

  it('needs no key, as the command line tools', async () => {
    expect((await call('secret')).fn).toBe('secret');
  });

  it('shows the address of the front end', async () => {
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'app.example' };
    expect((await call('maybe?a=1', { headers })).url).toBe('https://app.example/api/maybe?a=1');
  });

  it('gives a body of known length', async () => {
    expect((await call('maybe', { method: 'POST', body: 'hello' })).body).toBe('hello');
  });

  it(`gives a chunked body ${transport === 'whole' ? 'as an empty one' : 'whole'}`, async () => {
    const answer = echoed.parse(JSON.parse(await postChunked(`${url}/api/maybe`, ['hel', 'lo'])));
    expect(answer.body).toBe(transport === 'whole' ? '' : 'hello');
  });

  it(`gives repeated query parameters ${transport === 'whole' ? 'joined' : 'one by one'}`, async () => {
    const joined = [['q', '1,2']];
    const apart = [['q', '1'], ['q', '2']]; // prettier-ignore
    expect((await call('maybe/x?q=1&q=2')).query).toEqual(transport === 'whole' ? joined : apart);
  });

  it(`gives ${transport === 'whole' ? 'route values alone' : 'query and JSON body too'} as params`, async () => {
    const { params } = await call('maybe?q=1', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: 'forged', yes: true, deep: {} }),
    });
    expect(params).toEqual(transport === 'whole' ? {} : { q: '1', id: 'forged', yes: 'True' });
  });

  it('sends cookies, several at once', async () => {
    const cookies = (await fetch(`${url}/api/cookie`)).headers.getSetCookie();
    const path = transport === 'whole' ? '; path=/' : '';
    expect(cookies).toEqual([`a=b%20c${path}`, `d=e${path}`]);
  });

  it('takes a native response', async () => {
    const response = await fetch(`${url}/api/native`);
    expect([response.status, await response.text()]).toEqual([202, 'native']);
  });

  it(`answers nothing with ${transport === 'whole' ? '204' : 'nothing, until the host gives up'}`, async () => {
    expect((await fetch(`${url}/api/nothing`)).status).toBe(transport === 'whole' ? 204 : 504);
  });

  it(`answers a throw with ${transport === 'whole' ? '500' : 'nothing, until the host gives up'}`, async () => {
    const response = await fetch(`${url}/api/broken`);
    expect([response.status, await response.text()]).toEqual([transport === 'whole' ? 500 : 504, '']);
  });

  it('lets a function answer without reading a large body', async () => {
    const response = await fetch(`${url}/api/native`, { method: 'POST', body: Buffer.alloc(20_000_000) });
    expect([response.status, await response.text()]).toEqual([202, 'native']);
  });

  it('outlives clients that break off in the middle of their request', async () => {
    for (const headers of [{ 'content-length': '1000' }, {}]) {
      await new Promise<void>((resolve) => {
        const request = httpRequest(`${url}/api/maybe`, { method: 'POST', headers });
        request.on('error', () => undefined);
        request.on('close', resolve);
        request.write('begun', () => request.destroy());
      });
    }
    expect((await call('maybe', { method: 'POST', body: 'whole' })).body).toBe('whole');
  });

  it('refuses a body over 100 MB by its announced length', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${url}/api/maybe`, {
        method: 'POST',
        headers: { 'content-length': '104857601' },
      });
      request.on('response', (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.on('error', reject);
      request.flushHeaders();
    });
    expect(status).toBe(413);
  });

  it('has the administrative routes', async () => {
    expect((await fetch(`${url}/admin/host/ping`, { method: 'POST' })).status).toBe(200);
    expect(await (await fetch(`${url}/admin/host/status`)).json()).toMatchObject({ state: 'Running' });
    const functions = z
      .array(z.object({ name: z.string() }))
      .parse(await (await fetch(`${url}/admin/functions`)).json());
    expect(functions.map(({ name }) => name)).toContain('b-one');
    const input = { method: 'POST', body: JSON.stringify({ input: '' }) };
    expect((await fetch(`${url}/admin/functions/unknown`, input)).status).toBe(404);
  });
});

describe('local host with keys', () => {
  it('opens functions and administration by key alone when asked to', async () => {
    const app = leftovers.app(await createApp({ main: ECHO, hostJson: { extensions: { http: { routePrefix: '' } } } }));
    const flags = ['--enable-auth', '--master-key', 'all', '--function-key', 'some'];
    const url = await leftovers.host(spawnHost(app, flags)).ready();
    const status = async (path: string, key?: string) =>
      (await fetch(`${url}${path}`, { headers: key === undefined ? {} : { 'x-functions-key': key } })).status;
    expect(await status('/secret')).toBe(401);
    expect(await status('/secret', 'some')).toBe(200);
    expect(await status('/secret?code=all')).toBe(200);
    expect(await status('/maybe', 'wrong')).toBe(200);
    expect(await status('/admin/functions', 'some')).toBe(401);
    expect(await status('/admin/functions', 'all')).toBe(200);
    expect(await status('/admin/host/ping')).toBe(200);
  });
});

/** Tells the port from which each request comes to the server that the app's library has opened. */
const CONNECTIONS = `
import http from 'node:http';
import { app } from '@azure/functions';
const { emit } = http.Server.prototype;
http.Server.prototype.emit = function (name, request, ...rest) {
  if (name === 'request' && 'x-ms-invocation-id' in request.headers) console.log('::' + request.socket.remotePort);
  return emit.call(this, name, request, ...rest);
};
app.setup({ enableHttpStream: true });
app.http('hello', { handler: () => ({ body: 'hello' }) });
`;

it('gives a streamed request no connection that was idle: one that is just being dropped would leave its function without end', async () => {
  const host = leftovers.host(spawnHost(leftovers.app(await createApp({ main: CONNECTIONS }))));
  const url = await host.ready();
  for (let count = 1; count <= 3; count++) expect(await (await fetch(`${url}/api/hello`)).text()).toBe('hello');
  expect(new Set(host.marks()).size).toBe(3);
});
