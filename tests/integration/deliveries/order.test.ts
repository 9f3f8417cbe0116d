import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { newHead } from '../../../shared/engine/head.ts';
import { runDeliverJob } from '../../../shared/jobs/deliveries/deliver-job.ts';
import { MINUTE, openDeliveryWorld, type DeliveryWorld } from '../../support/delivery-world.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await openDeliveryWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  for (const { endpoint } of await world.app.endpoints.list()) await world.app.endpoints.remove(endpoint.id);
  world.receiver.sent.length = 0;
});

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe('deliveries of a feed', () => {
  it('come in order, each once, over several pages', async () => {
    await world.connect('c-order');
    await world.endpoint('e-order');
    await world.append('c-order', 230);
    await world.drain();
    expect(world.receiver.seqs('e-order')).toEqual(range(1, 230));
    await world.append('c-order', 3);
    await world.drain();
    expect(world.receiver.seqs('e-order')).toEqual(range(1, 233));
    expect(new Set(world.receiver.sent.map(({ id }) => id)).size).toBe(233);
  });

  it('carry the item of the feed and whose it is', async () => {
    await world.connect('c-body', { workspaceId: 'ws-1', userId: 'user-7' });
    await world.endpoint('e-body');
    await world.append('c-body', ['message.updated']);
    await world.drain();
    const [change] = await world.feed('c-body');
    expect(JSON.parse(world.receiver.sent[0]?.body ?? '')).toEqual({
      type: 'message.updated',
      timestamp: change?.at,
      data: { ...change, connectionId: 'c-body', userId: 'user-7', workspaceId: 'ws-1' },
    });
  });

  it('leave no due row and no message behind', async () => {
    await world.connect('c-clean');
    await world.endpoint('e-clean');
    await world.append('c-clean', 2);
    await world.drain();
    expect(await world.app.due.oldest('mail.deliver')).toBeNull();
    expect(world.queues.deliveries).toEqual([]);
  });

  it('are those of the domain alone: each feed has a cursor of its own', async () => {
    await world.connect('c-two');
    await world.endpoint('e-two');
    await world.append('c-two', ['connection.connected'], 'connection');
    await world.append('c-two', 2);
    await world.drain();
    expect(world.receiver.seqs('e-two', { domain: 'mail' })).toEqual([1, 2]);
    expect(world.receiver.seqs('e-two', { domain: 'connection' })).toEqual([1]);
  });

  it('begin with the first change made after the endpoint', async () => {
    await world.connect('c-start');
    await world.silently('c-start', 37);
    world.clock.move(1_000);
    await world.endpoint('e-start');
    await world.append('c-start', 5);
    await world.drain();
    expect(world.receiver.seqs('e-start')).toEqual(range(38, 42));
  });

  it('begin with the first change of a feed that is younger than the endpoint', async () => {
    await world.endpoint('e-young');
    world.clock.move(MINUTE);
    await world.connect('c-young');
    await world.append('c-young', 2);
    await world.drain();
    expect(world.receiver.seqs('e-young')).toEqual([1, 2]);
  });

  it('begin anew with a feed that was removed and begun anew', async () => {
    await world.connect('c-anew');
    await world.endpoint('e-anew');
    await world.append('c-anew', 5);
    await world.drain();
    await world.app.store.erase({ connectionId: 'c-anew', domain: 'mail' });
    await world.app.store.createHead({ connectionId: 'c-anew', domain: 'mail' }, newHead());
    world.clock.move(MINUTE);
    await world.append('c-anew', 2);
    await world.drain();
    expect(world.receiver.seqs('e-anew')).toEqual([1, 2, 3, 4, 5, 1, 2]);
    expect(new Set(world.receiver.sent.map(({ id }) => id)).size).toBe(7);
  });

  it('are of the types that the endpoint asks for; the rest is passed over for good', async () => {
    await world.connect('c-types');
    await world.endpoint('e-types', { types: ['message.*', 'sync.failed'] });
    await world.append('c-types', ['message.created', 'folder.created', 'sync.failed', 'sync.baseline_completed']);
    await world.append('c-types', ['folder.created']);
    await world.drain();
    expect(world.receiver.to('e-types').map(({ type }) => type)).toEqual(['message.created', 'sync.failed']);
    const { found } = await world.app.deliveries.readCursor('e-types', { connectionId: 'c-types', domain: 'mail' });
    expect(found?.cursor.seq).toBe(5);
  });

  it('go to endpoints of the workspace and to those of all; of no workspace to those of all alone', async () => {
    await world.connect('c-ws-1', { workspaceId: 'ws-1' });
    await world.connect('c-ws-2', { workspaceId: 'ws-2' });
    await world.connect('c-none', { workspaceId: null });
    await world.endpoint('e-ws-1', { workspaceId: 'ws-1' });
    await world.endpoint('e-ws-2', { workspaceId: 'ws-2' });
    await world.endpoint('e-all');
    for (const id of ['c-ws-1', 'c-ws-2', 'c-none']) await world.append(id, 1);
    await world.drain();
    const told = (endpointId: string): string[] => world.receiver.to(endpointId).map((sent) => sent.connectionId);
    expect(told('e-ws-1')).toEqual(['c-ws-1']);
    expect(told('e-ws-2')).toEqual(['c-ws-2']);
    expect(told('e-all').toSorted()).toEqual(['c-none', 'c-ws-1', 'c-ws-2']);
  });

  it('keep their order and come once though two workers are at them at once', async () => {
    await world.connect('c-race');
    await world.endpoint('e-race');
    await world.silently('c-race', 60);
    const workers = [world.app, world.worker(), world.worker()];
    const job = { connectionId: 'c-race', domain: 'mail', due: null };
    world.receiver.answer = async ({ seq }) => {
      await new Promise((resolve) => setImmediate(resolve));
      // One comes in the middle of what another one sends.
      if (seq % 25 === 5) await runDeliverJob(job, world.worker());
      return { outcome: 'delivered', status: 200, ms: 1 };
    };
    await Promise.all(workers.map((app) => runDeliverJob(job, app)));
    await world.silently('c-race', 40);
    await Promise.all(workers.map((app) => runDeliverJob(job, app)));
    await world.pass(5 * MINUTE);
    expect(world.receiver.seqs('e-race')).toEqual(range(1, 100));
  });

  it('that come while a worker is at its end are not left lying', async () => {
    await world.connect('c-late');
    await world.endpoint('e-late');
    await world.silently('c-late', 1);
    const job = { connectionId: 'c-late', domain: 'mail', due: null };
    let late = 0;
    world.receiver.answer = async (sent) => {
      // Another worker commits rows and finds the feed taken, while the first one is sending.
      if (late++ < 3) {
        await world.silently('c-late', 1);
        await runDeliverJob(job, world.worker());
      }
      return { outcome: 'delivered', status: 200, ms: sent.seq };
    };
    await runDeliverJob(job, world.app);
    expect(world.receiver.seqs('e-late')).toEqual([1, 2, 3, 4]);
  });

  it('that take long go on in another job, where this one stopped itself', async () => {
    await world.connect('c-slow');
    await world.endpoint('e-slow');
    await world.append('c-slow', 20);
    world.receiver.answer = () => {
      world.clock.move(30_000);
      return { outcome: 'delivered', status: 200, ms: 30_000 };
    };
    await runDeliverJob(world.queues.next(), world.app);
    expect(world.receiver.seqs('e-slow')).toEqual(range(1, 8));
    expect(await world.due('c-slow')).toEqual(['mail.deliver']);
    await world.drain();
    expect(world.receiver.seqs('e-slow')).toEqual(range(1, 20));
    expect(await world.due('c-slow')).toEqual([]);
  });

  it('show in the list of deliveries, newest first, with the id that was sent', async () => {
    await world.connect('c-list');
    await world.endpoint('e-list');
    for (let at = 0; at < 3; at++) {
      await world.append('c-list', 1);
      world.clock.move(1_000);
    }
    await world.drain();
    const list = (more: object = {}): ReturnType<typeof world.app.deliveries.list> =>
      world.app.deliveries.list({ endpointId: 'e-list', limit: 2, after: null, ...more });
    const first = await list();
    expect(first.deliveries.map(({ seq }) => seq)).toEqual([3, 2]);
    const second = await list({ after: first.next });
    expect(second.deliveries.map(({ seq }) => seq)).toEqual([1]);
    expect(second.next).toBeNull();
    const [oldest] = second.deliveries;
    expect(oldest).toMatchObject({ status: 'delivered', attempts: 1, lastError: null });
    expect(await world.app.deliveries.read(world.receiver.sent[0]?.id ?? '')).toEqual(oldest);
    expect((await list({ since: new Date(z.string().parse(first.deliveries[0]?.at)) })).deliveries).toHaveLength(1);
    expect(
      (await list({ until: new Date(z.string().parse(first.deliveries[0]?.at)), limit: 9 })).deliveries,
    ).toHaveLength(2);
    expect((await list({ status: 'failed' })).deliveries).toEqual([]);
  });
});
