import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StorageError } from '../../../shared/errors.ts';
import { runDeliverJob } from '../../../shared/jobs/deliveries/deliver-job.ts';
import { deleteEndpoint } from '../../../shared/jobs/deliveries/endpoint-work.ts';
import { replayDeliveries, retryDelivery } from '../../../shared/jobs/deliveries/again.ts';
import { changeKey, partitionOf } from '../../../shared/store/rows.ts';
import { HOUR, MINUTE, openDeliveryWorld, refused, taken, type DeliveryWorld } from '../../support/delivery-world.ts';

let world: DeliveryWorld;
let n = 0;
beforeAll(async () => {
  world = await openDeliveryWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  n++;
  await world.clear();
});

const id = (name: string): string => `${name}-${n}`;
const recordOf = async (seq: number, endpointId = id('e')) =>
  (await world.app.deliveries.list({ endpointId, limit: 100, after: null })).deliveries.find(
    (delivery) => delivery.seq === seq,
  );

describe('an endpoint that refuses', () => {
  it('is tried again until it takes the delivery, which keeps its id; what comes after waits in its order', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    let tries = 0;
    world.receiver.answer = () => (++tries <= 2 ? refused() : taken);
    await world.append(id('c'), 3);
    await world.drain();
    expect(world.receiver.seqs(id('e'))).toEqual([1]);
    expect(await recordOf(1)).toMatchObject({
      status: 'pending',
      attempts: 1,
      lastError: 'status_500: the endpoint answered 500',
    });
    await world.pass(2 * MINUTE, 5_000);
    expect(world.receiver.seqs(id('e'))).toEqual([1, 1, 1, 2, 3]);
    expect(new Set(world.receiver.sent.slice(0, 3).map((sent) => sent.id)).size).toBe(1);
    expect(await recordOf(1)).toMatchObject({ status: 'delivered', attempts: 3, nextAttemptAt: null });
    expect((await recordOf(1))?.history.map(({ status }) => status)).toEqual([500, 500, 200]);
    expect(await world.read(id('e'))).toMatchObject({ failures: 0, failingSince: null, lastError: null });
  });

  it('holds up no other endpoint', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    await world.endpoint(id('well'));
    world.receiver.answer = ({ endpointId }) => (endpointId === id('e') ? refused() : taken);
    await world.append(id('c'), 5);
    await world.drain();
    expect(world.receiver.seqs(id('well'))).toEqual([1, 2, 3, 4, 5]);
    expect(world.receiver.seqs(id('e'))).toEqual([1]);
  });

  it('of one delivery alone goes on taking those of other feeds', async () => {
    await world.connect(id('bad'));
    await world.connect(id('good'));
    await world.endpoint(id('e'));
    world.receiver.answer = ({ connectionId }) => (connectionId === id('bad') ? refused() : taken);
    for (let round = 1; round <= 5; round++) {
      await world.append(id('bad'), 1);
      // Long enough to be refused many times in a row.
      await world.pass(10 * MINUTE, 20_000);
      await world.append(id('good'), 1);
      await world.drain();
      expect(world.receiver.seqs(id('e'), { connectionId: id('good') })).toHaveLength(round);
    }
    expect(world.receiver.seqs(id('e'), { connectionId: id('good') })).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(world.receiver.seqs(id('e'), { connectionId: id('bad') }))).toEqual(new Set([1]));
  });

  it('waits longer each time, with jitter, up to 6 h', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    world.receiver.answer = () => refused();
    await world.append(id('c'), 1);
    await world.drain();
    await world.pass(20 * MINUTE, 1_000 * 20);
    const early = world.receiver.sent.length;
    expect(early).toBeGreaterThan(4);
    expect(early).toBeLessThan(40);
    await world.pass(40 * HOUR, 20 * MINUTE);
    const times = world.receiver.sent.map(({ at }) => at);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(6 * HOUR + 2 * MINUTE + 40 * MINUTE);
    expect(Math.max(...gaps)).toBeGreaterThan(20 * MINUTE);
  });

  it('is paused after 72 h without a success, and says so; nothing is given up', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    world.receiver.answer = () => refused();
    await world.append(id('c'), 2);
    await world.drain();
    await world.pass(71 * HOUR, HOUR);
    expect(await world.read(id('e'))).toMatchObject({ status: 'active' });
    await world.pass(9 * HOUR, HOUR);
    expect(await world.read(id('e'))).toMatchObject({ status: 'paused', pausedReason: 'failing' });
    expect(world.lines.some((line) => line.includes('endpoints.paused') && line.includes(id('e')))).toBe(true);
    expect(await recordOf(1)).toMatchObject({ status: 'pending' });
    const tried = world.receiver.sent.length;
    await world.pass(12 * HOUR, HOUR);
    expect(world.receiver.sent.length).toBe(tried);
    world.receiver.answer = () => taken;
    await world.resume(id('e'));
    await world.drain();
    expect(world.receiver.seqs(id('e')).slice(tried)).toEqual([1, 2]);
  });

  it('of one delivery for 72 h while it takes others: that one is failed, kept, and the feed goes on', async () => {
    await world.connect(id('bad'));
    await world.connect(id('good'));
    await world.endpoint(id('e'));
    world.receiver.answer = ({ connectionId, seq }) => (connectionId === id('bad') && seq === 1 ? refused() : taken);
    await world.append(id('bad'), 3);
    await world.drain();
    for (let hour = 0; hour < 80; hour++) {
      await world.append(id('good'), 1);
      await world.pass(HOUR, 30 * MINUTE);
    }
    expect(await world.read(id('e'))).toMatchObject({ status: 'active' });
    expect(world.receiver.seqs(id('e'), { connectionId: id('bad') }).slice(-2)).toEqual([2, 3]);
    const { deliveries } = await world.app.deliveries.list({
      endpointId: id('e'),
      connectionId: id('bad'),
      limit: 9,
      after: null,
    });
    const given = deliveries.find(({ seq }) => seq === 1);
    expect(given).toMatchObject({ status: 'failed', nextAttemptAt: null });
    expect(given?.history).toHaveLength(10);
    // It can be asked for again.
    world.receiver.answer = () => taken;
    if (given !== undefined) await retryDelivery(world.app, given);
    await world.drain();
    expect(world.receiver.sent.at(-1)).toMatchObject({ seq: 1, id: given?.id, connectionId: id('bad') });
    expect(await world.app.deliveries.read(given?.id ?? '')).toMatchObject({ status: 'delivered' });
  });

  it('is probed by one delivery at a time, over all connections, and all are woken once it takes one', async () => {
    const connections = Array.from({ length: 12 }, (_, at) => `${id('c')}-${at}`);
    await world.endpoint(id('e'));
    world.receiver.answer = () => refused();
    for (const connection of connections) {
      await world.connect(connection);
      await world.append(connection, 1);
    }
    await world.drain();
    // Until it counts as failing each may have tried once.
    expect(world.receiver.sent.length).toBeLessThanOrEqual(4);
    await world.pass(HOUR, 2 * MINUTE);
    const before = world.receiver.sent.length;
    expect(before).toBeLessThan(30);
    world.receiver.answer = () => taken;
    let waited = 0;
    while (world.receiver.sent.length === before && waited < 7 * HOUR) {
      await world.pass(MINUTE, MINUTE);
      waited += MINUTE;
    }
    await world.pass(2 * MINUTE, 30_000);
    expect(new Set(world.receiver.sent.slice(before).map((sent) => sent.connectionId)).size).toBe(12);
    expect(world.receiver.sent.length).toBe(before + 12);
  });

  it('counts failures that happen at once as one', async () => {
    const connections = Array.from({ length: 10 }, (_, at) => `${id('c')}-${at}`);
    await world.endpoint(id('e'));
    for (const connection of connections) {
      await world.connect(connection);
      await world.silently(connection, 1);
    }
    let arrived = 0;
    const all = Promise.withResolvers<undefined>();
    world.receiver.answer = async () => {
      if (++arrived === connections.length) all.resolve(undefined);
      await all.promise;
      return refused();
    };
    await Promise.all(
      connections.map((connectionId) => runDeliverJob({ connectionId, domain: 'mail', due: null }, world.worker())),
    );
    expect((await world.read(id('e'))).failures).toBe(1);
  });

  it('that is failing is tried by one of many workers that come at once', async () => {
    const connections = Array.from({ length: 8 }, (_, at) => `${id('c')}-${at}`);
    const since = world.clock.now().toISOString();
    await world.endpoint(id('e'), {
      failures: 5,
      failedFeeds: ['f-1', 'f-2', 'f-3'],
      failingSince: since,
      notBefore: since,
    });
    for (const connection of connections) {
      await world.connect(connection);
      await world.silently(connection, 2);
    }
    world.receiver.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return refused();
    };
    await Promise.all(
      connections.map((connectionId) => runDeliverJob({ connectionId, domain: 'mail', due: null }, world.worker())),
    );
    expect(world.receiver.sent).toHaveLength(1);
    expect((await world.read(id('e'))).failures).toBe(6);
  });

  it('with a Retry-After hears nothing before it, from any connection', async () => {
    await world.connect(id('c'));
    await world.connect(id('other'));
    await world.endpoint(id('e'));
    const began = world.clock.now().getTime();
    world.receiver.answer = () => refused({ status: 429, retryAfterMs: 10 * MINUTE });
    await world.append(id('c'), 1);
    await world.drain();
    world.receiver.answer = () => taken;
    await world.append(id('other'), 1);
    await world.pass(9 * MINUTE, 30_000);
    expect(world.receiver.sent).toHaveLength(1);
    await world.pass(5 * MINUTE, 30_000);
    expect(world.receiver.sent.map(({ connectionId }) => connectionId).toSorted()).toEqual(
      [id('c'), id('c'), id('other')].toSorted(),
    );
    for (const { at } of world.receiver.sent.slice(1)) expect(at - began).toBeGreaterThanOrEqual(10 * MINUTE);
  });

  it('with 410 is paused at once', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    world.receiver.answer = () => refused({ status: 410, gone: true });
    await world.append(id('c'), 2);
    await world.pass(HOUR, 10 * MINUTE);
    expect(world.receiver.sent).toHaveLength(1);
    expect(await world.read(id('e'))).toMatchObject({ status: 'paused', pausedReason: 'gone' });
    const { entries } = await world.app.audit.list({ limit: 200, after: null });
    expect(entries.filter(({ on }) => on['endpointId'] === id('e'))).toMatchObject([
      { actor: { kind: 'system' }, operation: 'endpoint.paused', code: 'gone' },
    ]);
  });
});

