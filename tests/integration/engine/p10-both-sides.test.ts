import { describe, expect, it } from 'vitest';
import { CardsWorld } from '../../support/cards/world.ts';

const mails = (...addresses: string[]): { address: string }[] => addresses.map((address) => ({ address }));

/** A card that both sides hold, and that both edit before they hear of each other. */
async function edited(ours: object, theirs: object, before: object = {}): Promise<{ world: CardsWorld; id: string }> {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada', ...before });
  await world.update(id, { ...ours });
  world.remote.edit(graphId, { ...theirs });
  return { world, id };
}

/** Both ways in which the edits meet: the page first, or our write first (412). */
const ways = [
  ['a page comes first', (world: CardsWorld): Promise<unknown> => world.sync()],
  ['the remote refuses the write (412)', (world: CardsWorld): Promise<unknown> => world.push()],
] as const;

describe.each(ways)('P10 both sides have edited, %s', (_, meet) => {
  const settle = async (world: CardsWorld): Promise<void> => {
    await meet(world);
    await world.push();
    await world.sync();
    await world.push();
    await world.sync();
  };

  it('different fields both survive, with one write', async () => {
    const { world, id } = await edited({ note: 'ours' }, { name: 'Ada L.' });
    await settle(world);
    expect(world.record(id)?.fields).toMatchObject({ name: 'Ada L.', note: 'ours' });
    expect(world.remote.effects).toEqual(['PATCH']);
    expect(world.told()).toEqual(['card.created poll', 'card.updated own-write', 'card.updated poll']);
    expect(world.faults()).toEqual([]);
  });

  it('the remote value wins, the losing one is told and can be taken back, and nothing is sent', async () => {
    const { world, id } = await edited({ name: 'Ours' }, { name: 'Theirs' });
    await settle(world);
    expect(world.remote.effects).toEqual([]);
    expect(world.feed().at(-1)).toMatchObject({ type: 'card.conflict', details: { losing: { name: 'Ours' } } });
    const record = world.record(id);
    expect(record).toMatchObject({ fields: { name: 'Theirs' }, undo: { fields: { name: 'Ours' } }, own: [] });
    await world.update(id, record?.undo?.fields ?? {});
    await settle(world);
    expect(world.record(id)?.undo).toBeUndefined();
    expect(world.remote.effects).toEqual(['PATCH']);
    expect([...world.remote.cards.values()]).toMatchObject([{ fields: { name: 'Ours' } }]);
    expect(world.faults()).toEqual([]);
  });

  it('lists keep the entries of both sides, without a conflict', async () => {
    const before = { mails: mails('a@x', 'b@x') };
    const { world, id } = await edited(
      { mails: mails('a@x', 'ours@x') },
      { mails: mails('a@x', 'b@x', 'theirs@x') },
      before,
    );
    await settle(world);
    expect(world.record(id)?.fields['mails']).toEqual(mails('a@x', 'theirs@x', 'ours@x'));
    expect(world.remote.effects).toEqual(['PATCH']);
    expect(world.told()).not.toContain('card.conflict poll');
    expect(world.faults()).toEqual([]);
  });

  it('a list that both sides made the same is not sent', async () => {
    const { world } = await edited({ mails: mails('a@x') }, { mails: mails('a@x') });
    await settle(world);
    expect(world.told()).not.toContain('card.conflict poll');
    expect(world.faults()).toEqual([]);
  });

  it('what finds no room in a list is told as lost', async () => {
    const { world, id } = await edited({ mails: mails('o@x', 'p@x') }, { mails: mails('t@x', 'u@x') });
    await settle(world);
    expect(world.record(id)?.fields['mails']).toEqual(mails('t@x', 'u@x', 'o@x'));
    expect(world.record(id)?.undo?.fields).toEqual({ mails: mails('o@x', 'p@x') });
    expect(world.feed().map(({ details }) => details)).toContainEqual({ losing: { mails: mails('p@x') } });
    expect(world.faults()).toEqual([]);
  });
});

it('P9 what the remote makes of a write is taken without a conflict, and shows as our doing', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada' });
  await world.update(id, { name: '  Grace ' });
  await world.push();
  for (let round = 0; round < 3; round++) await world.sync();
  expect(world.record(id)).toMatchObject({ fields: { name: 'Grace' }, base: null });
  expect(world.remote.effects).toEqual(['PATCH']);
  expect(world.told()).toEqual(['card.created poll', 'card.updated own-write', 'card.updated own-write']);
  expect(world.faults()).toEqual([]);
});

it('P9 what was written since stays, whatever the remote makes of the write before', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada' });
  await world.update(id, { name: ' One ', note: 'x' });
  await world.update(id, { name: ' Two ' });
  await world.push();
  await world.sync();
  expect(world.record(id)?.fields['name']).toBe('Two');
  expect(world.told().filter((type) => type.startsWith('card.conflict'))).toEqual([]);
  expect(world.faults()).toEqual([]);
});

