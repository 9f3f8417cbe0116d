import { expect, it } from 'vitest';
import { dieEverywhere } from '../../support/lessons/die-everywhere.ts';
import { OWN_DELETION as OWN, series } from '../../support/lessons/series.ts';

for (const unclear of [false, true])
  it(`P9 a part that the application deletes is listed by its whole at once, told once, as our own doing${unclear ? ', where no page shows it' : ''}`, async () => {
    const { world, id, part, head, settle } = await series(unclear);
    await world.remove(part(2).id);
    expect([world.counted(), head()]).toEqual([OWN, ['2']]);
    await settle();
    expect([world.counted(), head(), world.recordOf(id)?.base]).toEqual([OWN, ['2'], null]);
    expect(world.remote.effects).toEqual(['DELETE']);
    expect(world.faults()).toEqual([]);
  });

for (const fault of ['down', 'lost'] as const)
  it(`P8 P9 the same where the first try is ${fault}`, async () => {
    const { world, part, settle } = await series();
    await world.remove(part(2).id);
    world.remote.faults.push(fault);
    await settle();
    expect(world.counted()).toEqual(OWN);
    expect(world.remote.effects).toEqual(['DELETE']);
    expect(world.faults()).toEqual([]);
  });

for (const [order, unclear] of [
  ['before the push', false],
  ['after it', false],
  ['before the push', true],
  ['after it', true],
] as const)
  it(`P9 P10 what others delete meanwhile, ${order}, is theirs, and both are listed${unclear ? ', where no page shows it' : ''}`, async () => {
    const { world, id, part, head, settle } = await series(unclear);
    await world.remove(part(3).id);
    if (order === 'after it') await world.push();
    world.remote.deleteOne(id, 2);
    if (order === 'before the push') await world.sync();
    await settle();
    expect(head()).toEqual(['2', '3']);
    expect(world.counted()).toEqual({ ...OWN, 'lesson.deleted poll': 1, 'lesson.updated poll': 1 });
    expect(world.faults()).toEqual([]);
  });

it('a deletion that is refused fills the slot again, and says so', async () => {
  const { world, part, head, settle } = await series();
  await world.remove(part(2).id);
  world.remote.faults.push('refused');
  await settle();
  expect([world.counted(), head()]).toEqual([{ ...OWN, 'lesson.conflict system': 1, 'lesson.updated system': 1 }, []]);
  expect(world.faults()).toEqual([]);
});

it('a deletion that comes to nothing, for the series has moved: its whole lists what the remote lists', async () => {
  const { world, id, part, head, settle } = await series();
  await world.remove(part(2).id);
  world.remote.edit(id, { days: [2, 4] });
  await world.sync();
  await settle();
  expect([head(), world.remote.effects]).toEqual([[], []]);
  expect(world.faults()).toEqual([]);
});

it('P9 what others do to a series is theirs, though it is read for what we did to a part of it', async () => {
  const { world, id, part, settle } = await series(true);
  await world.remove(part(2).id);
  await world.push();
  world.remote.edit(id, { text: 'theirs' });
  await settle();
  expect(world.counted()).toEqual({ ...OWN, 'lesson.updated poll': 1 });
  expect(world.faults()).toEqual([]);
});

it('one that others have deleted at the same time is deleted once', async () => {
  const { world, id, part, head, settle } = await series();
  await world.remove(part(2).id);
  world.remote.deleteOne(id, 2);
  await settle();
  expect([world.counted(), head(), world.remote.effects]).toEqual([OWN, ['2'], []]);
  expect(world.faults()).toEqual([]);
});

for (const [seen, unclear] of [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
])
  it(`a deleted part that comes back is new, and its whole lists it no more, ${seen ? 'as it did' : 'though it was never seen to'}${unclear ? ', where no page shows it' : ''}`, async () => {
    const { world, id, part, head, settle } = await series(unclear);
    await world.remove(part(2).id);
    await world.push();
    if (seen) await world.sync();
    world.remote.restoreOne(id, 2);
    await settle();
    // Never having listed the slot it has undone nothing: it may as well not tell.
    const updated = unclear && !seen ? { 'lesson.updated own-write': 2 } : { 'lesson.updated poll': 1 };
    expect([world.counted(), head()]).toEqual([{ ...OWN, 'lesson.created poll': 1, ...updated }, []]);
    expect(world.faults()).toEqual([]);
  });

for (const unclear of [false, true])
  it(`P7 a part that is not found by the name it had leaves no empty slot${unclear ? ', where no page shows it' : ''}`, async () => {
    const { world, id, part, head, settle } = await series(unclear);
    world.remote.moveOne(id, 2, 7);
    // The series comes back in the version that this write of ours makes, as if there was nothing to tell of it.
    await world.update(world.recordOf(id)?.id ?? '', { text: 'ours' });
    await world.push();
    await world.remove(part(2).id);
    await settle();
    expect([head(), part(2).fields['day']]).toEqual([[], 7]);
    expect(world.remote.effects).toEqual(['PATCH']);
    expect(world.faults()).toEqual([]);
  });

