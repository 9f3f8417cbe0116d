import { expect, it } from 'vitest';
import type { StreamPlan } from '../../../shared/engine/domain.ts';
import type { Source } from '../../../shared/engine/ports.ts';
import { GoneError, TransientError } from '../../../shared/errors.ts';
import type { CardsRemote } from '../../support/cards/remote.ts';
import { CardsWorld } from '../../support/cards/world.ts';

const planOf = (id: string): StreamPlan => ({
  ...{ id, kind: 'card', label: id, root: false, first: { path: `/delta/${id}` } },
  ...{ expected: null, idsPath: `/ids/${id}`, containerPath: null },
});

/** The remote, but for the pages of one place. */
const without = (remote: CardsRemote, place: string): Source => ({
  page: (at) =>
    JSON.stringify(at).includes(`/delta/${place}`) ? Promise.reject(new TransientError('busy')) : remote.page(at),
  get: (path) => remote.get(path),
  getMany: (paths) => remote.getMany(paths),
  list: (path) => remote.list(path),
  media: () => remote.media(),
  write: (write) => remote.write(write),
});

/** A card that the application moves, and one of the places is no more before the move is sent. */
async function moved(from: string, to: string, gone: string) {
  let places = ['A', 'B'];
  const world = await CardsWorld.open({ plan: () => Promise.resolve(places.map(planOf)) });
  const { id: graphId } = world.remote.make(from, { name: 'Ada' });
  await world.sync();
  const id = world.records()[0]?.id ?? '';
  await world.update(id, { folderId: to });
  places = places.filter((place) => place !== gone);
  await world.sync();
  expect(world.rows.changes.map(({ type }) => type).slice(-2)).toEqual(['card.moved', 'sync.stream_removed']);
  const since = world.rows.changes.length;
  return { world, id, graphId, told: () => world.rows.changes.slice(since) };
}

it('P6 what was on its way into a folder that is no more is told as new, once, when it comes to lie elsewhere', async () => {
  const { world, id, graphId, told } = await moved('A', 'B', 'B');
  world.remote.edit(graphId, { note: 'theirs' });
  await world.sync();
  world.remote.faults.push('refused');
  await world.push();
  await world.sync();
  expect(told()).toMatchObject([{ type: 'card.created', id, before: null, after: { folderId: 'A', note: 'theirs' } }]);
  world.remote.edit(graphId, { note: 'again' });
  await world.sync();
  expect(told().at(-1)).toMatchObject({ type: 'card.updated', before: { note: 'theirs' }, after: { note: 'again' } });
});

it('P6 it comes back where its write is refused', async () => {
  const { world, id, told } = await moved('A', 'B', 'B');
  world.remote.faults.push('refused');
  await world.push();
  expect(told()).toMatchObject([{ type: 'card.created', id, before: null, after: { folderId: 'A' } }]);
});

it('P6 its end is not told twice, by whichever side', async () => {
  const theirs = await moved('A', 'B', 'B');
  theirs.world.remote.remove(theirs.graphId);
  await theirs.world.pushLater();
  await theirs.world.sync();
  expect(theirs.told()).toEqual([]);
  const ours = await moved('A', 'B', 'B');
  await ours.world.remove(ours.id);
  await ours.world.pushLater();
  await ours.world.pushLater();
  await ours.world.sync();
  expect([ours.told(), ours.world.records()]).toEqual([[], []]);
});

it('P6 what we move out of a folder that is no more is told on, where it is now', async () => {
  const { world, id, told } = await moved('B', 'X', 'B');
  await world.update(id, { note: 'ours' });
  expect(told()).toMatchObject([{ type: 'card.updated', id, before: { note: '' }, after: { note: 'ours' } }]);
});

