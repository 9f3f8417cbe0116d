import { expect, it } from 'vitest';
import type { Shown } from '../../shared/engine/domain.ts';
import type { EngineRecord } from '../../shared/engine/model.ts';
import { DENIED_TRIES } from '../../shared/engine/push-denied.ts';
import { ConflictError, ConnectionError, RejectedError } from '../../shared/errors.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { lessonsDomain } from '../support/lessons/domain.ts';
import { LessonsWorld } from '../support/lessons/world.ts';

const NOTE = 'for the remote alone';
const facts = { status: 403, remoteCode: 'ErrorAccessDenied', requestId: null };
const denied = new ConnectionError('access_denied', 'no', facts);
const LATER_MS = 60_000;

/** Two lessons that are known, A and B. Lessons have a note, which is sent and never kept. */
async function lessons() {
  const { room, lesson } = lessonsDomain(() => ({ from: 0, to: 0 })).kinds(null);
  if (room === undefined || lesson === undefined) throw new Error('there are no lessons');
  const shown = ({ fields, ...record }: Shown): Fields =>
    lesson.show({ ...record, fields: Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'note')) });
  const noted: typeof lesson = {
    ...lesson,
    defaults: { ...lesson.defaults, note: null },
    onlySent: ['note'],
    index: (record) => lesson.index(record).map((entry) => ({ ...entry, item: shown(record) })),
    show: (record) => ({ ...shown(record), pushed: record.refused === undefined ? 'as ever' : 'failed' }),
  };
  const world = await LessonsWorld.open(
    ({ remote }) => {
      for (const text of ['A', 'B']) remote.makeSingle('R', 1, text);
    },
    { kinds: () => ({ room, lesson: noted }) },
  );
  const [a, b] = world.records();
  if (a === undefined || b === undefined) throw new Error('the lessons are not known');
  return { world, a, b };
}

/** The writes of these paths fail so. */
function failing(world: LessonsWorld, path: string, error: Error): void {
  const write = world.remote.write.bind(world.remote);
  world.remote.write = (sent) => {
    if (!sent.path.startsWith(path)) return write(sent);
    world.remote.calls.push(`${sent.method} ${sent.path}`);
    return Promise.reject(error);
  };
}

const pathOf = ({ graphId }: EngineRecord): string => `/lessons/${graphId ?? ''}`;
const sent = ({ remote }: LessonsWorld, record: EngineRecord): number =>
  remote.calls.filter((call) => call === `PATCH ${pathOf(record)}`).length;
/** All that is kept, as a text. */
const kept = ({ rows }: LessonsWorld): string =>
  JSON.stringify([[...rows.records.values()], [...rows.outbox.values()], [...rows.index.values()], rows.changes]);

it('P11 P17: a write to which access is denied waits alone, and is refused after some tries', async () => {
  const { world, a, b } = await lessons();
  failing(world, pathOf(a), denied);
  await world.update(a.id, { text: 'A by us' });
  await world.update(a.id, { day: 2 });
  await world.update(b.id, { text: 'B by us' });
  expect(await world.push()).toMatchObject({ error: null, pushed: 1 });
  expect(world.remote.things.get(b.graphId ?? '')?.text).toBe('B by us');
  for (let round = 1; round < DENIED_TRIES; round++) {
    expect([sent(world, a), world.rows.outbox.size]).toEqual([round, 2]);
    expect((await world.push()).error).toBeNull();
    expect(sent(world, a)).toBe(round);
    world.clock.move(LATER_MS);
    expect((await world.push()).error).toBeNull();
  }
  const row = world.feed().find(({ type }) => type === 'lesson.conflict');
  expect(row).toMatchObject({
    id: a.id,
    cause: 'system',
    // What waits behind it may be taken.
    after: { text: 'A', pushed: 'as ever' },
    details: { losing: { text: 'A by us' }, refused: { code: 'access_denied' } },
  });
});

it('P9: of a write that the remote took in part before it refused the rest only that rest is taken back', async () => {
  const { world, a } = await lessons();
  await world.update(a.id, { text: 'A by us', day: 2 });
  world.remote.edit(a.graphId ?? '', { text: 'A by us' });
  const answers = [new ConflictError('it took the text'), new RejectedError('not on this day')];
  world.remote.write = () => Promise.reject(answers.shift() ?? new Error('no more'));
  await world.push();
  expect(world.feed().map(({ type, changed }) => [type, changed])).toEqual([
    ['lesson.updated', ['text', 'day']],
    ['lesson.conflict', ['day']],
  ]);
  expect(world.feed().at(-1)?.details).toMatchObject({ losing: { day: 2 } });
  expect(world.feed().at(-1)?.details?.['losing']).not.toHaveProperty('text');
  await world.sync();
  expect(world.feed()).toHaveLength(2);
});

