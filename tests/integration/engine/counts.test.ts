import { expect, it } from 'vitest';
import { TransientError } from '../../../shared/errors.ts';
import { CardsWorld } from '../../support/cards/world.ts';

const BUDGET_MS = 60_000;
const PAGE_MS = 2_000;

/** A world in which the changes of folder A never tell of one card, and the folder counts itself as it is told. */
async function losing() {
  const counts = { A: 0 };
  const world = await CardsWorld.open({
    plan: async (context) => {
      const plans = await new CardsWorld().domain.plan(context);
      return plans.map((plan) => (plan.id === 'A' ? { ...plan, expected: counts.A } : plan));
    },
  });
  const { remote } = world;
  const page = remote.page.bind(remote);
  const found = remote.make('A', { name: 'Ada' });
  const lost = remote.make('A', { name: 'Eve' });
  remote.page = async (at) => {
    const answer = await page(at);
    const told = answer.items.filter((item) => !JSON.stringify(item).includes(lost.id));
    return typeof at === 'string' ? { ...answer, items: told } : answer;
  };
  counts.A = 2;
  await world.sync();
  expect(world.records().map(({ graphId }) => graphId)).toEqual([found.id]);
  const calls = (text: string): number => remote.calls.filter((call) => call.startsWith(text)).length;
  return {
    world,
    counts,
    lists: () => calls('list /ids/A'),
    /** Rounds that read all. */
    rounds: () => remote.calls.filter((call) => call === 'page /delta/A').length,
    isFound: () => world.records().some(({ graphId }) => graphId === lost.id),
  };
}

/** A list that begins well, and goes on as it is told. */
function listing(world: CardsWorld, more: () => AsyncGenerator<readonly unknown[]>): void {
  const list = world.remote.list.bind(world.remote);
  world.remote.list = async function* (path) {
    yield* list(path);
    yield* more();
  };
}

it('P4 a difference is explained by the ids of the folder, once it was seen twice', async () => {
  const { world, lists, isFound } = await losing();
  expect([lists(), isFound()]).toEqual([0, false]);
  await world.sync();
  expect([lists(), isFound()]).toEqual([1, true]);
  expect(world.faults()).toEqual([]);
});

it('P12 a list of ids without end stops with the budget, and a round that goes on where it stood takes its place', async () => {
  const { world, rounds, isFound } = await losing();
  listing(world, async function* () {
    for (let page = 0; page < 400; page++) {
      world.clock.move(PAGE_MS);
      yield await Promise.resolve([]);
    }
  });
  const before = rounds();
  for (let job = 0; job < 2; job++) {
    const began = world.clock.now().getTime();
    expect((await world.sync()).outcome).toBe('more');
    expect(world.clock.now().getTime() - began).toBeLessThanOrEqual(BUDGET_MS + PAGE_MS);
  }
  expect(rounds()).toBe(before);
  await world.sync();
  await world.sync();
  expect([rounds(), isFound()]).toEqual([before + 1, true]);
  expect(world.faults()).toEqual([]);
});

it('P11 so it does where the list fails each time, or the host dies of it', async () => {
  for (const error of [new TransientError('504'), new Error('killed')]) {
    const { world, lists, isFound } = await losing();
    listing(world, () => {
      throw error;
    });
    for (let poll = 0; poll < 6; poll++) await world.sync();
    expect([lists(), isFound()]).toEqual([2, true]);
    expect(world.faults()).toEqual([]);
  }
});

it('P12 a very large folder is compared by a round, after the same difference twice, and then not for long', async () => {
  const { world, counts, lists, rounds, isFound } = await losing();
  const before = rounds();
  for (let poll = 0; poll < 5; poll++) {
    counts.A = 30_000 + poll;
    await world.sync();
  }
  expect([lists(), rounds(), isFound()]).toEqual([0, before, false]);
  expect((await world.sync()).outcome).toBe('done');
  await world.sync();
  expect([lists(), rounds(), isFound()]).toEqual([0, before + 1, true]);
  for (let poll = 0; poll < 60; poll++) {
    counts.A = 30_000 + Math.floor(poll / 3);
    await world.sync();
  }
  expect([lists(), rounds()]).toEqual([0, before + 1]);
});

it('P4 and it is watched as before once its count is right', async () => {
  const { world, counts, rounds } = await losing();
  counts.A = 30_000;
  for (let poll = 0; poll < 4; poll++) await world.sync();
  counts.A = 2;
  await world.sync();
  const before = rounds();
  counts.A = 30_000;
  for (let poll = 0; poll < 3; poll++) await world.sync();
  expect(rounds()).toBe(before + 1);
});
