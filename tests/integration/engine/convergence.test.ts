import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { echoes, follow, rowFaults, settle, silenceFaults } from '../../support/convergence/check.ts';
import { FuzzMailbox } from '../../support/convergence/mailbox.ts';
import { Performer } from '../../support/convergence/perform.ts';
import { programs, type Program } from '../../support/convergence/program.ts';
import { Follower } from '../../support/convergence/replay.ts';
import { startWorld, type SyncWorld } from '../../support/sync-world.ts';
import type { Change } from '../../../shared/engine/model.ts';

/** CONVERGENCE_RUNS makes it longer; CONVERGENCE_SEED and CONVERGENCE_PATH, as a failure prints them, repeat a program. */
const runs = Number(process.env['CONVERGENCE_RUNS'] ?? 12);
const seed = Number(process.env['CONVERGENCE_SEED'] ?? Date.now() % 1_000_000);
const path = process.env['CONVERGENCE_PATH'];
const length = Number(process.env['CONVERGENCE_STEPS'] ?? 50);

let world: SyncWorld;
let mailboxes = 0;

beforeAll(async () => {
  world = await startWorld({
    messages: 1,
    settings: {
      SYNC_PAGE_SIZE: '5',
      SYNC_DELTA_PAGE_LIMIT: '2',
      SYNC_BUDGET_PAGES: '7',
      SYNC_RETRY_BACKOFF_MS: '1000',
    },
  });
  await world.drain();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** Runs a program, lets all come to rest, and answers everything that is then not as it must be. */
async function outcome({ habits, steps }: Program): Promise<string[]> {
  const { pageSize, ...how } = habits;
  await world.control('DELETE', '/faults');
  await world.control('PATCH', '/settings', { ...how, pageSize, notifications: { pause: true } });
  const mailbox = await FuzzMailbox.open(world, `fuzz${++mailboxes}`);
  const performer = new Performer(mailbox);
  const head = (await world.app.store.readHead(mailbox.scope))?.head;
  const follower = new Follower(await mailbox.list(), head?.lastSeq ?? 0);
  const rows: Change[] = [];
  for (const step of steps) {
    await performer.perform(step);
    rows.push(...(await follow(mailbox, follower)));
  }
  await settle(mailbox, performer);
  rows.push(...(await follow(mailbox, follower)));
  return [
    ...(await mailbox.differences()),
    ...follower.differences(await mailbox.list()),
    ...follower.faults,
    ...echoes(rows),
    ...(await rowFaults(mailbox)),
    ...(await silenceFaults(mailbox, performer)),
  ];
}

it(
  `ends as the tenant stands, with a feed that tells each change once (seed ${seed})`,
  { timeout: runs * 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(programs(length), async (program) => {
        expect(await outcome(program)).toEqual([]);
      }),
      { numRuns: runs, seed, endOnFailure: true, ...(path === undefined ? {} : { path }) },
    );
  },
);
