import { expect, it } from 'vitest';
import { dieEverywhere } from '../../support/lessons/die-everywhere.ts';
import { LessonsWorld } from '../../support/lessons/world.ts';

const everyDay = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

it('P18 a window that rolls forty days in a row tells nothing of what goes and of parts that come', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSeries('R', everyDay(-10, 100), 'each day');
    remote.makeSeries('R', everyDay(-10, 3), 'ends soon');
    for (const day of everyDay(-3, 10)) remote.makeSingle('R', day, `day ${day}`);
  });
  expect(world.records()).toHaveLength(2 + 13 + 6 + 13);
  for (let day = 0; day < 40; day++) {
    world.roll();
    world.clock.move(86_400_000);
    await world.sync();
    expect(world.faults()).toEqual([]);
  }
  expect(world.feed()).toEqual([]);
  expect(world.remote.calls.filter((call) => call.startsWith('get'))).toEqual([]);
  expect(world.records()).toHaveLength(1 + 13);
});

it('P18 what the rolling brings that stands for itself is told as new, found by a poll', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSingle('R', 10, 'far ahead');
    remote.makeSeries('R', [11, 12, 13], 'begins later');
  });
  expect(world.records()).toEqual([]);
  world.roll(5);
  await world.sync();
  expect(world.counted()).toEqual({ 'lesson.created poll': 2 });
  expect(world.records('part')).toHaveLength(3);
  expect(world.faults()).toEqual([]);
});

it('P18 what comes to be within the window is told, though it rolls at the same time', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSeries('R', [1], 'series');
  });
  const [head] = world.remote.things.keys();
  world.remote.edit(head ?? '', { days: [1, 2, 12] });
  world.roll(4);
  await world.sync();
  // The lesson on day 12 was outside before.
  const told = world.feed().map(({ type, after }) => [type, after?.['day'] ?? null]);
  expect(told.toSorted()).toEqual([
    ['lesson.created', 1],
    ['lesson.created', 2],
    ['lesson.deleted', null],
    ['lesson.updated', null],
  ]);
  expect(world.faults()).toEqual([]);
});

it('a new window drops the old link and compares, and ordinary rounds follow', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSingle('R', 1, 'one');
  });
  world.roll(2);
  await world.sync();
  expect(world.remote.calls.filter((call) => call.startsWith('page /lessons/R'))).toEqual(['page /lessons/R/-1/12']);
  expect(world.cursor('in-R')).toMatchObject({ window: '-1/12', phase: 'delta', midRound: false, generation: 2 });
  expect(world.cursor('in-R')?.former).toBeUndefined();
  world.forget();
  await world.sync();
  expect(world.remote.calls.filter((call) => call.startsWith('page /lessons/R'))).toHaveLength(1);
  expect(world.remote.calls.filter((call) => call === 'page /lessons/R/-1/12')).toEqual([]);
});

it('P7 what a new window should hold and did not bring is read again; what is not there is gone', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    for (const day of everyDay(0, 6)) remote.makeSingle('R', day, `day ${day}`);
  });
  const [, gone = ''] = world.remote.things.keys();
  world.remote.remove(gone);
  world.roll();
  world.forget();
  await world.sync();
  expect(world.remote.calls.filter((call) => call.startsWith('get /lessons'))).toEqual([`get /lessons/${gone}`]);
  expect(world.told()).toEqual(['lesson.deleted poll']);
  expect(world.feed()[0]?.details).toEqual({ reason: 'gone' });
  expect(world.faults()).toEqual([]);
});

it('an edit that moves an item behind the window is told as having left, one that moves it in as new', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSingle('R', 1, 'one');
    remote.makeSingle('R', 50, 'far');
  });
  const [one = '', far = ''] = world.remote.things.keys();
  world.remote.edit(one, { day: -60 });
  world.remote.edit(far, { day: 2 });
  await world.sync();
  expect(world.told()).toEqual(['lesson.created poll', 'lesson.deleted poll']);
  expect(world.feed()[1]?.details).toEqual({ reason: 'left', day: -60, days: [] });
  expect(world.faults()).toEqual([]);
});