const first = { name: ' One ', note: 'x' };
it.each([
  ['what the remote held', [first, { name: 'Ada' }]],
  ['what was written first', [first, { name: ' Two ', mails: mails('a@x') }, { name: ' One ' }]],
])('P9 a write that goes back to %s stays, whatever the remote makes of those before', async (_, writes) => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada' });
  for (const fields of writes) await world.update(id, fields);
  await world.push();
  await world.sync();
  expect(world.remote.effects).toEqual(writes.map(() => 'PATCH'));
  expect(world.record(id)?.fields['name']).toBe(writes.at(-1)?.name.trim());
  expect(world.told().filter((type) => type.startsWith('card.conflict'))).toEqual([]);
  expect(world.faults()).toEqual([]);
});

it('a list shows when a write is done, though nothing else of the record changes', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada' });
  await world.update(id, { note: 'x' });
  expect(world.listed()).toMatchObject([{ pushed: 'pending' }]);
  await world.push();
  expect(world.listed()).toMatchObject([{ pushed: 'done' }]);
  expect(world.told()).toEqual(['card.created poll', 'card.updated own-write']);
});

it('an update that is refused for good is taken back and says why, until the next write', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada' });
  await world.update(id, { name: 'bad' });
  world.remote.faults.push('refused');
  await world.push();
  expect(world.record(id)).toMatchObject({ fields: { name: 'Ada' }, refused: { code: 'ErrorNo', message: 'no' } });
  expect(world.listed()).toMatchObject([{ name: 'Ada', pushed: 'failed' }]);
  await world.update(id, { name: 'Ada' });
  expect(world.record(id)?.refused).toBeUndefined();
  expect(world.listed()).toMatchObject([{ pushed: 'done' }]);
  expect(world.faults()).toEqual([]);
});

it('what waits behind an update that is refused for good is the last write: the record says what became of that', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada' });
  await world.update(id, { name: 'bad' });
  await world.update(id, { note: 'x' });
  world.remote.faults.push('refused');
  await world.push();
  expect(world.record(id)?.fields).toMatchObject({ name: 'Ada', note: 'x' });
  expect(world.listed()).toMatchObject([{ name: 'Ada', pushed: 'done' }]);
  const lost = { losing: { name: 'bad' }, refused: { code: 'ErrorNo', message: 'no' } };
  expect(world.feed().map(({ details }) => details)).toContainEqual(lost);
  await world.update(id, { name: 'bad' });
  await world.update(id, { note: 'y' });
  world.remote.faults.push('refused', 'refused');
  await world.push();
  expect(world.listed()).toMatchObject([{ name: 'Ada', pushed: 'failed' }]);
  expect(world.faults()).toEqual([]);
});

it('an item that changes before each try is left alone for a while', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  world.remote.edit(graphId, { note: 'first' });
  await world.update(id, { name: 'Ours' });
  world.remote.meanwhile = () => void world.remote.touch(graphId);
  const { nextAt } = await world.push();
  expect(world.remote.calls.filter((call) => call.startsWith('PATCH'))).toHaveLength(4);
  expect(nextAt?.getTime()).toBe(world.clock.now().getTime() + 30_000);
  world.remote.meanwhile = null;
  await world.pushLater();
  await world.sync();
  expect(world.remote.effects).toEqual(['PATCH']);
  expect(world.faults()).toEqual([]);
});

it('P10 where both have written the same, what the remote makes of it later stands', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  await world.update(id, { name: 'Same' });
  world.remote.edit(graphId, { name: 'Same' });
  await world.sync();
  world.remote.edit(graphId, { name: 'Later' });
  await world.sync();
  await world.push();
  await world.sync();
  expect(world.remote.effects).toEqual([]);
  expect(world.record(id)?.fields['name']).toBe('Later');
  expect(world.faults()).toEqual([]);
});

it('P10 entries that came while a list was being sent are sent after it, whoever was slow', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada', mails: mails('a@x') });
  // A remote that checks no version.
  world.domain.push.push = async ({ fields }, _, source) => ({
    outcome: 'done',
    item: await source.write({ method: 'PATCH', path: `/cards/${graphId}`, body: fields }),
  });
  await world.update(id, { mails: mails('a@x', 'ours@x') });
  world.remote.meanwhile = async () => {
    world.remote.meanwhile = null;
    // The claim is over: nobody knows that this is still being sent.
    world.clock.move(120_000);
    world.remote.edit(graphId, { mails: mails('a@x', 'theirs@x') });
    await world.sync();
  };
  await world.push();
  await world.push();
  await world.sync();
  expect(world.record(id)?.fields['mails']).toEqual(mails('a@x', 'theirs@x', 'ours@x'));
  expect(world.faults()).toEqual([]);
});
