import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newAuditId, type AuditEntry, type AuditQuery } from '../../../shared/engine/audit.ts';
import { systemRandom } from '../../../shared/lib/random.ts';
import { startStoreRig, type StoreRig } from '../../support/store.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2026-03-01T22:00:00.000Z');

let rig: StoreRig;
const all: AuditEntry[] = [];

const entryAt = (ms: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
  ...newAuditId({ clock: { now: () => new Date(ms) }, random: systemRandom }),
  actor: { kind: 'key', name: 'app' },
  operation: 'updateMessage',
  on: { connectionId: 'c1', messageId: 'm1' },
  workspaceId: 'w1',
  changed: ['isRead'],
  outcome: 'done',
  status: 200,
  code: null,
  requestId: 'r1',
  ...more,
});

beforeAll(async () => {
  rig = await startStoreRig();
  const { audit } = rig.worker({ direct: true });
  // Every hour of three days, two in the same millisecond now and then.
  for (let hour = 0; hour < 60; hour++) {
    const connectionId = `c${hour % 3}`;
    const entry = entryAt(START + hour * HOUR_MS, {
      on: { connectionId },
      workspaceId: hour % 2 === 0 ? 'w1' : null,
      actor: hour % 5 === 0 ? { kind: 'system', name: null } : { kind: 'key', name: `key-${hour % 4}` },
    });
    all.push(entry);
    if (hour % 7 === 0) all.push(entryAt(START + hour * HOUR_MS));
  }
  for (const entry of all) await audit.write(entry);
});
afterAll(() => rig.close());

async function read(query: Partial<AuditQuery>, limit: number): Promise<AuditEntry[]> {
  const { audit } = rig.worker({ direct: true });
  const found: AuditEntry[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof audit.list>> = await audit.list({ ...query, limit, after });
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    found.push(...page.entries);
    after = page.next;
  } while (after !== null);
  return found;
}

const newestFirst = (entries: readonly AuditEntry[]): AuditEntry[] =>
  entries.toSorted((a, b) => (a.id < b.id ? -1 : 1));

describe('the audit', () => {
  it('is read newest first, each entry once, whatever the size of a page', async () => {
    const times = (await read({}, 7)).map((entry) => entry.at);
    expect(times).toEqual(times.toSorted().toReversed());
    for (const limit of [1, 7, 200]) expect(await read({}, limit)).toEqual(newestFirst(all));
  });

  it('is asked for with no more comparisons than Azure takes, however many workspaces a key has', async () => {
    const { audit } = rig.worker();
    const span = { since: new Date(START), until: new Date(START + HOUR_MS), limit: 5, after: null };
    rig.tables.forget();
    for (const count of [9, 10, 40]) {
      const workspaces = Array.from({ length: count }, (_, index) => `w${index}`);
      await audit.list({ ...span, connectionId: 'c1', key: 'app', workspaces });
    }
    const filters = rig.tables.requests.map(
      ({ path }) => new URL(path, rig.tables.url).searchParams.get('$filter') ?? '',
    );
    expect(filters).toHaveLength(3);
    for (const filter of filters) expect(filter.match(/ (eq|ne|gt|ge|lt|le) /g)?.length).toBeLessThanOrEqual(15);
    const many = Array.from({ length: 20 }, (_, index) => (index === 7 ? 'w1' : `other-${index}`));
    const expected = all.filter(({ workspaceId }) => workspaceId === 'w1');
    expect(await read({ workspaces: many }, 7)).toEqual(newestFirst(expected));
  });

  it('is read by any span of time, connection, key and workspaces', async () => {
    const span = fc.option(fc.integer({ min: -2 * HOUR_MS, max: 64 * HOUR_MS }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          since: span,
          until: span,
          connectionId: fc.constantFrom(undefined, 'c1', 'c2', 'nobody'),
          key: fc.constantFrom(undefined, 'key-1', 'app'),
          workspaces: fc.constantFrom<(string[] | undefined)[]>(undefined, ['w1'], ['w2', "o'neil"], []),
          limit: fc.constantFrom(3, 50),
        }),
        async ({ since, until, limit, ...rest }) => {
          const [from, to] = [since, until].map((ms) => (ms === undefined ? undefined : new Date(START + ms)));
          const expected = all.filter(
            (entry) =>
              (from === undefined || entry.at >= from.toISOString()) &&
              (to === undefined || entry.at < to.toISOString()) &&
              (rest.connectionId === undefined || entry.on['connectionId'] === rest.connectionId) &&
              (rest.key === undefined || entry.actor.name === rest.key) &&
              (rest.workspaces === undefined || rest.workspaces.includes(entry.workspaceId ?? '')),
          );
          expect(await read({ since: from, until: to, ...rest }, limit)).toEqual(newestFirst(expected));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads to the bounds of a span, to the millisecond', async () => {
    const [first, next] = [new Date(START), new Date(START + HOUR_MS)];
    const times = (await read({ since: first, until: next }, 50)).map((entry) => entry.at);
    expect(new Set(times)).toEqual(new Set([first.toISOString()]));
    expect((await read({ since: new Date(START + 1), until: next }, 50)).length).toBe(0);
  });

  it('has one entry for a write that began and ended', async () => {
    const { audit } = rig.worker({ direct: true });
    const entry = entryAt(START + 100 * HOUR_MS, { outcome: 'begun', status: null });
    await audit.write(entry);
    await audit.write({ ...entry, outcome: 'done', status: 200 });
    const found = await read({ since: new Date(entry.at) }, 10);
    expect(found).toEqual([{ ...entry, outcome: 'done', status: 200 }]);
  });

  it('loses what is older than its retention, and nothing else', async () => {
    const { audit } = rig.worker({ direct: true });
    const cut = new Date(START + 30 * HOUR_MS);
    const old = all.filter((entry) => entry.at < cut.toISOString());
    expect(await audit.dropBefore(cut)).toBe(old.length);
    expect(await read({ until: new Date(START + 99 * HOUR_MS) }, 50)).toEqual(
      newestFirst(all.filter((entry) => entry.at >= cut.toISOString())),
    );
    expect(await audit.dropBefore(cut)).toBe(0);
  });
});
