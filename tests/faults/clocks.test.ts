import { afterAll, beforeAll, expect, it } from 'vitest';
import { Watched } from './programs/outcome.ts';
import { seedOf } from './plan/sample.ts';
import { Bench } from './tables/bench.ts';
import { ProgramMailbox } from './programs/mailbox.ts';
import { ProgramWorld } from './programs/world.ts';
import type { Step } from './programs/steps.ts';

let world: ProgramWorld;
beforeAll(async () => {
  world = await ProgramWorld.start();
  await world.control('PATCH', '/settings', { notifications: { lose: 1 } });
});
afterAll(() => world.close());

const arrive: Step = { do: 'arrive', pick: 0, isRead: false, odd: 1 };
const poll = (by: number): Step => ({ do: 'job', job: 'poll', by });

/** What waits for a time to come when the clock jumps. */
const waiting: Readonly<Record<string, readonly Step[]>> = {
  'nothing waits': [arrive],
  'a removal waits to be settled': [
    { do: 'delete', pick: 2, permanent: true },
    { do: 'graph', trouble: 'itemBroken', times: 1, skip: 0 },
    poll(0),
  ],
  'a folder rests after failures': [arrive, { do: 'graph', trouble: 'denied', times: 2, skip: 0 }, poll(0)],
  'the mailbox rests for its Retry-After': [arrive, { do: 'graph', trouble: 'throttled', times: 1, skip: 1 }, poll(0)],
  'a write waits for its next attempt': [
    { do: 'write', pick: 1, field: 'categories', on: true },
    { do: 'graph', trouble: 'conflict', times: 1, skip: 0 },
    { do: 'job', job: 'push', by: 0 },
  ],
  'a write is claimed by a worker that lost storage': [
    { do: 'write', pick: 1, field: 'flag', on: true },
    { do: 'storage', trouble: 'busy', rows: 'commits', times: 8, skip: 1 },
    { do: 'job', job: 'push', by: 1 },
    { do: 'heal' },
  ],
  'a lease is held by a worker that lost storage': [
    arrive,
    { do: 'storage', trouble: 'busy', rows: 'commits', times: 100, skip: 1 },
    poll(1),
    { do: 'heal' },
  ],
  'a round is half done': [arrive, { do: 'evict' }, { do: 'graph', trouble: 'broken', times: 1, skip: 3 }, poll(0)],
};

/** All clocks, or one among others: what waits meets one of each two, with another seed the other ones. */
const jumps = [
  { who: 'all', seconds: 3600 },
  { who: 'all', seconds: -3600 },
  { who: 'worker', seconds: -3600 },
  { who: 'graph', seconds: -3600 },
] as const;
const seed = seedOf(process.env);
const cases = Object.entries(waiting).flatMap(([what, before], nth) => {
  const turn = nth + seed;
  const chosen = [jumps[turn % 2 === 0 ? 0 : 1], jumps[turn % 4 < 2 ? 2 : 3]] as const;
  return chosen.map((jump) => ({ what, before, ...jump }));
});

it.each(cases)(
  'P2 P3 P13 while $what the clock of $who jumps by $seconds s: nothing is lost or told twice',
  async ({ before, who, seconds }) => {
    world.align();
    world.active = 1;
    const mailbox = await ProgramMailbox.open(world);
    world.active = 2;
    const watched = await Watched.begin(mailbox);
    for (const step of before) await watched.do(step);
    await watched.do({ do: 'clock', who, by: 0, seconds });
    const after: readonly Step[] = [
      { do: 'edit', pick: 3, field: 'subject', on: true },
      { do: 'write', pick: 4, field: 'categories', on: true },
      { do: 'move', pick: 6, to: 1 },
      { do: 'together', jobs: ['poll', 'push', 'timer'], writes: [] },
      poll(1),
    ];
    for (const step of after) await watched.do(step);
    expect(await watched.end()).toEqual([]);
    await world.clear();
  },
  60_000,
);

it.each([3600, -3600])(
  'P12 a pass longer than its budget asks each folder once, though the clock jumps by %d s in the middle',
  async (seconds) => {
    world.align();
    world.active = 1;
    const bench = await Bench.in(world);
    for (let n = 0; n < 8; n++) await bench.makeFolder(`Folder ${n}`);
    await bench.poll();
    await bench.poll();
    const { graph } = world.rig.proxies;
    const jump = (): void => {
      world.move(seconds * 1000);
    };
    for (const at of [4, Infinity]) {
      graph.forget();
      const hook = graph.plan({ nth: at, fault: { call: { before: jump } } });
      await bench.poll();
      hook.cancel();
      const asked = graph.requests.map(({ path }) => path.split('?')[0]);
      expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
      expect(asked.length).toBeGreaterThan(12);
    }
    expect(await bench.ended()).toEqual([]);
  },
  60_000,
);
