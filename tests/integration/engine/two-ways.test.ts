import { expect, it } from 'vitest';
import { newHead } from '../../../shared/engine/head.ts';
import type { Intent } from '../../../shared/engine/local-write.ts';
import { readStanding } from '../../../shared/engine/standing.ts';
import type { Json } from '../../../shared/lib/json.ts';
import { card } from '../../support/cards/domain.ts';
import { CardsWorld } from '../../support/cards/world.ts';

const scope = { connectionId: 'c', domain: 'cards' };

it('a move that makes the item anew leaves one record, which goes on with the new one', async () => {
  const world = await CardsWorld.open({ kinds: () => ({ card: { ...card, remakes: true } }) });
  const { id, graphId } = await world.known({ name: 'Ada' });
  world.domain.push.push = async (operation, _, source) => {
    const body = { name: 'Ada', folderId: 'B', marker: operation.op };
    const item = await source.write({ method: 'POST', path: '/cards', body });
    // Others read its page before anybody knows whose it is.
    await world.sync();
    await source.write({ method: 'DELETE', path: `/cards/${graphId}` });
    await world.sync();
    return { outcome: 'done', item };
  };
  await world.update(id, { folderId: 'B' });
  await world.push();
  for (let round = 0; round < 3; round++) await world.sync();
  const [made] = world.remote.cards.keys();
  expect(world.records()).toMatchObject([{ id, graphId: made, stream: 'B' }]);
  expect(world.rows.remotes).toEqual(new Map([[made, id]]));
  expect(world.told()).toEqual(['card.created poll', 'card.moved own-write']);
  world.remote.edit(made ?? '', { name: 'Ada L.' });
  await world.sync();
  expect(world.listed()).toMatchObject([{ id, name: 'Ada L.' }]);
  world.remote.remove(made ?? '');
  await world.sync();
  expect(world.told().at(-1)).toBe('card.deleted poll');
  expect(world.faults()).toEqual([]);
});

it('what a page teaches is noted with it, and its own items are read with it', async () => {
  const seen: Json[] = [];
  const world = new CardsWorld({
    learn: (stream, items, notes) =>
      stream === 'A' && items.length > 0 && notes === null ? { learnt: 'A' } : undefined,
    kinds: (notes) => ({
      card: {
        ...card,
        decode: (raw, whole) => {
          seen.push(notes);
          return card.decode(raw, whole);
        },
      },
    }),
  });
  await world.rows.createHead(scope, newHead());
  world.remote.make('A', { name: 'Ada' });
  await world.sync();
  expect(seen).toEqual([{ learnt: 'A' }]);
  expect(world.rows.head?.head.notes).toEqual({ learnt: 'A' });
});

it('a record that was made here while its stream is first read is told and counted once', async () => {
  const world = new CardsWorld();
  await world.rows.createHead(scope, newHead());
  for (let n = 0; n < 3; n++) world.remote.make('A', { name: `Card ${n}` });
  const { page } = { page: world.remote.page.bind(world.remote) };
  let born = '';
  world.remote.page = async (at) => {
    const answer = await page(at);
    if (born === '') {
      born = await world.create({ name: 'Ada', mails: [{ address: 'ada@x' }] });
      await world.update(born, { note: 'at once' });
    }
    return answer;
  };
  await world.sync();
  expect(world.told()).toEqual(['card.created own-write', 'card.updated own-write']);
  await world.push();
  await world.update(born, { note: 'x' });
  await world.push();
  await world.sync();
  expect(world.told()).toEqual(['card.created own-write', 'card.updated own-write', 'card.updated own-write']);
  expect(world.faults()).toEqual([]);
});

it('P4 what waits to be made or deleted is no difference in a count, and what was deleted is looked at where there is one', async () => {
  const expected = new Map<string, number>();
  const world = await CardsWorld.open({
    plan: async (context) => {
      const plans = await new CardsWorld().domain.plan(context);
      return plans.map((plan) => ({ ...plan, expected: expected.get(plan.id) ?? null }));
    },
  });
  const { id, graphId } = await world.known({ name: 'Ada' });
  await world.remove(id);
  expected.set('A', 1);
  for (let poll = 0; poll < 4; poll++) await world.sync();
  expect(world.remote.calls.filter((call) => call.startsWith('list /ids'))).toEqual([]);
  const kept = world.remote.cards.get(graphId);
  // Brought back by somebody, and no page tells of it.
  world.remote.lag = world.remote.now;
  await world.push();
  if (kept !== undefined) world.remote.cards.set(graphId, kept);
  for (let poll = 0; poll < 4; poll++) await world.sync();
  expect(world.record(id)?.leaving).toBeUndefined();
  world.remote.lag = null;
  await world.sync();
  expect(world.faults()).toEqual([]);
});

it('an application sees nothing of a record that is being deleted', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada' });
  expect(await readStanding(world.rows, scope, id)).toMatchObject({ id });
  await world.remove(id);
  expect(await readStanding(world.rows, scope, id)).toBeNull();
  const seen = await world.intend(async (rows) => {
    expect(await rows.record(id)).toBeNull();
    expect(await rows.records([id])).toEqual(new Map());
    const range = { from: 'c:', to: 'c;', where: {}, limit: 10, after: null };
    expect(await rows.list(range)).toEqual({ entries: [], next: null });
    return null;
  });
  expect(seen).toBeNull();
});

