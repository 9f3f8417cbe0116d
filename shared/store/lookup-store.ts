import type { LookupStore } from '../engine/directory-ports.ts';
import { literal } from './columns.ts';
import { textOf } from './decode.ts';
import { key, keyPart } from './keys.ts';
import type { Table } from './table.ts';

/** Table `lookups`: a partition for each kind and key, a row for each value. */
export class TableLookupStore implements LookupStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async add(kind: string, lookupKey: string, value: string): Promise<void> {
    await this.#table.upsert({ partitionKey: partition(kind, lookupKey), rowKey: keyPart(value), value });
  }

  async remove(kind: string, lookupKey: string, value: string): Promise<void> {
    await this.#table.remove(partition(kind, lookupKey), keyPart(value));
  }

  async find(kind: string, lookupKey: string): Promise<string[]> {
    const rows = await this.#table.all(`PartitionKey eq ${literal(partition(kind, lookupKey))}`, ['value']);
    return rows.map((row) => textOf(row, 'value'));
  }
}

/** The prefix keeps them apart from tickets and statistics in the same table. */
const partition = (kind: string, lookupKey: string): string => key('lookup', kind, lookupKey);
