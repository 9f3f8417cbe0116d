import { describe, expect, it } from 'vitest';
import { shardOf } from '../../shared/engine/directory-ports.ts';
import { StorageError } from '../../shared/errors.ts';
import { changeHead } from '../../shared/engine/change-head.ts';
import { runDispatch } from '../../shared/jobs/dispatch.ts';
import { runPoison } from '../../shared/jobs/poison.ts';
import { runTimer } from '../../shared/jobs/timers.ts';
import { addConnection, openJobWorld, type JobWorld } from '../support/job-world.ts';

const all = Array.from({ length: 64 }, (_, shard) => shard);
const add = (world: JobWorld, kind: string, connectionId: string, agoMs = 0): Promise<void> =>
  world.due.add({ kind, connectionId, dueAt: new Date(world.clock.now().getTime() - agoMs) });
const mail = (world: JobWorld): Promise<void> =>
  runDispatch({ kinds: ['mail', 'mail.push'], shards: all }, world.ports);

describe('a timer', () => {
  it('only sends messages: each shard once, for each kind that it covers', async () => {
    const world = openJobWorld();
    await runTimer('emailSync', world.ports);
    expect(world.queues.dispatches.flatMap((job) => job.shards)).toEqual(all);
    expect(world.queues.dispatches).toHaveLength(8);
    expect(world.queues.dispatches[0]?.kinds).toEqual(['mail', 'mail.push', 'mail.deliver', 'connection.deliver']);
    world.queues.dispatches.length = 0;
    await runTimer('housekeeping', world.ports);
    expect(world.queues.dispatches).toEqual([{ kinds: ['housekeeping'], shards: [] }]);
  });
});

describe('dispatching', () => {
  it('sends a job for each due row, with its reference, and leaves the row', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1');
    await add(world, 'mail', 'c1');
    await add(world, 'mail.push', 'c1');
    await add(world, 'mail', 'c1', -60_000);
    await mail(world);
    const at = world.clock.now().toISOString();
    expect(world.queues.syncs).toEqual([
      { connectionId: 'c1', domain: 'mail', why: 'schedule', due: { kind: 'mail', at } },
    ]);
    expect(world.queues.pushes).toEqual([{ connectionId: 'c1', domain: 'mail', due: { kind: 'mail.push', at } }]);
    expect(world.due.rows.size).toBe(3);
    expect((await world.wake.read({ connectionId: 'c1', domain: 'mail' }))?.ids).toBe('all');
  });

  it('reads no shard but those that the message names', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1');
    await add(world, 'mail', 'c1');
    await runDispatch({ kinds: ['mail'], shards: all.filter((shard) => shard !== shardOf('c1')) }, world.ports);
    expect(world.queues.syncs).toEqual([]);
  });

  it('of several rows for the same work keeps the oldest', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1');
    for (const ago of [3_000, 2_000, 1_000]) await add(world, 'mail', 'c1', ago);
    await mail(world);
    expect(world.queues.syncs).toHaveLength(1);
    expect(world.due.of('mail').map((row) => world.clock.now().getTime() - row.dueAt.getTime())).toEqual([3_000]);
  });

  it('leaves a domain alone that is being synced, until its lease is over', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1');
    await add(world, 'mail', 'c1');
    const until = new Date(world.clock.now().getTime() + 60_000).toISOString();
    await changeHead(world.ports, { connectionId: 'c1', domain: 'mail' }, (head) => ({
      ...head,
      lease: { owner: 'worker', until },
    }));
    await mail(world);
    expect(world.queues.syncs).toEqual([]);
    world.clock.advance(60_001);
    await mail(world);
    expect(world.queues.syncs).toHaveLength(1);
  });

  it('goes on past a row that fails (P11)', async () => {
    const world = openJobWorld();
    for (const id of ['c1', 'c2', 'c3']) {
      await addConnection(world, id);
      await add(world, 'mail', id);
    }
    let sends = 0;
    world.hook = (call, when) => {
      if (call === 'queues.sync' && when === 'before' && ++sends === 1) throw new Error('broken');
    };
    await mail(world);
    expect(world.queues.syncs).toHaveLength(2);
    expect(world.due.of('mail')).toHaveLength(3);
    expect(world.lines.join()).toContain('dispatch.row_failed');
  });

  it('fails when a shard cannot be read, after all others were', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1');
    await add(world, 'mail', 'c1');
    let reads = 0;
    world.hook = (call, when) => {
      if (call === 'due.due' && when === 'before' && ++reads === 1) throw new StorageError('store.unavailable', 'down');
    };
    await expect(mail(world)).rejects.toThrow(StorageError);
    expect(reads).toBe(128);
    expect(world.queues.syncs).toHaveLength(1);
  });

  it('drops rows of connections that left', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1', { status: 'disconnected', domains: [] });
    await add(world, 'mail', 'c1');
    await mail(world);
    expect(world.queues.syncs).toEqual([]);
    expect(world.due.rows.size).toBe(0);
    expect(world.wake.rows.size).toBe(0);
  });
});

describe('a poison message', () => {
  it('is recorded on its domain, and told once per streak', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c1');
    const message = { connectionId: 'c1', domain: 'mail', why: 'schedule', due: null };
    await runPoison(message, world.ports, 'sync-jobs');
    await runPoison(message, world.ports, 'sync-jobs');
    const scope = { connectionId: 'c1', domain: 'mail' };
    expect((await world.partitions.readHead(scope))?.head.status).toMatchObject({ status: 'error', failures: 2 });
    const rows = await world.partitions.readChanges(scope, 0, 10);
    expect(rows.map((row) => row.type)).toEqual(['sync.failed']);
  });

  it.each([null, 'text', 17, {}, { connectionId: 'unknown', domain: 'mail' }])(
    'that tells no known scope (%j) is logged, and does not come back',
    async (message) => {
      const world = openJobWorld();
      await runPoison(message, world.ports, 'sync-jobs');
      expect(world.lines.join()).toContain('poison.message');
    },
  );
});
