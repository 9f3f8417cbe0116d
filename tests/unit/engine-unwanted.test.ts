import { beforeEach, expect, it } from 'vitest';
import { startBudget } from '../../shared/engine/budget.ts';
import { runSync, type Opened, type SyncOutcome } from '../../shared/engine/runner.ts';
import { LessonsWorld } from '../support/lessons/world.ts';

const scope = { connectionId: 'c', domain: 'lessons' };

let world: LessonsWorld;
beforeEach(async () => {
  world = await LessonsWorld.open();
  world.remote.makeSingle('R', 1, 'After the sign-in');
});

/** A job whose connection is looked at by `open`. */
function job(owner: string, open: () => Promise<Opened | null>, cover: string | null = null): Promise<SyncOutcome> {
  const { domain, settings, clock } = world;
  return runSync(world.ports, {
    ...{ scope, domain, settings, cause: 'poll', continues: false, owner, cover, open },
    budget: startBudget(clock, { ms: 60_000, pages: 100 }),
    conclude: (status) => ({ status, feed: [] }),
  });
}

const wanted = (): Promise<Opened> => Promise.resolve({ source: world.remote, settings: null });
const unwanted = (): Promise<null> => Promise.resolve(null);

/** While a job looks at its connection for the first time another one comes, and finds the lease taken. */
function meeting(then: () => Promise<Opened | null>): () => Promise<Opened | null> {
  let looks = 0;
  return async () => {
    if (++looks > 1) return then();
    await world.ports.wake.raise(scope, null);
    expect(await job('other', wanted, 'row of the other')).toEqual({ outcome: 'taken' });
    return null;
  };
}

it('P3 P17 a job that is not wanted looks again where the one of a new sign-in found its lease taken', async () => {
  expect(await job('first', meeting(wanted))).toMatchObject({ outcome: 'done', covers: ['row of the other'] });
  expect(world.faults()).toEqual([]);
});

it('P3 what a job that is not wanted leaves behind is no wake-up that others would trust in', async () => {
  expect(await job('first', meeting(unwanted))).toMatchObject({ outcome: 'unwanted', covers: ['row of the other'] });
  expect(await world.ports.wake.read(scope)).toBeNull();
  expect(world.rows.head?.head).toMatchObject({ lease: null, again: false, covers: [] });
});
