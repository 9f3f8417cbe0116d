import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedOf } from './plan/sample.ts';
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
/** What happens meets every other request, the next one those between; another seed changes places. */
const EVERY = 2;
const seed = seedOf(process.env);
const cases = Object.entries(events).map(([what, steps], nth) => ({ what, steps, first: (nth + seed) % EVERY }));

let world: ProgramWorld;
beforeAll(async () => {
  world = (await Bench.start()).world;
  await world.control('PATCH', '/settings', { pageSize: 2 });
});
afterAll(() => world.close());

/** A round of changes in two folders, with several pages each, and a folder of the user's own. */
async function changes(bench: Bench, count: number): Promise<void> {
  if (count % 2 === 0) await bench.makeFolder(`Made ${count}`);
  for (let n = 0; n < 4; n++) await bench.arrive({ subject: `Page ${n}`, folder: n % 2 === 0 ? 'inbox' : 'archive' });
  for (const id of bench.known().slice(0, 2)) await bench.mailbox.user('DELETE', `/messages/${id}?permanent=true`);
}

const everything = async (bench: Bench): Promise<unknown> =>
  world.control('POST', '/tokens/evict', { upn: bench.mailbox.upn });

/** On a mailbox of its own it happens before one request of a round after the other, until the round has no such request. */
async function beforeRequests(
  prepare: (bench: Bench, count: number) => Promise<unknown>,
  { steps, first }: (typeof cases)[number],
): Promise<void> {
  const bench = await Bench.in(world);
  const { graph } = world.rig.proxies;
  for (let at = first, count = 0; at < MOST_REQUESTS; at += EVERY, count++) {
    await prepare(bench, count);
    graph.forget();
    await bench.watched.do({ do: 'meanwhile', job: 'poll', by: 0, at, steps });
    const { length } = graph.requests;
    expect(await bench.ended(), `before request ${at + 1} of ${length}`).toEqual([]);
    if (at >= length) return;
  }
  throw new Error('the round has no end');
}

it.each(cases)(
  'P4 P6 $what while a round of changes is read, before its requests',
  async (one) => {
    await beforeRequests(changes, one);
  },
  120_000,
);

it.each(cases.slice(0, 5))(
  'P4 P5 $what while a round compares all, before its requests',
  async (one) => {
    await beforeRequests(everything, one);
  },
  120_000,
);
