import { afterEach, describe, expect, it } from 'vitest';
import { at, closeSites, like, ok, open, sender, startRaw, startSite } from './support.ts';

afterEach(closeSites);

describe('a receiver that means harm, or is ill', () => {
  const inTime = async (work: Promise<{ readonly outcome: string }>, ms: number) => {
    const started = performance.now();
    const answer = await work;
    expect(performance.now() - started).toBeLessThan(ms);
    return answer;
  };
  const timeout = { outcome: 'refused', status: null, error: 'timeout: no answer within 0.4 s' };

  it('that never answers is given up, and its connection closed', async () => {
    const site = await open(startSite(() => undefined));
    expect(await inTime(sender({ deadlineMs: 400 })(at(site)), 6_000)).toMatchObject(timeout);
    await expect.poll(() => site.sockets.size).toBe(0);
  });

  it('that answers letter by letter is given up', async () => {
    const timers: NodeJS.Timeout[] = [];
    const site = await open(
      startRaw((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
        timers.push(setInterval(() => socket.write('x'), 20));
      }),
    );
    expect(await inTime(sender({ deadlineMs: 400 })(at(site)), 6_000)).toMatchObject(timeout);
    timers.forEach(clearInterval);
  });

  it('whose TLS never begins is given up', async () => {
    const site = await open(startRaw((socket) => socket.resume()));
    expect(await inTime(sender({ deadlineMs: 400 })(`https://127.0.0.1:${site.port}/`), 6_000)).toMatchObject(timeout);
    await expect.poll(() => site.sockets.size).toBe(0);
  });

  it('whose name is never found is given up', async () => {
    const send = sender({ deadlineMs: 400, lookup: () => undefined });
    expect(await inTime(send('https://slow.example.com/'), 6_000)).toMatchObject(timeout);
  });

  it('whose success has an endless body is believed, and read no further than 16 KiB or a second', async () => {
    let sent = 0;
    const site = await open(
      startSite((_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(64 * 1024))) sent += 64 * 1024;
          sent += 64 * 1024;
        };
        response.on('drain', more);
        more();
      }),
    );
    expect(await inTime(sender()(at(site)), 6_000)).toMatchObject({ outcome: 'delivered', status: 200 });
    await expect.poll(() => site.sockets.size).toBe(0);
    // What fits into the buffers between here and there.
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  it('whose success has a body that does not come is believed, and its connection not used again', async () => {
    const site = await open(
      startSite((_request, response) => {
        response.writeHead(200, { 'content-length': 9 }).flushHeaders();
      }),
    );
    const send = sender();
    expect(await inTime(send(at(site)), 6_000)).toMatchObject({ outcome: 'delivered', status: 200 });
    await expect.poll(() => site.sockets.size).toBe(0);
  });

  it('that packs a bomb is not asked to: nothing is unpacked', async () => {
    let asked = '';
    const site = await open(
      startSite((request, response) => {
        asked = String(request.headers['accept-encoding']);
        response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip at all');
      }),
    );
    expect(await sender()(at(site))).toMatchObject({ outcome: 'delivered', status: 200 });
    expect(asked).toBe('identity');
  });

  it('that resets every connection is tried twice, not for ever', async () => {
    const site = await open(
      startRaw((socket) => {
        socket.once('data', () => {
          socket.resetAndDestroy();
        });
      }),
    );
    expect(await sender()(at(site))).toMatchObject({ status: null, error: like(/^connection_reset/) });
    expect(site.counts.connections).toBe(2);
  });

  it('that closed a connection kept open is reached by a new one', async () => {
    let seen = 0;
    const site = await open(
      startSite((request, response) => {
        seen += 1;
        if (seen === 2) request.socket.resetAndDestroy();
        else response.end();
      }),
    );
    const send = sender();
    expect(await send(at(site))).toMatchObject({ outcome: 'delivered' });
    expect(await send(at(site))).toMatchObject({ outcome: 'delivered' });
    expect(seen).toBe(3);
  });

  it.each([
    ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', /^answer_malformed/],
    ['has a header that is too large', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, /^answer_malformed/],
    ['says two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', /^answer_malformed/],
    ['speaks no TLS', 'HTTP/1.1 400 Bad\r\n\r\n', /^tls_failed/],
  ])('%s', async (_what, text, error) => {
    const site = await open(startRaw((socket) => socket.once('data', () => socket.end(text))));
    const scheme = _what.includes('TLS') ? 'https' : 'http';
    expect(await sender()(`${scheme}://127.0.0.1:${site.port}/`)).toMatchObject({
      outcome: 'refused',
      status: null,
      error: like(error),
    });
  });

  it('is not there', async () => {
    const site = await ok();
    await site.close();
    expect(await sender()(at(site))).toMatchObject({ error: 'connection_refused: nothing listens there' });
    expect(await sender()('https://nowhere.invalid/')).toMatchObject({ error: like(/^name_un/) });
  });
});