describe('a paused endpoint', () => {
  it('hears nothing, and goes on where it stood when it is resumed', async () => {
    await world.connect(id('c'));
    await world.connect(id('fresh'));
    await world.endpoint(id('e'));
    await world.append(id('c'), 2);
    await world.drain();
    await world.pause(id('e'));
    await world.append(id('c'), 2);
    await world.append(id('fresh'), 1);
    await world.pass(HOUR, 10 * MINUTE);
    expect(world.receiver.seqs(id('e'))).toEqual([1, 2]);
    expect(await world.due(id('c'))).toEqual([]);
    await world.resume(id('e'));
    await world.drain();
    expect(world.receiver.seqs(id('e'), { connectionId: id('c') })).toEqual([1, 2, 3, 4]);
    expect(world.receiver.seqs(id('e'), { connectionId: id('fresh') })).toEqual([1]);
  });

  it('that is resumed while a job finds it paused is not forgotten', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    await world.pause(id('e'));
    await world.append(id('c'), 1);
    // Resumed, and all that waits woken, after the job has read the endpoint and before it says that something waits.
    const app = world.worker();
    const deliveries = new Proxy(app.deliveries, {
      get(target, member) {
        const value: unknown = Reflect.get(target, member, target);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]): Promise<unknown> => {
          if (member === 'commit' && (await world.read(id('e'))).status === 'paused') {
            await world.resume(id('e'));
            await world.timers();
          }
          return Reflect.apply(value, target, args);
        };
      },
    });
    const job = world.queues.next();
    await runDeliverJob(job, { ...app, deliveries });
    await world.pass(2 * MINUTE, 1_000 * 10);
    expect(world.receiver.seqs(id('e'))).toEqual([1]);
  });

  it('is stopped in the middle of a long run', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    await world.silently(id('c'), 100);
    world.receiver.answer = async ({ seq }) => {
      if (seq === 10) await world.pause(id('e'));
      return taken;
    };
    await runDeliverJob({ connectionId: id('c'), domain: 'mail', due: null }, world.app);
    expect(world.receiver.seqs(id('e')).at(-1)).toBe(20);
  });

  it('is told of what the retention took meanwhile, whatever types it asks for', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'), { types: ['message.deleted'] });
    await world.append(id('c'), 2);
    await world.drain();
    await world.pause(id('e'));
    await world.silently(id('c'), 4);
    await trim(id('c'), 6);
    await world.append(id('c'), ['message.deleted']);
    await world.drain();
    await world.resume(id('e'));
    await world.drain();
    const sent = world.receiver.to(id('e'));
    expect(sent.map(({ type, seq }) => [type, seq])).toEqual([
      ['feed.gap', 5],
      ['message.deleted', 7],
    ]);
    expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({ type: 'feed.gap', data: { from: 3, to: 5 } });
    expect(await world.app.deliveries.read(sent[0]?.id ?? '')).toMatchObject({ gap: { from: 3, to: 5 } });
  });

  it('is told of a gap once, with one id, though the first try is refused', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    await world.append(id('c'), 1);
    await world.drain();
    await world.silently(id('c'), 3);
    await trim(id('c'), 5);
    let tries = 0;
    world.receiver.answer = () => (++tries === 1 ? refused() : taken);
    await runDeliverJob({ connectionId: id('c'), domain: 'mail', due: null }, world.app);
    await world.pass(MINUTE, 5_000);
    const gaps = world.receiver.to(id('e')).filter(({ type }) => type === 'feed.gap');
    expect(gaps).toHaveLength(2);
    expect(new Set(gaps.map((gap) => gap.id)).size).toBe(1);
    expect(await world.app.deliveries.read(gaps[0]?.id ?? '')).toMatchObject({ status: 'delivered', attempts: 2 });
    await world.append(id('c'), 1);
    await world.drain();
    expect(world.receiver.seqs(id('e'))).toEqual([1, 4, 4, 5]);
  });
});

