import type { DeliveryAgain, DeliveryCommit, DeliveryCursor } from '../engine/delivery-ports.ts';
import { FenceLostError } from '../errors.ts';
import { mapLimit } from '../lib/map-limit.ts';
import type { Random } from '../lib/random.ts';
import { checkColumns, serialize, type Columns } from './columns.ts';
import * as rows from './delivery-rows.ts';
import { failureOf, isMissing, isRefused, isStale, storageError } from './failures.ts';
import { swapRow } from './swap.ts';
import { rowVersion, type Table } from './table.ts';
import type { RowAction } from './transaction.ts';

/** Transactions sent for one commit, at most. */
const TRIES = 4;
const AT_ONCE = 8;
/** The column that tells a writer its own commit again. */
const COMMIT = 'commit';

/** Cursor and records of deliveries in one transaction, or nothing at all; as `DeliveryStore.commit` promises. */
export async function commitDeliveries(table: Table, random: Random, commit: DeliveryCommit): Promise<string> {
  const { cursor, version, records, again = { put: [], remove: [] } } = commit;
  if (version === null) return insertCursor(table, random, commit);
  const id = random.token(12);
  const columns: Columns = { [COMMIT]: id, ...rows.cursorColumns(cursor) };
  const fence = { rowKey: rows.cursorKey(cursor), members: serialize(columns), version };
  const puts = [...records.map(rows.recordAction), ...again.put.map((one) => rows.againAction(cursor, one))];
  const kept = new Set(puts.map(({ rowKey }) => rowKey));
  const gone = again.remove.filter((one) => !kept.has(rows.againKey(cursor, one)));
  let removals = gone.map((one) => removal(rows.againKey(cursor, one)));
  const partition = rows.deliveryPartition(cursor.endpointId);
  for (let attempt = 1; ; attempt++) {
    try {
      const [next] = await table.tryTransact(partition, [fence, ...puts, ...removals]);
      if (next !== undefined) return next;
      throw new Error('The answer names no version');
    } catch (error) {
      const stood = await judge(table, { cursor, fence, id, error });
      if (stood !== null) return stood;
      if (attempt >= TRIES) throw storageError('store.unavailable', 'Committing deliveries', error);
      // A request that is not there any more fails the whole transaction.
      if (isMissing(failureOf(error))) removals = await standing(table, cursor, gone);
      else await table.pause(attempt);
    }
  }
}

const removal = (rowKey: string): RowAction => ({ rowKey, members: null });

/** Removals of those of these requests that are there. */
async function standing(table: Table, cursor: DeliveryCursor, gone: readonly DeliveryAgain[]): Promise<RowAction[]> {
  const partition = rows.deliveryPartition(cursor.endpointId);
  const keys = gone.map((one) => rows.againKey(cursor, one));
  const found = await mapLimit(keys, AT_ONCE, (rowKey) => table.get(partition, rowKey));
  return keys.filter((_, index) => (found[index] ?? null) !== null).map(removal);
}

/** What became of a transaction whose answer is no success: the new version where it stands, null where nothing was written. */
async function judge(
  table: Table,
  given: {
    readonly cursor: DeliveryCursor;
    readonly fence: { readonly rowKey: string; readonly version: string };
    readonly id: string;
    readonly error: unknown;
  },
): Promise<string | null> {
  const { cursor, fence, id, error } = given;
  const failure = failureOf(error);
  if (isRefused(failure) && !isStale(failure) && !isMissing(failure))
    throw storageError('store.unavailable', 'Committing deliveries', error);
  const stands = await table.get(rows.deliveryPartition(cursor.endpointId), fence.rowKey);
  if (stands?.[COMMIT] === id) return rowVersion(stands);
  if (stands !== null && rowVersion(stands) === fence.version) return null;
  throw new FenceLostError('Another writer changed the cursor of deliveries first');
}

/** The first row of a feed at an endpoint: of several writers one wins. */
async function insertCursor(table: Table, random: Random, commit: DeliveryCommit): Promise<string> {
  const { cursor, records, again } = commit;
  if (records.length > 0 || (again?.put.length ?? 0) + (again?.remove.length ?? 0) > 0)
    throw new RangeError('a new cursor is written alone');
  const columns = rows.cursorColumns(cursor);
  checkColumns(columns);
  const keys = { partitionKey: rows.deliveryPartition(cursor.endpointId), rowKey: rows.cursorKey(cursor) };
  const next = await swapRow(table, random, { ...keys, ...columns }, null);
  if (next === null) throw new FenceLostError('Another writer made the cursor of deliveries first');
  return next;
}
