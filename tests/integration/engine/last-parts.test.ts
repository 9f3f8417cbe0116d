import { expect, it } from 'vitest';
import { dieEverywhere } from '../../support/lessons/die-everywhere.ts';
import { LessonsWorld } from '../../support/lessons/world.ts';

const everyDay = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
const gets = (world: LessonsWorld): string[] => world.remote.calls.filter((call) => call.startsWith('get /lessons'));

const hintsOf = (world: LessonsWorld): string[] =>
  [...world.rows.hints.values()].map(({ why, graphId }) => `${why} ${graphId}`);

/** A series on these days: the window ends on the tenth. */
async function seriesOn(days: readonly number[]): Promise<{ readonly world: LessonsWorld; readonly id: string }> {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSeries('R', days, 'series');
  });
  const [id = ''] = world.remote.things.keys();
  return { world, id };
}

it('P18 the last lesson within the window is deleted by others: it goes, and the series stays', async () => {
  const { world, id } = await seriesOn([1, 20]);
  world.remote.deleteOne(id, 1);
  await world.sync();
  expect(world.told()).toEqual(['lesson.updated poll', 'lesson.deleted poll']);
  expect(world.records()).toMatchObject([{ graphId: id, fields: { off: ['1'] } }]);
  expect(world.faults()).toEqual([]);
});

it('P18 all lessons of a series are deleted one by one, between two polls', async () => {
  const { world, id } = await seriesOn([1, 2, 3]);
  for (const day of [1, 2, 3]) world.remote.deleteOne(id, day);
  await world.sync();
  expect(world.counted()).toEqual({ 'lesson.updated poll': 1, 'lesson.deleted poll': 3 });
  expect(world.faults()).toEqual([]);
});

it('P7 what is still there of a series whose removal was told stays, and is asked for once', async () => {
  const { world, id } = await seriesOn([1, 2, 3]);
  const page = world.remote.page.bind(world.remote);
  world.remote.page = async (at) => {
    const answer = await page(at);
    return JSON.stringify(at).includes('lessons') ? { ...answer, items: [{ id, removed: true }] } : answer;
  };
  await world.sync();
  expect(gets(world)).toHaveLength(4);
  Object.assign(world.remote, { page });
  for (let poll = 0; poll < 3; poll++) await world.sync();
  expect(gets(world)).toHaveLength(4);
  expect(world.feed()).toEqual([]);
  expect(world.faults()).toEqual([]);
});

it('P7 a series that a notification names has the removal settled that a job before was told of', async () => {
  const { world, id } = await seriesOn([1, 20]);
  world.remote.deleteOne(id, 1);
  world.pages = 3;
  expect((await world.sync()).outcome).toBe('more');
  expect(world.rows.hints.size).toBe(1);
  world.pages = 100;
  world.raise([id]);
  await world.sync();
  expect(world.told()).toEqual(['lesson.updated poll', 'lesson.deleted poll']);
  expect(world.faults()).toEqual([]);
});

it('P7 a series whose lesson we delete, between a job that was told of its removal and the next', async () => {
  const { world, id } = await seriesOn([1, 2, 20]);
  await world.remove(world.recordOf(`${id}~0~2`)?.id ?? '');
  for (const day of [1, 2]) world.remote.deleteOne(id, day);
  world.pages = 3;
  expect((await world.sync()).outcome).toBe('more');
  expect(hintsOf(world)).toEqual([`removed ${id}`]);
  // A part may stand under another name: only the second 404 is believed.
  await world.push();
  world.clock.move(31_000);
  await world.push();
  expect(hintsOf(world)).toContain(`thin ${id}`);
  world.pages = 100;
  await world.sync();
  expect(world.counted()).toMatchObject({ 'lesson.deleted poll': 1, 'lesson.deleted own-write': 1 });
  expect(world.faults()).toEqual([]);
});

it('P9 lessons that a write of ours has taken out of the window go by that, though its answer was lost', async () => {
  await dieEverywhere({
    open: async () => {
      const { world, id } = await seriesOn([1, 2]);
      await world.update(world.recordOf(id)?.id ?? '', { days: [40, 41] });
      return world;
    },
    jobs: ['push', 'sync'],
    later: ['sync', 'push', 'sync'],
    told: { 'lesson.updated own-write': 1, 'lesson.deleted own-write': 2 },
    most: 60,
  });
});

it('P1 P6 the last lessons of a series go wherever the worker dies', async () => {
  await dieEverywhere({
    open: async () => {
      const { world, id } = await seriesOn(everyDay(0, 30));
      for (const day of everyDay(0, 10)) world.remote.deleteOne(id, day);
      return world;
    },
    told: { 'lesson.updated poll': 1, 'lesson.deleted poll': 10 },
    most: 100,
  });
});