describe('a feed that has lost rows', () => {
  it.each([
    ['the first page', 6, [3, 4]],
    ['the next page', 106, [103, 104]],
  ])('says so, and tells the others in their order, also in the middle of %s', async (_, last, gone) => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    await world.append(id('c'), 1);
    await world.drain();
    await world.silently(id('c'), last - 1);
    await lose(id('c'), gone);
    await runDeliverJob({ connectionId: id('c'), domain: 'mail', due: null }, world.app);
    const sent = world.receiver.to(id('e'));
    const [from, to] = gone;
    expect(sent.map(({ seq }) => seq)).toEqual(range(1, last).filter((seq) => seq !== from));
    const gaps = sent.filter(({ type }) => type === 'feed.gap');
    expect(gaps.map(({ seq }) => seq)).toEqual([to]);
    expect(JSON.parse(gaps[0]?.body ?? '')).toMatchObject({ data: { from, to } });
    const { found } = await world.app.deliveries.readCursor(id('e'), { connectionId: id('c'), domain: 'mail' });
    expect(found?.cursor).toMatchObject({ seq: last, gap: null, claim: null });
  });
});

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** As housekeeping that died: it takes rows away in no order. */
async function lose(connectionId: string, seqs: readonly number[]): Promise<void> {
  const { connectionString } = world.rig.azurite;
  const rows = TableClient.fromConnectionString(connectionString, 'sync', { allowInsecureConnection: true });
  for (const seq of seqs) await rows.deleteEntity(partitionOf({ connectionId, domain: 'mail' }), changeKey(seq));
}

