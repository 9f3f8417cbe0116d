import type { Head } from '../engine/head.ts';
import { operationsOf } from '../engine/ids.ts';
import type { Change, Cursor, EngineRecord, Hint, OutboxOperation } from '../engine/model.ts';
import type { VersionedHead } from '../engine/head.ts';
import type { Quarantined, Scope, StoredAnswer } from '../engine/model.ts';
import type { Front, IndexPage, IndexQuery, PartitionStore, Write } from '../engine/ports.ts';
import { mapLimit } from '../lib/map-limit.ts';
import { checkColumns, literal, pack } from './columns.ts';
import * as decode from './decode.ts';
import { failureOf, isTaken, isRefused, storageError } from './failures.ts';
import { below, keyPart, startingWith } from './keys.ts';
import { Committer, READS, type Commit } from './partition-commit.ts';
import { readFront } from './partition-front.ts';
import { dropRows, listIndex, rangeFilter } from './partition-lists.ts';
import { changeKey, CURSOR, encodeWrite, HEAD_KEY, partitionOf, rowKeys } from './rows.ts';
import type { Row, Table } from './table.ts';

/** Rows of a page of whole records: a few hundred kilobytes. */
const RECORD_PAGE = 200;

/** The partitions of table `sync`. */
export class TablePartitionStore implements PartitionStore {
  readonly #table: Table;
  readonly #committer: Committer;

  constructor(table: Table) {
    this.#table = table;
    this.#committer = new Committer(table, (scope) => this.readHead(scope));
  }

  async readHead(scope: Scope): Promise<VersionedHead | null> {
    const row = await this.#table.get(partitionOf(scope), HEAD_KEY);
    return row === null ? null : decode.decodeHead(row);
  }

