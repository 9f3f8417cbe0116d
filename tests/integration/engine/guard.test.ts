import { expect, it } from 'vitest';
import { commitFree } from '../../../shared/engine/append.ts';
import { newHead } from '../../../shared/engine/head.ts';
import type { ItemAnswer, Source, WakeStore } from '../../../shared/engine/ports.ts';
import { TransientError } from '../../../shared/errors.ts';
import { CardsWorld } from '../../support/cards/world.ts';
import { instead } from '../../support/instead.ts';

const CARDS = 12;

/** A world with so many cards that both sides know. */
async function withCards(count: number) {
  const world = await CardsWorld.open();
  for (let n = 0; n < count; n++) world.remote.make('A', { name: `Card ${n}` });
  await world.sync();
  return { world, known: world.records().flatMap(({ id, graphId }) => (graphId === null ? [] : [{ id, graphId }])) };
}

/** Cards of which the remote says for one pass that most are gone: they are told of as removed, and not found. */
async function heldBack() {
  const { world, known } = await withCards(CARDS);
  const away = known.slice(0, CARDS - 2);
  const cards = new Map(world.remote.cards);
  for (const { graphId } of away) world.remote.remove(graphId);
  await world.sync();
  expect(world.rows.cursors.get('A')?.held).toBe(away.length);
  const comeBack = (some = away): void => {
    for (const { graphId } of some) {
      const card = cards.get(graphId);
      // As it was, and no page tells of it.
      if (card !== undefined) world.remote.cards.set(graphId, card);
    }
  };
  return { world, away, comeBack };
}

function approve({ rows }: CardsWorld): void {
  if (rows.head !== null) rows.head.head.asked.approveDeletes = true;
}

const answering = (world: CardsWorld, answer: ItemAnswer): Source =>
  instead<Source, 'getMany'>(world.remote, 'getMany', (paths) => Promise.resolve(paths.map(() => answer)));

it('P7 what the guard held back is read again before an approval deletes it', async () => {
  const { world, comeBack } = await heldBack();
  comeBack();
  world.clock.move(3 * 86_400_000);
  await world.sync();
  approve(world);
  await world.sync();
  expect(world.told().filter((row) => row.startsWith('card.deleted'))).toEqual([]);
  expect(world.rows.cursors.get('A')?.held).toBe(0);
  expect(world.faults()).toEqual([]);
});

it('P7 what the guard held back is gone where it is not there at the approval either', async () => {
  const { world, away, comeBack } = await heldBack();
  comeBack(away.slice(0, 1));
  await world.sync();
  expect(world.records()).toHaveLength(CARDS);
  approve(world);
  await world.sync();
  expect(world.told().filter((row) => row.startsWith('card.deleted'))).toHaveLength(away.length - 1);
  expect(world.faults()).toEqual([]);
});

it('P7 what is left of what the guard held back is read again, too, once it is few', async () => {
  const { world, away, comeBack } = await heldBack();
  comeBack();
  for (const { graphId } of away.slice(2)) world.remote.touch(graphId);
  await world.sync();
  await world.sync();
  expect(world.told().filter((row) => row.startsWith('card.deleted'))).toEqual([]);
  expect(world.faults()).toEqual([]);
});

it('P7 nothing is asked about what the guard holds back, as long as nobody approves', async () => {
  const { world } = await heldBack();
  world.remote.calls.length = 0;
  await world.sync();
  expect(world.remote.calls.filter((call) => call.startsWith('get'))).toEqual([]);
});

it('P7 an approval stands until what it is for could be read, for its stream alone', async () => {
  const { world, away } = await heldBack();
  approve(world);
  await world.sync(world.ports, answering(world, { outcome: 'failed', error: new TransientError('down') }));
  expect(world.records()).toHaveLength(CARDS);
  expect(world.rows.head?.head.asked.approveDeletes).toBe(false);
  expect([...world.rows.cursors.values()].filter(({ approved }) => approved).map(({ stream }) => stream)).toEqual([
    'A',
  ]);
  await world.sync();
  expect(world.records()).toHaveLength(CARDS - away.length);
  expect(world.rows.cursors.get('A')).toMatchObject({ held: 0 });
  expect(world.rows.cursors.get('A')?.approved).toBeUndefined();
  expect(world.faults()).toEqual([]);
});

