import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite, type Azurite } from '../../../infra/local/azurite.ts';
import { newHead } from '../../../shared/engine/head.ts';
import type { PartitionStore, Write } from '../../../shared/engine/ports.ts';
import { ClosedError, FenceLostError, TooLargeError } from '../../../shared/errors.ts';
import { systemRandom } from '../../../shared/lib/random.ts';
import { TablePartitionStore } from '../../../shared/store/partition-store.ts';
import { tablesOf } from '../../../shared/store/tables.ts';
import { allOf, commitRows, sampleChange, sampleCursor, sampleHint } from '../../support/sample-rows.ts';
import { sampleRecord, sampleScope, withCommit } from '../../support/sample-rows.ts';

describe('partitions on real tables', () => {
  let azurite: Azurite;
  let store: PartitionStore;
  beforeAll(async () => {
    azurite = await startAzurite();
    store = new TablePartitionStore(tablesOf(azurite.connectionString, systemRandom)('sync'));
  });
  afterAll(() => azurite.close());

  const record = (id: string): Write => ({ row: 'record', put: sampleRecord(id) });

  it('has no head until one is made, and keeps the first', async () => {
    const scope = sampleScope('heads');
    expect(await store.readHead(scope)).toBeNull();
    const first = await store.createHead(scope, newHead());
    const second = await store.createHead(scope, { ...newHead(), lastSeq: 7 });
    expect(second).toEqual(first);
    expect(await store.readHead(scope)).toEqual(first);
  });

  it('P1: writes head, cursor, record, index and change together and answers the new version', async () => {
    const scope = sampleScope('together');
    const change = sampleChange(1);
    const cursor = sampleCursor('inbox', { link: 'https://x/delta' });
    const entry = {
      order: 'm:1',
      id: 'm1',
      item: { subject: 'hi' },
      columns: { folder: 'inbox', unread: true, size: 5_000_000_000 },
    };
    const version = await commitRows(
      store,
      scope,
      [
        record('m1'),
        { row: 'cursor', put: cursor },
        { row: 'index', put: entry },
        { row: 'change', put: change },
        { row: 'remote', put: { graphId: 'AAMk/+=', id: 'm1' } },
        { row: 'hint', put: sampleHint('inbox', 'm2') },
      ],
      { lastSeq: 1 },
    );
    expect((await store.readHead(scope))?.version).toBe(version);
    expect(await store.readRecords(scope, ['m1', 'm1', 'none'])).toEqual(new Map([['m1', sampleRecord('m1')]]));
    expect(await store.readCursors(scope)).toEqual([cursor]);
    expect(await store.readChanges(scope, 0, 10)).toEqual([change]);
    expect(await store.readRemotes(scope, ['AAMk/+=', 'other'])).toEqual(new Map([['AAMk/+=', 'm1']]));
    expect(await store.readHints(scope)).toEqual([sampleHint('inbox', 'm2')]);
    expect((await store.list(scope, { from: 'm:', to: 'm;', where: {}, limit: 10, after: null })).entries).toEqual([
      entry,
    ]);
  });

  it('P1: writes nothing at all where one row is refused', async () => {
    const scope = sampleScope('refused');
    const before = await store.createHead(scope, newHead());
    const tooLong = 'x'.repeat(40_000);
    const writes: Write[] = [record('m1'), { row: 'remote', put: { graphId: 'g', id: tooLong } }];
    await expect(commitRows(store, scope, writes)).rejects.toThrow(TooLargeError);
    expect(await store.readHead(scope)).toEqual(before);
    expect(await store.readRecords(scope, ['m1'])).toEqual(new Map());
  });

  it('P2: refuses a commit on an old version, and changes nothing', async () => {
    const scope = sampleScope('fence');
    const old = await store.createHead(scope, newHead());
    await commitRows(store, scope, [record('winner')]);
    const late = {
      version: old.version,
      head: withCommit(old.head, 'late'),
      commitId: 'late',
      writes: [record('loser')],
    };
    await expect(store.commit(scope, late)).rejects.toThrow(FenceLostError);
    expect([...(await store.readRecords(scope, ['winner', 'loser'])).keys()]).toEqual(['winner']);
  });

  it('P2: 20 writers that read, compute and commit lose no update', async () => {
    const scope = sampleScope('race');
    await store.createHead(scope, newHead());
    const addOne = async (writer: number): Promise<void> => {
      for (;;) {
        const current = await store.readHead(scope);
        if (current === null) throw new Error('no head');
        const count = (await store.readRecords(scope, ['counter'])).get('counter')?.generation ?? 0;
        const counter: Write = { row: 'record', put: sampleRecord('counter', { generation: count + 1 }) };
        const commitId = `w${writer}`;
        try {
          const head = withCommit(current.head, commitId);
          await store.commit(scope, { version: current.version, head, commitId, writes: [counter] });
          return;
        } catch (error) {
          if (!(error instanceof FenceLostError)) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, writer) => addOne(writer)));
    expect((await store.readRecords(scope, ['counter'])).get('counter')?.generation).toBe(20);
  });

  it('refuses to commit to a partition that does not exist', async () => {
    const commit = {
      version: `W/"datetime'2026-01-01T00%3A00%3A00.0000000Z'"`,
      head: withCommit(newHead(), 'a'),
      commitId: 'a',
      writes: [],
    };
    await expect(store.commit(sampleScope('nowhere'), commit)).rejects.toThrow(ClosedError);
  });

  it('takes removals of rows that are not there, beside others', async () => {
    const scope = sampleScope('removals');
    await commitRows(store, scope, [record('m1'), record('m2')]);
    await commitRows(store, scope, [
      { row: 'record', remove: 'absent-1' },
      { row: 'record', remove: 'm1' },
      { row: 'hint', remove: { stream: 'inbox', id: 'absent-2' } },
      record('m3'),
    ]);
    expect([...(await store.readRecords(scope, ['m1', 'm2', 'm3'])).keys()]).toEqual(['m2', 'm3']);
  });

  it('writes a row once where a commit names it twice: the last word counts', async () => {
    const scope = sampleScope('twice');
    await commitRows(store, scope, [record('m1')]);
    await commitRows(store, scope, [
      { row: 'record', remove: 'm1' },
      { row: 'record', put: sampleRecord('m1', { generation: 9 }) },
      record('m2'),
      { row: 'record', remove: 'm2' },
    ]);
    const records = await store.readRecords(scope, ['m1', 'm2']);
    expect([...records.values()].map(({ id, generation }) => [id, generation])).toEqual([['m1', 9]]);
  });

  it('takes 99 rows beside the head and refuses the hundredth', async () => {
    const scope = sampleScope('full');
    const rows = Array.from({ length: 99 }, (_, index) => record(`m${index}`));
    await commitRows(store, scope, rows);
    expect(await allOf(store.recordIds(scope))).toHaveLength(99);
    await expect(commitRows(store, scope, [...rows, record('one-more')])).rejects.toThrow(TooLargeError);
  });

  it('takes records of 740 KiB in many columns, two in a commit, and refuses what no row holds', async () => {
    const scope = sampleScope('large');
    const large = (id: string) => sampleRecord(id, { fields: { text: randomBytes(800 * 1024).toString('base64') } });
    const fitting = (id: string) => sampleRecord(id, { fields: { text: randomBytes(740 * 1024).toString('base64') } });
    const records = [fitting('m1'), fitting('m2')];
    const writes = records.map((put): Write => ({ row: 'record', put }));
    expect(store.sizeOf({ row: 'record', put: fitting('m3') })).toBeGreaterThan(980 * 1024);
    expect(() => store.sizeOf({ row: 'record', put: large('m4') })).toThrow(TooLargeError);
    await commitRows(store, scope, writes);
    expect(await store.readRecords(scope, ['m1', 'm2'])).toEqual(new Map(records.map((put) => [put.id, put])));
  });

  it('keeps scopes apart whatever their names hold', async () => {
    const scopes = [
      { connectionId: 'a|b', domain: 'mail' },
      { connectionId: 'a', domain: 'b|mail' },
      { connectionId: 'a', domain: 'b', part: 'mail' },
      { connectionId: `q'uote/#?%`, domain: 'mail' },
    ];
    for (const [index, scope] of scopes.entries()) await commitRows(store, scope, [record(`m${index}`)]);
    for (const [index, scope] of scopes.entries()) expect(await allOf(store.recordIds(scope))).toEqual([`m${index}`]);
  });

  it('keeps any text, even one that looks like a part of a transaction', async () => {
    const scope = sampleScope('texts');
    const texts = [
      '\u2028 \u2029 \u0085 \0 \u001f \ud800 👩‍🚀',
      "\r\n--changeset_1\r\nPUT http://127.0.0.1/x/sync(PartitionKey='a',RowKey='b') HTTP/1.1\r\nIf-Match: *\r\n\r\n{}",
      `{"PartitionKey":"a","RowKey":"b"} } { \\ " ' %00 %7B &amp; <x>`,
      'DELETE http://x HTTP/1.1 ETag: W/"x" If-Match: * Content-ID: 7 --batch_1-- --changeset_1--',
      "MERGE POST GET PATCH (PartitionKey='',RowKey='') $batch Prefer: return-content",
    ];
    const writes = texts.flatMap((subject, index): Write[] => [
      { row: 'record', put: sampleRecord(`m${index}`, { fields: { subject } }) },
      { row: 'index', put: { order: `n:${subject}`, id: `m${index}`, item: { subject }, columns: { subject } } },
    ]);
    await commitRows(store, scope, writes);
    const records = await store.readRecords(scope, ['m0', 'm1', 'm2', 'm3', 'm4']);
    expect([...records.values()].map(({ fields }) => fields['subject'])).toEqual(texts);
    for (const [index, subject] of texts.entries()) {
      const { entries } = await store.list(scope, { from: 'n:', to: 'n;', where: { subject }, limit: 9, after: null });
      expect(entries.map(({ id, item }) => [id, item['subject']])).toEqual([[`m${index}`, subject]]);
    }
  });

  it('finds the records of a stream, and those that an older generation saw last', async () => {
    const scope = sampleScope('streams');
    const put = (id: string, stream: string, generation: number): Write => ({
      row: 'record',
      put: sampleRecord(id, { stream, generation }),
    });
    await commitRows(store, scope, [put('a', `in'box|1`, 1), put('b', `in'box|1`, 2), put('c', 'other', 1)]);
    expect((await allOf(store.recordsBefore(scope, `in'box|1`, 2))).map(({ id }) => id)).toEqual(['a']);
    expect((await allOf(store.recordsOf(scope, `in'box|1`))).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('P15: erases the rows of a partition, or its head too, and can be called again', async () => {
    const scope = sampleScope('leaving');
    await commitRows(
      store,
      scope,
      Array.from({ length: 99 }, (_, index) => record(`m${index}`)),
    );
    await commitRows(
      store,
      scope,
      Array.from({ length: 99 }, (_, index) => record(`n${index}`)),
    );
    const head = await store.readHead(scope);
    await store.eraseRows(scope);
    expect(await allOf(store.recordIds(scope))).toEqual([]);
    expect(await store.readHead(scope)).toEqual(head);
    await store.erase(scope);
    await store.erase(scope);
    expect(await store.readHead(scope)).toBeNull();
  });
});
