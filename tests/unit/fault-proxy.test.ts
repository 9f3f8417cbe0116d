import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serviceOrigin, startFaultProxy, throughProxies, type FaultProxy } from '../support/fault-proxy.ts';

describe('the fault proxy', () => {
  let server: Server;
  let origin: string;
  let proxy: FaultProxy;
  let served: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        served.push(`${request.method ?? ''} ${request.url ?? ''}`);
        const { host, 'x-own': own } = request.headers;
        response.setHeader('x-answer', 'real');
        response.end(JSON.stringify({ url: request.url, host, own, body: Buffer.concat(chunks).toString() }));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(async () => {
    served = [];
    proxy = await startFaultProxy(origin);
  });
  afterEach(() => proxy.close());

  it('keeps path, query, headers, Host and body', async () => {
    const body = 'x'.repeat(1_000);
    const answer = await fetch(`${proxy.url}/t(PartitionKey='a%2Fb')?q=%20x`, {
      method: 'POST',
      headers: { 'x-own': '1' },
      body,
    });
    expect(await answer.json()).toEqual({
      url: `/t(PartitionKey='a%2Fb')?q=%20x`,
      host: new URL(proxy.url).host,
      own: '1',
      body,
    });
    expect(answer.headers.get('x-answer')).toBe('real');
  });

  it('refuses the n-th matching request and as many after it as told, unseen by the server', async () => {
    const rule = proxy.plan({ method: 'GET', path: /^\/x/, nth: 2, times: 2, fault: { before: { status: 503 } } });
    const statuses: number[] = [];
    for (const path of ['/x1', '/y', '/x2', '/x3', '/x4']) statuses.push((await fetch(proxy.url + path)).status);
    expect(statuses).toEqual([200, 200, 503, 503, 200]);
    expect(served).toEqual(['GET /x1', 'GET /y', 'GET /x4']);
    expect(rule.hits).toBe(2);
  });

  it('lets the server do the work and loses the answer', async () => {
    proxy.plan({ body: /needle/, fault: { applied: 'reset' } });
    proxy.plan({ path: /cut/, fault: { applied: 'cut' } });
    proxy.plan({ path: /lie/, fault: { applied: { status: 500, body: { error: 'made up' } } } });
    await expect(fetch(`${proxy.url}/1`, { method: 'POST', body: 'a needle' })).rejects.toThrow();
    await expect(fetch(`${proxy.url}/cut`).then((answer) => answer.text())).rejects.toThrow();
    expect(await (await fetch(`${proxy.url}/lie`)).json()).toEqual({ error: 'made up' });
    expect(served).toEqual(['POST /1', 'GET /cut', 'GET /lie']);
    expect(proxy.requests.map((request) => [request.serverStatus, request.clientStatus])).toEqual([
      [200, null],
      [200, 200],
      [200, 500],
    ]);
  });

  it('hangs until the client gives up', async () => {
    proxy.plan({ fault: { before: 'hang' } });
    await expect(fetch(proxy.url, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/);
    expect(served).toEqual([]);
  });

  it('calls back before and after the server has done its work', async () => {
    const order: string[] = [];
    const rule = proxy.plan({
      fault: {
        call: {
          before: () => void order.push(`before ${served.length}`),
          after: () => void order.push(`after ${served.length}`),
        },
      },
    });
    await fetch(proxy.url);
    expect(order).toEqual(['before 0', 'after 1']);
    expect((await rule.met).method).toBe('GET');
  });

  it('rewrites an Azurite connection string for one service', () => {
    const text = 'AccountKey=a==;TableEndpoint=http://127.0.0.1:1/dev;QueueEndpoint=http://127.0.0.1:2/dev;';
    expect(serviceOrigin(text, 'table')).toBe('http://127.0.0.1:1');
    expect(throughProxies(text, { queue: 'http://127.0.0.1:9' })).toBe(
      'AccountKey=a==;TableEndpoint=http://127.0.0.1:1/dev;QueueEndpoint=http://127.0.0.1:9/dev;',
    );
  });
});