  readFront(scope: Scope): Promise<Front | null> {
    return readFront(this.#table, scope);
  }

  async createHead(scope: Scope, head: Head): Promise<VersionedHead> {
    const columns = pack(head);
    checkColumns(columns);
    for (let attempt = 1; ; attempt++) {
      try {
        const version = await this.#table.tryInsert({ partitionKey: partitionOf(scope), rowKey: HEAD_KEY, ...columns });
        return { version, head };
      } catch (error) {
        const failure = failureOf(error);
        // Whose insert it was makes no difference: the head that stands is the answer.
        const stands = isRefused(failure) && !isTaken(failure) ? null : await this.readHead(scope);
        if (stands !== null) return stands;
        if (isRefused(failure) || attempt >= 3) throw storageError('store.unavailable', 'Making a head', error);
        await this.#table.pause(attempt);
      }
    }
  }

  async commit(scope: Scope, change: Commit): Promise<string> {
    if (change.head.commits.at(-1) !== change.commitId) {
      throw new RangeError('commitId must be the newest of the commits of the head');
    }
    return this.#committer.commit(scope, change);
  }

  sizeOf(write: Write): number {
    return encodeWrite(write).bytes;
  }

  readCursors(scope: Scope): Promise<Cursor[]> {
    return this.within(scope, { from: `${CURSOR}|`, to: `${CURSOR}}` }, decode.decodeCursor);
  }

  async readRecords(scope: Scope, ids: readonly string[]): Promise<Map<string, EngineRecord>> {
    const records = await this.points(scope, ids.map(rowKeys.record), decode.decodeRecord);
    return new Map(records.map((record) => [record.id, record]));
  }

  async readRemotes(scope: Scope, graphIds: readonly string[]): Promise<Map<string, string>> {
    const asked = [...new Set(graphIds)];
    const rows = await mapLimit(asked, READS, (graphId) =>
      this.#table.get(partitionOf(scope), rowKeys.remote(graphId), ['id']),
    );
    return new Map(
      asked.flatMap((graphId, index) => {
        const row = rows[index];
        return row === null || row === undefined ? [] : [[graphId, decode.textOf(row, 'id')] as const];
      }),
    );
  }

  async *recordIds(scope: Scope): AsyncGenerator<readonly string[]> {
    const filter = rangeFilter(scope, below('record'));
    for await (const page of this.#table.pages(filter, ['RowKey'])) {
      yield page.map((row) => decode.textOf(row, 'rowKey').slice('record|'.length));
    }
  }

  async *recordsBefore(scope: Scope, stream: string, generation: number): AsyncGenerator<readonly EngineRecord[]> {
    yield* this.records(scope, `stream eq ${literal(keyPart(stream))} and generation lt ${literal(generation)}`);
  }

  async *recordsOf(scope: Scope, stream: string): AsyncGenerator<readonly EngineRecord[]> {
    yield* this.records(scope, `stream eq ${literal(keyPart(stream))}`);
  }

  readHints(scope: Scope): Promise<Hint[]> {
    return this.allBelow(scope, ['gone'], decode.decodeHint);
  }

  readOutbox(scope: Scope, recordId?: string): Promise<OutboxOperation[]> {
    const range = recordId === undefined ? below('outbox') : startingWith(rowKeys.outbox(operationsOf(recordId)));
    return this.within(scope, range, decode.decodeOutbox);
  }

  async readAnswer(scope: Scope, key: string): Promise<StoredAnswer | null> {
    const row = await this.#table.get(partitionOf(scope), rowKeys.answer(key));
    return row === null ? null : decode.decodeAnswer(row);
  }

  async answersBefore(scope: Scope, time: Date, limit: number): Promise<string[]> {
    const filter = `${rangeFilter(scope, below('idem'))} and at lt ${literal(time.toISOString())}`;
    const keys: string[] = [];
    for await (const page of this.#table.pages(filter, null, limit)) {
      keys.push(...page.map((row) => decode.decodeAnswer(row).key));
      if (keys.length >= limit) break;
    }
    return keys.slice(0, limit);
  }

  readBad(scope: Scope, stream: string): Promise<Quarantined[]> {
    return this.allBelow(scope, ['bad', stream], decode.decodeQuarantined);
  }

  list(scope: Scope, query: IndexQuery): Promise<IndexPage> {
    return listIndex(this.#table, scope, query);
  }

  async readChanges(scope: Scope, after: number, limit: number): Promise<Change[]> {
    const filter = rangeFilter(scope, { from: changeKey(after + 1), to: below('change').to });
    const changes: Change[] = [];
    for await (const page of this.#table.pages(filter, null, Math.max(1, Math.min(limit, 1000)))) {
      changes.push(...page.map(decode.decodeChange));
      if (changes.length >= limit) break;
    }
    return changes.slice(0, limit);
  }

  dropChanges(scope: Scope, below: number): Promise<number> {
    return dropRows(this.#table, partitionOf(scope), rangeFilter(scope, { from: changeKey(0), to: changeKey(below) }));
  }

  async firstChangeSince(scope: Scope, at: Date): Promise<number | null> {
    const filter = `${rangeFilter(scope, below('change'))} and at ge ${literal(at.toISOString())}`;
    for await (const [row] of this.#table.pages(filter, null, 1)) {
      if (row !== undefined) return decode.decodeChange(row).seq;
    }
    return null;
  }

  async erase(scope: Scope): Promise<void> {
    await this.eraseRows(scope);
    await this.#table.remove(partitionOf(scope), HEAD_KEY);
  }

  async eraseRows(scope: Scope): Promise<void> {
    const partitionKey = partitionOf(scope);
    const rows = `PartitionKey eq ${literal(partitionKey)} and RowKey ne ${literal(HEAD_KEY)}`;
    await dropRows(this.#table, partitionKey, rows);
  }

  private async *records(scope: Scope, condition: string): AsyncGenerator<readonly EngineRecord[]> {
    const filter = `${rangeFilter(scope, below('record'))} and ${condition}`;
    for await (const page of this.#table.pages(filter, null, RECORD_PAGE)) yield page.map(decode.decodeRecord);
  }

  private allBelow<T>(scope: Scope, parts: readonly string[], read: (row: Row) => T): Promise<T[]> {
    return this.within(scope, below(...parts), read);
  }

  private async within<T>(
    scope: Scope,
    range: { readonly from: string; readonly to: string },
    read: (row: Row) => T,
  ): Promise<T[]> {
    return (await this.#table.all(rangeFilter(scope, range))).map(read);
  }

  private async points<T>(scope: Scope, keys: readonly string[], read: (row: Row) => T): Promise<T[]> {
    const rows = await mapLimit([...new Set(keys)], READS, (rowKey) => this.#table.get(partitionOf(scope), rowKey));
    return rows.filter((row) => row !== null).map(read);
  }
}
