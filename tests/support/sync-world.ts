// First: what the API's schemas are made with is extended by it.
import '@hono/zod-openapi';
import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import { call } from '../../infra/local/demo/client.ts';
import { apiMessage, differences, type ApiMessage } from '../../infra/local/demo/compare.ts';
import { readTruth, truthMessage } from '../../infra/local/demo/mailbox.ts';
import { signIn } from '../../infra/local/entra/sign-in.ts';
import { startMicrosoft, type MicrosoftServer } from '../../infra/local/graph/server.ts';
import { startVault, type Vault } from '../../infra/local/vault/server.ts';
import { callbackPage, loginPage } from '../../shared/api/connect/oauth-pages.ts';
import { createLink } from '../../shared/api/connect/create-link.ts';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import type { Head } from '../../shared/engine/head.ts';
import type { Change, Cursor } from '../../shared/engine/model.ts';
import { runDispatch } from '../../shared/jobs/dispatch.ts';
import { runPushJob } from '../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { sha256Hex } from '../../shared/lib/hash.ts';
import { jsonLog } from '../../shared/lib/log.ts';
import { MovedClock } from './moved-clock.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { watchGraph } from './graph-openapi.ts';
import { openStorageAccount, type StorageAccount } from './storage-account.ts';
import { startReceiver } from './webhook-receiver.ts';

export const API_KEY = 'key-admin-0123456789';
const PASSWORD = 'Pa55-word!';

export interface WorldOptions {
  readonly messages?: number;
  readonly folders?: number;
  /** Further settings. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The connection's mail setting; default: all folders. */
  readonly mailFolders?: 'all' | readonly string[];
  /** What the connection syncs; default: mail alone. */
  readonly domains?: readonly string[];
  readonly contacts?: number;
}

/** A message as the control API made it. */
const made = z.array(z.object({ id: z.string(), folderId: z.string() }));

/**
 * The app's own parts in this process on real Azurite, vault, sign-in and Graph over HTTP, with one connected mailbox.
 * Jobs run when a test says so: `drain` takes messages off the real queues as the host would. Graph is reached through
 * a fault proxy, which also counts; at the end all requests that it saw are held to Graph's description.
 */
