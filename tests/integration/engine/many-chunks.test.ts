import { expect, it } from 'vitest';
import type { Scope } from '../../../shared/engine/model.ts';
import type { PartitionStore, Source } from '../../../shared/engine/ports.ts';
import { StorageError } from '../../../shared/errors.ts';
import { instead } from '../../support/instead.ts';
import { dieEverywhere } from '../../support/lessons/die-everywhere.ts';
import { LessonsWorld } from '../../support/lessons/world.ts';

const MANY = 60;
const TOLD = { 'lesson.updated poll': MANY, 'lesson.created poll': MANY };

/** A world of many lessons, all of which somebody edits, and as many new ones: one page, and several commits. */
async function edited(many = MANY): Promise<LessonsWorld> {
  const world = await LessonsWorld.open(({ remote }) => {
    for (let n = 0; n < many; n++) remote.makeSingle('R', n % 9, `lesson ${n}`);
  });
  const { remote } = world;
  for (const id of [...remote.things.keys()]) {
    remote.edit(id, { text: `edited ${id}` });
    remote.makeSingle('R', 4, `beside ${id}`);
  }
  return world;
}

/** A store whose commits of records go by `around`, with how many of them came before. */
function watched(world: LessonsWorld, around: (before: number, commit: () => Promise<string>) => Promise<string>) {
  let before = 0;
  return instead<PartitionStore, 'commit'>(world.rows, 'commit', (scope, change) => {
    const commit = () => world.rows.commit(scope, change);
    return change.writes.some(({ row }) => row === 'record') ? around(before++, commit) : commit();
  });
}

it('the first items of a page are committed while the last ones are looked up', async () => {
  const world = await edited();
  const begun = Promise.withResolvers<undefined>();
  let lookUps = 0;
  const store = instead<PartitionStore, 'commit' | 'readRecords'>(
    watched(world, (_, commit) => {
      begun.resolve(undefined);
      return commit();
    }),
    'readRecords',
    async (scope: Scope, ids: readonly string[]) => {
      if (++lookUps === 3) await begun.promise;
      return world.rows.readRecords(scope, ids);
    },
  );
  await world.sync(world.portsOver(store));
  expect(lookUps).toBe(4);
  expect([world.counted(), world.faults()]).toEqual([TOLD, []]);
});

it('the next items are computed while the ones before are written, and each of them is told once, in order', async () => {
  const world = await edited();
  const shown: string[] = [];
  const lesson = world.domain.kinds(null)['lesson'];
  if (lesson === undefined) throw new Error('there are no lessons');
  const show: typeof lesson.show = (record) => {
    shown.push('shown');
    return lesson.show(record);
  };
  const kinds = { ...world.domain.kinds(null), lesson: { ...lesson, show } };
  const watching = Object.assign(new LessonsWorld({ kinds: () => kinds }), { rows: world.rows, remote: world.remote });
  const store = watched(world, async (before, commit) => {
    const { length } = shown;
    const version = await commit();
    // All that follows is written while nothing else is computed.
    if (before === 0) await expect.poll(() => shown.length).toBeGreaterThan(length);
    return version;
  });
  await watching.sync(world.portsOver(store));
  expect([world.counted(), world.faults()]).toEqual([TOLD, []]);
  expect(world.feed().map(({ seq }) => seq)).toEqual(world.feed().map((_, n) => (world.feed()[0]?.seq ?? 0) + n));
});

it('P13 a run whose store fails ends no sooner than the page that it has asked for ahead', async () => {
  const world = await edited();
  world.remote.perPage = MANY;
  const later = Promise.withResolvers<undefined>();
  const open = new Set<unknown>();
  const source = instead<Source, 'page'>(world.remote, 'page', async (at) => {
    open.add(at);
    if (typeof at === 'string' && at.startsWith('/next/')) await later.promise;
    const page = await world.remote.page(at);
    open.delete(at);
    return page;
  });
  let failed = 0;
  const store = watched(world, () => {
    failed++;
    // Once there is nothing left to do but to wait for it.
    setImmediate(() => {
      later.resolve(undefined);
    });
    return Promise.reject(new StorageError('store.unavailable', 'down'));
  });
  expect(await world.sync(world.portsOver(store), source)).toMatchObject({ outcome: 'failed' });
  expect({ failed, open: open.size }).toEqual({ failed: 1, open: 0 });
});

for (const at of [0, 1, 2])
  it(`P2 what was computed ahead is computed anew where another writer comes before commit ${at + 1}`, async () => {
    const world = await edited();
    const [id = ''] = world.remote.things.keys();
    const own = world.recordOf(id)?.id ?? '';
    let once = true;
    const store = watched(world, async (before, commit) => {
      if (before === at && once) {
        once = false;
        await world.update(own, { day: 5 });
      }
      return commit();
    });
    await world.sync(world.portsOver(store));
    expect(world.counted()).toEqual({ ...TOLD, 'lesson.updated own-write': 1 });
    expect(world.recordOf(id)?.fields).toMatchObject({ day: 5, text: `edited ${id}` });
    await world.push();
    await world.sync();
    expect(world.faults()).toEqual([]);
  });

it('P1 where a commit fails nothing stands of what was computed after it, and the next pass goes on from there', async () => {
  const world = await edited();
  const store = watched(world, (before, commit) =>
    before === 1 ? Promise.reject(new StorageError('store.unavailable', 'down')) : commit(),
  );
  const { outcome } = await world.sync(world.portsOver(store));
  const told = world.feed().length;
  expect([outcome, told > 0 && told < MANY]).toEqual(['failed', true]);
  world.clock.move(3_600_000);
  await world.sync();
  expect([world.counted(), world.faults()]).toEqual([TOLD, []]);
});

it('P1 P6 a page of many commits comes to the same end wherever the worker dies', async () => {
  const told = { 'lesson.updated poll': 30, 'lesson.created poll': 30 };
  await dieEverywhere({ open: () => edited(30), told, most: 60 });
});
