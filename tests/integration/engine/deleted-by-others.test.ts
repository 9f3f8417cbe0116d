import { expect, it } from 'vitest';
import { CardsWorld } from '../../support/cards/world.ts';
import { series } from '../../support/lessons/series.ts';

/** A card that somebody deletes, while an update of ours is on its way. */
async function deletedMeanwhile(): Promise<CardsWorld> {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  await world.update(id, { name: 'Ada L.' });
  world.remote.remove(graphId);
  return world;
}

const TOLD = ['card.created poll', 'card.updated own-write', 'card.deleted poll'];

for (const first of ['push', 'poll'])
  it(`P9 what others delete while we write to it is told as theirs, found by the ${first}, and nothing waits any more`, async () => {
    const world = await deletedMeanwhile();
    if (first === 'push') await world.push();
    await world.sync();
    await world.push();
    await world.sync();
    expect(world.told()).toEqual(TOLD);
    expect(world.feed().at(-1)?.details).toEqual({ reason: 'gone' });
    expect(world.rows.outbox.size).toBe(0);
    expect(world.faults()).toEqual([]);
  });

it('P9 the same where the answer to our write was lost before', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  await world.update(id, { name: 'Ada L.' });
  world.remote.faults.push('lost');
  await world.push();
  world.remote.remove(graphId);
  await world.pushLater();
  await world.sync();
  expect(world.told()).toEqual(TOLD);
  expect(world.faults()).toEqual([]);
});

it('P7 P8 a push that died before it asked for the pass that tells of it leaves the asking to the next one', async () => {
  const world = await deletedMeanwhile();
  expect(await world.push()).toMatchObject({ leftHints: true });
  // Its message comes again, and the operation waits for the pass.
  expect(await world.push()).toMatchObject({ pushed: 0, leftHints: true });
  await world.sync();
  expect(await world.push()).toMatchObject({ leftHints: false, nextAt: null });
});

it('P8 the deletion that we have sent, and whose answer was lost, stays ours', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada' });
  await world.update(id, { name: 'Ada L.' });
  await world.push();
  await world.remove(id);
  world.remote.faults.push('lost');
  await world.push();
  await world.pushLater();
  await world.sync();
  expect(world.told()).toEqual(['card.created poll', 'card.updated own-write', 'card.deleted own-write']);
  expect(world.faults()).toEqual([]);
});

it('P7 P8 a write to what was only out of sight for a moment waits, and reaches it', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  const card = world.remote.cards.get(graphId);
  await world.update(id, { name: 'Ada L.' });
  world.remote.cards.delete(graphId);
  await world.push();
  if (card !== undefined) world.remote.cards.set(graphId, card);
  await world.sync();
  await world.pushLater();
  await world.sync();
  expect(world.told()).toEqual(['card.created poll', 'card.updated own-write']);
  expect(world.remote.cards.get(graphId)?.fields).toMatchObject({ name: 'Ada L.' });
  expect(world.faults()).toEqual([]);
});

it('P9 a lesson that others delete while we write to it is told as theirs', async () => {
  const { world, id, part, settle } = await series();
  await world.update(part(2).id, { day: 7 });
  world.remote.deleteOne(id, 2);
  await world.push();
  await settle();
  expect(world.counted()).toEqual({
    'lesson.updated own-write': 1,
    'lesson.updated poll': 1,
    'lesson.deleted poll': 1,
  });
  expect(world.faults()).toEqual([]);
});

it('P9 a lesson that a write of ours to its series has taken away is our doing, though no page tells of that yet', async () => {
  const { world, id, part, settle } = await series();
  await world.update(world.recordOf(id)?.id ?? '', { days: [4, 5] });
  await world.push();
  await world.update(part(2).id, { day: 7 });
  await world.push();
  const page = world.remote.page.bind(world.remote);
  world.remote.page = (at) =>
    typeof at === 'string' && at !== '/rooms' ? Promise.resolve({ items: [], next: null, delta: at }) : page(at);
  await world.sync();
  expect(world.told().slice(-1)).toEqual(['lesson.deleted own-write']);
  Object.assign(world.remote, { page });
  await settle();
  expect(world.told().filter((one) => one.endsWith('poll'))).toEqual([]);
  expect(world.faults()).toEqual([]);
});
