import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ThrottledError, TransientError } from '../../../shared/errors.ts';
import { fault, inTurn, json, startScripted, type ScriptedServer } from './scripted-server.ts';
import { failureOf, mailbox, openSource } from './support.ts';

let graph: ScriptedServer;
beforeEach(async () => {
  graph = await startScripted();
});
afterEach(() => graph.close());

describe('P13 a wait', () => {
  it.each([
    ['429 in seconds', 429, '17', 17_000, 17_000],
    ['503 in seconds', 503, '200', 200_000, 200_000],
    ['504 in seconds', 504, '3', 3_000, 3_000],
    ['429 as a date', 429, new Date(Date.now() + 90_000).toUTCString(), 80_000, 90_000],
    ['429 untold', 429, null, 5_000, 6_250],
  ])('of %s rests the mailbox for all workers', async (...[, status, header, least, most]) => {
    const headers: Record<string, string> = header === null ? {} : { 'retry-after': header };
    graph.answer(json(status, fault('TooManyRequests'), headers));
    const { source, slots } = await openSource(graph.origin);
    const error = await failureOf(source.get('/me'));
    expect(error).toBeInstanceOf(ThrottledError);
    const wait = error instanceof ThrottledError ? error.retryAfterMs : 0;
    expect(wait).toBeGreaterThanOrEqual(least);
    expect(wait).toBeLessThanOrEqual(most);
    expect(slots.restsUntil(mailbox)).toBeGreaterThan(Date.now() + least - 5_000);
  });

  it('grows while throttling goes on, and starts small after a success', async () => {
    graph.answer(json(429, fault('ApplicationThrottled'), { 'retry-after': '1' }));
    const { source } = await openSource(graph.origin);
    const waits: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const error = await failureOf(source.get('/me'));
      if (error instanceof ThrottledError) waits.push(error.retryAfterMs);
    }
    expect(waits[0]).toBe(1_000);
    expect(waits[3]).toBeGreaterThanOrEqual(8_000);
    graph.answer(inTurn(json(200, {}), json(429, fault('ApplicationThrottled'), { 'retry-after': '1' })));
    await source.get('/me');
    expect(await failureOf(source.get('/me'))).toMatchObject({ retryAfterMs: 1_000 });
  });
});

describe('an answer that cannot be read', () => {
  it('that is cut off is a passing failure', async () => {
    graph.answer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
      response.write('{"value":[');
      setImmediate(() => response.destroy());
    });
    const { source } = await openSource(graph.origin);
    expect(await failureOf(source.get('/me'))).toBeInstanceOf(TransientError);
  });

  it('that is half a document is a passing failure', async () => {
    graph.answer((_, response) => response.writeHead(200).end('{"value":[{"id":"1"'));
    const { source } = await openSource(graph.origin);
    expect(await failureOf(source.get('/me'))).toBeInstanceOf(TransientError);
  });

  it.each([200, 404, 502])('that is HTML with %s is a passing failure, never "gone"', async (status) => {
    graph.answer((_, response) => response.writeHead(status, { 'content-type': 'text/html' }).end('<html>no</html>'));
    const { source } = await openSource(graph.origin);
    expect(await failureOf(source.get('/me/messages/1'))).toBeInstanceOf(TransientError);
  });

  it('that does not come in time is a passing failure', async () => {
    graph.answer(() => undefined);
    const { source } = await openSource(graph.origin, 80);
    expect(await failureOf(source.get('/me'))).toBeInstanceOf(TransientError);
  });

  it('whose body does not come in time is a passing failure', async () => {
    graph.answer((_, response) => response.writeHead(200).write('{"value":'));
    const { source } = await openSource(graph.origin, 80);
    expect(await failureOf(source.get('/me'))).toBeInstanceOf(TransientError);
  });

  it('that is a reset is a passing failure', async () => {
    graph.answer((_, response) => response.destroy());
    const { source } = await openSource(graph.origin);
    expect(await failureOf(source.get('/me'))).toBeInstanceOf(TransientError);
  });
});
