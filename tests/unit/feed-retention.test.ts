import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFeed } from '../../shared/api/feed/read-feed.ts';
import { toBookmark } from '../../shared/api/feed/bookmark.ts';
import type { Change, NewChange, Scope } from '../../shared/engine/model.ts';
import { ProblemError } from '../../shared/errors.ts';
import { runHousekeeping } from '../../shared/jobs/housekeeping.ts';
import { hash } from '../../shared/lib/hash.ts';
import { instead } from '../support/instead.ts';
import { addConnection, newConnection, openJobWorld, type JobWorld } from '../support/job-world.ts';

const DAY = 24 * 3_600_000;
const ID = 'c1';
const OWNER = newConnection(ID);
const scopeOf = (domain: string): Scope => ({ connectionId: ID, domain });
const change: NewChange = {
  type: 'message.updated',
  id: 'm1',
  graphId: 'g1',
  cause: 'poll',
  changed: [],
  before: null,
  after: null,
};
const rows = (count: number): NewChange[] => Array.from({ length: count }, () => change);

/** What a reader holds: the last number that it was answered for each domain, and its cursor. */
class Reader {
  readonly seen: Record<string, number> = {};
  positions: Readonly<Record<string, number>> = {};
  #after: string | undefined;
  readonly #world: JobWorld;
  readonly #domains: readonly string[];

  constructor(world: JobWorld, domains: readonly string[]) {
    this.#world = world;
    this.#domains = domains;
  }

  /** One page: what was answered, or the code of the refusal, after which it begins anew from the end. */
  async read(limit: number): Promise<readonly Change[] | string> {
    try {
      const page = await readFeed(this.#world.ports, OWNER, this.#domains, { after: this.#after, limit });
      this.positions = page.positions;
      this.#after = toBookmark(OWNER, page.positions);
      return page.changes;
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const { positions } = await readFeed(this.#world.ports, OWNER, this.#domains, { after: 'latest', limit });
      this.positions = positions;
      this.#after = toBookmark(OWNER, positions);
      Object.assign(this.seen, positions);
      return error.code;
    }
  }
}

/** A store that answers rows in pages of two, with something happening between any two calls. */
function openPaged(): { world: JobWorld; between: (work: (() => Promise<void>) | null) => void } {
  const world = openJobWorld();
  const store = world.ports.store;
  let meanwhile: (() => Promise<void>) | null = null;
  const happen = async (): Promise<void> => {
    const work = meanwhile;
    meanwhile = null;
    await work?.();
  };
  const paged = instead(store, 'readChanges', async (scope, after, limit) => {
    await happen();
    const first = await store.readChanges(scope, after, Math.min(2, limit));
    const last = first.at(-1)?.seq;
    if (last === undefined || first.length >= limit) return first;
    await happen();
    return [...first, ...(await store.readChanges(scope, last, limit - first.length))];
  });
  Object.assign(world.ports, { store: paged });
  return {
    world,
    between: (work) => {
      meanwhile = work;
    },
  };
}

describe('a reader of the feed while rows are trimmed', () => {
  it('never passes over a row without being told', async () => {
    const step = fc.oneof(
      fc.record({
        does: fc.constant('append' as const),
        domain: fc.constantFrom('mail', 'connection'),
        count: fc.integer({ min: 1, max: 6 }),
      }),
      fc.record({ does: fc.constant('age' as const), days: fc.integer({ min: 5, max: 40 }) }),
      fc.record({ does: fc.constant('trim' as const) }),
      fc.record({
        does: fc.constant('read' as const),
        limit: fc.integer({ min: 1, max: 8 }),
        during: fc.constantFrom('nothing', 'trim', 'append', 'die'),
        late: fc.boolean(),
      }),
    );
    let refusals = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const { world, between } = openPaged();
        await addConnection(world, ID);
        const reader = new Reader(world, ['mail', 'connection']);
        // A trimming that dies between its two steps leaves rows that the head no longer counts.
        const dying = async (): Promise<void> => {
          world.hook = (call, when) => {
            if (call === 'store.dropChanges' && when === 'before') throw new Error('killed');
          };
          await runHousekeeping(world.ports, null);
          world.hook = () => undefined;
        };
        const acts = {
          nothing: () => Promise.resolve(),
          trim: () => runHousekeeping(world.ports, null),
          append: () => world.ports.appendChanges(scopeOf('mail'), rows(3)),
          die: dying,
        };
        for (const now of steps) {
          if (now.does === 'append') await world.ports.appendChanges(scopeOf(now.domain), rows(now.count));
          if (now.does === 'age') world.clock.advance(now.days * DAY);
          if (now.does === 'trim') await acts.trim();
          if (now.does !== 'read') continue;
          between(
            now.late
              ? () =>
                  Promise.resolve().then(() => {
                    between(acts[now.during]);
                  })
              : acts[now.during],
          );
          const answer = await reader.read(now.limit);
          between(null);
          if (typeof answer === 'string') {
            expect(answer).toBe('cursor_too_old');
            refusals++;
            continue;
          }
          for (const { domain, seq } of answer) {
            // Without a cursor a reader begins wherever the feed does.
            const before = reader.seen[domain];
            if (before !== undefined) expect(seq).toBe(before + 1);
            reader.seen[domain] = seq;
          }
        }
        // In the end it is at the end of each domain, or is told that it cannot get there.
        for (let pages = 0; pages < 100; pages++) if ((await reader.read(50)).length === 0) break;
        const { positions } = await readFeed(world.ports, OWNER, ['mail', 'connection'], { after: 'latest', limit: 1 });
        expect(reader.positions).toEqual(positions);
      }),
      { numRuns: 300 },
    );
    expect(refusals).toBeGreaterThan(0);
  });

