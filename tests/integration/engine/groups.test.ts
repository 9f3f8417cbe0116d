import { expect, it } from 'vitest';
import { dieEverywhere } from '../../support/lessons/die-everywhere.ts';
import { LessonsWorld } from '../../support/lessons/world.ts';

const everyDay = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
const gets = (world: LessonsWorld): string[] => world.remote.calls.filter((call) => call.startsWith('get /lessons'));
const year = async (): Promise<{ readonly world: LessonsWorld; readonly id: string }> => {
  const world = await LessonsWorld.open((other) => {
    other.window = { from: 0, to: 365 };
    other.remote.makeSeries('R', everyDay(0, 365), 'each day');
  });
  return { world, id: [...world.remote.things.keys()][0] ?? '' };
};

it('an edit of a series of a year is one commit and one row of the feed', async () => {
  const { world, id } = await year();
  world.remote.edit(id, { text: 'edited' });
  await world.sync();
  expect(world.told()).toEqual(['lesson.updated poll']);
  expect(world.rows.calls.filter((call) => call === 'commit')).toHaveLength(3);
  expect(world.rows.calls).toEqual(['readFront', 'commit', 'readRecords', 'list', 'commit', 'commit']);
  expect(world.faults()).toEqual([]);
});

it('a series is deleted by the removal of its whole, and no guard takes it for many', async () => {
  const { world, id } = await year();
  world.remote.remove(id);
  await world.sync();
  expect(world.records()).toEqual([]);
  expect(world.counted()).toEqual({ 'lesson.deleted poll': 366 });
  expect(world.faults()).toEqual([]);
});

it('P7 a part that a series no longer shows is read again, and gone without any removal', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSeries('R', [1, 2, 3], 'series');
  });
  const [id = ''] = world.remote.things.keys();
  world.remote.drop(id, 2);
  await world.sync();
  expect(gets(world)).toEqual([`get /lessons/${id}~0~2`]);
  expect(world.counted()).toEqual({ 'lesson.updated poll': 1, 'lesson.deleted poll': 1 });
  expect(world.faults()).toEqual([]);
});

for (const headLast of [false, true])
  for (const perPage of [1000, 4, 1])
    it(`a series ends the same where its whole comes ${headLast ? 'last' : 'first'}, ${perPage} items a page`, async () => {
      const world = await LessonsWorld.open(({ remote }) => {
        Object.assign(remote, { headLast, perPage, harsh: true });
        remote.makeSeries('R', everyDay(0, 9), 'series');
      });
      expect(world.records()).toHaveLength(10);
      expect(gets(world)).toEqual([]);
      const [id = ''] = world.remote.things.keys();
      world.remote.edit(id, { text: 'edited' });
      world.remote.drop(id, 5);
      await world.sync();
      expect(gets(world)).toEqual([`get /lessons/${id}~0~5`]);
      world.remote.edit(id, { days: everyDay(2, 8) });
      await world.sync();
      expect(world.faults()).toEqual([]);
    });

/** The next round shows the series twice, on pages of its own, with what was done to it in between. */
function showTwice({ remote }: LessonsWorld, change: (id: string) => void): void {
  const [id = ''] = remote.things.keys();
  const page = remote.page.bind(remote);
  remote.page = async (at) => {
    const first = await page(at);
    if (first.items.length === 0 || !JSON.stringify(first.items).includes(id)) return first;
    Object.assign(remote, { page, forgetful: false });
    change(id);
    return { ...first, next: first.delta, delta: null };
  };
}

for (const phase of ['first', 'ordinary', 'full'])
  for (const change of ['moved', 'dropped'])
    for (const pages of [100, 1])
      it(`a series that is ${change} while a ${phase} round shows it, ${pages} pages a job, leaves nothing behind`, async () => {
        const world = new LessonsWorld();
        world.pages = pages;
        world.remote.makeSeries('R', [1, 2, 3], 'series');
        const touch = (id: string): void => {
          if (change === 'moved') world.remote.edit(id, { days: [4, 5, 6] });
          else world.remote.drop(id, 2);
        };
        if (phase === 'first') showTwice(world, touch);
        await world.begin();
        if (phase !== 'first') {
          world.remote.edit([...world.remote.things.keys()][0] ?? '', { text: 'edited' });
          world.remote.forgetful = phase === 'full';
          showTwice(world, touch);
        }
        for (let job = 0; job < 8; job++) await world.sync();
        expect(world.faults()).toEqual([]);
      });

it('no index is read in a first sync, nor for a series that is new', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSeries('R', [1, 2], 'first');
  });
  world.remote.makeSeries('R', [1, 2], 'series');
  await world.sync();
  expect(world.rows.calls.filter((call) => call === 'list')).toEqual([]);
  expect(world.faults()).toEqual([]);
});

