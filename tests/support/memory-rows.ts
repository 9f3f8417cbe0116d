import { z } from 'zod';
import type { Head, VersionedHead } from '../../shared/engine/head.ts';
import type {
  Change,
  EngineRecord,
  Hint,
  IndexEntry,
  OutboxOperation,
  Quarantined,
} from '../../shared/engine/model.ts';
import type { Cursor, Listing, Scope, StoredAnswer } from '../../shared/engine/model.ts';
import {
  COMMIT_BYTES,
  COMMIT_ROWS,
  type Front,
  type IndexPage,
  type IndexQuery,
  type PartitionStore,
  type RaisedWake,
  type Write,
} from '../../shared/engine/ports.ts';
import { ClosedError, FenceLostError } from '../../shared/errors.ts';
import { decodeRecord, decodeOutbox } from '../../shared/store/decode.ts';
import { collapse, encodeWrite } from '../../shared/store/rows.ts';

/** What a row becomes on its way through the store. */
const stored = (write: Extract<Write, { readonly put: unknown }>): Record<string, unknown> => {
  const members = z.record(z.string(), z.unknown()).parse(JSON.parse(`{${encodeWrite(write).members ?? ''}}`));
  for (const [name, value] of Object.entries(members))
    if (name.startsWith('data') && typeof value === 'string') members[name] = Buffer.from(value, 'base64');
  return members;
};

/** Whether a row has these columns. */
const holds = (columns: IndexEntry['columns'], where: IndexQuery['where']): boolean =>
  Object.entries(where).every(([name, value]) => columns[name] === value);

/** Whole partitions in memory, fenced and limited as the real store's; rows go through the real codecs, and each call is counted. */
export class MemoryRows implements PartitionStore {
  calls: string[] = [];
  head: VersionedHead | null = null;
  readonly cursors = new Map<string, Cursor>();
  readonly records = new Map<string, EngineRecord>();
  readonly remotes = new Map<string, string>();
  readonly index = new Map<string, IndexEntry>();
  readonly changes: Change[] = [];
  readonly hints = new Map<string, Hint>();
  readonly outbox = new Map<string, OutboxOperation>();
  readonly answers = new Map<string, StoredAnswer>();
  readonly bad = new Map<string, Quarantined>();
  listing: Listing | null = null;
  wake: RaisedWake | null = null;
  #version = 0;

