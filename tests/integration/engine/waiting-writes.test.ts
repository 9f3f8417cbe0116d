import { describe, expect, it } from 'vitest';
import { MOST_WAITING } from '../../../shared/engine/waiting-writes.ts';
import { OutboxFullError } from '../../../shared/errors.ts';
import { CardsWorld } from '../../support/cards/world.ts';

const MANY = 120;

/** Writes to a card while the remote is down, of one field after another; answers how many were refused. */
async function writeMany(world: CardsWorld, id: string, fields: readonly string[]): Promise<number> {
  let refused = 0;
  for (let n = 0; n < MANY; n++) {
    try {
      await world.update(id, { [fields[n % fields.length] ?? '']: `Ours ${n}` });
    } catch (error) {
      if (!(error instanceof OutboxFullError)) throw error;
      refused++;
    }
    if (n > 0) continue;
    world.remote.faults.push('down');
    await world.push();
  }
  return refused;
}

async function written(fields: readonly string[]) {
  const world = await CardsWorld.open();
  const card = await world.known({ name: 'Ada', note: '' });
  const refused = await writeMany(world, card.id, fields);
  return { world, ...card, refused };
}

async function settle(world: CardsWorld): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await world.pushLater();
    expect((await world.sync()).outcome).toBe('done');
  }
}

describe.each([
  ['of one field', ['name']],
  ['of two fields by turns', ['name', 'note']],
])('P11 very many writes to one record, %s, that wait while the remote is down', (_, fields) => {
  it('go with the record that somebody deletes', async () => {
    const { world, graphId } = await written(fields);
    world.remote.remove(graphId);
    expect((await world.sync()).outcome).toBe('done');
    expect(world.records()).toEqual([]);
    expect(world.rows.outbox.size).toBe(0);
    expect(world.faults()).toEqual([]);
  });

  it('are taken back by a deletion', async () => {
    const { world, id } = await written(fields);
    await world.remove(id);
    await settle(world);
    expect(world.remote.cards.size).toBe(0);
    expect(world.faults()).toEqual([]);
  });

  it.each([
    ['a page that shows it', (world: CardsWorld) => world.sync()],
    ['the push that it refuses', (world: CardsWorld) => world.pushLater()],
  ])('P10 give way to an edit of the same field, met by %s', async (_by, meet) => {
    const { world, id, graphId } = await written(fields);
    world.remote.edit(graphId, { name: 'Theirs' });
    await meet(world);
    await settle(world);
    expect(world.record(id)?.fields['name']).toBe('Theirs');
    expect(world.remote.cards.get(graphId)?.fields['name']).toBe('Theirs');
    expect(world.faults()).toEqual([]);
  });

  it('are all sent when it is there again', async () => {
    const { world, id, graphId } = await written(fields);
    await settle(world);
    const { name, note } = world.record(id)?.fields ?? {};
    expect([name, note]).toContain(`Ours ${MANY - 1}`);
    expect(world.remote.cards.get(graphId)?.fields).toMatchObject({ name, note });
    expect(world.faults()).toEqual([]);
  });
});

it('a write that says anew all that the last one says, which waits, is sent in its place', async () => {
  const { world, graphId, refused } = await written(['name']);
  expect(refused).toBe(0);
  expect(world.rows.outbox.size).toBe(2);
  await settle(world);
  expect(world.remote.effects).toEqual(['PATCH', 'PATCH']);
  expect(world.remote.cards.get(graphId)?.fields['name']).toBe(`Ours ${MANY - 1}`);
});

it('what the one in whose place it is sent said beside is sent with it', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  await world.update(id, { name: 'One', note: 'x' });
  await world.update(id, { name: 'Two', note: 'x' });
  await settle(world);
  expect(world.remote.effects).toEqual(['PATCH']);
  expect(world.remote.cards.get(graphId)?.fields).toMatchObject({ name: 'Two', note: 'x' });
  expect(world.record(id)).toMatchObject({ fields: { name: 'Two', note: 'x' }, base: null });
  expect(world.faults()).toEqual([]);
});

it('moves are all made, one after the other', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  await world.update(id, { folderId: 'B' });
  await world.update(id, { folderId: 'A' });
  await settle(world);
  expect(world.remote.effects).toEqual(['PATCH', 'PATCH']);
  expect(world.remote.cards.get(graphId)?.folderId).toBe('A');
  expect(world.faults()).toEqual([]);
});

it('more writes than can be settled at once are refused until some were sent', async () => {
  const { world, id, refused } = await written(['name', 'note']);
  expect(refused).toBeGreaterThan(0);
  expect(world.rows.outbox.size).toBe(MOST_WAITING);
  await settle(world);
  await world.update(id, { name: 'Last' });
  await settle(world);
  expect(world.record(id)?.fields['name']).toBe('Last');
  expect(world.faults()).toEqual([]);
});