/** As housekeeping trims a feed: the head first. */
async function trim(connectionId: string, oldestSeq: number): Promise<void> {
  const scope = { connectionId, domain: 'mail' };
  const found = await world.app.store.readHead(scope);
  if (found === null) throw new Error('no head');
  const commitId = world.app.random.token(9);
  const head = { ...found.head, oldestSeq, commits: [...found.head.commits, commitId].slice(-8) };
  await world.app.store.commit(scope, { version: found.version, head, commitId, writes: [] });
  await world.app.store.dropChanges(scope, oldestSeq);
}

describe('sending again', () => {
  it('replays a time range under the same ids, and leaves the rest alone', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    const times: Date[] = [];
    for (let at = 0; at < 5; at++) {
      times.push(world.clock.now());
      await world.append(id('c'), 1);
      await world.drain();
      world.clock.move(MINUTE);
    }
    const ids = world.receiver.sent.map((sent) => sent.id);
    const [, since, , until] = times;
    if (since === undefined || until === undefined) throw new Error('no times');
    const answer = await replayDeliveries(world.app, { endpointId: id('e'), since, until });
    expect(answer).toMatchObject({ queued: 2, more: false });
    await world.drain();
    expect(world.receiver.sent.slice(5).map((sent) => sent.id)).toEqual([ids[1], ids[2]]);
    expect(await recordOf(2)).toMatchObject({ status: 'delivered', attempts: 2 });
    // That was that: neither the next change nor the time brings them once more.
    await world.append(id('c'), 1);
    await world.pass(10 * MINUTE, 5 * MINUTE);
    expect(world.receiver.sent).toHaveLength(8);
  });

  it('of many at once ends, each sent once', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    const since = world.clock.now();
    await world.append(id('c'), 130);
    await world.drain();
    expect((await replayDeliveries(world.app, { endpointId: id('e'), since })).queued).toBe(130);
    await world.drain();
    expect(world.receiver.sent).toHaveLength(260);
    expect(new Set(world.receiver.seqs(id('e')).slice(130)).size).toBe(130);
  });

  it('of one that is refused holds up no new one', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    await world.append(id('c'), 1);
    await world.drain();
    const record = await recordOf(1);
    world.receiver.answer = ({ seq }) => (seq === 1 ? refused() : taken);
    if (record !== undefined) await retryDelivery(world.app, record);
    await world.drain();
    expect(await recordOf(1)).toMatchObject({ status: 'pending', attempts: 2 });
    await world.append(id('c'), 1);
    await world.drain();
    expect(world.receiver.seqs(id('e')).filter((seq) => seq === 2)).toHaveLength(1);
    world.receiver.answer = () => taken;
    await world.pass(10 * MINUTE, 20_000);
    expect(await recordOf(1)).toMatchObject({ status: 'delivered' });
  });

  it('of what the feed no longer keeps fails, and says why', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    await world.append(id('c'), 2);
    await world.drain();
    const record = await recordOf(1);
    await trim(id('c'), 2);
    if (record !== undefined) await retryDelivery(world.app, record);
    await world.drain();
    expect(world.receiver.sent).toHaveLength(2);
    expect(await recordOf(1)).toMatchObject({ status: 'failed', lastError: 'no longer in the feed' });
    expect(await world.due(id('c'))).toEqual([]);
  });

  it('while a worker is at the same feed is not left lying', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    await world.append(id('c'), 2);
    await world.drain();
    const record = await recordOf(1);
    await world.silently(id('c'), 1);
    world.receiver.answer = async ({ seq }) => {
      if (seq !== 3 || record === undefined) return taken;
      await retryDelivery(world.app, record);
      await runDeliverJob(world.queues.next(), world.worker());
      return taken;
    };
    await runDeliverJob({ connectionId: id('c'), domain: 'mail', due: null }, world.app);
    expect(world.receiver.seqs(id('e'))).toEqual([1, 2, 3]);
    world.clock.move(10_000);
    await world.drain();
    expect(world.receiver.seqs(id('e'))).toEqual([1, 2, 3, 1]);
    await world.pass(5 * MINUTE);
    expect(world.receiver.seqs(id('e'))).toEqual([1, 2, 3, 1]);
    expect(await world.due(id('c'))).toEqual([]);
  });

  it('of one that waits for its next attempt tries it at once', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    world.receiver.answer = () => refused({ retryAfterMs: null });
    await world.append(id('c'), 1);
    await world.drain();
    world.receiver.answer = () => taken;
    const record = await recordOf(1);
    if (record !== undefined) await retryDelivery(world.app, record);
    await world.drain();
    expect(await recordOf(1)).toMatchObject({ status: 'delivered', attempts: 2 });
  });
});

