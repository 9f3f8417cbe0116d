import { describe, expect, it } from 'vitest';
import { takePushTrigger, type PushTrigger } from '../../../shared/jobs/push-trigger.ts';
import { startWorld, type SyncWorld } from '../../support/sync-world.ts';

/** Page sizes that were asked for on delta pages of messages, in order. */
async function pageSizes(world: SyncWorld, work: () => Promise<unknown>): Promise<number[]> {
  const before = world.graph.requests.length;
  await work();
  return world.graph.requests.slice(before).flatMap(({ path, headers }) => {
    const size = /odata\.maxpagesize=(\d+)/.exec(String(headers['prefer']))?.[1];
    return path.includes('/messages/delta') && size !== undefined ? [Number(size)] : [];
  });
}

async function push(world: SyncWorld, hint: Partial<PushTrigger>): Promise<void> {
  await takePushTrigger(world.app, {
    target: { connectionId: world.connectionId },
    domain: 'mail',
    ids: null,
    ...hint,
  });
  await world.drain();
}

/** A mailbox of which Microsoft tells nothing: a push is all that wakes it. */
async function silentWorld(mailFolders: readonly string[]): Promise<SyncWorld> {
  const world = await startWorld({ messages: 0, folders: 0, mailFolders });
  await world.control('PATCH', '/settings', { notifications: { lose: 1 } });
  await world.drain();
  return world;
}

describe('the hint of a push trigger', () => {
  it('makes the first page of each folder small, and leaves nothing out', async () => {
    await using world = await silentWorld(['inbox', 'archive']);
    await world.user('POST', '/messages', { count: 12 });
    const sizes = await pageSizes(world, () => push(world, { firstPage: 5 }));
    expect(sizes.slice(0, 3)).toEqual([5, 196, 5]);
    // A worker that a busy machine made lose its lease polls again, and then as ever.
    expect(sizes.slice(3).filter((size) => size !== 196)).toEqual([]);
    expect(await world.differences()).toEqual([]);
    expect(await world.messages()).toHaveLength(12);
  });

  it('changes nothing where a round is on its way already', async () => {
    // Connecting has woken the mailbox.
    await using world = await startWorld({ messages: 10, folders: 0, mailFolders: ['inbox'] });
    const sizes = await pageSizes(world, () => push(world, { firstPage: 3 }));
    expect(new Set(sizes)).toEqual(new Set([196]));
    expect(await world.differences()).toEqual([]);
  });

  it('is over with its round', async () => {
    await using world = await silentWorld(['inbox']);
    await push(world, { firstPage: 5 });
    await world.arrive();
    expect(new Set(await pageSizes(world, () => push(world, {})))).toEqual(new Set([196]));
  });

  it('names messages whose folders alone are read', async () => {
    await using world = await silentWorld(['inbox', 'archive']);
    const id = await world.arrive();
    expect(await pageSizes(world, () => push(world, { ids: [id] }))).toEqual([196]);
    expect((await world.feed()).find((change) => change.graphId === id)?.cause).toBe('push');
  });
});
