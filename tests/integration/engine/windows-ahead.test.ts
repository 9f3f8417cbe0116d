import { expect, it } from 'vitest';
import type { ItemAnswer } from '../../../shared/engine/ports.ts';
import { TransientError } from '../../../shared/errors.ts';
import { LessonsWorld } from '../../support/lessons/world.ts';

const everyDay = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

it('P18 what is made or moved ahead of the window stays one record, edits told, until the window comes to it', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSingle('R', 1, 'theirs');
    remote.makeSingle('R', 2, 'moved by us');
  });
  const [theirs = '', byUs = ''] = world.remote.things.keys();
  const made = await world.create({ room: 'R', type: 'single', day: 14, text: 'made' });
  const ids = [world.recordOf(theirs)?.id ?? '', world.recordOf(byUs)?.id ?? '', made];
  world.remote.edit(theirs, { day: 15 });
  await world.update(ids[1] ?? '', { day: 16 });
  await world.push();
  await world.sync();
  expect(world.counted()).toEqual({
    'lesson.created own-write': 1,
    'lesson.updated own-write': 1,
    'lesson.updated poll': 1,
  });
  world.remote.edit(theirs, { text: 'edited' });
  await world.sync();
  expect(world.told().at(-1)).toBe('lesson.updated poll');
  const told = world.told().length;
  for (let day = 0; day < 8; day++) {
    world.roll();
    await world.sync();
    expect({ day, faults: world.faults(), told: world.told().slice(told) }).toEqual({ day, faults: [], told: [] });
  }
  expect(world.cursor('in-R')?.window).toBe('5/18');
  expect(
    world
      .records()
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(ids.toSorted());
  world.forget();
  world.roll();
  await world.sync();
  expect(world.remote.calls.filter((call) => call.startsWith('get /lessons'))).toEqual([]);
});

it.each(['at once', 'by the next window alone'])(
  'P7 what is deleted ahead of the window is told as gone %s, after it was looked for',
  async (when) => {
    const world = await LessonsWorld.open();
    const id = await world.create({ room: 'R', type: 'single', day: 30, text: 'made' });
    await world.push();
    await world.sync();
    const [graphId = ''] = world.remote.things.keys();
    world.remote.remove(graphId);
    // The link that would have told of it is dropped.
    if (when !== 'at once') world.roll();
    world.forget();
    await world.sync();
    expect(world.remote.calls).toContain(`get /lessons/${graphId}`);
    expect(world.told()).toEqual(['lesson.created own-write', 'lesson.deleted poll']);
    expect(world.feed()[1]).toMatchObject({ id, details: { reason: 'gone' } });
    expect(world.faults()).toEqual([]);
  },
);

it('P7 what lies ahead of the window and cannot be read stays as it is, and is told when it can', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSingle('R', 1, 'one');
  });
  const [one = ''] = world.remote.things.keys();
  world.remote.edit(one, { day: 30 });
  const getMany = world.remote.getMany.bind(world.remote);
  world.remote.getMany = (paths) =>
    Promise.resolve(paths.map((): ItemAnswer => ({ outcome: 'failed', error: new TransientError('503') })));
  await world.sync();
  world.roll();
  await world.sync();
  expect([world.told(), world.records().length]).toEqual([[], 1]);
  world.remote.getMany = getMany;
  await world.sync();
  expect(world.told()).toEqual(['lesson.updated poll']);
  expect(world.faults()).toEqual([]);
});

it.each([
  ['others', 'poll'],
  ['us', 'own-write'],
] as const)('P9 P18 a series that %s move ahead of the window stays, and its lessons here go', async (who, cause) => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSeries('R', [1, 2], 'series');
  });
  const [head = ''] = world.remote.things.keys();
  if (who === 'others') world.remote.edit(head, { days: [40, 41] });
  else {
    await world.update(world.recordOf(head)?.id ?? '', { days: [40, 41] });
    await world.push();
  }
  await world.sync();
  expect(world.counted()).toEqual({ [`lesson.updated ${cause}`]: 1, [`lesson.deleted ${cause}`]: 2 });
  expect(world.records()).toMatchObject([{ graphId: head }]);
  expect(world.faults()).toEqual([]);
});

it('P18 a window that is cut shorter takes lessons of a series away without a word, and brings them again so', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSeries('R', everyDay(0, 20), 'each day');
    remote.makeSingle('R', 8, 'one');
  });
  for (const to of [4, 10]) {
    world.window = { ...world.window, to };
    world.forget();
    await world.sync();
    expect(world.records('part')).toHaveLength(to);
    expect(world.faults()).toEqual([]);
  }
  expect(world.feed()).toEqual([]);
  expect(world.records('single')).toHaveLength(1);
});

it('only what was changed tells when, and of what the window has come to nobody was to tell', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSingle('R', 1, 'old');
    remote.makeSingle('R', 10, 'far ahead');
  });
  const [old = ''] = world.remote.things.keys();
  const earliest = async (): Promise<number | null> => {
    const outcome = await world.sync();
    const { found } = outcome.outcome === 'done' ? outcome : expect.fail(outcome.outcome);
    return [...found.earliest.values()][0] ?? null;
  };
  world.roll();
  expect(await earliest()).toBeNull();
  expect(world.told()).toEqual(['lesson.created poll']);
  world.remote.touch(old);
  world.remote.edit([...world.remote.things.keys()][1] ?? '', { text: 'new' });
  const changed = [...world.remote.things.values()][1]?.modifiedAt ?? '';
  world.roll();
  expect(await earliest()).toBe(Date.parse(changed));
});
