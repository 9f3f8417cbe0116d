import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RemoteStep } from './programs/steps.ts';
import type { ProgramWorld } from './programs/world.ts';
import { Bench } from './tables/bench.ts';

/** What happens in the tenant between two pages of a round. */
const events: Readonly<Record<string, readonly RemoteStep[]>> = {
  'an item moved': [{ do: 'move', pick: 4, to: 2 }],
  'an item moved there and back': [{ do: 'there-and-back', pick: 5, to: 1 }],
  'an item moved out of all synced folders and back': [{ do: 'out-and-back', pick: 6, to: 0 }],
  'an item deleted and its id seen again': [
    { do: 'delete', pick: 3, permanent: false },
    { do: 'restore', pick: 10_000 },
  ],
  'an item deleted for good': [{ do: 'delete', pick: 7, permanent: true }],
  'an item edited and moved': [
    { do: 'edit', pick: 9, field: 'subject', on: true },
    { do: 'move', pick: 9, to: 1 },
  ],
  'a folder renamed': [{ do: 'folder-rename', pick: 1, to: 0 }],
  'a folder made, with mail in it': [
    { do: 'folder-create', pick: 2, to: 0 },
    { do: 'arrive', pick: 9_999, isRead: false, odd: 1 },
  ],
  'a folder moved out and back': [
    { do: 'folder-move', pick: 0, to: 2 },
    { do: 'folder-move', pick: 0, to: 0 },
  ],
  'a folder moved out': [{ do: 'folder-move', pick: 0, to: 2 }],
  'a folder deleted': [{ do: 'folder-delete', pick: 0, permanent: false }],
  'a folder deleted for good': [{ do: 'folder-delete', pick: 0, permanent: true }],
};
const MOST_REQUESTS = 60;

let world: ProgramWorld;
beforeAll(async () => {
  world = (await Bench.start()).world;
  await world.control('PATCH', '/settings', { pageSize: 4 });
});
afterAll(() => world.close());

/** A round of changes in two folders, with several pages each, and a folder of the user's own. */
async function changes(bench: Bench, count: number): Promise<void> {
  if (count % 4 === 0) await bench.makeFolder(`Made ${count}`);
  for (let n = 0; n < 5; n++) await bench.arrive({ subject: `Page ${n}`, folder: n % 2 === 0 ? 'inbox' : 'archive' });
  for (const id of bench.known().slice(0, 4)) await bench.mailbox.user('DELETE', `/messages/${id}?permanent=true`);
}

const everything = async (bench: Bench): Promise<unknown> =>
  world.control('POST', '/tokens/evict', { upn: bench.mailbox.upn });

/** On a mailbox of its own it happens before request after request of a round, until the round has no such request. */
async function beforeEachRequest(
  prepare: (bench: Bench, count: number) => Promise<unknown>,
  steps: readonly RemoteStep[],
): Promise<void> {
  const bench = await Bench.in(world);
  const { graph } = world.rig.proxies;
  for (let at = 0; at < MOST_REQUESTS; at++) {
    await prepare(bench, at);
    graph.forget();
    await bench.watched.do({ do: 'meanwhile', job: 'poll', by: 0, at, steps });
    const { length } = graph.requests;
    expect(await bench.ended(), `before request ${at + 1} of ${length}`).toEqual([]);
    if (at >= length) return;
  }
  throw new Error('the round has no end');
}

it.each(Object.entries(events))(
  'P4 P6 %s while a round of changes is read, before each of its requests',
  async (_, steps) => {
    await beforeEachRequest(changes, steps);
  },
  120_000,
);

it.each(Object.entries(events).slice(0, 5))(
  'P4 P5 %s while a round compares all, before each of its requests',
  async (_, steps) => {
    await beforeEachRequest(everything, steps);
  },
  120_000,
);
