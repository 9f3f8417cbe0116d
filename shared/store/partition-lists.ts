import type { Scope } from '../engine/model.ts';
import type { IndexPage, IndexQuery } from '../engine/ports.ts';
import { literal } from './columns.ts';
import { decodeIndex, textOf } from './decode.ts';
import { failureOf, isMissing, isRefused, storageError } from './failures.ts';
import { orderedBound } from './keys.ts';
import { cursorText, readCursor } from './list-cursor.ts';
import { mapLimit } from '../lib/map-limit.ts';
import { FILTER_PREFIX, partitionOf } from './rows.ts';
import type { Row, Table } from './table.ts';

/** Pages of the service that one page of a list may cost. */
const MOST_PAGES = 5;
/** Rows of one transaction. */
const CHUNK = 100;
/** Removals one by one that are under way at once. */
const READS = 16;

/** A range of row keys in a partition: `from` inclusive, `to` exclusive. */
export function rangeFilter(scope: Scope, { from, to }: { readonly from: string; readonly to: string }): string {
  return `PartitionKey eq ${literal(partitionOf(scope))} and RowKey ge ${literal(from)} and RowKey lt ${literal(to)}`;
}

/** A page of an index, filled up with a few pages of the service, else short. Throws CursorError for a cursor that no page gave. */
export async function listIndex(table: Table, scope: Scope, query: IndexQuery): Promise<IndexPage> {
  const start = `index|${orderedBound(query.from)}`;
  const [after, within] = query.after === null ? ['', null] : readCursor(query.after);
  // The key after a key is the key and the lowest character that a key may hold.
  const from = after < start ? start : `${after} `;
  const to = `index|${orderedBound(query.to)}`;
  if (from >= to) return { entries: [], next: null };
  const where = Object.entries(query.where).map(([name, value]) => ` and ${FILTER_PREFIX}${name} eq ${literal(value)}`);
  const filter = `${rangeFilter(scope, { from, to })}${where.join('')}`;
  const rows: Row[] = [];
  let token = within ?? undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    // One row more than asked for tells whether there is more.
    const page = await table.page(filter, { size: Math.min(query.limit + 1 - rows.length, 1000), token });
    rows.push(...page.rows);
    token = page.token;
    if (token === undefined || rows.length > query.limit) break;
  }
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  const more = rows.length > shown.length || token !== undefined;
  const next = last === undefined ? cursorText([after, token ?? null]) : cursorText([textOf(last, 'rowKey'), null]);
  return { entries: shown.map(decodeIndex), next: more ? next : null };
}

/** Removes the rows that a filter leaves in a partition; answers how many. Others may remove the same rows meanwhile. */
export async function dropRows(table: Table, partitionKey: string, filter: string): Promise<number> {
  let dropped = 0;
  for await (const page of table.pages(filter, ['RowKey'])) {
    const keys = page.map((row) => textOf(row, 'rowKey'));
    await dropKeys(table, partitionKey, keys);
    dropped += keys.length;
  }
  return dropped;
}

/** Removes these rows of a partition, a transaction a chunk; those that are gone already are no error. */
export async function dropKeys(table: Table, partitionKey: string, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += CHUNK) await dropChunk(table, partitionKey, keys.slice(at, at + CHUNK));
}

async function dropChunk(table: Table, partitionKey: string, keys: readonly string[]): Promise<void> {
  try {
    await table.tryTransact(
      partitionKey,
      keys.map((rowKey) => ({ rowKey, members: null })),
    );
  } catch (error) {
    const failure = failureOf(error);
    if (isRefused(failure) && !isMissing(failure)) throw storageError('store.unavailable', 'Removing rows', error);
    // Some are gone already, or the answer was lost: one by one, where a missing row is no error.
    await mapLimit(keys, READS, (rowKey) => table.remove(partitionKey, rowKey));
  }
}