it('what a part needs and nobody brings is read', async () => {
  const world = await LessonsWorld.open();
  const id = world.remote.makeSeries('R', [1, 2], 'series');
  const page = world.remote.page.bind(world.remote);
  world.remote.page = async (at) => {
    const answer = await page(at);
    return { ...answer, items: answer.items.filter((item) => !JSON.stringify(item).includes('"head","days"')) };
  };
  await world.sync();
  expect(gets(world)).toEqual([`get /lessons/${id}`]);
  expect(world.faults()).toEqual([]);
});

it('P9 parts that come and go by a write of ours are our doing, and later ones of others are not', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSeries('R', [1, 2, 3], 'series');
  });
  const [id = ''] = world.remote.things.keys();
  await world.update(world.recordOf(id)?.id ?? '', { days: [4, 5] });
  await world.push();
  await world.sync();
  expect(world.counted()).toEqual({
    'lesson.updated own-write': 1,
    'lesson.created own-write': 2,
    'lesson.deleted own-write': 3,
  });
  world.remote.edit(id, { days: [6] });
  await world.sync();
  expect(world.counted()).toMatchObject({ 'lesson.created poll': 1, 'lesson.deleted poll': 2 });
  expect(world.faults()).toEqual([]);
});

it('P9 what others do to parts while a write of ours to their whole waits is theirs', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.unclear = true;
    remote.makeSeries('R', [1, 2, 3], 'series');
  });
  const [id = ''] = world.remote.things.keys();
  await world.update(world.recordOf(id)?.id ?? '', { text: 'ours' });
  world.remote.deleteOne(id, 2);
  await world.sync();
  const told = { 'lesson.updated own-write': 1, 'lesson.updated poll': 1, 'lesson.deleted poll': 1 };
  expect(world.counted()).toEqual(told);
  await world.push();
  await world.sync();
  expect(world.counted()).toEqual(told);
  expect(world.faults()).toEqual([]);
});

/** The next round comes too early to show anything of what was done. */
async function syncLate(world: LessonsWorld, stream: string): Promise<void> {
  const page = world.remote.page.bind(world.remote);
  const delta = world.cursor(stream)?.link ?? '';
  world.remote.page = async (at) => ({ ...(await page(at)), items: [], next: null, delta });
  await world.sync();
  world.remote.page = page;
}

for (const named of [false, true])
  for (const layout of [
    {},
    { unclear: true },
    { perPage: 1, harsh: true },
    { perPage: 1, harsh: true, headLast: true },
  ])
    it(`P9 what others did to parts before a write of ours to their whole is theirs, ${named ? 'read because it was named' : 'met by the write'} ${JSON.stringify(layout)}`, async () => {
      const world = await LessonsWorld.open(({ remote }) => {
        Object.assign(remote, layout);
        remote.makeSeries('R', [1, 2, 3], 'series');
      });
      const [id = ''] = world.remote.things.keys();
      const whole = world.recordOf(id)?.id ?? '';
      world.remote.deleteOne(id, 2);
      if (named) {
        world.raise([id]);
        await syncLate(world, 'in-R');
      }
      await world.update(whole, { text: 'ours' });
      await world.push();
      await world.sync();
      const told = { 'lesson.updated own-write': 1, 'lesson.updated poll': 1, 'lesson.deleted poll': 1 };
      expect(world.counted()).toEqual(told);
      expect(world.remote.effects).toEqual(['PATCH']);
      expect(world.faults()).toEqual([]);
      await world.update(whole, { days: [4] });
      await world.push();
      await world.sync();
      expect(world.told().filter((one) => one.endsWith('poll'))).toHaveLength(2);
      expect(world.counted()).toMatchObject({ 'lesson.created own-write': 1, 'lesson.deleted own-write': 2 });
    });

for (const fault of [null, 'lost'] as const)
  it(`P8 P9 a series that we make is adopted with its parts${fault === null ? '' : ' though the answer was lost'}, without a hint`, async () => {
    const world = await LessonsWorld.open();
    await world.create({ room: 'R', type: 'head', days: [1, 2], text: 'ours' });
    if (fault !== null) world.remote.faults.push(fault);
    await world.push();
    world.forget();
    await world.sync();
    expect(gets(world)).toEqual([]);
    expect(world.counted()['lesson.created own-write']).toBe(3);
    expect(world.told().filter((one) => one.endsWith('poll'))).toEqual([]);
    expect(world.remote.effects).toEqual(['POST']);
    expect(world.faults()).toEqual([]);
  });

it('P1 P6 a series that changes comes to the same end wherever the worker dies', async () => {
  await dieEverywhere({
    open: async () => {
      const world = await LessonsWorld.open(({ remote }) => {
        Object.assign(remote, { perPage: 3, harsh: true });
        remote.makeSeries('R', everyDay(0, 6), 'series');
        remote.makeSeries('R', everyDay(2, 5), 'goes');
      });
      const [one = '', two = ''] = world.remote.things.keys();
      world.remote.drop(one, 3);
      world.remote.remove(two);
      return world;
    },
    told: { 'lesson.updated poll': 1, 'lesson.deleted poll': 5 },
    most: 150,
  });
});
