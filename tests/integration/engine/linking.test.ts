import { expect, it } from 'vitest';
import { CardsWorld } from '../../support/cards/world.ts';

const mails = (...addresses: string[]): { address: string }[] => addresses.map((address) => ({ address }));

it('a card that both sides write down before they hear of each other is one, and each fills what the other lacks', async () => {
  const world = await CardsWorld.open();
  const id = await world.create({ name: 'Ada', mails: mails('ada@x'), phones: ['1'] });
  const { id: graphId } = world.remote.make('B', { name: 'Ada', note: 'theirs', mails: mails('ADA@x', 'b@x') });
  await world.sync();
  expect(world.records()).toMatchObject([
    {
      ...{ id, graphId, stream: 'B' },
      fields: { folderId: 'B', name: 'Ada', note: 'theirs', mails: mails('ADA@x', 'b@x'), phones: ['1'] },
      undo: { fields: { note: '' } },
    },
  ]);
  expect([...world.rows.outbox.values()]).toMatchObject([{ action: 'update', graphId, fields: { phones: ['1'] } }]);
  await world.push();
  await world.sync();
  expect(world.remote.effects).toEqual(['PATCH']);
  expect(world.faults()).toEqual([]);
});

it('where both say the same nothing is sent', async () => {
  const world = await CardsWorld.open();
  await world.create({ name: 'Ada', mails: mails('ada@x') });
  world.remote.make('A', { name: 'Ada', mails: mails('ada@x') });
  await world.sync();
  await world.push();
  expect(world.remote.effects).toEqual([]);
  expect(world.told()).toEqual(['card.created own-write', 'card.updated poll']);
  expect(world.faults()).toEqual([]);
});

it('P10 where both say something else the policy decides, and the losing value is told', async () => {
  for (const policy of ['remote', 'local'] as const) {
    const world = await CardsWorld.open({ policy });
    await world.create({ name: 'Ours', mails: mails('ada@x') });
    world.remote.make('A', { name: 'Theirs', mails: mails('ada@x') });
    await world.sync();
    const [wins, loses] = policy === 'remote' ? ['Theirs', 'Ours'] : ['Ours', 'Theirs'];
    expect(world.listed()).toMatchObject([{ name: wins }]);
    expect(world.feed().at(-1)).toMatchObject({ type: 'card.conflict', details: { losing: { name: loses } } });
    await world.push();
    await world.sync();
    expect(world.remote.effects).toEqual(policy === 'remote' ? [] : ['PATCH']);
    expect(world.faults()).toEqual([]);
  }
});

it('an update that waits behind the create goes along', async () => {
  const world = await CardsWorld.open();
  const id = await world.create({ name: 'Ada', mails: mails('ada@x') });
  await world.update(id, { note: 'ours' });
  world.remote.make('A', { name: 'Ada', mails: mails('ada@x') });
  await world.sync();
  expect(world.rows.outbox.size).toBe(1);
  await world.push();
  await world.sync();
  expect(world.remote.effects).toEqual(['PATCH']);
  expect(world.faults()).toEqual([]);
});

it('a first rank decides before a second one', async () => {
  const world = await CardsWorld.open();
  const byMail = await world.create({ name: 'By mail', mails: mails('ada@x') });
  await world.create({ name: 'By phone', phones: ['1'] });
  world.remote.make('A', { name: 'By mail', mails: mails('ada@x'), phones: ['1'] });
  await world.sync();
  expect(world.record(byMail)?.graphId).not.toBeNull();
  expect(world.records()).toHaveLength(2);
});

it('where several may be meant none is merged, and the feed names them', async () => {
  const world = await CardsWorld.open();
  const ids = [await world.create({ mails: mails('ada@x') }), await world.create({ mails: mails('ADA@x') })];
  world.remote.make('A', { name: 'Ada', mails: mails('ada@x') });
  await world.sync();
  expect(world.records()).toHaveLength(3);
  const [created, ambiguous] = world.feed().slice(-2);
  expect(created).toMatchObject({ type: 'card.created', cause: 'poll' });
  expect(ambiguous).toMatchObject({ type: 'card.match_ambiguous', id: created?.id, details: { candidates: ids } });
  await world.push();
  await world.sync();
  expect(world.faults()).toEqual([]);
});

it('one create takes one item, though two of a page match it', async () => {
  const world = await CardsWorld.open();
  await world.create({ mails: mails('ada@x') });
  world.remote.make('A', { name: 'One', mails: mails('ada@x') });
  world.remote.make('A', { name: 'Two', mails: mails('ada@x') });
  await world.sync();
  expect(world.records()).toHaveLength(2);
  await world.push();
  await world.sync();
  expect(world.remote.effects).toEqual([]);
  expect(world.faults()).toEqual([]);
});

it('a create that is to stand alone, or was tried, is linked with nothing', async () => {
  for (const tried of [false, true]) {
    const world = await CardsWorld.open();
    await world.create({ name: 'Ada', mails: mails('ada@x') }, { alone: !tried });
    if (tried) {
      world.remote.faults.push('down');
      await world.push();
    }
    world.remote.make('A', { name: 'Ada', mails: mails('ada@x') });
    await world.sync();
    await world.pushLater();
    await world.sync();
    expect(world.records()).toHaveLength(2);
    expect(world.remote.effects).toEqual(['POST']);
    expect(world.faults()).toEqual([]);
  }
});
