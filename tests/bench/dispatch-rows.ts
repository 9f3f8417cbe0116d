import { TableClient, type TransactionAction } from '@azure/data-tables';
import type { App } from '../../shared/app.ts';
import { newHead } from '../../shared/engine/head.ts';
import { DUE_SHARDS, shardOf } from '../../shared/engine/directory-ports.ts';
import { mapLimit } from '../../shared/lib/map-limit.ts';
import { rowOf } from '../../shared/store/due-store.ts';

const TRANSACTION = 100;
const AT_ONCE = 8;

/**
 * Adds connections until there are `size`; `dueCount` of the new ones are due, all others later. Each has a row in `due` and a
 * row in the table of the usual way; those that are due have a head, too.
 */
export async function addConnections(
  app: Pick<App, 'store'>,
  storage: { readonly connection: string; readonly usualTable: string },
  { from, size, dueCount }: { readonly from: number; readonly size: number; readonly dueCount: number },
): Promise<string[]> {
  const ids = Array.from({ length: size - from }, (_, n) => `connection-${from + n}`);
  const due = ids.slice(0, dueCount);
  const isDue = new Set(due);
  const dueAt = (id: string): Date => new Date(Date.now() + (isDue.has(id) ? -60_000 : 86_400_000));
  const shards = Map.groupBy(ids, shardOf);
  const table = await open(storage.connection, 'due');
  const usual = await open(storage.connection, storage.usualTable);
  await mapLimit([...shards], AT_ONCE, async ([shard, members]) => {
    const partitionKey = `usual-${shard % DUE_SHARDS}`;
    await insert(
      table,
      members.map((connectionId) => rowOf({ kind: 'mail', connectionId, dueAt: dueAt(connectionId) })),
    );
    await insert(
      usual,
      members.map((connectionId) => ({
        ...{ partitionKey, rowKey: connectionId, connectionId },
        nextSyncAt: dueAt(connectionId).toISOString(),
      })),
    );
  });
  await mapLimit(due, AT_ONCE, (connectionId) => app.store.createHead({ connectionId, domain: 'mail' }, newHead()));
  return due;
}

async function open(connection: string, name: string): Promise<TableClient> {
  const table = TableClient.fromConnectionString(connection, name, { allowInsecureConnection: true });
  await table.createTable();
  return table;
}

async function insert(table: TableClient, rows: readonly { partitionKey: string; rowKey: string }[]): Promise<void> {
  for (let from = 0; from < rows.length; from += TRANSACTION) {
    const actions = rows.slice(from, from + TRANSACTION).map((row): TransactionAction => ['create', row]);
    await table.submitTransaction(actions);
  }
}