for (const harsh of [false, true])
  it(`a part that is made anew when it is edited is the same record${harsh ? ', on whatever page it comes' : ''}`, async () => {
    const { world, id, part } = await series();
    Object.assign(world.remote, { harsh, perPage: harsh ? 1 : 1000 });
    const { id: ours, graphId } = part(2);
    for (const day of [7, 8]) {
      world.remote.moveOne(id, 2, day);
      world.forget();
      await world.sync();
      expect(part(2)).toMatchObject({ id: ours, fields: { day, slot: 2 } });
      expect(world.faults()).toEqual([]);
      expect(world.remote.calls.filter((call) => call.startsWith('get'))).toEqual([]);
    }
    expect(part(2).graphId).not.toBe(graphId);
    world.remote.moveOne(id, 2, 2);
    await world.sync();
    expect(part(2)).toMatchObject({ id: ours, graphId, fields: { day: 2, slot: null } });
    expect(world.counted()).toEqual({ 'lesson.updated poll': 3 });
    expect([world.faults(), world.rows.remotes.size]).toEqual([[], 0]);
    world.remote.deleteOne(id, 2);
    await world.sync();
    expect(world.counted()).toMatchObject({ 'lesson.deleted poll': 1, 'lesson.updated poll': 4 });
  });

it('P5 P18 the same where a round that compares all brings it', async () => {
  const { world, id, part } = await series();
  const { id: ours } = part(2);
  world.remote.moveOne(id, 2, 7);
  world.roll();
  await world.sync();
  world.remote.moveOne(id, 2, 8);
  world.remote.forgetful = true;
  await world.sync();
  expect(part(2)).toMatchObject({ id: ours, fields: { day: 8 } });
  expect(world.counted()).toEqual({ 'lesson.updated poll': 1, 'lesson.updated resync': 1 });
  expect(world.faults()).toEqual([]);
});

for (const fault of [null, 'down', 'lost'] as const)
  it(`P8 P9 a write of ours that makes a part anew is no work of others${fault === null ? '' : `, the first try ${fault}`}`, async () => {
    const { world, part, settle } = await series();
    const { id: ours } = part(2);
    await world.update(ours, { day: 7, slot: 2 });
    if (fault !== null) world.remote.faults.push(fault);
    await settle();
    expect(part(2)).toMatchObject({ id: ours, fields: { day: 7 }, base: null });
    expect(world.counted()).toEqual({ 'lesson.updated own-write': 1 });
    expect(world.remote.effects).toEqual(['PATCH']);
    expect(world.faults()).toEqual([]);
  });

for (const first of ['push', 'sync'] as const)
  for (const unclear of [false, true])
    it(`P8 a part that a write of ours has made anew, whose answer was lost, is deleted all the same, the ${first} first${unclear ? ', where no page shows it' : ''}`, async () => {
      const { world, part, head, settle } = await series(unclear);
      await world.update(part(2).id, { day: 7, slot: 2 });
      world.remote.faults.push('lost');
      await world.push();
      await world.remove(part(2).id);
      world.clock.move(3_600_000);
      await world[first]();
      await settle();
      expect(head()).toEqual(['2']);
      expect(world.remote.effects).toEqual(['PATCH', 'DELETE']);
      expect(world.counted()).toEqual({ 'lesson.updated own-write': 2, 'lesson.deleted own-write': 1 });
      expect(world.faults()).toEqual([]);
    });

it('P8 what others have made of it since is no concern of the deletion', async () => {
  const { world, id, part, head, settle } = await series();
  await world.update(part(2).id, { day: 7, slot: 2 });
  world.remote.faults.push('lost');
  await world.push();
  await world.remove(part(2).id);
  world.remote.moveOne(id, 2, 8);
  await settle();
  expect([head(), part(2).fields['day'], world.remote.effects]).toEqual([[], 8, ['PATCH']]);
  expect(world.faults()).toEqual([]);
});

it('P1 P6 parts that change come to the same end wherever the worker dies', async () => {
  await dieEverywhere({
    open: async () => {
      const { world, id, part } = await series();
      await world.remove(part(3).id);
      world.remote.moveOne(id, 2, 7);
      world.remote.deleteOne(id, 1);
      return world;
    },
    jobs: ['sync', 'push', 'sync'],
    later: ['push', 'sync'],
    told: { ...OWN, 'lesson.updated poll': 2, 'lesson.deleted poll': 1 },
    most: 150,
  });
});
