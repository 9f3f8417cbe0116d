import { afterAll, beforeAll, expect, it } from 'vitest';
import { Watched } from './programs/outcome.ts';
import { ProgramMailbox } from './programs/mailbox.ts';
import { ProgramWorld } from './programs/world.ts';
import type { Step } from './programs/steps.ts';
import { storageTroubleNames, type StorageRows } from './programs/storage-troubles.ts';

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

/** Which calls fail, and how many go well before; each for as long as the work lasts. */
const where: readonly (readonly [StorageRows, number])[] = [
  ['commits', 2],
  ['tables', 12],
];
const cases = [
  ...storageTroubleNames.flatMap((trouble) => where.map(([rows, skip]) => ({ trouble, rows, skip }))),
  ...(['busy', 'reset', 'lost', 'cut'] as const).map((trouble) => ({ trouble, rows: 'sends' as const, skip: 0 })),
];

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
