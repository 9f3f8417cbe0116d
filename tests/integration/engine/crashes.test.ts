import { expect, it } from 'vitest';
import { CardsWorld } from '../../support/cards/world.ts';
import { Died, dying } from '../../support/mortal.ts';

const mails = [{ address: 'ada@x' }];

/** A worker dies at each call in turn, before and after its effect; those that come later bring all to its end. */
async function dieEverywhere(
  prepare: () => Promise<CardsWorld>,
  job: 'push' | 'sync',
  check: (world: CardsWorld, where: string) => void,
): Promise<number> {
  let deaths = 0;
  for (const when of ['before', 'after'] as const) {
    for (let at = 1; ; at++) {
      const world = await prepare();
      const worker = dying(at, when);
      const run = world[job](world.portsOver(worker.over(world.rows)), worker.over(world.remote));
      await run.catch((error: unknown) => {
        if (!(error instanceof Died)) throw error;
      });
      const died = worker.calls() >= at;
      world.clock.move(3_600_000);
      if (job === 'sync') await world.sync();
      for (let round = 0; round < 3; round++) {
        await world.pushLater();
        await world.sync();
      }
      check(world, `${job} ${when} call ${at}`);
      if (!died) break;
      deaths++;
    }
  }
  return deaths;
}

const converged = (effects: readonly string[], told: readonly string[]) => (world: CardsWorld, where: string) => {
  expect({ where, effects: world.remote.effects, told: world.told(), faults: world.faults() }).toEqual({
    ...{ where, effects, told, faults: [] },
  });
};

it('P8 P1 a create has one effect wherever the worker dies that sends it', async () => {
  const prepare = async (): Promise<CardsWorld> => {
    const world = await CardsWorld.open();
    await world.create({ name: 'Ada' });
    return world;
  };
  expect(await dieEverywhere(prepare, 'push', converged(['POST'], ['card.created own-write']))).toBeGreaterThan(10);
});

it('P8 P9 what a create has made is found wherever the worker dies that reads its page', async () => {
  const prepare = async (): Promise<CardsWorld> => {
    const world = await CardsWorld.open();
    await world.create({ name: 'Ada' });
    world.remote.faults.push('lost');
    await world.push();
    return world;
  };
  expect(await dieEverywhere(prepare, 'sync', converged(['POST'], ['card.created own-write']))).toBeGreaterThan(8);
});

it('P1 P6 two cards that are one are linked once wherever the worker dies', async () => {
  const prepare = async (): Promise<CardsWorld> => {
    const world = await CardsWorld.open();
    await world.create({ name: 'Ada', mails, note: 'ours' });
    world.remote.make('A', { name: 'Ada', mails });
    return world;
  };
  const told = ['card.created own-write', 'card.updated poll'];
  expect(await dieEverywhere(prepare, 'sync', converged(['PATCH'], told))).toBeGreaterThan(5);
});

it('P8 a delete has one effect wherever the worker dies that sends it', async () => {
  const prepare = async (): Promise<CardsWorld> => {
    const world = await CardsWorld.open();
    const { id } = await world.known({ name: 'Ada' });
    await world.remove(id);
    return world;
  };
  const told = ['card.created poll', 'card.deleted own-write'];
  expect(await dieEverywhere(prepare, 'push', converged(['DELETE'], told))).toBeGreaterThan(10);
});

it('P6 a removal of ours is settled once wherever the worker dies', async () => {
  const prepare = async (): Promise<CardsWorld> => {
    const world = await CardsWorld.open();
    const { id } = await world.known({ name: 'Ada' });
    await world.remove(id);
    await world.push();
    return world;
  };
  const told = ['card.created poll', 'card.deleted own-write'];
  expect(await dieEverywhere(prepare, 'sync', converged(['DELETE'], told))).toBeGreaterThan(5);
});

it('P10 both sides edits are merged once wherever the worker dies that meets them', async () => {
  for (const job of ['push', 'sync'] as const) {
    const prepare = async (): Promise<CardsWorld> => {
      const world = await CardsWorld.open();
      const { id, graphId } = await world.known({ name: 'Ada', mails });
      await world.update(id, { mails: [...mails, { address: 'ours@x' }] });
      world.remote.edit(graphId, { name: 'Ada L.', mails: [...mails, { address: 'theirs@x' }] });
      return world;
    };
    const told = ['card.created poll', 'card.updated own-write', 'card.updated poll'];
    expect(await dieEverywhere(prepare, job, converged(['PATCH'], told))).toBeGreaterThan(5);
  }
});
