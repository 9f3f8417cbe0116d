import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GoneError, ThrottledError, TransientError } from '../../../shared/errors.ts';
import { GraphCaller } from '../../../shared/graph/caller.ts';
import { growingBackoff } from '../../../shared/graph/retry-after.ts';
import { systemClock } from '../../../shared/lib/clock.ts';
import { silentLog } from '../../../shared/lib/log.ts';
import { systemRandom } from '../../../shared/lib/random.ts';
import { MemorySlots } from '../../support/memory-slots.ts';
import { fault, inTurn, json, startScripted, type Answer, type ScriptedServer } from './scripted-server.ts';
import { countingAccess, failureOf, mailbox } from './support.ts';

const PATH = '/me/contacts/c-1/photo/$value';
const PICTURE = Buffer.from([0xff, 0xd8, 0xff, 0x00, 0x80, 0x0a]);

let graph: ScriptedServer;
let caller: GraphCaller;
let slots: MemorySlots;
beforeEach(async () => {
  graph = await startScripted();
  slots = new MemorySlots(systemClock);
  const taken = await slots.take(mailbox, 1);
  if (taken.outcome !== 'held') throw new Error('No slot is free');
  caller = new GraphCaller({
    origin: graph.origin,
    access: countingAccess(),
    lease: taken.lease,
    timeoutMs: 5_000,
    clock: systemClock,
    log: silentLog,
    backoff: growingBackoff(systemRandom),
  });
});
afterEach(() => graph.close());

const picture: Answer = (_, response) => response.writeHead(200, { 'content-type': 'image/jpeg' }).end(PICTURE);

describe('bytes of a mailbox', () => {
  it('come as they are, with what Graph calls them', async () => {
    graph.answer(picture);
    const { contentType, bytes } = await caller.download(PATH, 1_000);
    expect(contentType).toBe('image/jpeg');
    expect(Buffer.from(bytes)).toEqual(PICTURE);
    expect(graph.seen[0]).toMatchObject({ method: 'GET', url: `/v1.0${PATH}` });
  });

  it('are asked for with a fresh token after a refused one', async () => {
    graph.answer(inTurn(json(401, fault('InvalidAuthenticationToken')), picture));
    expect((await caller.download(PATH, 1_000)).bytes).toHaveLength(PICTURE.length);
    expect(graph.seen.map((one) => one.headers.authorization)).toEqual(['Bearer token-0', 'Bearer token-1']);
  });

  it('that are too many, or cut off, are a passing failure', async () => {
    graph.answer(picture);
    expect(await failureOf(caller.download(PATH, 3))).toBeInstanceOf(TransientError);
    graph.answer((_, response) => {
      response.writeHead(200, { 'content-length': '500' });
      response.write('half');
      setImmediate(() => response.destroy());
    });
    expect(await failureOf(caller.download(PATH, 1_000))).toBeInstanceOf(TransientError);
  });

  it('fail as all else does: gone, or not before a wait', async () => {
    graph.answer(json(404, fault('ImageNotFound')));
    expect(await failureOf(caller.download(PATH, 1_000))).toBeInstanceOf(GoneError);
    graph.answer(json(429, fault('TooManyRequests'), { 'retry-after': '17' }));
    expect(await failureOf(caller.download(PATH, 1_000))).toBeInstanceOf(ThrottledError);
    expect(slots.restsUntil(mailbox)).toBeGreaterThan(Date.now() + 10_000);
  });
});
