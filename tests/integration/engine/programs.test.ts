import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Fields } from '../../../shared/lib/json.ts';
import { CardsWorld } from '../../support/cards/world.ts';
import { Died, dying } from '../../support/mortal.ts';

/** Something that one side does; `n` chooses the card. */
interface Act {
  readonly do: 'act';
  readonly what: 'make' | 'edit' | 'touch' | 'move' | 'vanish' | 'create' | 'update' | 'delete';
  readonly n: number;
  readonly fields: Fields;
}
interface Work {
  readonly do: 'work';
  readonly job: 'sync' | 'push';
  /** The call at which the worker dies; 0 = it lives. */
  readonly dies: number;
  readonly when: 'before' | 'after';
}
/** One thing that happens: an act, work, an act or work while the next write is on its way, a failure, pages that are late. */
type Step =
  | Act
  | Work
  | { readonly do: 'during'; readonly step: Act | Work }
  | { readonly do: 'fault'; readonly fault: 'down' | 'lost' | 'refused' }
  | { readonly do: 'lag' }
  | { readonly do: 'wait' };

const address = fc.constantFrom('a@x', 'b@x', 'c@x', 'd@x').map((one) => ({ address: one }));
const fields = fc.record(
  {
    name: fc.constantFrom('Ada', ' Ada ', 'Grace', 'Alan'),
    note: fc.constantFrom('', 'x', 'y'),
    mails: fc.uniqueArray(address, { selector: (one) => one.address, maxLength: 3 }),
  },
  { requiredKeys: ['name'] },
);
const acts = fc.constantFrom(...(['make', 'edit', 'touch', 'move', 'vanish', 'create', 'update', 'delete'] as const));
const act: fc.Arbitrary<Act> = fc.record({ do: fc.constant('act'), what: acts, n: fc.nat(9), fields });
const work: fc.Arbitrary<Work> = fc.record({
  do: fc.constant('work'),
  job: fc.constantFrom('sync', 'push'),
  dies: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 18 })),
  when: fc.constantFrom('before', 'after'),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: act },
  { weight: 4, arbitrary: work },
  fc.record({ do: fc.constant('during' as const), step: fc.oneof(act, work) }),
  fc.record({ do: fc.constant('fault' as const), fault: fc.constantFrom('down', 'lost', 'refused') }),
  fc.constant({ do: 'lag' as const }),
  fc.constant({ do: 'wait' as const }),
);

async function take(world: CardsWorld, one: Step): Promise<void> {
  const { remote } = world;
  if (one.do === 'act') {
    if (['create', 'update', 'delete'].includes(one.what)) await here(world, one);
    else there(world, one);
  } else if (one.do === 'work') await run(world, one);
  else if (one.do === 'wait') world.clock.move(120_000);
  else if (one.do === 'lag') remote.lag = remote.lag === null ? remote.now : null;
  else if (one.do === 'fault') remote.faults.push(one.fault);
  else {
    remote.meanwhile = async () => {
      remote.meanwhile = null;
      await take(world, one.step);
    };
  }
}

async function run(world: CardsWorld, { job, dies, when }: Work): Promise<void> {
  const worker = dying(dies, when);
  try {
    await world[job](world.portsOver(worker.over(world.rows)), worker.over(world.remote));
  } catch (error) {
    if (!(error instanceof Died)) throw error;
  }
}

async function here(world: CardsWorld, { what, n, fields: values }: Act): Promise<void> {
  if (what === 'create') {
    await world.create(values, n === 0 ? { alone: true } : {});
    return;
  }
  const standing = world.records().filter(({ leaving }) => leaving === undefined);
  const { id } = standing[n % standing.length] ?? {};
  if (id !== undefined) await (what === 'delete' ? world.remove(id) : world.update(id, values));
}

function there({ remote }: CardsWorld, { what, n, fields: values }: Act): void {
  const cards = [...remote.cards.keys()];
  const id = cards[n % cards.length];
  if (what === 'make') remote.make(n % 2 === 0 ? 'A' : 'B', values);
  else if (id === undefined) return;
  else if (what === 'edit') remote.edit(id, values);
  else if (what === 'touch') remote.touch(id);
  else if (what === 'move') remote.move(id, n % 2 === 0 ? 'A' : 'B');
  else remote.remove(id);
}

/** What somebody holds who followed the feed; whether a write is done is no matter of the feed. */
function followed(world: CardsWorld): Map<unknown, unknown> {
  const held = new Map<unknown, unknown>();
  for (const { type, id, after } of world.feed()) {
    if (id === null || type === 'card.match_ambiguous') continue;
    if (after === null) held.delete(id);
    else held.set(id, { ...after, pushed: null, graphId: null });
  }
  return held;
}

const policies = fc.constantFrom('remote', 'local');

it('P1 P6 P8 P9 P10 whatever happens on both sides, in any order, wherever workers die: both end with the same cards', async () => {
  let linked = 0;
  await fc.assert(
    fc.asyncProperty(policies, fc.array(step, { minLength: 3, maxLength: 25 }), async (policy, steps) => {
      const world = await CardsWorld.open({ policy });
      for (const one of steps) await take(world, one);
      world.remote.heal();
      for (let round = 0; round < 4; round++) {
        world.clock.move(3_600_000);
        await world.sync();
        await world.push();
      }
      // What was refused when it was to be made is the application's to mend.
      for (const { id, refused, graphId } of world.records())
        if (refused !== undefined && graphId === null) await world.remove(id);
      await world.push();
      await world.sync();
      expect(world.faults()).toEqual([]);
      expect(
        world.records().filter(({ leaving, own }) => leaving !== undefined || own.some(({ done }) => !done)),
      ).toEqual([]);
      const standing = world.listed().map((item) => [item['id'], { ...item, pushed: null, graphId: null }] as const);
      expect(followed(world)).toEqual(new Map<unknown, unknown>(standing));
      const marks = [...world.remote.cards.values()].flatMap(({ marker }) => marker ?? []);
      expect(new Set(marks).size).toBe(marks.length);
      const effects = world.remote.effects.length;
      const told = world.told().length;
      for (let round = 0; round < 2; round++) {
        world.clock.move(3_600_000);
        await world.push();
        await world.sync();
      }
      expect([world.remote.effects.length, world.told().length]).toEqual([effects, told]);
      linked += world
        .feed()
        .filter(
          ({ type, cause, before }) => type !== 'card.created' && cause === 'poll' && before?.['graphId'] === null,
        ).length;
    }),
    { numRuns: 300 },
  );
  expect(linked).toBeGreaterThan(0);
}, 60_000);
