import { afterEach, describe, expect, it } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { newRing, ringText, rotated } from '../../../shared/engine/signing-keys.ts';
import { StorageError } from '../../../shared/errors.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { at, bodyOf, closeSites, like, lookupOf, ok, open, SECRET, sender, startRaw, startSite } from './support.ts';

afterEach(closeSites);

describe('a delivery that arrives', () => {
  it('is one POST of that very body, signed as Standard Webhooks say', async () => {
    const seen: { method: string; url: string; headers: Record<string, string>; body: string }[] = [];
    const site = await open(
      startSite((request, response) => {
        void bodyOf(request).then((body) => {
          const headers = Object.fromEntries(
            Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
          );
          seen.push({ method: request.method ?? '', url: request.url ?? '', headers, body });
          response.writeHead(202).end();
        });
      }),
    );
    const body = '{"type":"message.created","data":{"subject":"Grüße, 世界 \u{1F381}"}}';
    const answer = await sender()(`http://127.0.0.1:${site.port}/hook?tenant=7`, body, 'msg_A-1');
    expect(answer).toMatchObject({ outcome: 'delivered', status: 202 });
    const [one, ...others] = seen;
    if (one === undefined) return expect.fail('nothing came');
    expect(others).toEqual([]);
    expect(one).toMatchObject({ method: 'POST', url: '/hook?tenant=7', body });
    expect(one.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': 'msg_A-1' });
    expect(new Webhook(SECRET).verify(one.body, one.headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(SECRET).verify(`${one.body} `, one.headers)).toThrow();
    expect(Object.keys(one.headers)).not.toContain('authorization');
  });

  it('carries a signature of each secret that is good while one replaces another, and none that has ended', async () => {
    let headers: Record<string, string> = {};
    const site = await open(
      startSite((request, response) => {
        headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
        response.end();
      }),
    );
    const now = new Date();
    const newer = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
    const ring = rotated(newRing(SECRET), newer, now, 60_000);
    const sendAt = async (ms: number): Promise<void> => {
      const later = new Date(now.getTime() + ms);
      const answer = await sender({ now: later, secrets: { read: () => Promise.resolve(ringText(ring)) } })(
        at(site),
        'x',
      );
      expect(answer.outcome).toBe('delivered');
    };
    const isGood = (secret: string): boolean => {
      try {
        new Webhook(secret).verify('x', headers, { jsonParse: false });
        return true;
      } catch {
        return false;
      }
    };
    await sendAt(0);
    expect([isGood(SECRET), isGood(newer)]).toEqual([true, true]);
    await sendAt(61_000);
    expect([isGood(SECRET), isGood(newer)]).toEqual([false, true]);
  });

  it('uses a connection again', async () => {
    const site = await ok();
    const send = sender();
    for (let count = 0; count < 5; count++) await send(at(site));
    expect(site.counts).toEqual({ connections: 1, requests: 5 });
  });

  it('goes to names and to IPv6 addresses, over TLS that is checked', async () => {
    const tls = selfSigned('hooks.example.test');
    const site = await open(startSite((_request, response) => response.end(), tls));
    const url = `https://hooks.example.test:${site.port}/`;
    const { lookup } = lookupOf(['127.0.0.1']);
    expect(await sender({ lookup, ca: tls.cert })(url)).toMatchObject({ outcome: 'delivered', status: 200 });
    expect(await sender({ lookup })(url)).toMatchObject({ status: null, error: like(/^tls_failed/) });
    const other = `https://else.example.test:${site.port}/`;
    expect(await sender({ lookup, ca: tls.cert })(other)).toMatchObject({
      error: like(/^tls_failed/),
    });
    expect(site.counts.requests).toBe(1);
    // Nobody listens at ::1: what matters is that it was tried, not looked up as a name.
    expect(await sender()(`http://[::1]:${site.port}/`)).toMatchObject({
      error: like(/^(connection_refused|unreachable)/),
    });
  });
});

describe('an answer that is no success', () => {
  it.each([
    [500, {}, null, false],
    [404, { 'retry-after': '5' }, null, false],
    [429, { 'retry-after': '120' }, 120_000, false],
    [503, { 'retry-after': 'soon' }, null, false],
    [410, {}, null, true],
  ])('%i %j', async (status, headers, retryAfterMs, gone) => {
    const site = await open(startSite((_request, response) => response.writeHead(status, headers).end('sesame')));
    const answer = await sender()(at(site));
    expect(answer).toMatchObject({ outcome: 'refused', status, retryAfterMs, gone });
    expect(JSON.stringify(answer)).not.toContain('sesame');
  });

  it.each([100, 102, 103])('%i is none at all: what follows counts', async (status) => {
    const site = await open(
      startRaw((socket) =>
        socket.once('data', () =>
          socket.end(`HTTP/1.1 ${status} Early\r\n\r\nHTTP/1.1 204 Done\r\nconnection: close\r\n\r\n`),
        ),
      ),
    );
    expect(await sender()(at(site))).toMatchObject({ outcome: 'delivered', status: 204 });
  });
});

describe('what an error tells', () => {
  it('is nothing of URL, secret, signature or body', async () => {
    const site = await open(startSite((_request, response) => response.writeHead(500).end()));
    const urls = [at(site), 'http://127.0.0.1:9', 'https://127.0.0.1:9', 'https://nowhere.invalid'];
    for (const url of urls) {
      const text = JSON.stringify(await sender()(`${url}?token=sesame-url`, 'sesame-body', 'sesame-id'));
      expect(text).not.toContain('sesame');
      expect(text).not.toContain('whsec');
      expect(text).not.toContain('v1,');
    }
  });
});

describe('a secret', () => {
  it('that is gone sends nothing, and says so', async () => {
    const site = await ok();
    for (const text of [null, '{}', 'nonsense']) {
      const answer = await sender({ secrets: { read: () => Promise.resolve(text) } })(at(site));
      expect(answer).toMatchObject({ status: null, error: like(/^secret_missing/) });
    }
    expect(site.counts.connections).toBe(0);
  });

  it('that cannot be read now is no fault of the endpoint', async () => {
    const down = new StorageError('vault.unavailable', 'Reading a secret');
    const send = sender({ secrets: { read: () => Promise.reject(down) } });
    await expect(send('http://127.0.0.1:9/')).rejects.toBe(down);
  });
});