  readHead(): Promise<VersionedHead | null> {
    return this.#answer('readHead', this.head);
  }
  readFront(): Promise<Front | null> {
    const rows = { cursors: [...this.cursors.values()], listing: this.listing, wake: this.wake };
    return this.#answer('readFront', this.head === null ? null : { ...this.head, ...rows });
  }
  createHead(_: Scope, head: Head): Promise<VersionedHead> {
    this.head ??= { version: '0', head };
    return this.#answer('createHead', this.head);
  }
  async commit(_: Scope, change: Parameters<PartitionStore['commit']>[1]): Promise<string> {
    await this.#answer('commit', null);
    if (this.head === null) throw new ClosedError('no such partition');
    if (this.head.version !== change.version) throw new FenceLostError('another writer was first');
    collapse(change.writes, { rows: COMMIT_ROWS - 1, bytes: COMMIT_BYTES });
    for (const write of change.writes) this.#apply(write);
    const version = String(++this.#version);
    this.head = { version, head: change.head };
    return version;
  }
  sizeOf(write: Write): number {
    return encodeWrite(write).bytes;
  }
  readCursors(): Promise<Cursor[]> {
    return this.#answer('readCursors', [...this.cursors.values()]);
  }
  readRecords(_: Scope, ids: readonly string[]): Promise<Map<string, EngineRecord>> {
    const found = [...new Set(ids)].flatMap((id) => this.records.get(id) ?? []);
    return this.#answer('readRecords', new Map(found.map((record) => [record.id, record])));
  }
  readRemotes(_: Scope, graphIds: readonly string[]): Promise<Map<string, string>> {
    const found = graphIds.flatMap((graphId) => {
      const id = this.remotes.get(graphId);
      return id === undefined ? [] : [[graphId, id] as const];
    });
    return this.#answer('readRemotes', new Map(found));
  }
  async *recordIds(): AsyncGenerator<readonly string[]> {
    yield await this.#answer('recordIds', [...this.records.keys()]);
  }
  async *recordsBefore(_: Scope, stream: string, generation: number): AsyncGenerator<readonly EngineRecord[]> {
    const all = [...this.records.values()].filter((record) => record.stream === stream);
    yield await this.#answer(
      'recordsBefore',
      all.filter((record) => record.generation < generation),
    );
  }
  async *recordsOf(_: Scope, stream: string): AsyncGenerator<readonly EngineRecord[]> {
    const all = [...this.records.values()].filter((record) => record.stream === stream);
    yield await this.#answer('recordsOf', all);
  }
  readHints(): Promise<Hint[]> {
    return this.#answer('readHints', [...this.hints.values()]);
  }
  readOutbox(_: Scope, recordId?: string): Promise<OutboxOperation[]> {
    const all = [...this.outbox.values()];
    return this.#answer('readOutbox', recordId === undefined ? all : all.filter((one) => one.recordId === recordId));
  }
  readAnswer(_: Scope, key: string): Promise<StoredAnswer | null> {
    return this.#answer('readAnswer', this.answers.get(key) ?? null);
  }
  answersBefore(): Promise<string[]> {
    return this.#answer('answersBefore', []);
  }
  readBad(_: Scope, stream: string): Promise<Quarantined[]> {
    return this.#answer(
      'readBad',
      [...this.bad.values()].filter((row) => row.stream === stream),
    );
  }
  list(_: Scope, { from, to, where, limit, after }: IndexQuery): Promise<IndexPage> {
    const rest = [...this.index.entries()]
      .filter(([, { order, columns }]) => order >= from && order < to && holds(columns, where))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .filter(([key]) => after === null || key > after);
    const page = rest.slice(0, limit);
    const next = rest.length > page.length ? (page.at(-1)?.[0] ?? null) : null;
    return this.#answer('list', { entries: page.map(([, entry]) => entry), next });
  }
  readChanges(_: Scope, after: number, limit: number): Promise<Change[]> {
    return this.#answer('readChanges', this.changes.filter(({ seq }) => seq > after).slice(0, limit));
  }
  dropChanges(): Promise<number> {
    return this.#answer('dropChanges', 0);
  }
  firstChangeSince(): Promise<number | null> {
    return this.#answer('firstChangeSince', null);
  }
  erase(): Promise<void> {
    this.head = null;
    return this.#answer('erase', undefined);
  }
  eraseRows(): Promise<void> {
    return this.#answer('eraseRows', undefined);
  }

  async #answer<T>(call: string, value: T): Promise<T> {
    this.calls.push(call);
    await Promise.resolve();
    return value;
  }

  #apply(write: Write): void {
    const pair = (row: { readonly stream: string; readonly id: string }): string => `${row.stream} ${row.id}`;
    if (write.row === 'record') {
      if ('put' in write) this.records.set(write.put.id, decodeRecord({ ...stored(write), ...keys }));
      else this.records.delete(write.remove);
    } else if (write.row === 'outbox') {
      if ('put' in write) this.outbox.set(write.put.op, decodeOutbox({ ...stored(write), ...keys }));
      else this.outbox.delete(write.remove);
    } else if (write.row === 'hint') {
      if ('put' in write) this.hints.set(pair(write.put), write.put);
      else this.hints.delete(pair(write.remove));
    } else if (write.row === 'index') {
      const key = 'put' in write ? write.put : write.remove;
      if ('put' in write) this.index.set(`${key.order} ${key.id}`, write.put);
      else this.index.delete(`${key.order} ${key.id}`);
    } else this.#applyOther(write);
  }

  #applyOther(write: Exclude<Write, { readonly row: 'record' | 'outbox' | 'hint' | 'index' }>): void {
    if (write.row === 'change') this.changes.push(write.put);
    else if (write.row === 'listing') this.listing = write.put;
    else if (write.row === 'wake') this.wake = null;
    else if (write.row === 'cursor') {
      if ('put' in write) this.cursors.set(write.put.stream, write.put);
      else this.cursors.delete(write.remove);
    } else if (write.row === 'remote') {
      if ('put' in write) this.remotes.set(write.put.graphId, write.put.id);
      else this.remotes.delete(write.remove);
    } else if (write.row === 'answer') {
      if ('put' in write) this.answers.set(write.put.key, write.put);
      else this.answers.delete(write.remove);
    } else {
      const key = 'put' in write ? write.put : write.remove;
      if ('put' in write) this.bad.set(`${key.stream} ${key.id}`, write.put);
      else this.bad.delete(`${key.stream} ${key.id}`);
    }
  }
}

/** What every row has besides its own columns. */
const keys = { partitionKey: 'p', rowKey: 'r', etag: 'e' };
