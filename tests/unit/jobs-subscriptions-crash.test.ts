import { describe, expect, it } from 'vitest';
import { shardOf } from '../../shared/engine/directory-ports.ts';
import { changeConnection } from '../../shared/jobs/change-connection.ts';
import { runDispatch } from '../../shared/jobs/dispatch.ts';
import { secretHash } from '../../shared/jobs/subscriptions/pairs.ts';
import { requestSubscriptionWork } from '../../shared/jobs/subscriptions/request.ts';
import { addConnection, openJobWorld, type JobWorld } from '../support/job-world.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MAIL = { connectionId: 'c1', domain: 'mail' };
const timer = { kinds: ['subscriptions', 'mail'], shards: [shardOf('c1')] };

/** Timers' turns as they come: every minute, for some minutes. */
async function turns(world: JobWorld, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    world.clock.advance(MINUTE);
    await runDispatch(timer, world.ports);
  }
}

interface Situation {
  readonly name: string;
  readonly prepare: (world: JobWorld) => Promise<void>;
}

const connectFirst = async (world: JobWorld): Promise<void> => {
  await addConnection(world, 'c1');
  await requestSubscriptionWork(world.ports, 'c1');
};
const live = async (world: JobWorld): Promise<void> => {
  await connectFirst(world);
  await runDispatch(timer, world.ports);
  world.queues.syncs.length = 0;
  for (const row of world.due.of('mail')) await world.due.move(row, null);
  await world.wake.clear(MAIL);
};
const situations: readonly Situation[] = [
  { name: 'the first creation', prepare: connectFirst },
  {
    name: 'a renewal of one that is gone',
    prepare: async (world) => {
      await live(world);
      world.graph.live.clear();
      world.clock.advance(4 * DAY);
    },
  },
  {
    name: 'a conflict with one that is not known',
    prepare: async (world) => {
      await connectFirst(world);
      world.graph.live.set('foreign', {
        id: 'foreign',
        resource: 'me/messages',
        changeType: 'created,updated,deleted',
        notificationUrl: 'https://sync.example/api/webhooks/graph?k=foreign',
        expiresAt: '2026-03-09T00:00:00Z',
      });
    },
  },
  {
    name: 'a replacement of one that is not trusted',
    prepare: async (world) => {
      await live(world);
      const row = (await world.row()) ?? expect.fail('no row');
      const found = await world.subscriptions.read(row, row.resource);
      const renewAt = world.clock.now().toISOString();
      await world.subscriptions.write({ ...row, distrusted: true, renewAt }, found?.version ?? '');
      await requestSubscriptionWork(world.ports, 'c1');
    },
  },
];

describe.each(situations)('$name', ({ prepare }) => {
  it('ends with one live subscription that can be checked, and a round after it, wherever the worker dies', async () => {
    const counting = openJobWorld();
    await prepare(counting);
    let calls = 0;
    counting.hook = () => {
      calls++;
    };
    await runDispatch(timer, counting.ports);
    expect(calls).toBeGreaterThan(20);
    for (let deadly = 1; deadly <= calls; deadly++) {
      const world = openJobWorld();
      await prepare(world);
      let seen = 0;
      // Dead from that call on: what the worker would do after it does not happen either.
      world.hook = () => {
        if (++seen >= deadly) throw new Error('killed');
      };
      await runDispatch(timer, world.ports).catch(() => undefined);
      world.hook = () => undefined;
      await turns(world, 5);
      const row = await world.row();
      const [remote, ...others] = world.graph.live.values();
      expect(others, `call ${deadly}`).toEqual([]);
      expect(remote?.id, `call ${deadly}`).toBe(row?.id);
      const key = new URL(remote?.notificationUrl ?? '').searchParams.get('k') ?? '';
      expect(row?.keyHash, `call ${deadly}`).toBe(secretHash(key));
      const asked = world.graph.asked.find((one) => one.notificationUrl === remote?.notificationUrl);
      expect(row?.stateHash, `call ${deadly}`).toBe(secretHash(asked?.clientState ?? ''));
      expect(world.queues.syncs.length, `call ${deadly}`).toBeGreaterThan(0);
      expect(await world.lookups.find('subscription-id', remote?.id ?? ''), `call ${deadly}`).toHaveLength(1);
      expect(world.due.of('subscriptions').length, `call ${deadly}`).toBeGreaterThan(0);
    }
  });
});

describe('a connection that left while its subscription was made', () => {
  it('leaves none behind', async () => {
    const world = openJobWorld();
    await connectFirst(world);
    let left = false;
    const leaving: Promise<unknown>[] = [];
    world.hook = (call, when) => {
      if (call !== 'graph.create' || when !== 'after' || left) return;
      left = true;
      const row = { kind: 'disconnect', connectionId: 'c1', dueAt: world.clock.now() };
      leaving.push(
        world.due.add(row),
        changeConnection({ connections: world.connections }, 'c1', (found) => ({ ...found, status: 'disconnecting' })),
      );
    };
    await runDispatch(timer, world.ports);
    await Promise.all(leaving);
    world.hook = () => undefined;
    await runDispatch({ ...timer, kinds: ['disconnect', 'subscriptions'] }, world.ports);
    expect(world.graph.live.size).toBe(0);
    expect(await world.row()).toBeNull();
  });
});

describe('a connection that left, after its disconnection had passed the subscriptions', () => {
  it('is taken out of what was made for it meanwhile, though its maker died', async () => {
    const world = openJobWorld();
    await connectFirst(world);
    world.hook = (call, when) => {
      if (call === 'subscriptions.list' && when === 'before' && world.graph.live.size > 0) throw new Error('killed');
    };
    await runDispatch(timer, world.ports);
    world.hook = () => undefined;
    expect(await world.row()).not.toBeNull();
    await changeConnection(world.ports, 'c1', (found) => ({ ...found, status: 'disconnected' }));
    await turns(world, 3);
    expect(await world.row()).toBeNull();
    expect(world.graph.live.size).toBe(0);
    expect(world.due.of('subscriptions')).toEqual([]);
  });

  it('is taken out by its maker, where that one lives', async () => {
    const world = openJobWorld();
    await connectFirst(world);
    let left = false;
    world.hook = (call, when) => {
      if (call !== 'graph.create' || when !== 'before' || left) return;
      left = true;
      world.connections.change('c1', (found) => ({ ...found, status: 'disconnected' }));
    };
    await runDispatch(timer, world.ports);
    expect(left).toBe(true);
    expect(await world.row()).toBeNull();
    expect(world.graph.live.size).toBe(0);
  });
});
