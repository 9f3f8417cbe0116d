import { expect, it } from 'vitest';
import { GoneError, TransientError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/lib/json.ts';
import { dieEverywhere } from '../../support/lessons/die-everywhere.ts';
import { LessonsWorld } from '../../support/lessons/world.ts';

const rooms = (world: LessonsWorld): Json[] =>
  [...world.rows.records.values()].flatMap(({ kind, fields }) => (kind === 'room' ? [fields['name'] ?? null] : []));

it('a plain list that shows what it showed costs its own requests and no call of the store', async () => {
  const world = await LessonsWorld.open();
  await world.sync();
  world.forget();
  const before = world.cursor('rooms')?.lastPolledAt;
  world.clock.move(60_000);
  await world.sync();
  expect(world.rows.calls).toEqual(['readFront', 'commit', 'commit']);
  expect(world.remote.calls.filter((call) => call.startsWith('page /rooms'))).toHaveLength(1);
  expect(world.cursor('rooms')?.lastPolledAt).not.toBe(before);
  expect(world.faults()).toEqual([]);
});

it('a plain list of several pages costs no more where it shows the same, in whatever order', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    for (let n = 0; n < 7; n++) remote.makeRoom(`T${n}`);
    remote.perPage = 2;
  });
  await world.sync();
  const [first] = world.remote.rooms;
  if (first !== undefined) world.remote.rooms.delete(first[0]);
  if (first !== undefined) world.remote.rooms.set(...first);
  world.forget();
  await world.sync();
  expect(world.rows.calls).toEqual(['readFront', 'commit', 'commit']);
  expect(world.remote.calls.filter((call) => call.startsWith('get'))).toEqual([]);
});

it('tells what a plain list brings, changes and loses as found by a poll, and reads again what it lost', async () => {
  const world = await LessonsWorld.open();
  world.remote.makeRoom('T');
  await world.sync();
  world.remote.makeRoom('T', 'Tower');
  await world.sync();
  world.remote.rooms.delete('T');
  world.forget();
  await world.sync();
  expect(world.remote.calls).toContain('get /rooms/T');
  expect(world.told()).toEqual(['room.created poll', 'room.updated poll', 'room.deleted poll']);
  expect(world.feed().at(-1)?.details).toEqual({ reason: 'gone' });
  expect(rooms(world)).toEqual(['R', 'S']);
  await world.sync();
  world.forget();
  await world.sync();
  expect(world.rows.calls).toEqual(['readFront', 'commit', 'commit']);
  expect(world.faults()).toEqual([]);
});

it('P7 what a plain list leaves out and is there nevertheless stays', async () => {
  const world = await LessonsWorld.open();
  const page = world.remote.page.bind(world.remote);
  world.remote.page = async (at) => {
    const answer = await page(at);
    return typeof at !== 'string' && at.path === '/rooms' ? { ...answer, items: answer.items.slice(0, 1) } : answer;
  };
  for (let poll = 0; poll < 3; poll++) await world.sync();
  expect(rooms(world)).toEqual(['R', 'S']);
  expect(world.told()).toEqual([]);
  expect(world.faults()).toEqual([]);
});

it('P7 a plain list that fails on its way loses nothing', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.perPage = 1;
  });
  const page = world.remote.page.bind(world.remote);
  world.remote.page = async (at) => {
    if (typeof at === 'string' && at.startsWith('/next')) throw new TransientError('down');
    return page(at);
  };
  world.remote.makeRoom('T');
  await world.sync();
  expect(rooms(world)).toEqual(['R', 'S']);
  expect(world.cursor('rooms')).toMatchObject({ failures: 1, midRound: false });
  world.remote.page = page;
  world.clock.move(3_600_000);
  await world.sync();
  expect(rooms(world)).toEqual(['R', 'S', 'T']);
});

it('a page of a delta that has neither link is a failure, not the end of the round', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSingle('R', 1, 'one');
  });
  const page = world.remote.page.bind(world.remote);
  world.remote.page = async (at) => ({ ...(await page(at)), delta: null });
  await world.sync();
  expect(world.cursor('in-R')?.failures).toBe(1);
  expect(world.cursor('in-R')?.link).toContain('/lessons/R');
  expect(world.cursor('rooms')).toMatchObject({ failures: 0 });
});

it('P12 a plain list that is longer than a job goes on where it stood', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    for (let n = 0; n < 8; n++) remote.makeRoom(`T${n}`);
    remote.perPage = 2;
  });
  world.pages = 2;
  world.remote.rooms.delete('T1');
  world.remote.makeRoom('U');
  const outcomes = [];
  for (let job = 0; job < 12; job++) outcomes.push((await world.sync()).outcome);
  expect(outcomes).toContain('more');
  expect(rooms(world).toSorted()).toEqual([...world.remote.rooms.keys()].toSorted());
});

it('what was settled otherwise is compared with what the list shows', async () => {
  const world = await LessonsWorld.open();
  await world.sync();
  // The room is not found though the list shows it, then it is again.
  const [record] = [...world.rows.records.values()].filter(({ graphId }) => graphId === 'S');
  const since = '2026-03-01T12:00:00.000Z';
  const why = { why: 'named', cause: 'poll', since, notBefore: null, held: false } as const;
  world.rows.hints.set(`rooms ${record?.id ?? ''}`, {
    stream: 'rooms',
    id: record?.id ?? '',
    kind: 'room',
    graphId: 'S',
    ...why,
  });
  if (world.rows.head !== null) world.rows.head.head.counts.hints = 1;
  const get = world.remote.get.bind(world.remote);
  world.remote.get = () => Promise.reject(new GoneError('not now'));
  await world.sync();
  world.remote.get = get;
  expect(rooms(world)).toEqual(['R']);
  await world.sync();
  expect(rooms(world)).toEqual(['R', 'S']);
});

it('P1 P6 a plain list comes to the same end wherever the worker dies that reads it', async () => {
  await dieEverywhere({
    open: async () => {
      const world = await LessonsWorld.open(({ remote }) => {
        remote.makeRoom('T');
        remote.perPage = 2;
      });
      world.remote.rooms.delete('S');
      world.remote.makeRoom('R', 'Red');
      world.remote.makeRoom('U');
      return world;
    },
    told: { 'room.created poll': 1, 'room.updated poll': 1, 'room.deleted poll': 1 },
    most: 100,
  });
});
