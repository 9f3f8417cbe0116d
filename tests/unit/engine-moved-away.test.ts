import { expect, it } from 'vitest';
import { lessonsDomain } from '../support/lessons/domain.ts';
import { LessonsWorld } from '../support/lessons/world.ts';

/** A lesson in R, and a room T that is there and not synced. */
async function lesson() {
  const days = { from: -3, to: 10 };
  const domain = lessonsDomain(() => days);
  const unsynced = new Set(['in-T']);
  const world = await LessonsWorld.open(
    ({ remote }) => {
      remote.makeRoom('T');
      remote.makeSingle('R', 1, 'lesson');
    },
    { plan: async (context) => (await domain.plan(context)).filter(({ id }) => !unsynced.has(id)) },
  );
  const [record] = world.records();
  const thing = world.remote.things.get(record?.graphId ?? '');
  if (record === undefined || thing === undefined) throw new Error('the lesson is not known');
  const moveTo = (room: string, etag: string): void => {
    world.remote.things.set(thing.id, { ...thing, room, etag });
  };
  return { world, unsynced, id: record.id, thing: thing.id, etag: thing.etag, moveTo };
}

it.each([false, true])(
  'P9: one that others have moved to a place that is not synced is told once, though a write of ours shows it first (new version: %s)',
  async (isNewVersion) => {
    const { world, id, etag, moveTo } = await lesson();
    moveTo('T', isNewVersion ? 'moved' : etag);
    await world.update(id, { text: 'ours' });
    expect(await world.push()).toMatchObject({ error: null, leftHints: true });
    expect(world.told()).toEqual(['lesson.updated own-write']);
    expect(world.feed().at(-1)?.after).toMatchObject({ room: 'R', text: 'ours' });
    await world.push();
    await world.sync();
    expect(world.told()).toEqual(['lesson.updated own-write', 'lesson.deleted poll']);
    expect(world.feed().at(-1)).toMatchObject({ before: { room: 'R' }, details: { reason: 'left' } });
    expect(world.remote.effects).toEqual(['PATCH']);
    expect(world.rows.hints.size).toBe(0);
  },
);

it('one that others have moved to a place that is synced is told as moved by the answer to a write of ours', async () => {
  const { world, id, etag, moveTo } = await lesson();
  moveTo('S', etag);
  await world.update(id, { text: 'ours' });
  await world.push();
  expect(world.told()).toEqual(['lesson.updated own-write', 'lesson.moved poll']);
});

it.each([{ room: 'S' }, { room: 'S', text: 'ours' }])(
  'P10: one that others have moved to a place that is not synced is not moved by us (%j): ours is told as lost, and that it left',
  async (sent) => {
    const { world, id, moveTo } = await lesson();
    moveTo('T', 'moved');
    await world.update(id, sent);
    expect(await world.push()).toMatchObject({ error: null, leftHints: true });
    expect(world.told()).toEqual(['lesson.moved own-write', 'lesson.conflict poll']);
    expect(world.feed().at(-1)).toMatchObject({ after: { room: 'R' }, details: { losing: { room: 'S' } } });
    await world.push();
    await world.sync();
    expect(world.told()).toEqual(['lesson.moved own-write', 'lesson.conflict poll', 'lesson.deleted poll']);
    expect(world.feed().at(-1)).toMatchObject({ before: { room: 'R' }, details: { reason: 'left' } });
    expect([...world.remote.things.values()].map(({ room }) => room)).toEqual(['T']);
    expect([world.rows.outbox.size, world.rows.hints.size]).toEqual([0, 0]);
  },
);

it.each([{ room: 'S' }, { room: 'S', text: 'ours' }])(
  'P10: one that a round finds moved to a place that is not synced is not moved by what waits to be pushed (%j)',
  async (sent) => {
    const { world, id, thing, moveTo } = await lesson();
    world.remote.touch(thing);
    moveTo('T', 'moved');
    await world.update(id, sent);
    await world.sync();
    expect(world.told()).toEqual(['lesson.moved own-write', 'lesson.conflict poll', 'lesson.deleted poll']);
    expect(world.feed().at(-2)).toMatchObject({ after: { room: 'R' }, details: { losing: { room: 'S' } } });
    expect(world.feed().at(-1)).toMatchObject({ before: { room: 'R' }, details: { reason: 'left' } });
    await world.push();
    await world.sync();
    expect([...world.remote.things.values()].map(({ room }) => room)).toEqual(['T']);
    expect([world.records().length, world.rows.outbox.size, world.rows.hints.size]).toEqual([0, 0, 0]);
    expect(world.feed()).toHaveLength(3);
  },
);

it('the move of one whose room is synced no more is sent all the same, and not told as lost', async () => {
  const { world, unsynced, id, thing } = await lesson();
  await world.update(id, { room: 'S' });
  unsynced.add('in-R');
  await world.sync();
  world.raise([thing]);
  await world.sync();
  await world.push();
  expect(world.remote.effects).toEqual(['PATCH']);
  expect(world.told()).not.toContain('lesson.conflict poll');
});

it('P10: one that others have moved away and back before anybody has looked stands where it is', async () => {
  const { world, id, moveTo } = await lesson();
  moveTo('T', 'moved');
  await world.update(id, { room: 'S' });
  await world.push();
  moveTo('R', 'back');
  await world.sync();
  expect(world.told()).toEqual(['lesson.moved own-write', 'lesson.conflict poll']);
  expect(world.records()).toMatchObject([{ fields: { room: 'R' }, base: null, stream: 'in-R' }]);
  expect([world.rows.outbox.size, world.rows.hints.size]).toEqual([0, 0]);
});