/** A card that is made in a place which is no more before the remote has it. */
async function unborn() {
  let places = ['A', 'B'];
  const world = await CardsWorld.open({ plan: () => Promise.resolve(places.map(planOf)) });
  const make = world.remote.write.bind(world.remote);
  const gone = (body: unknown): boolean => JSON.stringify(body).includes('"folderId":"A"');
  world.remote.write = (write) => (gone(write.body) ? Promise.reject(new GoneError('gone')) : make(write));
  const id = await world.create({ name: 'Ada' });
  return {
    world,
    id,
    drop: () => {
      places = ['B'];
      return world.sync();
    },
    back: () => {
      places = ['A', 'B'];
      return world.sync();
    },
  };
}

const refusedRow = {
  ...{ type: 'card.conflict', cause: 'system', after: { name: 'Ada', pushed: 'failed' } },
  details: { losing: { created: true }, refused: { code: 'remote.gone' } },
};

it.each(['pass', 'push'])(
  'P6 what the remote never had outlives its folder, and is told of, whatever comes first: a %s',
  async (first) => {
    const { world, id, drop } = await unborn();
    if (first === 'push') await world.push();
    await drop();
    await world.push();
    const since = world.rows.changes.findIndex(({ type }) => type === 'sync.stream_removed');
    await world.sync();
    await world.sync();
    expect(world.rows.changes.slice(since)).toMatchObject([{ details: { stream: 'A' } }, { id, ...refusedRow }]);
    expect(world.record(id)).toMatchObject({ stream: 'A', refused: { code: 'remote.gone' } });
    expect(world.rows.cursors.get('A')?.records).toBe(1);
    expect(world.rows.head?.head.counts).toMatchObject({ records: 1, outbox: 0 });
  },
);

it('P6 it is made in another folder where the application says so, and its own goes', async () => {
  const { world, id, drop } = await unborn();
  await drop();
  await world.push();
  await world.update(id, { folderId: 'B' });
  await world.push();
  await world.sync();
  expect(world.told().slice(-2)).toEqual(['card.conflict system', 'card.moved own-write']);
  expect([...world.rows.cursors.keys()]).toEqual(['B']);
  expect(world.remote.effects).toEqual(['POST']);
  expect(world.faults()).toEqual([]);
});

it('P6 it goes where the application deletes it, and its folder with it', async () => {
  const { world, id, drop } = await unborn();
  await drop();
  await world.push();
  await world.sync();
  await world.remove(id);
  await world.sync();
  expect(world.told().at(-1)).toBe('card.deleted own-write');
  expect([...world.rows.cursors.keys()]).toEqual(['B']);
  expect(world.faults()).toEqual([]);
});

it('P17 its folder, which could not be read at the last, fails no more', async () => {
  const { world, drop } = await unborn();
  await world.sync(world.ports, without(world.remote, 'A'));
  expect(world.rows.cursors.get('A')?.failures).toBe(1);
  await drop();
  expect(world.rows.cursors.get('A')).toMatchObject({ failures: 0, lastError: null, notBefore: null });
});

it('P6 it stands in its folder again where that comes back', async () => {
  const { world, id, drop, back } = await unborn();
  await drop();
  await world.push();
  await back();
  expect(world.rows.changes.at(-1)).toMatchObject({
    type: 'sync.baseline_completed',
    details: { counts: { card: 1 } },
  });
  await world.update(id, { note: 'new' });
  expect(world.told().at(-1)).toBe('card.updated own-write');
});

it('P6 what came from elsewhere into a folder that is no more before anybody was told of it goes with it', async () => {
  let places = ['A'];
  const world = await CardsWorld.open({ plan: () => Promise.resolve(places.map(planOf)) });
  const { graphId } = await world.known({ name: 'Ada' });
  places = ['A', 'B'];
  world.remote.move(graphId, 'B');
  await world.sync(world.ports, without(world.remote, 'B'));
  expect(world.told().at(-1)).toBe('card.moved poll');
  places = ['A'];
  await world.sync();
  expect(world.rows.changes.at(-1)).toMatchObject({ type: 'sync.stream_removed', details: { stream: 'B' } });
  expect(world.records()).toEqual([]);
});