it('P17: a write is done when access comes back in time', async () => {
  const { world, a } = await lessons();
  const write = world.remote.write.bind(world.remote);
  failing(world, pathOf(a), denied);
  await world.update(a.id, { text: 'A by us' });
  for (let round = 1; round < DENIED_TRIES; round++) {
    await world.push();
    world.clock.move(LATER_MS);
  }
  world.remote.write = write;
  expect(await world.push()).toMatchObject({ error: null, pushed: 1 });
  expect(world.feed().map(({ type }) => type)).toEqual(['lesson.updated']);
  expect(world.faults()).toEqual([]);
});

it.each([
  new ConnectionError('access_denied', 'the sign-in is not for this account', { ...facts, status: 400 }),
  new ConnectionError('consent_missing', 'no', facts),
  new ConnectionError('reauth_required', 'no', { ...facts, status: 401 }),
  new ConnectionError('mailbox_unreachable', 'no', { ...facts, status: 404 }),
])('P17: what else the connection lacks ends the run, and the write waits ($reason)', async (error) => {
  const { world, a } = await lessons();
  failing(world, '/lessons', error);
  await world.update(a.id, { text: 'A by us' });
  for (let round = 0; round < DENIED_TRIES + 2; round++) {
    expect((await world.push()).error).toBe(error);
    world.clock.move(LATER_MS);
  }
  expect(world.rows.outbox.size).toBe(1);
});

it('P17: what the opening of the mailbox is denied is no concern of the write', async () => {
  const { world, a } = await lessons();
  await world.update(a.id, { text: 'A by us' });
  const open = (): Promise<never> => Promise.reject(denied);
  expect((await world.push(world.ports, world.remote, open)).error).toBe(denied);
});

it.each([
  ['refused', new RejectedError('no')],
  ['denied', denied],
])('P16: of a change that is %s nothing is kept of what is only sent', async (_, error) => {
  const { world, a } = await lessons();
  failing(world, pathOf(a), error);
  await world.update(a.id, { text: 'A by us', note: NOTE });
  for (let round = 0; round < DENIED_TRIES; round++) {
    await world.push();
    world.clock.move(LATER_MS);
  }
  expect(world.feed().at(-1)?.details).toMatchObject({ losing: { text: 'A by us' } });
  expect(kept(world)).not.toContain(NOTE);
  expect(world.recordOf(a.graphId ?? '')?.refused).toBeDefined();
});

it('P16: nor of a create, which is sent without it when it is mended', async () => {
  const { world } = await lessons();
  failing(world, '/lessons', new RejectedError('no'));
  const id = await world.create({ room: 'R', day: 3, text: 'C', note: NOTE });
  expect(kept(world)).toContain(NOTE);
  await world.push();
  expect(world.feed().at(-1)).toMatchObject({
    type: 'lesson.conflict',
    after: { pushed: 'failed' },
    details: { losing: { created: true } },
  });
  expect(kept(world)).not.toContain(NOTE);
  await world.update(id, { text: 'C again' });
  expect([...world.rows.outbox.values()].map(({ effect, fields }) => [effect, fields['note']])).toEqual([
    ['create', null],
  ]);
});

it('P16: nor of a change that is done, though a page told of it first, and what another one is to send stays', async () => {
  const { world, a } = await lessons();
  await world.update(a.id, { text: 'A by us', note: NOTE });
  await world.update(a.id, { note: 'and more' });
  world.remote.before = async () => {
    world.remote.before = null;
    world.remote.faults.push('down');
    await world.sync();
  };
  await world.push();
  expect(kept(world)).not.toContain(NOTE);
  expect(world.recordOf(a.graphId ?? '')?.fields['note']).toBe('and more');
  world.clock.move(LATER_MS);
  await world.push();
  expect(kept(world)).not.toContain('and more');
  expect(world.recordOf(a.graphId ?? '')?.fields['note']).toBeNull();
});

it('P16: nor of one that a deletion overtakes', async () => {
  const { world, a } = await lessons();
  await world.update(a.id, { note: NOTE });
  await world.remove(a.id);
  expect(kept(world)).not.toContain(NOTE);
});