describe('a delivery that waits', () => {
  const typed = async (types: string[]): Promise<void> => {
    const found = await world.app.endpoints.read(id('e'));
    if (found !== null) await world.app.endpoints.replace({ ...found.endpoint, types }, found.version);
  };
  /** One that was refused, with another one behind it. */
  const refusedOnce = async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    world.receiver.answer = () => refused();
    await world.append(id('c'), ['message.created', 'contact.created']);
    await world.drain();
    world.receiver.answer = () => taken;
    return (await recordOf(1)) ?? expect.fail('there is none');
  };

  it('has failed once its type is no longer asked for, and may be asked for again', async () => {
    const since = world.clock.now();
    const { id: delivery } = await refusedOnce();
    await typed(['contact.*']);
    await world.pass(MINUTE, 5_000);
    expect(world.receiver.seqs(id('e'))).toEqual([1, 2]);
    const record = await world.app.deliveries.read(delivery);
    expect(record).toMatchObject({ status: 'failed', nextAttemptAt: null, lastError: 'no longer asked for' });
    await typed(['*']);
    expect((await replayDeliveries(world.app, { endpointId: id('e'), since, status: 'failed' })).queued).toBe(1);
    await world.drain();
    expect(await recordOf(1)).toMatchObject({ id: delivery, status: 'delivered', attempts: 2 });
  });

  it('is sent when it is asked for, also where its type is no longer', async () => {
    const record = await refusedOnce();
    await typed(['contact.*']);
    await retryDelivery(world.app, record);
    await world.drain();
    expect(world.receiver.seqs(id('e')).toSorted()).toEqual([1, 1, 2]);
    expect(await recordOf(1)).toMatchObject({ status: 'delivered', attempts: 2, lastError: null });
  });

  it('is asked for anew where its record waits for what nothing brings', async () => {
    const record = await refusedOnce();
    await world.app.deliveries.removeCursors(id('e'), id('c'));
    expect(await recordOf(1)).toMatchObject({ status: 'failed', lastError: 'the connection left' });
    // As records were left before they were given up.
    const scope = { connectionId: id('c'), domain: 'mail' };
    const cursor = { endpointId: id('e'), ...scope, claim: null, waiting: null, gap: null, behind: false };
    const version = await world.app.deliveries.commit({ cursor: { ...cursor, seq: 2 }, version: null, records: [] });
    await world.app.deliveries.commit({ cursor: { ...cursor, seq: 2 }, version, records: [record] });
    const since = new Date(record.at);
    expect((await replayDeliveries(world.app, { endpointId: id('e'), since })).queued).toBe(1);
    expect((await replayDeliveries(world.app, { endpointId: id('e'), since })).queued).toBe(0);
    await world.drain();
    expect(await recordOf(1)).toMatchObject({ status: 'delivered' });
  });
});

