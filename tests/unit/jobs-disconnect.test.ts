import { describe, expect, it } from 'vitest';
import type { Connection } from '../../shared/engine/connection.ts';
import { shardOf } from '../../shared/engine/directory-ports.ts';
import { addOwn } from '../../shared/engine/own-lookups.ts';
import type { RemoteSubscriptions } from '../../shared/engine/remote-ports.ts';
import { StorageError, TransientError } from '../../shared/errors.ts';
import { changeConnection } from '../../shared/jobs/change-connection.ts';
import { DISCONNECT, runDisconnect } from '../../shared/jobs/disconnect.ts';
import { runDispatch } from '../../shared/jobs/dispatch.ts';
import { createSubscription } from '../../shared/jobs/subscriptions/create.ts';
import { ensureSubscriptions } from '../../shared/jobs/subscriptions/ensure.ts';
import { leaveAll } from '../../shared/jobs/subscriptions/leave.ts';
import { newSubscription } from '../../shared/jobs/subscriptions/pairs.ts';
import { requestSubscriptionWork } from '../../shared/jobs/subscriptions/request.ts';
import { ACCOUNT, addConnection, openJobWorld, type JobWorld } from '../support/job-world.ts';
import { MemorySubscriptions } from '../support/memory-directory.ts';

const MAIL = { connectionId: 'c1', domain: 'mail' };
const OWN = { connectionId: 'c1', domain: 'connection' };

/** A connection with a live subscription, told to leave. */
async function leaving(): Promise<JobWorld> {
  const world = openJobWorld();
  await ensureSubscriptions(world.ports, await addConnection(world, 'c1'));
  for (const key of ['one', 'two']) await addOwn(world.lookups, 'c1', { kind: 'thing', key, value: 'c1' });
  await world.due.add({ kind: DISCONNECT, connectionId: 'c1', dueAt: world.clock.now() });
  await changeConnection(world.ports, 'c1', (connection) => ({
    ...connection,
    status: 'disconnecting',
    updatedAt: world.clock.now().toISOString(),
  }));
  return world;
}
const row = (world: JobWorld) => world.due.of(DISCONNECT)[0] ?? expect.fail('no due row');
const lastRows = async (world: JobWorld) => await world.partitions.readChanges(OWN, 0, 100);

async function expectGone(world: JobWorld): Promise<void> {
  expect(await world.partitions.readHead(MAIL)).toBeNull();
  expect(world.graph.live.size).toBe(0);
  expect(await world.row()).toBeNull();
  expect(world.secrets.values.size).toBe(0);
  expect(world.lookups.rows.size).toBe(0);
  expect(world.due.of(DISCONNECT)).toEqual([]);
  const connection = (await world.connections.read('c1'))?.connection;
  expect(connection).toMatchObject({ status: 'disconnected', secret: null, warnings: [] });
  const rows = await lastRows(world);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ type: 'connection.disconnected', domain: 'connection', details: { unreached: [] } });
}

