import { describe, expect, it } from 'vitest';
import type { ItemAnswer } from '../../shared/engine/ports.ts';
import { Session } from '../../shared/engine/session.ts';
import { noted } from '../../shared/engine/wake-up.ts';
import { ConnectionError, RejectedError, TransientError } from '../../shared/errors.ts';
import { LessonsWorld } from '../support/lessons/world.ts';

const scope = { connectionId: 'c', domain: 'lessons' };
const MINUTE_MS = 60_000;

const rooms = Array.from('RSTUVW');

/** Six rooms, each of which holds so many lessons. */
const roomy = (lessons = 1): Promise<LessonsWorld> =>
  LessonsWorld.open(({ remote }) => {
    for (const id of 'TUVW') remote.makeRoom(id);
    for (const room of rooms) for (let n = 0; n < lessons; n++) remote.makeSingle(room, 1, `lesson ${n}`);
  });

const idsIn = (world: LessonsWorld): string[] => [...world.remote.things.keys()];
const notified = (world: LessonsWorld): ReturnType<LessonsWorld['sync']> =>
  world.sync(world.ports, world.remote, { cause: 'push' });

/** The job goes on until its pass is done; answers how many there were. */
async function goOn(world: LessonsWorld): Promise<number> {
  for (let jobs = 1; jobs < 50; jobs++) {
    const { outcome } = await world.sync(world.ports, world.remote, { continues: true });
    if (outcome === 'done') return jobs;
  }
  throw new Error('it has no end');
}

/** A pass over all that goes on, and a lesson that comes in a room that had its turn. */
async function begun(): Promise<{ world: LessonsWorld; late: string }> {
  const world = await roomy(4);
  world.pages = 2;
  expect((await world.sync()).outcome).toBe('more');
  const had = rooms.filter((room) => world.cursor(`in-${room}`)?.pass === world.rows.head?.head.pass);
  expect(had).toHaveLength(1);
  return { world, late: world.remote.makeSingle(had[0] ?? '', 2, 'late') };
}

describe('what a head notes of a wake-up', () => {
  const rest = { named: [], owed: false, pass: null };
  it.each([
    ['names are kept', rest, ['a', 'b'], { named: ['a', 'b'] }],
    ['names that stand are no news', { ...rest, named: ['a'] }, ['a'], {}],
    ['all is owed', rest, 'all', { named: [], owed: true, pass: null }],
    ['all that is owed from its beginning is no news', { ...rest, owed: true }, 'all', {}],
    ['all again', { ...rest, owed: true, pass: 'p' }, 'all', { named: [], owed: true, pass: null }],
    ['too many', { ...rest, named: ['a'] }, Array.from('bcdefghijklmnopqrstu'), { named: [], owed: true, pass: null }],
  ] as const)('%s', (_, head, raised, patch) => {
    expect(noted({ ...head, named: [...head.named] }, raised)).toEqual(patch);
  });
});

describe('P3 while a pass goes on', () => {
  it('more names than are kept have streams polled again that had their turn', async () => {
    const { world, late } = await begun();
    world.raise(idsIn(world));
    expect((await notified(world)).outcome).toBe('more');
    await goOn(world);
    expect(world.recordOf(late)).toBeDefined();
  });

  it('a worker that dies with the wake-up for all that it took loses nothing', async () => {
    const { world, late } = await begun();
    world.raise(null);
    const got = await Session.acquire(world.ports, scope, { owner: 'dying', leaseMs: 1, cover: null, all: false });
    if (got.outcome !== 'held') throw new Error(got.outcome);
    got.session.stop();
    expect(world.rows.wake).toBeNull();
    world.clock.move(2 * MINUTE_MS);
    await goOn(world);
    expect(world.recordOf(late)).toBeDefined();
  });

  it('a round that was under way is no round after the wake-up', async () => {
    const world = await roomy(4);
    for (const id of idsIn(world)) world.remote.edit(id, { text: 'edited' });
    world.remote.perPage = 2;
    world.pages = 4;
    expect((await world.sync()).outcome).toBe('more');
    const room = rooms.find((one) => world.cursor(`in-${one}`)?.midRound === true) ?? '';
    const late = world.remote.makeSingle(room, 2, 'late');
    world.raise(null);
    world.pages = 100;
    await goOn(world);
    expect(world.recordOf(late)).toBeDefined();
  });
});