describe('a delivery that is tried again in 5 h, in a feed that is claimed by a worker that died', () => {
  const CLAIM_MS = 30_000;
  const after = (ms: number): string => new Date(world.clock.now().getTime() + ms).toISOString();
  const claimed = async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    world.receiver.answer = () => refused();
    await world.append(id('c'), 1);
    await world.drain();
    world.queues.deliveries.length = 0;
    world.receiver.answer = () => taken;
    const record = (await recordOf(1)) ?? expect.fail('there is none');
    const { deliveries } = world.app;
    const { found } = await deliveries.readCursor(id('e'), { connectionId: id('c'), domain: 'mail' });
    if (found === null || found.cursor.waiting === null) return expect.fail('nothing waits');
    const nextAttemptAt = after(5 * HOUR);
    const claim = { owner: 'one that died', until: after(CLAIM_MS) };
    const cursor = { ...found.cursor, claim, waiting: { ...found.cursor.waiting, nextAttemptAt } };
    const waits = { ...record, nextAttemptAt };
    await deliveries.commit({ cursor, version: found.version, records: [waits] });
    return waits;
  };

  /** The time of the claim passes; messages come, timers do not. */
  const shortly = async (): Promise<void> => {
    for (let passed = 0; passed < CLAIM_MS; passed += 5_000) {
      world.clock.move(5_000);
      await world.drain();
    }
  };

  it('is sent when the claim ends, where it was asked for', async () => {
    await retryDelivery(world.app, await claimed());
    await world.drain();
    await shortly();
    expect(await recordOf(1)).toMatchObject({ status: 'delivered', attempts: 2 });
    await world.pass(6 * HOUR, HOUR);
    expect(world.receiver.seqs(id('e'))).toEqual([1, 1]);
    expect(await world.due(id('c'))).toEqual([]);
  });

  it('is sent though the message of who asked for it is lost, once, and waits its time where it is refused', async () => {
    const waits = await claimed();
    world.receiver.answer = () => refused({ retryAfterMs: 2 * HOUR });
    await retryDelivery(world.app, waits);
    world.queues.deliveries.length = 0;
    await world.pass(HOUR);
    expect(world.receiver.seqs(id('e'))).toEqual([1, 1]);
    world.receiver.answer = () => taken;
    await world.pass(2 * HOUR, 10 * MINUTE);
    expect(world.receiver.seqs(id('e'))).toEqual([1, 1, 1]);
    expect(await recordOf(1)).toMatchObject({ status: 'delivered', attempts: 3 });
  });

  it('is sent when the claim ends, where its endpoint was resumed', async () => {
    await claimed();
    await world.pause(id('e'));
    await world.resume(id('e'));
    await world.drain();
    expect(world.receiver.seqs(id('e'))).toEqual([1]);
    await shortly();
    expect(await recordOf(1)).toMatchObject({ status: 'delivered', attempts: 2 });
  });

  it('is sent by the next job, where the one that was to hurry it had no time left', async () => {
    const job = { connectionId: id('c'), domain: 'mail', due: null, now: id('e') };
    await claimed();
    world.clock.move(CLAIM_MS);
    const { config } = world.app;
    await runDeliverJob(job, { ...world.app, config: { ...config, sync: { ...config.sync, budgetMs: 0 } } });
    expect(world.receiver.seqs(id('e'))).toEqual([1]);
    await world.drain();
    expect(await recordOf(1)).toMatchObject({ status: 'delivered', attempts: 2 });
  });

  it('is sent soon after a failure of the vault, where its endpoint was resumed', async () => {
    await claimed();
    world.clock.move(CLAIM_MS);
    await world.pause(id('e'));
    await world.resume(id('e'));
    world.receiver.answer = () => {
      throw new StorageError('vault.unavailable', 'no vault');
    };
    await world.drain();
    world.receiver.answer = () => taken;
    world.clock.move(30_000);
    await world.drain();
    expect(await recordOf(1)).toMatchObject({ status: 'delivered', attempts: 2 });
  });
});

