import { TableClient } from '@azure/data-tables';
import { openApp } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { sha256Hex } from '../../shared/lib/hash.ts';
import { jsonLog } from '../../shared/lib/log.ts';
import { connect } from '../support/sync-world.ts';
import { timed, type Done, type Task } from './backfill-types.ts';

/** The product's own job on its real store and Graph source; connecting the account is not timed. */
export async function ours(task: Task): Promise<Done> {
  const app = openApp(loadConfig(settingsOf(task)), { log: jsonLog(() => undefined) });
  const { upn: username, password, folders } = task;
  const connectionId = await connect(app, { username, password, folders });
  const job = { connectionId, domain: 'mail', due: null };
  const scope = { connectionId, domain: 'mail' };
  const baselined = async (): Promise<boolean> => (await app.store.readHead(scope))?.head.baselined === true;
  const time = await timed(task.pids, async () => {
    await runSyncJob({ ...job, why: 'connect' }, app);
    // A job stops within its budget; a mailbox that is larger takes several.
    while (!(await baselined())) await runSyncJob({ ...job, why: 'continue' }, app);
  });
  // Azurite looks at the whole table for each page of it: of a very large one the cursors tell.
  const told = async (): ReturnType<Done['count']> => {
    const cursors = await app.store.readCursors(scope);
    const messages = cursors.filter(({ kind }) => kind === 'message').reduce((sum, { records }) => sum + records, 0);
    return { messages, rows: 2 * messages, sizes: { record: 0, index: 0 } };
  };
  return { ...time, count: task.watchHeap ? told : () => count(task.storage) };
}

export const settingsOf = (
  task: Pick<Task, 'storage' | 'authority' | 'graph' | 'vault' | 'pageSize'>,
): Record<string, string> => ({
  AzureWebJobsStorage: task.storage,
  MICROSOFT_CLIENT_ID: '11111111-2222-4333-8444-555555555555',
  MICROSOFT_CLIENT_SECRET: 'local-secret',
  MICROSOFT_AUTHORITY_HOST: task.authority,
  GRAPH_BASE_URL: task.graph,
  KEY_VAULT_URL: task.vault,
  PUBLIC_BASE_URL: 'http://127.0.0.1:7071',
  API_KEYS: JSON.stringify([{ name: 'bench', sha256: sha256Hex('bench'), scopes: ['admin'] }]),
  SYNC_PAGE_SIZE: String(task.pageSize),
  SYNC_BUDGET_SECONDS: '540',
  SYNC_BUDGET_PAGES: '100000',
});

async function count(storage: string): ReturnType<Done['count']> {
  const table = TableClient.fromConnectionString(storage, 'sync', { allowInsecureConnection: true });
  const rows = { record: 0, index: 0 };
  const characters = { record: 0, index: 0 };
  const queryOptions = { filter: `RowKey ge 'index|m' and RowKey lt 'record}'`, select: ['rowKey', 'json'] };
  for await (const { rowKey = '', json } of table.listEntities<{ json?: string }>({ queryOptions })) {
    const kind = rowKey.startsWith('index|') ? 'index' : 'record';
    // Folders are records, too, and the only ones of that kind without a time in their order.
    if (kind === 'record' && json?.includes('"kind":"folder"') === true) continue;
    rows[kind]++;
    characters[kind] += json?.length ?? 0;
  }
  return {
    messages: rows.index,
    rows: rows.record + rows.index,
    sizes: {
      record: Math.round(characters.record / rows.record),
      index: Math.round(characters.index / rows.index),
    },
  };
}