it('P12 a pass over named items that is longer than its budget ends, and polls each of their streams once', async () => {
  const world = await roomy();
  world.pages = 2;
  const made = rooms.map((room) => world.remote.makeSingle(room, 2, room));
  world.raise(made);
  expect((await notified(world)).outcome).toBe('more');
  expect(await goOn(world)).toBeLessThanOrEqual(6);
  expect(made.filter((id) => world.recordOf(id) === undefined)).toEqual([]);
  expect(world.remote.calls.filter((call) => call.startsWith('page /lessons'))).toHaveLength(6);
  expect(world.rows.head?.head).toMatchObject({ named: [], owed: false });
});

describe('P4 P7 a new item that a notification names and that cannot be read', () => {
  const gone: ItemAnswer = { outcome: 'gone' };
  const refused: ItemAnswer = { outcome: 'failed', error: new RejectedError('not you') };
  const down: ItemAnswer = { outcome: 'failed', error: new TransientError('down') };

  /** Reading single items answers this, until `mend` is called; pages do not show what is `hidden`. */
  function unreadable(world: LessonsWorld, answer: ItemAnswer, hidden: readonly string[] = []): { mend: () => void } {
    const { remote } = world;
    const [getMany, page] = [remote.getMany.bind(remote), remote.page.bind(remote)];
    remote.getMany = (paths) => Promise.resolve(paths.map(() => answer));
    remote.page = async (at) => {
      const read = await page(at);
      return { ...read, items: read.items.filter((item) => !hidden.some((id) => JSON.stringify(item).includes(id))) };
    };
    return {
      mend: () => {
        remote.getMany = getMany;
      },
    };
  }

  it.each([
    ['404', gone],
    ['refused', refused],
    ['down', down],
    ['not what it should be', { outcome: 'found', raw: { nothing: true } } satisfies ItemAnswer],
  ])('comes by its page, wherever it is: %s', async (_, answer) => {
    const world = await roomy();
    const id = world.remote.makeSingle('W', 2, 'new');
    unreadable(world, answer);
    world.raise([id]);
    await notified(world);
    expect(world.recordOf(id)).toBeDefined();
  });

  it('comes by its page also where this takes several jobs', async () => {
    const world = await roomy();
    const id = world.remote.makeSingle('W', 2, 'new');
    unreadable(world, down);
    world.raise([id]);
    world.pages = 2;
    await notified(world);
    expect(await goOn(world)).toBeLessThanOrEqual(7);
    expect(world.recordOf(id)).toBeDefined();
  });

  it('comes by its page also where that had its turn in the pass that goes on', async () => {
    const { world, late } = await begun();
    unreadable(world, refused);
    world.raise([late]);
    await notified(world);
    await goOn(world);
    expect(world.recordOf(late)).toBeDefined();
  });

  it('stays named where it is the sign-in that fails', async () => {
    const world = await roomy();
    const id = world.remote.makeSingle('W', 2, 'new');
    unreadable(world, { outcome: 'failed', error: new ConnectionError('interaction_required', 'sign in') }, [id]);
    world.raise([id]);
    expect(await notified(world)).toMatchObject({ outcome: 'failed' });
    expect(world.rows.head?.head.named).toEqual([id]);
  });

  it.each([
    ['404', gone],
    ['down', down],
  ])('is read once more after a minute where no page shows it: %s', async (_, answer) => {
    const world = await roomy();
    const id = world.remote.makeSingle('W', 2, 'new');
    const { mend } = unreadable(world, answer, [id]);
    world.raise([id]);
    expect(await notified(world)).toMatchObject({ outcome: 'done' });
    expect(world.rows.head?.head.named).toEqual([]);
    mend();
    world.clock.move(MINUTE_MS + 1);
    await world.sync();
    expect(world.recordOf(id)).toBeDefined();
    expect(world.faults()).toEqual([]);
  });

  it('is forgotten where it is gone then as well, and no guard takes many of them for deletions', async () => {
    const world = await roomy();
    world.raise(Array.from({ length: 12 }, (_, n) => `unknown${n}`));
    await notified(world);
    expect(world.rows.hints.size).toBe(12);
    world.clock.move(MINUTE_MS + 1);
    await world.sync();
    expect(world.rows.hints.size).toBe(0);
    expect(rooms.map((room) => world.cursor(`in-${room}`)?.held)).toEqual(rooms.map(() => 0));
  });

  it('is read by itself where pages show only that it left a place', async () => {
    const world = await roomy();
    const id = world.remote.makeSingle('W', 2, 'new');
    const page = world.remote.page.bind(world.remote);
    world.remote.page = async (at) => {
      const read = await page(at);
      const items = read.items.map((item) => (JSON.stringify(item).includes(id) ? { id, removed: true } : item));
      return { ...read, items };
    };
    world.raise([id]);
    await notified(world);
    expect(world.recordOf(id)).toBeDefined();
  });
});