describe('an endpoint that waits for its next attempt', () => {
  it('is not hurried by what is asked for at another one', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    await world.endpoint(id('down'));
    world.receiver.answer = ({ endpointId }) => (endpointId === id('down') ? refused() : taken);
    await world.append(id('c'), 1);
    await world.drain();
    const record = (await recordOf(1)) ?? expect.fail('there is none');
    for (let times = 0; times < 5; times++) {
      await retryDelivery(world.app, record);
      await replayDeliveries(world.app, { endpointId: id('e'), since: new Date(record.at) });
      await world.drain();
    }
    await world.pause(id('e'));
    await world.append(id('c'), 1);
    await world.drain();
    await world.resume(id('e'));
    await world.drain();
    expect(world.receiver.seqs(id('e')).length).toBeGreaterThan(5);
    expect(world.receiver.seqs(id('down'))).toEqual([1]);
    expect(await world.read(id('down'))).toMatchObject({ failures: 1 });
  });

  it('is not hurried by a message of before it named one, which is no poison', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    world.receiver.answer = () => refused();
    await world.append(id('c'), 1);
    await world.drain();
    await runDeliverJob({ connectionId: id('c'), domain: 'mail', now: true, due: null }, world.app);
    expect(world.receiver.sent).toHaveLength(1);
  });
});

describe('a deleted endpoint', () => {
  it('hears nothing more; its rows and its secret go', async () => {
    await world.connect(id('c'));
    const { secret } = await world.endpoint(id('e'));
    await world.append(id('c'), 2);
    await world.drain();
    expect(await deleteEndpoint(world.app, id('e'))).toBe(true);
    expect(await deleteEndpoint(world.app, id('e'))).toBe(false);
    await world.append(id('c'), 1);
    await world.drain();
    expect(world.receiver.sent).toHaveLength(2);
    await world.pass(5 * MINUTE);
    expect(await world.app.endpoints.read(id('e'))).toBeNull();
    expect(await world.app.secrets.latest(secret)).toBeNull();
    expect((await world.app.deliveries.list({ endpointId: id('e'), limit: 9, after: null })).deliveries).toEqual([]);
    const { found } = await world.app.deliveries.readCursor(id('e'), { connectionId: id('c'), domain: 'mail' });
    expect(found).toBeNull();
    expect(await world.app.due.oldest('endpoints')).toBeNull();
  });
});