describe('disconnecting (P15)', () => {
  it('closes the head first, and takes the connection apart in order', async () => {
    const world = await leaving();
    const order: string[] = [];
    world.hook = (call, when) => {
      if (when === 'after') order.push(call);
    };
    await runDisconnect(world.ports, row(world));
    const steps = [
      'store.commit',
      'graph.remove',
      'subscriptions.remove',
      'secrets.remove',
      'store.erase',
      'store.append',
      'due.move',
    ];
    expect(order.filter((call) => steps.includes(call))).toEqual([
      'store.commit',
      'graph.remove',
      'subscriptions.remove',
      'secrets.remove',
      'store.erase',
      'store.append',
      'due.move',
    ]);
    await expectGone(world);
  });

  it('ends a writer that is under way: its commit loses the fence', async () => {
    const world = await leaving();
    const held = await world.partitions.readHead(MAIL);
    await runDisconnect(world.ports, row(world));
    const head = held?.head ?? expect.fail('no head');
    const commit = { version: held?.version ?? '', head, commitId: 'late', writes: [] };
    await expect(world.partitions.commit(MAIL, commit)).rejects.toThrow('another writer');
  });

  it('goes on after a crash at any call, before it or after it took effect, and ends the same', async () => {
    const counting = await leaving();
    let calls = 0;
    counting.hook = () => {
      calls++;
    };
    await runDisconnect(counting.ports, row(counting));
    expect(calls).toBeGreaterThan(40);
    for (let deadly = 1; deadly <= calls; deadly++) {
      const world = await leaving();
      let seen = 0;
      world.hook = () => {
        if (++seen === deadly) throw new Error('killed');
      };
      // Most calls end it; a line of the audit log that cannot be written does not.
      await runDisconnect(world.ports, row(world)).catch(() => undefined);
      expect(seen, `call ${deadly}`).toBeGreaterThanOrEqual(deadly);
      world.hook = () => undefined;
      const [left] = world.due.of(DISCONNECT);
      if (left !== undefined) await runDisconnect(world.ports, left);
      await expectGone(world);
    }
  });

  it('tells what could not be reached, though it crashed after that', async () => {
    const world = await leaving();
    world.graph.failure = new TransientError('503');
    world.hook = (call, when) => {
      if (call === 'secrets.remove' && when === 'before') throw new Error('killed');
    };
    await expect(runDisconnect(world.ports, row(world))).rejects.toThrow('killed');
    world.hook = () => undefined;
    await runDisconnect(world.ports, row(world));
    expect((await lastRows(world)).at(-1)?.details).toEqual({ unreached: ['subscription'] });
    expect((await world.connections.read('c1'))?.connection.status).toBe('disconnected');
  });

  it('tells what could not be reached, though it was the subscription work that did not reach it', async () => {
    const world = await leaving();
    await requestSubscriptionWork(world.ports, 'c1');
    world.graph.failure = new TransientError('503');
    await runDispatch({ kinds: ['subscriptions', DISCONNECT], shards: [shardOf('c1')] }, world.ports);
    expect((await lastRows(world)).at(-1)?.details).toEqual({ unreached: ['subscription'] });
  });

  it('waits for a vault that is away, and gives it up after a day', async () => {
    const world = await leaving();
    world.hook = (call, when) => {
      if (call === 'secrets.remove' && when === 'before') throw new StorageError('vault.unavailable', 'down');
    };
    await expect(runDisconnect(world.ports, row(world))).rejects.toThrow(StorageError);
    expect(row(world)).toBeDefined();
    world.clock.advance(25 * 3_600_000);
    await runDisconnect(world.ports, row(world));
    expect((await lastRows(world)).at(-1)?.details).toEqual({ unreached: ['vault'] });
  });

  it('leaves the subscription to the other connections of the mailbox', async () => {
    const world = await leaving();
    await ensureSubscriptions(world.ports, await addConnection(world, 'c2'));
    await runDisconnect(world.ports, row(world));
    expect(world.graph.live.size).toBe(1);
    expect((await world.row())?.connections).toEqual(['c2']);
  });

  it('does not begin for a connection that is not marked, and drops the row in the end', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1');
    await world.due.add({ kind: DISCONNECT, connectionId: 'c1', dueAt: world.clock.now() });
    await runDisconnect(world.ports, row(world));
    expect(world.due.of(DISCONNECT)).toHaveLength(1);
    world.clock.advance(6 * 60_000);
    await runDisconnect(world.ports, row(world));
    expect(world.due.of(DISCONNECT)).toEqual([]);
    expect(await world.partitions.readHead(MAIL)).not.toBeNull();
  });
});

/** Subscriptions at Graph where each deletion waits for what others do before it, and the worker dies after it if it is to. */
function slowly(world: JobWorld, before: () => Promise<unknown>, dies: boolean): JobWorld['ports'] {
  const open = (connection: Connection): RemoteSubscriptions => {
    const remote = world.graph.open(connection);
    return {
      ...remote,
      remove: async (id) => {
        await before();
        await remote.remove(id);
        if (dies) throw new Error('killed');
      },
    };
  };
  return { ...world.ports, remoteSubscriptions: { open } };
}

