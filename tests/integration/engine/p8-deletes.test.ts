import { expect, it } from 'vitest';
import { CardsWorld } from '../../support/cards/world.ts';

it('a delete is there for everybody at once, and for the remote once', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada' });
  const written = await world.remove(id);
  expect(written?.record).toMatchObject({ id, fields: { name: 'Ada' } });
  expect(world.listed()).toEqual([]);
  expect(world.rows.head?.head.counts).toMatchObject({ records: 0, leaving: 1 });
  expect(world.rows.cursors.get('A')?.records).toBe(0);
  expect(await world.remove(id)).toBeNull();
  expect(await world.update(id, { name: 'x' })).toBeNull();
  await world.push();
  for (let round = 0; round < 3; round++) await world.sync();
  expect(world.remote.effects).toEqual(['DELETE']);
  expect(world.records()).toEqual([]);
  expect(world.told()).toEqual(['card.created poll', 'card.deleted own-write']);
  expect(world.feed().at(-1)).toMatchObject({ after: null, details: { reason: 'deleted' } });
  expect(world.faults()).toEqual([]);
});

it('P8 a delete whose answer was lost counts as done, and is told once', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada' });
  await world.remove(id);
  world.remote.faults.push('lost');
  await world.push();
  await world.sync();
  await world.pushLater();
  await world.sync();
  expect(world.told()).toEqual(['card.created poll', 'card.deleted own-write']);
  expect(world.records()).toEqual([]);
  expect(world.faults()).toEqual([]);
});

it('P7 P8 a push that died before it asked for the pass that settles its doubts leaves the asking to the next one', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  await world.remove(id);
  world.remote.remove(graphId);
  expect(await world.push()).toMatchObject({ leftHints: true, nextAt: null });
  // Its message comes again, and finds nothing to be sent.
  expect(await world.push()).toMatchObject({ leftHints: true, nextAt: null });
  await world.sync();
  expect(await world.push()).toMatchObject({ leftHints: false });
  expect(world.faults()).toEqual([]);
});

it('a record that was never sent goes with its create, and nothing is sent', async () => {
  const world = await CardsWorld.open();
  const id = await world.create({ name: 'Ada' });
  await world.update(id, { name: 'Ada L.' });
  expect((await world.remove(id))?.operation).toBeNull();
  await world.push();
  expect(world.remote.effects).toEqual([]);
  expect(world.told()).toEqual(['card.created own-write', 'card.updated own-write', 'card.deleted own-write']);
  expect(world.faults()).toEqual([]);
});

it('P8 a create that may have reached the remote comes to its end before its record is deleted there', async () => {
  for (const found of [true, false]) {
    const world = await CardsWorld.open();
    const id = await world.create({ name: 'Ada' });
    world.remote.faults.push('lost');
    await world.push();
    await world.remove(id);
    if (found) await world.sync();
    await world.pushLater();
    await world.sync();
    await world.sync();
    expect(world.remote.effects).toEqual(['POST', 'DELETE']);
    expect(world.told()).toEqual(['card.created own-write', 'card.deleted own-write']);
    expect(world.faults()).toEqual([]);
  }
});

it('a create that is refused while its record is being deleted ends both', async () => {
  const world = await CardsWorld.open();
  const id = await world.create({ name: 'Ada' });
  world.remote.faults.push('lost', 'refused');
  await world.push();
  world.remote.cards.clear();
  await world.remove(id);
  await world.pushLater();
  expect(world.records()).toEqual([]);
  expect(world.faults()).toEqual([]);
});

it('a page of the time before a delete does not bring the record back', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  world.remote.touch(graphId);
  await world.remove(id);
  await world.sync();
  expect(world.listed()).toEqual([]);
  // What the page shows is older than the delete, which the remote does not tell of yet.
  world.remote.touch(graphId);
  world.remote.lag = world.remote.now;
  await world.pushLater();
  await world.sync();
  await world.sync();
  world.remote.lag = null;
  await world.sync();
  expect(world.told()).toEqual(['card.created poll', 'card.deleted own-write']);
  expect(world.faults()).toEqual([]);
});

it('what somebody brings back is there again, as created', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  const kept = world.remote.cards.get(graphId);
  await world.remove(id);
  await world.push();
  if (kept !== undefined) world.remote.cards.set(graphId, kept);
  world.remote.edit(graphId, { name: 'Ada again' });
  await world.sync();
  await world.sync();
  expect(world.listed()).toMatchObject([{ id, graphId, name: 'Ada again', pushed: 'done' }]);
  expect(world.told()).toEqual(['card.created poll', 'card.deleted own-write', 'card.created poll']);
  expect(world.faults()).toEqual([]);
});

it('updates that wait are withdrawn by a delete, and one under way is no reason to keep the item', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada' });
  await world.update(id, { name: 'Ada L.' });
  world.remote.faults.push('lost');
  await world.push();
  await world.update(id, { note: 'more' });
  await world.remove(id);
  expect(world.rows.outbox.size).toBe(1);
  await world.pushLater();
  await world.sync();
  expect(world.remote.effects).toEqual(['PATCH', 'DELETE']);
  expect(world.records()).toEqual([]);
  expect(world.faults()).toEqual([]);
});

