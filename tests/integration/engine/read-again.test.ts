import { expect, it } from 'vitest';
import { z } from 'zod';
import { remoteRecordId } from '../../../shared/engine/ids.ts';
import type { EngineRecord } from '../../../shared/engine/model.ts';
import { OWN_DELETION as OWN, series } from '../../support/lessons/series.ts';
import { shownPart } from '../../support/lessons/shown.ts';
import type { LessonsWorld } from '../../support/lessons/world.ts';

const identified = z.object({ id: z.string(), etag: z.string() });

const never = (): never => {
  throw new Error('it is not there');
};

/** Changes what the head counts. */
function count(world: LessonsWorld, more: Partial<Record<'records' | 'hints', number>>): void {
  const found = world.rows.head ?? never();
  const { counts } = found.head;
  const [records, hints] = [counts.records + (more.records ?? 0), counts.hints + (more.hints ?? 0)];
  world.rows.head = { ...found, head: { ...found.head, counts: { ...counts, records, hints } } };
}

/** A record that came to stand in some way that is no matter here. */
function stand(world: LessonsWorld, record: EngineRecord): void {
  world.rows.records.set(record.id, record);
  count(world, { records: 1 });
}

/** The next pass is to read it again. */
function hinted(world: LessonsWorld, { id, stream, graphId, kind }: EngineRecord): void {
  const since = world.clock.now().toISOString();
  const hint = {
    id,
    stream,
    kind,
    graphId: graphId ?? '',
    cause: 'poll',
    since,
    notBefore: null,
    held: false,
  } as const;
  world.rows.hints.set(`${stream} ${id}`, { ...hint, why: 'unseen' });
  count(world, { hints: 1 });
}

/** After each answer about items that are read again, something else happens. */
function meanwhile(world: LessonsWorld, happen: () => Promise<unknown>): void {
  const getMany = world.remote.getMany.bind(world.remote);
  world.remote.getMany = async (paths) => {
    const answers = await getMany(paths);
    await happen();
    return answers;
  };
}

it('a series that must be read again is told in one pass, however often the application writes to other things', async () => {
  const { world, id } = await series(true);
  const other = world.remote.makeSingle('R', 5, 'other');
  await world.sync();
  let writes = 0;
  meanwhile(world, () => world.update(world.recordOf(other)?.id ?? '', { text: `write ${++writes}` }));
  world.remote.edit(id, { text: 'edited' });
  await world.sync();
  expect([writes, world.recordOf(id)?.fields['text'], world.rows.hints.size]).toEqual([1, 'edited', 0]);
  expect(world.counted()).toMatchObject({ 'lesson.updated poll': 1 });
});

it('P9 and not by an answer that is older than what was written to a part of it', async () => {
  const { world, id, part, head, settle } = await series(true);
  let once = true;
  meanwhile(world, async () => {
    if (!once) return;
    once = false;
    await world.remove(part(2).id);
    await world.push();
  });
  world.remote.edit(id, { text: 'edited' });
  await world.sync();
  expect([head(), world.counted()]).toEqual([['2'], OWN]);
  await settle();
  expect([head(), world.counted()]).toEqual([['2'], { ...OWN, 'lesson.updated poll': 1 }]);
  expect(world.faults()).toEqual([]);
});

for (const held of [false, true])
  it(`a part that is read under its former name goes on as what fills its slot${held ? ', which has a record already' : ''}`, async () => {
    const { world, id, part } = await series();
    const former = part(2);
    // No page tells of it.
    const page = world.remote.page.bind(world.remote);
    world.remote.page = async (at) => {
      const answer = await page(at);
      return typeof at === 'string' ? { ...answer, items: [] } : answer;
    };
    world.remote.moveOne(id, 2, 7);
    const made = identified.parse(shownPart(world.remote.things.get(id) ?? never(), 2));
    const get = world.remote.get.bind(world.remote);
    world.remote.get = (path) => get(path.endsWith(String(former.graphId)) ? `/lessons/${made.id}` : path);
    const { id: graphId, etag } = made;
    if (held) stand(world, { ...former, id: remoteRecordId('c', graphId), graphId, etag });
    hinted(world, former);
    await world.sync();
    expect(world.records('part').filter(({ fields }) => fields['day'] === 7 || fields['day'] === 2)).toMatchObject([
      { id: held ? remoteRecordId('c', graphId) : former.id, graphId },
    ]);
    expect(world.rows.hints.size).toBe(0);
    expect(world.feed().map(({ type, details }) => [type, details?.['reason']])).toEqual([
      held ? ['lesson.deleted', 'merged'] : ['lesson.updated', undefined],
    ]);
  });

it('P7 one that is answered for by another slot is left as it is', async () => {
  const { world, part } = await series();
  const [first, second] = [part(1), part(2)];
  const get = world.remote.get.bind(world.remote);
  world.remote.get = (path) => get(path.endsWith(String(second.graphId)) ? `/lessons/${String(first.graphId)}` : path);
  hinted(world, second);
  await world.sync();
  expect([part(1), part(2)]).toEqual([first, second]);
  expect([world.rows.hints.size, world.feed()]).toEqual([1, []]);
});
