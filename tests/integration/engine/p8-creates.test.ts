import { expect, it } from 'vitest';
import { CardsWorld } from '../../support/cards/world.ts';

it('P8 a create reaches the remote once, and the record takes its item', async () => {
  const world = await CardsWorld.open();
  const id = await world.create({ name: ' Ada ' });
  expect(world.listed()).toMatchObject([{ id, graphId: null, name: ' Ada ', pushed: 'pending' }]);
  await world.push();
  for (let round = 0; round < 3; round++) await world.sync();
  expect(world.remote.effects).toEqual(['POST']);
  expect(world.listed()).toMatchObject([
    { id, graphId: [...world.remote.cards.keys()][0], name: 'Ada', pushed: 'done' },
  ]);
  expect(world.told()).toEqual(['card.created own-write', 'card.updated own-write']);
  expect(world.faults()).toEqual([]);
});

it('P8 a create whose answer was lost is found by its marker, not made again', async () => {
  const world = await CardsWorld.open();
  await world.create({ name: 'Ada' });
  world.remote.faults.push('lost');
  await world.push();
  await world.pushLater();
  expect(world.remote.effects).toEqual(['POST']);
  expect(world.faults()).toEqual([]);
});

it('P8 P9 a page that is first to bring what a create has made gives the item to its record, and tells no more', async () => {
  const world = await CardsWorld.open();
  const id = await world.create({ name: 'Ada' });
  world.remote.faults.push('lost');
  await world.push();
  await world.sync();
  expect(world.records()).toMatchObject([{ id, graphId: [...world.remote.cards.keys()][0], own: [] }]);
  expect(world.rows.outbox.size).toBe(0);
  await world.pushLater();
  expect(world.remote.effects).toEqual(['POST']);
  expect(world.told()).toEqual(['card.created own-write']);
  expect(world.faults()).toEqual([]);
});

it('P8 a page that comes between the call and its answer leaves the push nothing to do', async () => {
  const world = await CardsWorld.open();
  await world.create({ name: 'Ada' });
  world.remote.before = async () => {
    await world.sync();
  };
  await world.push();
  world.remote.before = null;
  await world.sync();
  expect(world.remote.effects).toEqual(['POST']);
  expect(world.told()).toEqual(['card.created own-write']);
  expect(world.faults()).toEqual([]);
});

it('what others make while a create is tried is theirs', async () => {
  const world = await CardsWorld.open();
  await world.create({ name: 'Ada' });
  world.remote.faults.push('down');
  await world.push();
  world.remote.make('A', { name: 'Grace', mails: [] });
  await world.sync();
  expect(world.records()).toHaveLength(2);
  await world.pushLater();
  await world.sync();
  expect(world.told()).toEqual(['card.created own-write', 'card.created poll']);
  expect(world.faults()).toEqual([]);
});

it('an update that is made while a create is on its way follows it', async () => {
  const world = await CardsWorld.open();
  const id = await world.create({ name: ' Ada ' });
  world.remote.meanwhile = async () => {
    world.remote.meanwhile = null;
    await world.update(id, { name: 'Ada L.', note: 'mine' });
  };
  await world.push();
  await world.sync();
  expect(world.remote.effects).toEqual(['POST', 'PATCH']);
  expect([...world.remote.cards.values()]).toMatchObject([{ fields: { name: 'Ada L.', note: 'mine' } }]);
  expect(world.told()).toEqual(['card.created own-write', 'card.updated own-write']);
  expect(world.faults()).toEqual([]);
});

it('a create that is refused for good leaves the record to be mended, and the next write makes it whole', async () => {
  const world = await CardsWorld.open();
  const id = await world.create({ name: 'Ada', mails: [{ address: 'a@x' }] });
  world.remote.faults.push('refused');
  await world.push();
  expect(world.rows.outbox.size).toBe(0);
  expect(world.record(id)?.refused).toMatchObject({ code: 'ErrorNo', message: 'no' });
  expect(world.listed()).toMatchObject([{ pushed: 'failed' }]);
  expect(world.feed().at(-1)).toMatchObject({
    type: 'card.conflict',
    cause: 'system',
    details: { refused: { code: 'ErrorNo' } },
  });
  await world.update(id, { name: 'Ada L.' });
  expect(world.record(id)?.refused).toBeUndefined();
  await world.push();
  await world.sync();
  expect([...world.remote.cards.values()]).toMatchObject([{ fields: { name: 'Ada L.', mails: [{ address: 'a@x' }] } }]);
  expect(world.faults()).toEqual([]);
});

it('a create that is refused goes on with what was changed since', async () => {
  const world = await CardsWorld.open();
  const id = await world.create({ name: 'bad' });
  await world.update(id, { name: 'good' });
  world.remote.faults.push('refused');
  await world.push();
  expect(world.remote.effects).toEqual(['POST']);
  expect([...world.remote.cards.values()]).toMatchObject([{ fields: { name: 'good' } }]);
  await world.sync();
  expect(world.faults()).toEqual([]);
});

it('no call is made for creates where nothing waits', async () => {
  const world = await CardsWorld.open();
  world.remote.make('A', { name: 'Grace' });
  world.rows.calls = [];
  await world.sync();
  expect(world.rows.calls).toEqual(['readFront', 'commit', 'commit', 'commit']);
});