describe('a subscription that the last to leave deletes', () => {
  const killedBeforeTheRowGoes: JobWorld['hook'] = (call, when) => {
    if (call === 'subscriptions.remove' && when === 'before') throw new Error('killed');
  };
  const expectOneAlive = async (world: JobWorld, connections: readonly string[]): Promise<void> => {
    const found = await world.row();
    expect(found?.connections).toEqual(connections);
    expect([...world.graph.live.keys()]).toEqual([found?.id]);
  };

  it('is not trusted by who joins after a crash', async () => {
    const world = await leaving();
    world.hook = killedBeforeTheRowGoes;
    await expect(runDisconnect(world.ports, row(world))).rejects.toThrow('killed');
    world.hook = () => undefined;
    await ensureSubscriptions(world.ports, await addConnection(world, 'c2'));
    await expectOneAlive(world, ['c2']);
    await runDisconnect(world.ports, row(world));
    await expectOneAlive(world, ['c2']);
  });

  it('is not taken over by who joins just before, though the worker dies', async () => {
    const world = await leaving();
    const second = await addConnection(world, 'c2');
    const ports = slowly(world, () => ensureSubscriptions(world.ports, second), true);
    await expect(runDisconnect(ports, row(world))).rejects.toThrow('killed');
    await runDisconnect(world.ports, row(world));
    await expectOneAlive(world, ['c2']);
  });

  it('is made anew where it is wanted again after a crash', async () => {
    const world = openJobWorld();
    const connection = await addConnection(world, 'c1');
    await ensureSubscriptions(world.ports, connection);
    world.hook = killedBeforeTheRowGoes;
    await expect(ensureSubscriptions(world.ports, { ...connection, domains: [] })).rejects.toThrow('killed');
    world.hook = () => undefined;
    await ensureSubscriptions(world.ports, connection);
    await expectOneAlive(world, ['c1']);
  });

  it('is made anew where it is wanted again meanwhile', async () => {
    const world = openJobWorld();
    const connection = await addConnection(world, 'c1');
    await ensureSubscriptions(world.ports, connection);
    const ports = slowly(world, () => ensureSubscriptions(world.ports, connection), false);
    await ensureSubscriptions(ports, { ...connection, domains: [] });
    await expectOneAlive(world, ['c1']);
  });
});

describe('a subscription that is granted while its connection leaves', () => {
  it.each(['after Graph was asked what it holds', 'after the row was read for the last time'])(
    'is deleted at Graph where it is recorded %s',
    async (when) => {
      const world = openJobWorld();
      const connection = await addConnection(world, 'c1');
      const answer = Promise.withResolvers<undefined>();
      const asked = Promise.withResolvers<undefined>();
      const state = { recorded: Promise.resolve() };
      const grant = async (now: boolean): Promise<void> => {
        if (!now) return;
        answer.resolve(undefined);
        await state.recorded;
      };
      const remote = world.graph.open(connection);
      const slow: typeof remote = {
        ...remote,
        create: async (request) => {
          asked.resolve(undefined);
          await answer.promise;
          return remote.create(request);
        },
        async *list() {
          yield* remote.list();
          await grant(when.includes('holds'));
        },
      };
      const subscriptions = new (class extends MemorySubscriptions {
        override async remove(...row: Parameters<MemorySubscriptions['remove']>): Promise<void> {
          await grant(when.includes('last time'));
          await super.remove(...row);
        }
      })();
      const ports = { ...world.ports, subscriptions, remoteSubscriptions: { open: () => slow } };
      const watched = { domain: 'mail', resource: 'me/messages', changeType: 'created' };
      await subscriptions.write({ ...newSubscription(ACCOUNT, watched), connections: ['c1'] }, null);
      const key = { ...ACCOUNT, resource: watched.resource };
      state.recorded = createSubscription(ports, { connection, watched, remote: slow, key });
      await asked.promise;
      expect(await leaveAll(ports, { ...connection, status: 'disconnecting' })).toBe(true);
      expect([...world.graph.live.keys()]).toEqual([]);
      expect(await subscriptions.list(ACCOUNT)).toEqual([]);
      expect([...world.lookups.rows].filter((one) => one.includes('subscription-'))).toEqual([]);
    },
  );
});