it('an application that merges into a record tells what of its own lost, and can take it back', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada', note: 'old' });
  const written = await world.intend(async (rows): Promise<Intent | null> => {
    const record = await rows.record(id);
    const what = { action: 'update', fields: { note: 'new' }, undo: true, losing: { name: 'Mine' } };
    return record === null ? null : { type: 'update', record, ...what };
  });
  expect(written?.record.undo).toMatchObject({ fields: { note: 'old' } });
  expect(world.feed().at(-1)).toMatchObject({
    ...{ type: 'card.conflict', cause: 'own-write', changed: ['note'] },
    details: { losing: { name: 'Mine' } },
  });
  await world.update(id, { name: 'Other' });
  expect(world.record(id)?.undo?.fields).toEqual({ note: 'old' });
  await world.update(id, { note: 'newer' });
  expect(world.record(id)?.undo).toBeUndefined();
});

it('a merge is taken back once, though what it overwrote stands again already', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada', note: 'old' });
  await world.intend(async (rows): Promise<Intent | null> => {
    const record = await rows.record(id);
    return record === null ? null : { type: 'update', record, action: 'update', fields: { note: 'new' }, undo: true };
  });
  const row = world.record(id);
  expect(row?.undo?.fields).toEqual({ note: 'old' });
  // Both at once: what is asked for is there when the second one looks.
  await world.update(id, { note: 'old' });
  await world.update(id, { note: 'old' });
  expect(world.record(id)?.undo).toBeUndefined();
  await world.intend(async (rows): Promise<Intent | null> => {
    const record = await rows.record(id);
    const fields = { name: 'Augusta', note: 'new' };
    return record === null ? null : { type: 'update', record, action: 'update', fields, undo: true };
  });
  await world.update(id, { name: 'Ada' });
  expect(world.record(id)?.undo?.fields).toEqual({ note: 'old' });
  await world.update(id, { name: 'Ada', note: 'old' });
  expect(world.record(id)?.undo).toBeUndefined();
});

/** A card into which the application has merged a name, a note and a phone, and all of that has been sent. */
async function merged() {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada', note: 'old', phones: ['1'] });
  await world.intend(async (rows): Promise<Intent | null> => {
    const record = await rows.record(id);
    const fields = { name: ' Augusta ', note: 'new', phones: ['1', '2'] };
    return record === null ? null : { type: 'update', record, action: 'update', fields, undo: true };
  });
  await world.push();
  await world.sync();
  return { world, graphId, undo: () => world.record(id)?.undo?.fields };
}

it.each([
  [{ phones: ['1', '2', '3'] }, { name: 'Ada', note: 'old' }],
  [{ note: 'old' }, { name: 'Ada', phones: ['1'] }],
  [{ name: 'Ada', note: 'theirs', phones: ['1'] }, undefined],
])('what the remote edits after a merge, %j, is not taken back with it', async (edit, left) => {
  const { world, graphId, undo } = await merged();
  world.remote.edit(graphId, edit);
  await world.sync();
  expect(undo()).toEqual(left);
});

it('what the remote makes of a merge that is sent can be taken back', async () => {
  const { world, undo } = await merged();
  expect(world.records()).toMatchObject([{ fields: { name: 'Augusta' } }]);
  expect(undo()).toEqual({ name: 'Ada', note: 'old', phones: ['1'] });
});

it('what the intention throws ends the write with nothing written', async () => {
  const world = await CardsWorld.open();
  await expect(world.intend(() => Promise.reject(new RangeError('several')))).rejects.toThrow('several');
  expect(world.rows.outbox.size).toBe(0);
});

it('P2 an intention is asked anew when another writer was first', async () => {
  const world = await CardsWorld.open();
  const { id } = await world.known({ name: 'Ada', note: '' });
  let asked = 0;
  await world.intend(async (rows) => {
    if (asked++ === 0) await world.update(id, { note: 'first' });
    const record = await rows.record(id);
    return record === null ? null : { type: 'update', record, action: 'update', fields: { name: `Ada ${asked}` } };
  });
  expect(asked).toBe(2);
  expect(world.record(id)?.fields).toMatchObject({ name: 'Ada 2', note: 'first' });
});

it('P7 a former item of a record that is proved gone takes nothing away', async () => {
  const world = await CardsWorld.open();
  const { id, graphId } = await world.known({ name: 'Ada' });
  const hint = { stream: 'A', id, kind: 'card', graphId: 'former', why: 'thin', cause: 'poll' } as const;
  world.rows.hints.set(`A ${id}`, { ...hint, since: '2026-03-01T12:00:00.000Z', notBefore: null, held: false });
  const { head } = world.rows;
  if (head !== null) head.head.counts.hints = 1;
  await world.sync();
  expect(world.records()).toMatchObject([{ id, graphId }]);
  expect(world.faults()).toEqual([]);
});

it('an item of our making that was taken for another is one record again when the push is heard of', async () => {
  const blind = { ...card, decode: (raw: unknown, whole: boolean) => ({ ...card.decode(raw, whole), origin: null }) };
  const world = await CardsWorld.open({ kinds: () => ({ card: blind }) });
  const id = await world.create({ name: 'Ada' });
  world.remote.before = async () => {
    world.remote.before = null;
    await world.sync();
  };
  await world.push();
  await world.sync();
  expect(world.records()).toMatchObject([{ id }]);
  expect(world.told()).toEqual(['card.created own-write', 'card.created poll', 'card.deleted own-write']);
  expect(world.feed().at(-1)?.details).toEqual({ reason: 'merged', into: id });
  expect(world.faults()).toEqual([]);
});
