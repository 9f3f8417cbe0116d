import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FenceLostError, StorageError } from '../../../shared/errors.ts';
import { runDeliverJob } from '../../../shared/jobs/deliveries/deliver-job.ts';
import { openDeliveryWorld, refused, taken, type DeliveryWorld } from '../../support/delivery-world.ts';
import type { Fault } from '../../support/fault-plan.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await openDeliveryWorld();
});
afterEach(() => {
  world.rig.heal();
});
afterAll(() => world.close());

const faults: Readonly<Record<string, Fault>> = {
  'answers 503': { before: { status: 503 } },
  'answers 500 after it did the work': { applied: { status: 500 } },
  'resets after it did the work': { applied: 'reset' },
};

describe.each(Object.entries(faults))('storage that %s', (name, fault) => {
  it('once, at any call, costs no delivery and repeats none', async () => {
    const ids: string[] = [];
    world.shards.clear();
    for (let nth = 1; nth <= 16; nth++) {
      const id = `${name.replaceAll(/\W/g, '')}-${nth}`;
      ids.push(id);
      await world.connect(id, { workspaceId: id });
      await world.endpoint(id, { workspaceId: id });
      await world.append(id, 3);
      const job = world.queues.next();
      world.rig.tables.plan({ nth, fault });
      await runDeliverJob(job, world.app);
      world.rig.heal();
    }
    await world.pass(3 * 60_000, 60_000);
    for (const id of ids) expect([id, ...world.receiver.seqs(id)]).toEqual([id, 1, 2, 3]);
  });

  it('for a while costs no delivery', async () => {
    const ids: string[] = [];
    world.shards.clear();
    for (let nth = 1; nth <= 14; nth++) {
      const id = `while-${name.replaceAll(/\W/g, '')}-${nth}`;
      ids.push(id);
      await world.connect(id, { workspaceId: id });
      await world.endpoint(id, { workspaceId: id });
      await world.append(id, 3);
      const job = world.queues.next();
      world.rig.tables.plan({ nth, times: 12, fault });
      // The queue would bring the message again; here the due row alone does.
      await runDeliverJob(job, world.app).catch(() => undefined);
      world.rig.heal();
    }
    await world.pass(6 * 60_000, 90_000);
    for (const id of ids) {
      expect([id, ...new Set(world.receiver.seqs(id))]).toEqual([id, 1, 2, 3]);
      expect(new Set(world.receiver.to(id).map((sent) => sent.id)).size).toBe(3);
    }
  });
});

describe('a vault that fails', () => {
  it('is no failure of the endpoint', async () => {
    await world.connect('vault');
    await world.endpoint('vault');
    await world.append('vault', 1);
    world.receiver.answer = () => {
      throw new StorageError('vault.unavailable', 'no vault');
    };
    await world.drain();
    expect(await world.read('vault')).toMatchObject({ failures: 0, lastError: null });
    world.receiver.answer = () => ({ outcome: 'delivered', status: 204, ms: 1 });
    world.clock.move(31_000);
    await world.drain();
    expect(world.receiver.seqs('vault')).toEqual([1, 1]);
  });
});

describe('what goes wrong at one endpoint', () => {
  it.each([
    ['a vault that fails', new StorageError('vault.unavailable', 'no vault'), false],
    ['a bug', new TypeError('a bug'), true],
  ])('(%s) keeps nothing from the others', async (name, error, thrown) => {
    const id = `one-${name.replaceAll(' ', '-')}`;
    await world.connect(id, { workspaceId: id });
    await world.endpoint(`${id}-bad`, { workspaceId: id });
    await world.endpoint(`${id}-good`, { workspaceId: id });
    await world.append(id, 3);
    world.receiver.answer = ({ endpointId }) => {
      if (endpointId === `${id}-bad`) throw error;
      return taken;
    };
    const run = runDeliverJob(world.queues.next(), world.app);
    if (thrown) await expect(run).rejects.toThrow('a job failed unexpectedly');
    else await run;
    expect(world.receiver.seqs(`${id}-good`)).toEqual([1, 2, 3]);
    expect(await world.due(id)).toEqual(['mail.deliver']);
    world.receiver.answer = () => taken;
    await world.pass(3 * 60_000, 60_000);
    expect(world.receiver.seqs(`${id}-bad`)).toEqual([1, 1, 2, 3]);
    expect(world.receiver.seqs(`${id}-good`)).toEqual([1, 2, 3]);
  });
});

describe('the row of an endpoint, when many deliver to it at once,', () => {
  const standing = async (id: string) => {
    const { found } = await world.app.deliveries.readCursor(id, { connectionId: id, domain: 'mail' });
    const { deliveries } = await world.app.deliveries.list({ endpointId: id, limit: 9, after: null });
    return { cursor: found?.cursor, records: deliveries.map(({ seq, status }) => `${seq} ${status}`) };
  };

  it.each([
    ['taken', taken, { claim: null, waiting: null, seq: 3 }, ['3 delivered', '2 delivered', '1 delivered']],
    ['refused', refused(), { claim: null, waiting: { seq: 1, attempts: 1 }, seq: 0 }, ['1 pending']],
  ] as const)('may always be changed by others first: what was %s is kept', async (name, answer, cursor, records) => {
    const id = `swapped-${name}`;
    await world.connect(id, { workspaceId: id });
    await world.endpoint(id, { workspaceId: id });
    await world.append(id, 3);
    world.receiver.answer = () => answer;
    const worker = world.worker();
    worker.endpoints.replace = () => Promise.reject(new FenceLostError('another writer was first'));
    await runDeliverJob(world.queues.next(), worker);
    world.receiver.answer = () => taken;
    expect(await standing(id)).toMatchObject({ cursor, records });
    await world.pass(60_000, 30_000);
    expect([...new Set(world.receiver.seqs(id))]).toEqual([1, 2, 3]);
  });

  it('is written by the first of those that succeed', async () => {
    const id = 'first-to-note';
    for (const connection of [`${id}-a`, `${id}-b`]) await world.connect(connection, { workspaceId: id });
    await world.endpoint(id, { workspaceId: id });
    for (const connection of [`${id}-a`, `${id}-b`]) await world.silently(connection, 1);
    const jobOf = (connectionId: string) => ({ connectionId, domain: 'mail', due: null });
    const worker = world.worker();
    let written = 0;
    const replace = worker.endpoints.replace.bind(worker.endpoints);
    worker.endpoints.replace = (...row) => {
      written++;
      return replace(...row);
    };
    world.receiver.answer = async ({ connectionId }) => {
      if (connectionId === `${id}-a`) await runDeliverJob(jobOf(`${id}-b`), world.app);
      return taken;
    };
    await runDeliverJob(jobOf(`${id}-a`), worker);
    world.receiver.answer = () => taken;
    expect(world.receiver.to(id).map(({ connectionId }) => connectionId)).toEqual([`${id}-a`, `${id}-b`]);
    expect((await world.read(id)).lastSuccessAt).toBe(world.clock.now().toISOString());
    expect(written).toBe(0);
  });
});
