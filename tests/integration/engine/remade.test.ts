import { expect, it } from 'vitest';
import type { PushOutcome } from '../../../shared/engine/domain.ts';
import { mayHaveArrived } from '../../../shared/engine/outbox-rows.ts';
import type { EngineRecord, OutboxOperation } from '../../../shared/engine/model.ts';
import type { Source } from '../../../shared/engine/ports.ts';
import { GoneError } from '../../../shared/errors.ts';
import { card, cardsDomain } from '../../support/cards/domain.ts';
import { CardsWorld } from '../../support/cards/world.ts';

/** Moves a card as a domain does whose remote moves nothing: it is made anew in the other place, and the old one is deleted. */
async function remake(operation: OutboxOperation, record: EngineRecord, source: Source): Promise<PushOutcome> {
  const made = mayHaveArrived(operation) ? await marked(source, operation.op) : undefined;
  const body = { name: 'Ada', ...operation.fields, marker: operation.op };
  const item = made ?? (await source.write({ method: 'POST', path: '/cards', body }));
  try {
    await source.write({ method: 'DELETE', path: `/cards/${record.graphId ?? ''}` });
  } catch (error) {
    if (!(error instanceof GoneError)) throw error;
  }
  return { outcome: 'done', item };
}

async function marked(source: Source, op: string): Promise<unknown> {
  for await (const [made] of source.list(`/marked/${op}`)) return made;
  return undefined;
}

/** A world with one card, which the application has asked to be moved. */
async function moving(): Promise<{ readonly world: CardsWorld; readonly id: string; readonly graphId: string }> {
  const world = await CardsWorld.open({
    kinds: () => ({ card: { ...card, remakes: true } }),
    plan: async (context) => {
      const [plan, ...others] = await cardsDomain().plan(context);
      const third = plan === undefined ? [] : [{ ...plan, id: 'C', first: { path: '/delta/C' }, idsPath: '/ids/C' }];
      return [...third, ...(plan === undefined ? [] : [plan]), ...others];
    },
  });
  const known = await world.known({ name: 'Ada' });
  const push = world.domain.push.push.bind(world.domain.push);
  world.domain.push.push = (operation, record, source) =>
    operation.effect === undefined ? remake(operation, record, source) : push(operation, record, source);
  await world.update(known.id, { folderId: 'B' });
  return { world, ...known };
}

async function settle(world: CardsWorld): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await world.pushLater();
    await world.sync();
  }
}

const deletion = ['card.created poll', 'card.moved own-write', 'card.deleted own-write'];

it('P8 a card that is deleted while it is made anew is deleted as what it is made', async () => {
  const { world, id } = await moving();
  world.remote.before = async () => {
    world.remote.before = null;
    await world.remove(id);
  };
  await world.push();
  await settle(world);
  expect(world.remote.effects).toEqual(['POST', 'DELETE', 'DELETE']);
  expect([[...world.remote.cards], world.records()]).toEqual([[], []]);
  expect(world.told()).toEqual(deletion);
  expect(world.faults()).toEqual([]);
});

/** The first calls of the move: the making was answered to nobody; or the old one went, and that was answered to nobody. */
const stops = [['lost'], ['down', 'lost'], [null, 'lost']] as const;
const cases = stops.flatMap((faults) =>
  [true, false].flatMap((before) => [true, false].map((after) => ({ faults, before, after }))),
);

it.each(cases)(
  'P8 a card that is deleted between two tries of its move is gone from both sides ($faults; a poll before it: $before, after it: $after)',
  async ({ faults, before, after }) => {
    const { world, id } = await moving();
    const plan = [...faults];
    const write = world.remote.write.bind(world.remote);
    world.remote.write = (call) => {
      const fault = plan.shift();
      if (fault !== undefined && fault !== null) world.remote.faults.push(fault);
      return write(call);
    };
    await world.push();
    if (before) await world.sync();
    await world.remove(id);
    if (after) await world.sync();
    await settle(world);
    expect([[...world.remote.cards], world.records()]).toEqual([[], []]);
    expect(world.told()).toEqual(deletion);
    expect(world.faults()).toEqual([]);
  },
);

it.each(['refused', 'changed', 'gone'] as const)(
  'P8 a tried move that comes to nothing (%s) is no hindrance to the deletion behind it, and nobody hears of it',
  async (end) => {
    const { world, id, graphId } = await moving();
    world.remote.faults.push('down');
    await world.push();
    await world.remove(id);
    const push = world.domain.push.push.bind(world.domain.push);
    world.domain.push.push = async (operation, record, source) => {
      if (operation.effect !== undefined) return push(operation, record, source);
      if (end === 'refused') world.remote.faults.push('refused');
      if (end === 'gone') world.remote.remove(graphId);
      if (end === 'refused') return remake(operation, record, source);
      return end === 'gone' ? { outcome: end } : { outcome: end, item: await source.get(`/cards/${graphId}`) };
    };
    await settle(world);
    expect([[...world.remote.cards], world.records()]).toEqual([[], []]);
    expect(world.told()).toEqual(deletion);
    expect(world.faults()).toEqual([]);
  },
);

it('P10 what a tried move had made is a card like any other, once the move has given way to another', async () => {
  const { world, id, graphId } = await moving();
  world.remote.faults.push('lost');
  await world.push();
  // Its page shows what was made, and whose it is must wait for the end of the move.
  await world.sync();
  expect(world.records()).toHaveLength(1);
  world.remote.move(graphId, 'C');
  await world.sync();
  await settle(world);
  const listed = world.listed().map(({ id: of, folderId }) => [of === id, folderId]);
  expect(listed.toSorted()).toEqual([
    [false, 'B'],
    [true, 'C'],
  ]);
  expect(world.told().slice(1)).toEqual(['card.moved own-write', 'card.conflict poll', 'card.created poll']);
  expect(world.faults()).toEqual([]);
});