it('P9 an edit of our own that moves an item behind the window is no work of others', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSingle('R', 1, 'one');
  });
  await world.update(world.records()[0]?.id ?? '', { day: -60 });
  await world.push();
  await world.sync();
  expect(world.told()).toEqual(['lesson.updated own-write', 'lesson.deleted own-write']);
  expect(world.feed()[1]?.details).toMatchObject({ reason: 'left' });
  expect(world.faults()).toEqual([]);
});

it('an item that shows itself outside is no record of ours, whoever shows it', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSingle('R', 1, 'one');
  });
  const [one = ''] = world.remote.things.keys();
  const far = world.remote.makeSingle('R', 60, 'far');
  world.remote.edit(one, { day: -61 });
  const page = world.remote.page.bind(world.remote);
  world.remote.page = async (at) => {
    const answer = await page(at);
    const items = await Promise.all(
      answer.items.map((item) =>
        typeof item === 'object' && item !== null && 'removed' in item && 'id' in item
          ? world.remote.get(`/lessons/${String(item.id)}`)
          : item,
      ),
    );
    return { ...answer, items };
  };
  await world.sync();
  expect(world.recordOf(far)).toBeUndefined();
  expect(world.told()).toEqual(['lesson.deleted poll']);
  expect(world.feed()[0]?.details).toMatchObject({ reason: 'left' });
  expect(world.faults()).toEqual([]);
});

it('a write of ours to what the window leaves behind reaches it, and the record goes then', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSingle('R', -3, 'one');
  });
  await world.update(world.records()[0]?.id ?? '', { text: 'ours' });
  world.roll();
  world.remote.faults.push('down');
  await world.push();
  await world.sync();
  world.clock.move(3_600_000);
  await world.push();
  await world.sync();
  world.roll();
  await world.sync();
  // What our own write shows of it is no work of others.
  expect(world.told()).toEqual(['lesson.updated own-write', 'lesson.deleted own-write']);
  expect(world.records()).toEqual([]);
  expect(world.remote.effects).toEqual(['PATCH']);
  expect([...world.remote.things.values()]).toMatchObject([{ text: 'ours' }]);
  expect(world.rows.outbox.size).toBe(0);
  expect(world.faults()).toEqual([]);
});

it('a round under way comes to its end over its own window before the next one begins', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    for (const day of everyDay(-3, 10)) remote.makeSingle('R', day, `day ${day}`);
    remote.perPage = 3;
  });
  world.pages = 4;
  world.roll(2);
  expect((await world.sync()).outcome).toBe('more');
  expect(world.cursor('in-R')).toMatchObject({ window: '-1/12', midRound: true, ordinary: true });
  world.roll(2);
  world.pages = 100;
  await world.sync();
  expect(world.cursor('in-R')).toMatchObject({ window: '-1/12', midRound: false });
  await world.sync();
  expect(world.cursor('in-R')).toMatchObject({ window: '1/14', midRound: false });
  expect(world.feed()).toEqual([]);
  expect(world.faults()).toEqual([]);
});

it('P5 a link that is dead when the window rolls costs one round, and one that dies later is a resync over the new window', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    for (const day of everyDay(-3, 10)) remote.makeSingle('R', day, `day ${day}`);
  });
  world.remote.forgetful = true;
  world.roll();
  await world.sync();
  world.remote.makeSingle('R', 4, 'new');
  await world.sync();
  expect(world.cursor('in-R')).toMatchObject({ window: '-2/11', phase: 'delta' });
  expect(world.told()).toEqual(['lesson.created resync']);
  expect(world.faults()).toEqual([]);
});

it('P1 P6 a window rolls to the same end wherever the worker dies', async () => {
  await dieEverywhere({
    open: async () => {
      const world = await LessonsWorld.open(({ remote }) => {
        remote.makeSeries('R', everyDay(-10, 100), 'each day');
        for (const day of [-3, -2, 0, 9, 10]) remote.makeSingle('R', day, `day ${day}`);
        remote.perPage = 4;
      });
      const [, , , moved = ''] = world.remote.things.keys();
      world.remote.edit(moved, { day: 80 });
      world.roll(2);
      return world;
    },
    told: { 'lesson.created poll': 1, 'lesson.updated poll': 1 },
    most: 100,
  });
});