export interface SyncWorld {
  readonly app: App;
  readonly azurite: StorageAccount;
  readonly vault: Vault;
  readonly microsoft: MicrosoftServer;
  readonly graph: FaultProxy;
  readonly clock: MovedClock;
  readonly lines: string[];
  readonly upn: string;
  readonly connectionId: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs messages until all queues are empty; answers how many of each ran. */
  drain(): Promise<{ sync: number; push: number; dispatch: number }>;
  /** A round from the schedule, as a due row brings it. */
  poll(why?: 'schedule' | 'notification' | 'manual'): Promise<void>;
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Below the user. */
  user(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Puts a message into the tenant; answers its (immutable) id. */
  arrive(fields?: Readonly<Record<string, unknown>>): Promise<string>;
  messages(): Promise<ApiMessage[]>;
  /** Differences between the tenant's synced folders and our list. */
  differences(): Promise<string[]>;
  feed(domain?: string): Promise<Change[]>;
  head(): Promise<Head>;
  cursors(): Promise<Cursor[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

let users = 0;

/** Opens a world; `connected: false` leaves the account for the test to connect. */
export async function startWorld(options: WorldOptions = {}): Promise<SyncWorld> {
  const [azurite, vault, microsoft] = await Promise.all([openStorageAccount(), startVault(), startMicrosoft()]);
  const watch = watchGraph();
  const graph = await startFaultProxy(microsoft.graph, ({ method, path, headers, body }) => {
    const single = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
    watch.see({ method, path, headers: Object.fromEntries(single), body: body.toString() });
  });
  const receiver = await startReceiver();
  const clock = new MovedClock();
  const lines: string[] = [];
  const environment = {
    AzureWebJobsStorage: azurite.connectionString,
    MICROSOFT_CLIENT_ID: '11111111-2222-4333-8444-555555555555',
    MICROSOFT_CLIENT_SECRET: 'local-secret',
    MICROSOFT_AUTHORITY_HOST: microsoft.authority,
    GRAPH_BASE_URL: graph.url,
    KEY_VAULT_URL: vault.url,
    PUBLIC_BASE_URL: receiver.url,
    API_KEYS: JSON.stringify([{ name: 'admin', sha256: sha256Hex(API_KEY), scopes: ['admin'] }]),
    SYNC_JITTER_MS: '0',
    ...options.settings,
  };
  const log = jsonLog((level, line) => lines.push(`${level} ${line}`));
  const app = openApp(loadConfig(environment), { clock, log });
  receiver.serve(app);
  const upn = `user${++users}@contoso.example`;
  const control = (method: string, path: string, body?: unknown): Promise<unknown> =>
    call(z.unknown(), `${microsoft.control}${path}`, { method, ...(body === undefined ? {} : { body }) });
  const user = (method: string, path: string, body?: unknown): Promise<unknown> =>
    control(method, `/users/${encodeURIComponent(upn)}${path}`, body);
  await control('POST', '/users', {
    userPrincipalName: upn,
    displayName: 'Adele Vance',
    password: PASSWORD,
    messages: options.messages ?? 30,
    folders: options.folders ?? 3,
    contacts: options.contacts ?? 0,
    seed: 11,
  });
  const connectionId = await connect(app, {
    username: upn,
    password: PASSWORD,
    folders: options.mailFolders ?? 'all',
    ...(options.domains === undefined ? {} : { domains: options.domains }),
  });
  const scope = { connectionId, domain: 'mail' };
  const read = async (): Promise<ApiMessage[]> => {
    const entries = [];
    for (let after: string | null = '', first = true; first || after !== null; first = false) {
      const page = await app.store.list(scope, {
        from: 'm:',
        to: 'm;',
        where: {},
        limit: 200,
        after: first ? null : after,
      });
      entries.push(...page.entries);
      after = page.next;
    }
    return entries.map((entry) => apiMessage.parse(entry.item));
  };
  const world: SyncWorld = {
    ...{ app, azurite, vault, microsoft, graph, clock, lines, upn, connectionId, environment, control, user },
    drain: () => drain(app, azurite.connectionString),
    poll: async (why = 'schedule') => {
      await runSyncJob({ connectionId, domain: 'mail', why, due: null }, app);
      await drain(app, azurite.connectionString);
    },
    arrive: async (fields = {}) => made.parse(await user('POST', '/messages', fields))[0]?.id ?? '',
    messages: read,
    differences: async () => {
      const truth = await readTruth(microsoft.control, upn);
      const folders = await syncedFolders(app, connectionId);
      const wanted = truth.messages
        .filter((message) => folders.has(message.parentFolderId))
        .map((message) => truthMessage.parse(message));
      return differences(wanted, await read());
    },
    feed: (domain = 'mail') => app.store.readChanges({ connectionId, domain }, 0, 10_000),
    head: async () => {
      const found = await app.store.readHead(scope);
      if (found === null) throw new Error('there is no head');
      return found.head;
    },
    cursors: () => app.store.readCursors(scope),
    [Symbol.asyncDispose]: async () => {
      await receiver.close();
      await graph.close();
      await Promise.all([microsoft.close(), vault.close()]);
      // Last, so that nothing is left running: every request to Graph was one that its description knows.
      watch.verify();
    },
  };
  return world;
}

/** Graph ids of folders whose messages are synced. */
async function syncedFolders(app: App, connectionId: string): Promise<ReadonlySet<string>> {
  const { streamOfFolder } = await import('../../shared/domains/mail/folder.ts');
  const scope = { connectionId, domain: 'mail' };
  const streams = new Set((await app.store.readCursors(scope)).map((cursor) => cursor.stream));
  const page = await app.store.list(scope, { from: 'f:', to: 'f;', where: {}, limit: 200, after: null });
  const ids = page.entries.map((entry) => z.object({ id: z.string() }).parse(entry.item).id);
  return new Set(ids.filter((id) => streams.has(streamOfFolder(id))));
}

/** Connects an account by the app's own use cases and the real sign-in pages. */
export async function connect(
  app: App,
  account: {
    readonly username: string;
    readonly password: string;
    readonly folders: 'all' | readonly string[];
    readonly userId?: string;
    /** Default: mail alone. */
    readonly domains?: readonly string[];
    /** Of the other domains. */
    readonly settings?: Readonly<Record<string, Record<string, unknown>>>;
  },
): Promise<string> {
  const bindings = { requestId: 'test', log: app.log };
  const key = { name: 'test', sha256: '', scopes: ['admin' as const] };
  const domains = account.domains ?? ['mail'];
  const link = await createLink(app, key, {
    userId: account.userId ?? account.username,
    domains: [...domains],
    settings: { ...account.settings, ...(domains.includes('mail') ? { mail: { folders: account.folders } } : {}) },
  });
  const login = await loginPage(app)(new Request(link.url), bindings);
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  const { redirectTo } = await signIn(login.headers.get('location') ?? '', {
    username: account.username,
    password: account.password,
    consent: 'accept',
  });
  const callback = await callbackPage(app)(new Request(redirectTo, { headers: { cookie } }), bindings);
  if (callback.status >= 400) throw new Error(`the callback answered ${callback.status}: ${await callback.text()}`);
  const page = await app.connections.list({ userId: account.userId ?? account.username, limit: 10, after: null });
  const id = page.connections[0]?.id;
  if (id === undefined) throw new Error('no connection came of it');
  return id;
}

const runners = { 'sync-jobs': runSyncJob, 'push-jobs': runPushJob, dispatch: runDispatch } as const;

async function drain(app: App, connectionString: string): Promise<{ sync: number; push: number; dispatch: number }> {
  const service = QueueServiceClient.fromConnectionString(connectionString);
  const ran = { sync: 0, push: 0, dispatch: 0 };
  for (let busy = true; busy;) {
    busy = false;
    for (const name of ['sync-jobs', 'push-jobs', 'dispatch'] as const) {
      const queue = service.getQueueClient(name);
      await queue.createIfNotExists();
      const count = await drainOne(queue, (message) => runners[name](message, app));
      busy ||= count > 0;
      ran[name === 'sync-jobs' ? 'sync' : name === 'push-jobs' ? 'push' : 'dispatch'] += count;
    }
  }
  return ran;
}

async function drainOne(queue: QueueClient, run: (message: unknown) => Promise<void>): Promise<number> {
  let count = 0;
  for (;;) {
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 16, visibilityTimeout: 600 });
    if (receivedMessageItems.length === 0) return count;
    for (const item of receivedMessageItems) {
      await run(JSON.parse(Buffer.from(item.messageText, 'base64').toString()));
      await queue.deleteMessage(item.messageId, item.popReceipt);
      count++;
    }
  }
}
