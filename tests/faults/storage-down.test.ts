import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedOf } from './plan/sample.ts';
import { failureFaults } from './programs/check.ts';
import { Watched } from './programs/outcome.ts';
import { ProgramMailbox } from './programs/mailbox.ts';
import { ProgramWorld } from './programs/world.ts';
import type { Step } from './programs/steps.ts';
import { storageTroubleNames, type StorageRows, type StorageTrouble } from './programs/storage-troubles.ts';

const HOUR = 3_600_000;

let world: ProgramWorld;
beforeAll(async () => {
  world = await ProgramWorld.start();
  await world.control('PATCH', '/settings', { notifications: { lose: 1 }, throttle: { per10min: null } });
});
afterAll(() => world.close());

/** All that works with storage, with something for each of it to do. */
const work: readonly Step[] = [
  { do: 'arrive', pick: 0, isRead: false, odd: 1 },
  { do: 'write', pick: 1, field: 'categories', on: true },
  { do: 'edit', pick: 2, field: 'subject', on: true },
  { do: 'delete', pick: 3, permanent: true },
  { do: 'move', pick: 5, to: 1 },
  { do: 'deliver', luck: 3, by: 1 },
  { do: 'job', job: 'poll', by: 0 },
  { do: 'write', pick: 4, field: 'isRead', on: true },
  { do: 'write-move', pick: 6, to: 2 },
  { do: 'job', job: 'push', by: 1 },
  { do: 'together', jobs: ['timer', 'drain', 'notified'], writes: [{ do: 'write', pick: 7, field: 'flag', on: true }] },
];

/**
 * Which calls fail, and how many go well before; each for as long as the work lasts. A trouble meets the one or the other, with
 * another seed the other one.
 */
const where = { commits: 2, tables: 12 } as const;
const seed = seedOf(process.env);
const cases: readonly { readonly trouble: StorageTrouble; readonly rows: StorageRows; readonly skip: number }[] = [
  ...storageTroubleNames.map((trouble, nth) => {
    const rows = (nth + seed) % 2 === 0 ? 'commits' : 'tables';
    return { trouble, rows, skip: where[rows] } as const;
  }),
  ...(['busy', 'timedOut', 'reset', 'lost', 'cut'] as const).map((trouble) => ({
    trouble,
    rows: 'sends' as const,
    skip: 0,
  })),
];

/** First: a tenant refuses a subscription that would end long after, by its own clock. */
describe('a send that fails for good', () => {
  let watched: Watched;
  beforeAll(async () => {
    await world.heal();
    world.align();
    world.active = 1;
    watched = await Watched.begin(await ProgramMailbox.open(world));
  });

  it.each(storageTroubleNames)(
    'P3 by "%s" refuses the notification, keeps the write, and what is due brings both without any message',
    async (trouble) => {
      const { mailbox, performer } = watched;
      world.receiver.serve(world.worker(0).app);
      await watched.do({ do: 'arrive', pick: 0, isRead: false, odd: 1 });
      const [told = ''] = performer.courier.takeWaiting();
      await watched.do({ do: 'storage', trouble, rows: 'sends', times: 100, skip: 0 });
      expect(await performer.courier.bring(told)).toBe(false);
      await watched.do({ do: 'write', pick: 1, field: 'categories', on: true });
      await world.heal();
      // Some of it came through all the same, unknown to us: due rows alone are left.
      await world.clear();
      const { store } = world.observer;
      expect(await store.readOutbox(mailbox.scope)).toHaveLength(1);
      expect(await mailbox.differences()).not.toEqual([]);
      world.move(HOUR);
      await world.runTimers(mailbox.connectionId, 0);
      expect(await store.readOutbox(mailbox.scope)).toEqual([]);
      expect(await mailbox.differences()).toEqual([]);
      expect(failureFaults(world.takeFailures())).toEqual([]);
    },
  );
});

it.each(cases)(
  'P1 P3 P8 $rows that answer "$trouble" for a long time from call $skip on, and then are well again, lose nothing',
  async ({ trouble, rows, skip }) => {
    world.align();
    world.active = 1;
    const mailbox = await ProgramMailbox.open(world);
    world.active = 2;
    const watched = await Watched.begin(mailbox);
    await watched.do({ do: 'storage', trouble, rows, times: 100, skip });
    for (const step of work) await watched.do(step);
    expect(await watched.end()).toEqual([]);
    await world.clear();
  },
  60_000,
);
