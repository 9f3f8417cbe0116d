import { placeOfDelivery } from '../engine/delivery-id.ts';
import type { Delivery } from '../engine/delivery-ports.ts';
import { givenUp } from '../engine/delivery-rules.ts';
import { mapLimit } from '../lib/map-limit.ts';
import { textOf } from './decode.ts';
import { decodeDelivery, recordAction, recordKey, waitingIn } from './delivery-rows.ts';
import { failureOf, isMissing, isRefused, isStale, storageError } from './failures.ts';
import { rowVersion, type Row, type Table } from './table.ts';

/** Rows removed at once, each in a transaction of its own. */
const AT_ONCE = 8;
const TRIES = 4;
const LEFT = 'the connection left';

/**
 * Removes these cursors and requests; answers how many. What waits by a row is `failed` in the transaction that removes it, by
 * the row's very version: whoever is sending either had its say before, or loses the cursor.
 */
export async function leaveFeeds(table: Table, partitionKey: string, filter: string): Promise<number> {
  let removed = 0;
  for await (const page of table.pages(filter, null)) {
    await mapLimit(page, AT_ONCE, (row) => leaveRow(table, partitionKey, row));
    removed += page.length;
  }
  return removed;
}

async function leaveRow(table: Table, partitionKey: string, found: Row): Promise<void> {
  const rowKey = textOf(found, 'rowKey');
  let row: Row | null = found;
  for (let attempt = 1; row !== null; attempt++) {
    const record = await pendingRecord(table, partitionKey, waitingIn(row));
    const puts = record === null ? [] : [recordAction(givenUp(record, LEFT))];
    try {
      await table.tryTransact(partitionKey, [{ rowKey, members: null, version: rowVersion(row) }, ...puts]);
      return;
    } catch (error) {
      const failure = failureOf(error);
      const isChanged = isStale(failure) || isMissing(failure);
      if ((isRefused(failure) && !isChanged) || attempt >= TRIES)
        throw storageError('store.unavailable', 'Removing cursors of deliveries', error);
      if (!isChanged) await table.pause(attempt);
      // Another writer was first, or the answer was lost: what stands now tells.
      row = await table.get(partitionKey, rowKey);
    }
  }
}

async function pendingRecord(table: Table, partitionKey: string, id: string | null): Promise<Delivery | null> {
  const place = id === null ? null : placeOfDelivery(id);
  const row = place === null ? null : await table.get(partitionKey, recordKey(place));
  const record = row === null ? null : decodeDelivery(row);
  return record?.status === 'pending' ? record : null;
}