  it('is given the rows before a gap that came up within its page, and is refused what is behind it', async () => {
    const { world, between } = openPaged();
    await addConnection(world, ID);
    await world.ports.appendChanges(scopeOf('mail'), rows(6));
    const reader = new Reader(world, ['mail']);
    await reader.read(1);
    world.clock.advance(31 * DAY);
    await world.ports.appendChanges(scopeOf('mail'), rows(2));
    // Rows 2 and 3 are read, then 2 to 6 go, then the rest of the page is read.
    between(() =>
      Promise.resolve().then(() => {
        between(() => runHousekeeping(world.ports, null));
      }),
    );
    const page = await reader.read(8);
    expect(typeof page === 'string' ? page : page.map(({ seq }) => seq)).toEqual([2, 3]);
    expect(await reader.read(8)).toBe('cursor_too_old');
  });

  it('is refused, and not told of an end, when all rows go while it looks', async () => {
    const { world, between } = openPaged();
    await addConnection(world, ID);
    await world.ports.appendChanges(scopeOf('mail'), rows(4));
    const reader = new Reader(world, ['mail']);
    await reader.read(1);
    world.clock.advance(31 * DAY);
    between(() => runHousekeeping(world.ports, null));
    expect(await reader.read(8)).toBe('cursor_too_old');
  });

  it('begins with the oldest row kept, also when the oldest go while it looks', async () => {
    const { world, between } = openPaged();
    await addConnection(world, ID);
    await world.ports.appendChanges(scopeOf('mail'), rows(4));
    world.clock.advance(31 * DAY);
    await world.ports.appendChanges(scopeOf('mail'), rows(2));
    between(() => runHousekeeping(world.ports, null));
    const page = await new Reader(world, ['mail']).read(8);
    expect(typeof page === 'string' ? page : page.map(({ seq }) => seq)).toEqual([5, 6]);
  });

  it('is refused rows of a domain that came after its bookmark, where the first of them are gone', async () => {
    const { world } = openPaged();
    await addConnection(world, ID);
    await world.ports.appendChanges(scopeOf('connection'), rows(1));
    const before = (await readFeed(world.ports, OWNER, ['connection'], { after: undefined, limit: 5 })).positions;
    await world.ports.appendChanges(scopeOf('mail'), rows(2));
    const both = { after: toBookmark(OWNER, before), limit: 5 };
    expect((await readFeed(world.ports, OWNER, ['connection', 'mail'], both)).changes).toHaveLength(2);
    world.clock.advance(31 * DAY);
    await world.ports.appendChanges(scopeOf('mail'), rows(1));
    await runHousekeeping(world.ports, null);
    await expect(readFeed(world.ports, OWNER, ['connection', 'mail'], both)).rejects.toMatchObject({ status: 410 });
  });

  it('is answered with 503, never with a gap, where rows are missing that should be there', async () => {
    const { world } = openPaged();
    await addConnection(world, ID);
    await world.ports.appendChanges(scopeOf('mail'), rows(3));
    await world.partitions.dropChanges(scopeOf('mail'), 2);
    const read = readFeed(world.ports, OWNER, ['mail'], { after: undefined, limit: 5 });
    await expect(read).rejects.toMatchObject({ code: 'store.unavailable' });
  });

  it('finds the end where the rows go because the connection leaves', async () => {
    const { world } = openPaged();
    await addConnection(world, ID);
    await world.ports.appendChanges(scopeOf('mail'), rows(3));
    const reader = new Reader(world, ['mail']);
    await reader.read(1);
    const stands = await world.partitions.readHead(scopeOf('mail'));
    if (stands === null) throw new Error('no head');
    const closed = { ...stands.head, closed: true, commits: ['closing'] };
    const { version } = stands;
    await world.partitions.commit(scopeOf('mail'), { version, head: closed, commitId: 'closing', writes: [] });
    await world.partitions.dropChanges(scopeOf('mail'), 4);
    expect(await reader.read(8)).toEqual([]);
  });
});

describe('a bookmark from before the storage was begun anew', () => {
  const old = { of: hash(['feed', ID], 8), at: { mail: 2 } };
  const textOf = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const again = { ...OWNER, createdAt: '2026-05-01T00:00:00.000Z' };
  const openAgain = async (count: number): Promise<JobWorld> => {
    const world = openJobWorld();
    await addConnection(world, ID, again);
    await world.ports.appendChanges(scopeOf('mail'), rows(count));
    return world;
  };

  it('is refused, whatever number the feed has come to since', async () => {
    const world = await openAgain(3);
    for (const mail of [0, 2, 3, 5]) {
      const read = readFeed(world.ports, again, ['mail'], { after: toBookmark(OWNER, { mail }), limit: 5 });
      await expect(read).rejects.toMatchObject({ status: 410, code: 'cursor_too_old' });
    }
    const read = readFeed(world.ports, again, ['mail'], { after: toBookmark(again, { mail: 1 }), limit: 5 });
    expect((await read).changes.map(({ seq }) => seq)).toEqual([2, 3]);
  });

  it('that does not tell its birth goes on, unless the feed never came so far', async () => {
    const world = await openAgain(3);
    const read = (after: object) => readFeed(world.ports, again, ['mail'], { after: textOf(after), limit: 5 });
    expect((await read(old)).changes.map(({ seq }) => seq)).toEqual([3]);
    await expect(read({ ...old, at: { mail: 4 } })).rejects.toMatchObject({ status: 410, code: 'cursor_too_old' });
    await expect(read({ ...old, of: 'another' })).rejects.toMatchObject({ status: 400 });
  });
});
