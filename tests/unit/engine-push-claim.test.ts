import { beforeEach, expect, it } from 'vitest';
import { startBudget } from '../../shared/engine/budget.ts';
import type { Source } from '../../shared/engine/ports.ts';
import { runPush, type PushResult } from '../../shared/engine/push.ts';
import { LessonsWorld } from '../support/lessons/world.ts';

const scope = { connectionId: 'c', domain: 'lessons' };
const CLAIM_MS = 300;

let world: LessonsWorld;
beforeEach(async () => {
  world = await LessonsWorld.open();
  await world.create({ room: 'R', text: 'Once', day: 1 });
});

/** A worker whose claims are short. */
function push(owner: string, open: () => Promise<Source>): Promise<PushResult> {
  const { domain, clock } = world;
  const budget = startBudget(clock, { ms: 60_000, pages: 100 });
  return runPush(world.ports, { scope, domain, owner, claimMs: CLAIM_MS, budget, open, backoffMs: () => 30_000 });
}

const remote = (): Promise<Source> => Promise.resolve(world.remote);
const claim = (): unknown => [...world.rows.outbox.values()].map((row) => row.claim);

it('P8 a write that the remote is slow to take stays claimed while it is under way', async () => {
  const first = claimedUntil(CLAIM_MS);
  world.remote.before = async () => {
    world.remote.before = null;
    expect(claim()).toEqual([{ owner: 'first', until: first }]);
    world.clock.move(CLAIM_MS / 2);
    await expect.poll(claim).toEqual([{ owner: 'first', until: claimedUntil(CLAIM_MS) }]);
    world.clock.move(CLAIM_MS / 2);
    expect(await push('second', remote)).toMatchObject({ pushed: 0 });
  };
  expect(await push('first', remote)).toMatchObject({ pushed: 1, error: null });
  expect(world.remote.effects).toHaveLength(1);
  await world.sync();
  expect(world.faults()).toEqual([]);
});

it('P8 a worker that was held up for longer than its claim sends nothing that another one has taken over', async () => {
  await world.create({ room: 'R', text: 'Another', day: 2 });
  const late = async (): Promise<Source> => {
    world.clock.move(CLAIM_MS + 1);
    expect(await push('second', remote)).toMatchObject({ pushed: 2 });
    return world.remote;
  };
  expect(await push('first', late)).toMatchObject({ pushed: 0, nextAt: null, error: null });
  expect(world.remote.effects).toHaveLength(2);
  await world.sync();
  expect(world.faults()).toEqual([]);
});

/** A claim of now lasts until then. */
const claimedUntil = (ms: number): string => new Date(world.clock.now().getTime() + ms).toISOString();
