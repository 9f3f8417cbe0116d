import type { Scope } from '../engine/model.ts';
import type { Front } from '../engine/ports.ts';
import { decodeCursor, decodeHead, decodeListing, textOf } from './decode.ts';
import { rangeFilter } from './partition-lists.ts';
import { CURSOR, FRONT, HEAD_KEY, LISTING_KEY, WAKE_KEY } from './rows.ts';
import type { Table } from './table.ts';
import { decodeWake } from './wake-store.ts';

/** As `PartitionStore.readFront` promises: in order of keys, in which the head is the first. */
export async function readFront(table: Table, scope: Scope): Promise<Front | null> {
  const rows = await table.all(rangeFilter(scope, FRONT));
  const byKey = new Map(rows.map((row) => [textOf(row, 'rowKey'), row]));
  const head = byKey.get(HEAD_KEY);
  if (head === undefined) return null;
  const listing = byKey.get(LISTING_KEY);
  const wake = byKey.get(WAKE_KEY);
  const cursors = [...byKey].filter(([rowKey]) => rowKey.startsWith(`${CURSOR}|`));
  return {
    ...decodeHead(head),
    cursors: cursors.map(([, row]) => decodeCursor(row)),
    listing: listing === undefined ? null : decodeListing(listing),
    wake: wake === undefined ? null : decodeWake(wake),
  };
}
