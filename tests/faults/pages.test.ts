import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedOf } from './plan/sample.ts';
import { graphTroubles, type GraphTrouble } from './programs/graph-troubles.ts';
import { Bench } from './tables/bench.ts';

/** Answers that end a round and demand a fresh one. */
const resets = ['gone', 'goneElsewhere', 'resync', 'resyncConflict', 'stateMissing', 'badLink'] as const;
/** Answers that fail a page, or show it otherwise than it should be. */
const others = [
  ...([
    'empty',
    'repeated',
    'duplicates',
    'reordered',
    'thin',
    'broken',
    'unavailable',
    'timeout',
    'throttled',
  ] as const),
  ...(['reset', 'truncated', 'html', 'htmlMissing', 'garbage', 'denied', 'unauthorized'] as const),
];
const MOST_PAGES = 40;
const seed = seedOf(process.env);
/** Answers of one kind share the pages of a round: each meets one of three, the next answer those after them. */
const THIRD = 3;

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.close());

/** What a round of several pages brings: new, changed, moved and deleted messages. */
async function delta(): Promise<void> {
  await bench.world.control('PATCH', '/settings', { pageSize: 2 });
  const [first, second, ...rest] = bench.known();
  for (let n = 0; n < 4; n++) await bench.arrive({ subject: `New ${n}`, folder: n % 3 === 0 ? 'archive' : 'inbox' });
  await bench.mailbox.user('PATCH', `/messages/${first ?? ''}`, { subject: 'Changed', isRead: true });
  await bench.mailbox.user('POST', `/messages/${second ?? ''}/move`, { folder: 'archive' });
  for (const old of rest.slice(0, 4)) await bench.mailbox.user('DELETE', `/messages/${old}?permanent=true`);
}

/** Every link is dead: a round that compares all. */
async function full(): Promise<void> {
  await bench.world.control('PATCH', '/settings', { pageSize: 9 });
  await bench.world.control('POST', '/tokens/evict', { upn: bench.mailbox.upn });
}

/** A folder that is read for the first time. */
async function baseline(): Promise<void> {
  await bench.world.control('PATCH', '/settings', { pageSize: 2 });
  await bench.mailbox.user('DELETE', `/folders/${late}?permanent=true`);
  late = await bench.makeFolder(`Late ${late.slice(-12)}`);
  for (let n = 0; n < 5; n++) await bench.arrive({ subject: `In it ${n}`, folder: late });
}
let late = '';

/**
 * Runs a round with the trouble at one page after the other, `every` so many, until there is no such page; where it begins,
 * its place among all troubles and the seed say: as many seeds as that strike each page. Answers about how many there were.
 */
async function atPages(prepare: () => Promise<void>, trouble: GraphTrouble, every: number, times = 1): Promise<number> {
  const { match, action } = graphTroubles[trouble];
  const first = ([...resets, ...others].findIndex((name) => name === trouble) + seed) % every;
  for (let page = first; page < MOST_PAGES; page += every) {
    await prepare();
    // A token is refused at any call: here those of the round count.
    await bench.fault({ path: '/delta', ...match }, action, { skip: page, times });
    await bench.poll();
    const struck = await bench.struck();
    expect(await bench.ended(), `${trouble} at page ${page + 1}, ${times} times`).toEqual([]);
    if (struck === 0) return page;
  }
  throw new Error('the round has no end');
}

it.each(resets)(
  'P5 %s at the pages of a round of changes ends in the same store, each change told once',
  async (trouble) => {
    expect(await atPages(delta, trouble, THIRD)).toBeGreaterThan(5);
  },
  120_000,
);

it.each(['gone', 'goneElsewhere', 'stateMissing'] as const)(
  'P5 %s at the pages of a round that compares all ends in the same store, and tells nothing',
  async (trouble) => {
    const told = bench.watched.rows.length;
    expect(await atPages(full, trouble, THIRD)).toBeGreaterThan(5);
    expect(bench.watched.rows.length).toBe(told);
  },
  120_000,
);

it.each(['gone', 'goneElsewhere', 'resync'] as const)(
  'P5 %s at the pages while a folder is read for the first time ends in the same store',
  async (trouble) => {
    late = await bench.makeFolder(`Late ${trouble}`);
    expect(await atPages(baseline, trouble, THIRD)).toBeGreaterThan(5);
  },
  120_000,
);

it('P5 a reset twice in a row, and more often than is tried at once, at the pages', async () => {
  expect(await atPages(delta, 'gone', THIRD, 2)).toBeGreaterThan(5);
  expect(await atPages(full, 'goneElsewhere', THIRD, 2)).toBeGreaterThan(5);
  expect(await atPages(delta, 'resync', THIRD, 6)).toBeGreaterThan(5);
}, 120_000);

it.each(others)(
  'P6 P7 %s at the pages of a round of changes ends in the same store, each change told once',
  async (trouble) => {
    expect(await atPages(delta, trouble, THIRD)).toBeGreaterThan(4);
  },
  120_000,
);
