import { DUE_SHARDS, shardOf, type DueRow, type DueStore } from '../engine/directory-ports.ts';
import { StorageError } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import { mapLimit } from '../lib/map-limit.ts';
import { literal, serialize } from './columns.ts';
import { textOf } from './decode.ts';
import { failureOf, isMissing, isRefused, storageError } from './failures.ts';
import { key, keyPart } from './keys.ts';
import type { NewRow, Row, Table } from './table.ts';

const PAGE = 500;
const SHARD_READS = 16;

/** Table `due`: a partition for each kind and shard, in order of time. */
export class TableDueStore implements DueStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async add(row: DueRow): Promise<void> {
    await this.#table.upsert(rowOf(row));
  }

  async addOwn(row: DueRow): Promise<DueRow> {
    for (let wanted = row; ; wanted = { ...row, dueAt: plus(wanted.dueAt, 1) })
      if (await this.#table.insert(rowOf(wanted))) return wanted;
  }

  async move(from: DueRow, to: DueRow | null): Promise<void> {
    const old = rowOf(from);
    const next = to === null ? null : rowOf(to);
    if (next !== null && next.partitionKey === old.partitionKey && next.rowKey === old.rowKey) {
      await this.#table.upsert(next);
      return;
    }
    if (next?.partitionKey === old.partitionKey && (await this.swapped(old, next))) return;
    // The new row first: for a moment there is one too many, never one too few.
    if (next !== null) await this.#table.upsert(next);
    await this.#table.remove(old.partitionKey, old.rowKey);
  }

  async *due(kind: string, shard: number, now: Date): AsyncGenerator<readonly DueRow[]> {
    const filter = `PartitionKey eq ${literal(partition(kind, shard))} and RowKey lt ${literal(`${sortable(now)}}`)}`;
    for await (const page of this.#table.pages(filter, COLUMNS, PAGE)) {
      if (page.length > 0) yield page.map((row) => decodeDue(kind, row));
    }
  }

  async oldest(kind: string): Promise<DueRow | null> {
    const shards = Array.from({ length: DUE_SHARDS }, (_, shard) => shard);
    const firsts = await mapLimit(shards, SHARD_READS, (shard) => this.first(kind, shard));
    const rows = firsts.filter((row) => row !== null);
    return rows.toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime())[0] ?? null;
  }

  /** True where both happened in one transaction; false where that cannot be said. */
  private async swapped(old: NewRow, next: NewRow): Promise<boolean> {
    try {
      const { partitionKey, rowKey, ...columns } = next;
      await this.#table.tryTransact(partitionKey, [
        { rowKey, members: serialize(columns) },
        { rowKey: old.rowKey, members: null },
      ]);
      return true;
    } catch (error) {
      const failure = failureOf(error);
      if (isRefused(failure) && !isMissing(failure)) throw storageError('store.unavailable', 'Moving due work', error);
      return false;
    }
  }

  private async first(kind: string, shard: number): Promise<DueRow | null> {
    const filter = `PartitionKey eq ${literal(partition(kind, shard))}`;
    for await (const [row] of this.#table.pages(filter, COLUMNS, 1)) {
      if (row !== undefined) return decodeDue(kind, row);
    }
    return null;
  }
}

const COLUMNS = ['RowKey', 'connectionId'];
const partition = (kind: string, shard: number): string => key(kind, String(shard).padStart(2, '0'));

/** `20260102030405678`: sorts as the times do. */
const sortable = (at: Date): string => at.toISOString().replaceAll(/\D/g, '');

/** A due row as it is stored. */
export function rowOf({ kind, connectionId, dueAt }: DueRow): NewRow {
  return {
    partitionKey: partition(kind, shardOf(connectionId)),
    rowKey: `${sortable(dueAt)}|${keyPart(connectionId)}`,
    connectionId,
  };
}

function decodeDue(kind: string, row: Row): DueRow {
  const [time = ''] = textOf(row, 'rowKey').split('|');
  const iso = time.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/, '$1-$2-$3T$4:$5:$6.$7Z');
  const dueAt = new Date(iso);
  if (Number.isNaN(dueAt.getTime())) throw new StorageError('store.unavailable', 'A due row has no time in its key');
  return { kind, connectionId: textOf(row, 'connectionId'), dueAt };
}