it('a delete that meets an item that was only touched is tried again at once', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  world.remote.touch(graphId);
  await world.remove(id);
  await world.push();
  expect(world.remote.effects).toEqual(['DELETE']);
  await world.sync();
  expect(world.faults()).toEqual([]);
});

it('P10 an edit beats a delete where the remote has the say, and the record stands again', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  await world.update(id, { note: 'unsent' });
  world.remote.edit(graphId, { name: 'Ada L.' });
  await world.remove(id);
  await world.push();
  await world.sync();
  expect(world.remote.effects).toEqual([]);
  expect(world.listed()).toMatchObject([{ id, name: 'Ada L.', note: '', pushed: 'done' }]);
  expect(world.feed().at(-1)).toMatchObject({
    ...{ type: 'card.conflict', cause: 'poll', before: null, after: { name: 'Ada L.' } },
    details: { losing: { deleted: true } },
  });
  expect(world.faults()).toEqual([]);
});

it('P10 a delete beats an edit where the application has the say', async () => {
  const world = await CardsWorld.open({ policy: 'local' });
  const { id, graphId } = await world.known({ name: 'Ada' });
  world.remote.edit(graphId, { name: 'Ada L.' });
  await world.remove(id);
  await world.push();
  await world.sync();
  expect(world.remote.effects).toEqual(['DELETE']);
  expect(world.faults()).toEqual([]);
});

it('a delete that is refused for good is taken back, and the record says why', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada' });
  await world.remove(id);
  world.remote.faults.push('refused');
  await world.push();
  expect(world.listed()).toMatchObject([{ id, name: 'Ada', pushed: 'failed' }]);
  expect(world.feed().at(-1)).toMatchObject({
    ...{ type: 'card.conflict', cause: 'system', before: null },
    details: { losing: { deleted: true }, refused: { code: 'ErrorNo' } },
  });
  await world.sync();
  expect(world.faults()).toEqual([]);
});

it('P10 what others made of a record meanwhile stands where its delete is refused', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  await world.remove(id);
  world.remote.edit(graphId, { name: 'Ada L.' });
  await world.sync();
  world.remote.faults.push('refused');
  expect(await world.push()).toMatchObject({ leftHints: true });
  await world.sync();
  expect(world.feed().at(-1)).toMatchObject({ type: 'card.updated', cause: 'poll', after: { name: 'Ada L.' } });
  expect(world.faults()).toEqual([]);
});

it('P7 own deletes neither count for the guard nor are held back by it', async () => {
  const world = await CardsWorld.open();
  const ids = [];
  for (let n = 0; n < 8; n++) ids.push((await world.known({ name: `Card ${n}` })).id);
  for (const id of ids.slice(0, 7)) await world.remove(id);
  await world.push();
  await world.sync();
  expect(world.records()).toHaveLength(1);
  expect(world.rows.cursors.get('A')?.held).toBe(0);
  expect(world.faults()).toEqual([]);
});

it('P5 a round that compares all takes away what was deleted and is told of no more', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  await world.remove(id);
  // Its removal is never told.
  world.remote.lag = world.remote.now;
  await world.push();
  await world.sync();
  world.remote.lag = null;
  const head = world.rows.head;
  if (head !== null)
    world.rows.head = { ...head, head: { ...head.head, asked: { full: true, approveDeletes: false } } };
  expect(world.record(id)?.graphId).toBe(graphId);
  await world.sync();
  await world.sync();
  expect(world.records()).toEqual([]);
  expect(world.faults()).toEqual([]);
});

it('P5 a round that compares all asks nothing about what is being deleted', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada' });
  await world.remove(id);
  const { head } = world.rows;
  if (head !== null) head.head.asked.full = true;
  await world.sync();
  expect(world.remote.calls.filter((call) => call.startsWith('get'))).toEqual([]);
  await world.push();
  await world.sync();
  expect(world.faults()).toEqual([]);
});

it('P7 what others have deleted is not held back because we have deleted much', async () => {
  const world = await CardsWorld.open();
  const known = [];
  for (let n = 0; n < 12; n++) known.push(await world.known({ name: `Card ${n}` }));
  for (const { id } of known.slice(0, 6)) await world.remove(id);
  await world.push();
  world.remote.remove(known[6]?.graphId ?? '');
  await world.sync();
  expect(world.records()).toHaveLength(5);
  expect(world.faults()).toEqual([]);
});

it('P4 what was moved before we deleted it is gone wherever its removal is told', async () => {
  const world = await CardsWorld.open({ policy: 'local' });
  const { id, graphId } = await world.known({ name: 'Ada' });
  world.remote.move(graphId, 'B');
  await world.remove(id);
  await world.sync();
  await world.push();
  await world.sync();
  expect(world.records()).toEqual([]);
  expect(world.faults()).toEqual([]);
});