it('P3 an approval that comes between two passes of a job, with a wake-up, is for the second', async () => {
  const { world } = await heldBack();
  const scope = { connectionId: 'c', domain: 'cards' };
  const { wake } = world.ports;
  let approved = false;
  // By somebody whose wake-up meets one that has its job already.
  const late = instead<WakeStore, 'read'>(wake, 'read', async (of) => {
    if (!approved) {
      approved = true;
      await commitFree(world.ports, scope, (chunk, head) => {
        chunk.headPatch = { asked: { ...head.asked, approveDeletes: true } };
      });
      await wake.raise(scope, null);
    }
    return wake.read(of);
  });
  let met = '';
  const busy = instead<Source, 'page'>(world.remote, 'page', async (at) => {
    if (met === '') ({ outcome: met } = await world.sync());
    return world.remote.page(at);
  });
  expect((await world.sync({ ...world.ports, wake: late }, busy)).outcome).toBe('done');
  expect({ met, approved }).toEqual({ met: 'taken', approved: true });
  expect(world.records()).toHaveLength(2);
  expect(world.rows.head?.head.asked.approveDeletes).toBe(false);
  expect(world.faults()).toEqual([]);
});

/** More folders than one commit has rows, with so many cards each that all of them are held back where all are gone. */
async function manyFolders() {
  const folders = Array.from({ length: 101 }, (_, n) => `F${n}`);
  const planned = folders.map((id) => ({
    ...{ id, kind: 'card', label: id, root: false, first: { path: `/delta/${id}` } },
    ...{ expected: null, idsPath: `/ids/${id}`, containerPath: null },
  }));
  const world = new CardsWorld({ plan: () => Promise.resolve(planned) });
  await world.rows.createHead({ connectionId: 'c', domain: 'cards' }, newHead());
  const cards = folders.flatMap((folderId) => Array.from({ length: 5 }, () => world.remote.make(folderId, {})));
  const settle = async (source?: Source): Promise<void> => {
    let { outcome } = await world.sync(world.ports, source);
    while (outcome === 'more') ({ outcome } = await world.sync(world.ports, source));
    expect(outcome).toBe('done');
  };
  await settle();
  for (const { id } of cards) world.remote.remove(id);
  return { world, cards, settle };
}

it('P7 an approval is for as many folders as hold something back', async () => {
  const { world, cards, settle } = await manyFolders();
  await settle();
  expect(world.records()).toHaveLength(cards.length);
  approve(world);
  await settle();
  expect(world.records()).toEqual([]);
  expect([...world.rows.cursors.values()].filter(({ held }) => held > 0)).toEqual([]);
  expect(world.faults()).toEqual([]);
});

it('P17 as many folders as there are tell of items that cannot be read', async () => {
  const { world, settle } = await manyFolders();
  const down = answering(world, { outcome: 'failed', error: new TransientError('down') });
  await settle(down);
  world.clock.move(7 * 3_600_000);
  await settle(down);
  expect([...world.rows.cursors.values()].filter(({ unsettled }) => unsettled !== 5)).toEqual([]);
  await settle();
  expect([...world.rows.cursors.values()].filter(({ unsettled = 0 }) => unsettled > 0)).toEqual([]);
});

it('P12 what was proved gone when the budget ended is not read again by the jobs that go on, nor is the guard deceived', async () => {
  const { world, known } = await withCards(50);
  for (const { graphId } of known) world.remote.remove(graphId);
  // Each job has time for one batch of items.
  const slow = instead<Source, 'getMany'>(world.remote, 'getMany', (paths) => {
    world.clock.move(61_000);
    return world.remote.getMany(paths);
  });
  const inJobs = async (): Promise<string[]> => {
    const jobs: string[] = [];
    while (jobs.at(-1) !== 'done' && jobs.length < 10) jobs.push((await world.sync(world.ports, slow)).outcome);
    return jobs;
  };
  const asked = (): number => world.remote.calls.filter((call) => call.startsWith('get')).length;
  expect(await inJobs()).toEqual(['more', 'more', 'done']);
  expect(asked()).toBe(50);
  expect(world.records()).toHaveLength(50);
  expect(world.rows.cursors.get('A')?.held).toBe(50);
  approve(world);
  expect(await inJobs()).toEqual(['more', 'more', 'done']);
  expect(asked()).toBe(100);
  expect(world.records()).toEqual([]);
  expect(world.faults()).toEqual([]);
});
