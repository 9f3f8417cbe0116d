import { TableClient } from '@azure/data-tables';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import type { Scope } from '../../shared/engine/model.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { sha256Hex } from '../../shared/lib/hash.ts';
import { jsonLog } from '../../shared/lib/log.ts';
import { partitionOf } from '../../shared/store/rows.ts';
import { connect } from '../support/sync-world.ts';
import { NO_SIZES, type Counted, type Steps, type Task } from './backfill-types.ts';
import { countRows } from './count-rows.ts';
import { benchDomains } from './domains.ts';
import type { BenchMailbox } from './mailbox.ts';

/** The product's own job on its real store and Graph source; connecting the account is no part of a step. */
export async function ours(task: Task): Promise<Steps> {
  const app = openApp(loadConfig(settingsOf(task)), { log: jsonLog(() => undefined) });
  const { domain } = task;
  const connectionId = await connectMailbox(app, task);
  const scope = { connectionId, domain };
  const table = TableClient.fromConnectionString(task.storage, 'sync', { allowInsecureConnection: true });
  return {
    first: () => firstSync(app, scope),
    changed: () => runSyncJob({ ...scope, why: 'schedule', due: null }, app),
    // Azurite looks at the whole table for each page of it: of a very large one the cursors tell.
    count: () =>
      task.watchHeap
        ? told(app, scope, benchDomains[domain].kind)
        : countRows(table, partitionOf(scope), benchDomains[domain]),
  };
}

/** Connects a mailbox as a person would, to sync these folders or calendars of it. */
export function connectMailbox(
  app: App,
  { upn: username, password, folders, domain }: Pick<BenchMailbox, 'upn' | 'password' | 'folders' | 'domain'>,
): Promise<string> {
  const settings = domain === 'calendar' ? { settings: { calendar: { calendarIds: folders } } } : {};
  return connect(app, { username, password, folders, domains: [domain], ...settings });
}

/** A job stops within its budget; a mailbox that is larger takes several. */
export async function firstSync(app: App, scope: Scope): Promise<void> {
  const baselined = async (): Promise<boolean> => (await app.store.readHead(scope))?.head.baselined === true;
  await runSyncJob({ ...scope, why: 'connect', due: null }, app);
  while (!(await baselined())) await runSyncJob({ ...scope, why: 'continue', due: null }, app);
}

async function told(app: App, scope: Scope, kind: string): Promise<Counted> {
  const cursors = await app.store.readCursors(scope);
  const items = cursors.filter((cursor) => cursor.kind === kind).reduce((sum, { records }) => sum + records, 0);
  return { items, rows: 2 * items, told: 0, sizes: NO_SIZES };
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
