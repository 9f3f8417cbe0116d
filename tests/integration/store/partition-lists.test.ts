import { operationsOf } from '../../../shared/engine/ids.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '../../../shared/engine/model.ts';
import type { IndexPage, IndexQuery, Write } from '../../../shared/engine/ports.ts';
import { CursorError } from '../../../shared/errors.ts';
import type { Stores } from '../../../shared/store/open.ts';
import { allOf, commitRows, sampleChange, sampleRecord, sampleScope } from '../../support/sample-rows.ts';
import { startStoreRig, type StoreRig } from '../../support/store.ts';

describe('lists, feeds and walks of a partition', () => {
  let rig: StoreRig;
  let store: Stores['partitions'];
  beforeAll(async () => {
    rig = await startStoreRig();
    store = rig.worker().partitions;
  });
  afterAll(() => rig.close());
  afterEach(() => {
    rig.heal();
  });

  const entry = (order: string, id: string, unread = false): Write => ({
    row: 'index',
    put: { order, id, item: { id, note: 'n'.repeat(2_000) }, columns: { unread } },
  });
  const commitAll = async (scope: Scope, writes: readonly Write[], lastSeq = 0): Promise<void> => {
    for (let at = 0; at < writes.length; at += 99)
      await commitRows(store, scope, writes.slice(at, at + 99), { lastSeq });
  };
  const all = async (scope: Scope, query: Partial<IndexQuery>): Promise<IndexPage[]> => {
    const pages: IndexPage[] = [];
    let after: string | null = null;
    do {
      const page: IndexPage = await store.list(scope, { from: 'm:', to: 'm;', where: {}, limit: 7, ...query, after });
      pages.push(page);
      after = page.next;
    } while (after !== null);
    return pages;
  };
  const idsOf = (pages: readonly IndexPage[]): string[] => pages.flatMap(({ entries }) => entries.map(({ id }) => id));

  it('lists every entry once, in order, page by page, and ends exactly at the end', async () => {
    const scope = sampleScope('pages');
    const ids = Array.from({ length: 21 }, (_, index) => `m${String(index).padStart(2, '0')}`);
    await commitAll(scope, [
      ...ids.map((id) => entry(`m:${id}`, id)),
      entry('n:x', 'other-list'),
      entry('l:x', 'third'),
    ]);
    const pages = await all(scope, {});
    expect(idsOf(pages)).toEqual(ids);
    expect(pages.map(({ entries }) => entries.length)).toEqual([7, 7, 7]);
    expect(idsOf(await all(scope, { from: 'm:m05', to: 'm:m08' }))).toEqual(['m05', 'm06', 'm07']);
    expect(idsOf(await all(scope, { from: 'x', to: 'a' }))).toEqual([]);
  });

  it('orders names as their letters stand, a prefix first, whatever they hold, and keeps long ones whole', async () => {
    const scope = sampleScope('names');
    const names = [
      '',
      '!',
      'ann',
      'ann marie',
      'ann-b',
      'ann/c',
      'anna',
      'bob',
      'z'.repeat(400),
      'ärger',
      '日本',
      '😀',
    ];
    await commitAll(scope, names.map((name, index) => entry(`n:${name}`, `m${index}`)).toReversed());
    const pages = await all(scope, { from: 'n:', to: 'n;' });
    expect(pages.flatMap(({ entries }) => entries.map(({ order }) => order.slice(2)))).toEqual(names);
    expect(idsOf(await all(scope, { from: 'n:ann', to: 'n:anna' }))).toEqual(['m2', 'm3', 'm4', 'm5']);
  });

  it('filters by columns on the server', async () => {
    const scope = sampleScope('filter');
    await commitAll(
      scope,
      Array.from({ length: 30 }, (_, index) =>
        entry(`m:${String(index).padStart(2, '0')}`, `m${index}`, index % 10 === 0),
      ),
    );
    expect(idsOf(await all(scope, { where: { unread: true } }))).toEqual(['m0', 'm10', 'm20']);
    expect(decodeURIComponent(rig.tables.seen({ method: 'GET', path: /c_unread/ })[0]?.path ?? '')).toContain(
      'c_unread eq true',
    );
  });

  it('goes on through empty pages of the service, within bounds', async () => {
    const scope = sampleScope('sparse');
    await commitAll(scope, [entry('m:1', 'm1'), entry('m:2', 'm2')]);
    // As Azurite writes its continuation: the next keys in base64.
    const token = (text: string): string => Buffer.from(text).toString('base64');
    const again = {
      'x-ms-continuation-nextpartitionkey': token('c-sparse|mail'),
      'x-ms-continuation-nextrowkey': token('index|m:1'),
    };
    const empty = rig.tables.plan({
      method: 'GET',
      path: /filter=/,
      times: 7,
      fault: { before: { status: 200, headers: again, body: { value: [] } } },
    });
    const pages = await all(scope, {});
    expect(pages.map(({ entries }) => entries.length)).toEqual([0, 2]);
    expect(empty.hits).toBe(7);
    expect(idsOf(pages)).toEqual(['m1', 'm2']);
  });

  it('goes on after its last entry although rows come and go meanwhile', async () => {
    const scope = sampleScope('moving');
    await commitAll(
      scope,
      ['1', '2', '3', '4'].map((name) => entry(`m:${name}`, `m${name}`)),
    );
    const first = await store.list(scope, { from: 'm:', to: 'm;', where: {}, limit: 2, after: null });
    await commitAll(scope, [
      { row: 'index', remove: { order: 'm:2', id: 'm2' } },
      entry('m:0', 'm0'),
      entry('m:25', 'm25'),
    ]);
    const second = await store.list(scope, { from: 'm:', to: 'm;', where: {}, limit: 9, after: first.next });
    expect(second.entries.map(({ id }) => id)).toEqual(['m25', 'm3', 'm4']);
    await expect(store.list(scope, { from: 'm:', to: 'm;', where: {}, limit: 9, after: 'rubbish' })).rejects.toThrow(
      CursorError,
    );
  });

  it('a cursor of one list shows nothing of another', async () => {
    const scope = sampleScope('borders');
    await commitAll(scope, [entry('a:1', 'a1'), entry('a:2', 'a2'), entry('m:1', 'm1'), entry('z:1', 'z1')]);
    const { next } = await store.list(scope, { from: 'a:', to: 'a;', where: {}, limit: 1, after: null });
    const foreign = await store.list(scope, { from: 'm:', to: 'm;', where: {}, limit: 9, after: next });
    expect(foreign.entries.map(({ id }) => id)).toEqual(['m1']);
  });

  it('reads the feed in order of number, finds a time in it, and drops its beginning', async () => {
    const scope = sampleScope('feed');
    const changes = Array.from({ length: 250 }, (_, index) => sampleChange(index + 1));
    await commitAll(
      scope,
      changes.map((put): Write => ({ row: 'change', put })),
      250,
    );
    expect((await store.readChanges(scope, 98, 4)).map(({ seq }) => seq)).toEqual([99, 100, 101, 102]);
    expect(await store.readChanges(scope, 250, 10)).toEqual([]);
    expect(await store.firstChangeSince(scope, new Date(changes[41]?.at ?? ''))).toBe(42);
    expect(await store.firstChangeSince(scope, new Date('2030-01-01'))).toBeNull();
    expect(await store.dropChanges(scope, 201)).toBe(200);
    expect(await store.dropChanges(scope, 201)).toBe(0);
    expect((await store.readChanges(scope, 0, 1000)).map(({ seq }) => seq)).toEqual(
      changes.slice(200).map(({ seq }) => seq),
    );
  });

  it('drops the beginning of a feed although an answer is lost and another worker drops it too', async () => {
    const scope = sampleScope('drop');
    await commitAll(
      scope,
      Array.from({ length: 90 }, (_, index): Write => ({ row: 'change', put: sampleChange(index + 1) })),
    );
    rig.tables.plan({ method: 'POST', path: /batch/, fault: { applied: 'reset' } });
    await Promise.all([store.dropChanges(scope, 81), store.dropChanges(scope, 81)]);
    expect((await store.readChanges(scope, 0, 1000)).map(({ seq }) => seq)[0]).toBe(81);
  });

  it('walks more ids than a page of the service holds', async () => {
    const scope = sampleScope('walk');
    const ids = Array.from({ length: 1_100 }, (_, index) => `m${String(index).padStart(4, '0')}`);
    await commitAll(
      scope,
      ids.map((id): Write => ({ row: 'record', put: sampleRecord(id) })),
    );
    expect(await allOf(store.recordIds(scope))).toEqual(ids);
    expect((await allOf(store.recordsOf(scope, 'inbox'))).map(({ id }) => id)).toEqual(ids);
  });

  it('keeps answers, outbox operations and quarantined items', async () => {
    const scope = sampleScope('others');
    const answer = { key: 'k|1', bodyHash: 'h', status: 200, body: '{}', at: '2026-01-01T00:00:00.000Z' };
    const bad = { stream: 'inbox', id: 'x', raw: '{"a":1}', error: 'no subject', at: '2026-01-01T00:00:00.000Z' };
    const operation = {
      op: 'op1',
      kind: 'message',
      recordId: 'm1',
      action: 'update',
      fields: { isRead: true },
      seq: 1,
      attempts: 0,
      nextAttemptAt: '2026-01-01T00:00:00.000Z',
      claim: null,
      createdAt: '2026-01-01T00:00:00.000Z',
      lastError: null,
    };
    const of = (recordId: string): typeof operation => ({ ...operation, op: `${operationsOf(recordId)}1`, recordId });
    await commitRows(store, scope, [
      { row: 'answer', put: answer },
      { row: 'bad', put: bad },
      { row: 'outbox', put: operation },
      { row: 'outbox', put: of('m2') },
      { row: 'outbox', put: of('m3') },
    ]);
    expect(await store.readAnswer(scope, 'k|1')).toEqual(answer);
    expect(await store.readAnswer(scope, 'k')).toBeNull();
    expect(await store.readBad(scope, 'inbox')).toEqual([bad]);
    expect(await store.readBad(scope, 'in')).toEqual([]);
    expect(await store.readOutbox(scope)).toHaveLength(3);
    expect(await store.readOutbox(scope, 'm2')).toMatchObject([of('m2')]);
    expect(await store.readOutbox(scope, 'm4')).toEqual([]);
  });
});
