import { QueueServiceClient } from '@azure/storage-queue';
import { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { call } from '../../../infra/local/demo/client.ts';
import { startMicrosoft, type MicrosoftServer } from '../../../infra/local/graph/server.ts';
import { startVault, type Vault } from '../../../infra/local/vault/server.ts';
import { openApp, type App } from '../../../shared/app.ts';
import { loadConfig } from '../../../shared/config.ts';
import type { Clock } from '../../../shared/lib/clock.ts';
import { sha256Hex } from '../../../shared/lib/hash.ts';
import { jsonLog, type Log } from '../../../shared/lib/log.ts';
import { serviceOrigin, startFaultProxy, throughProxies, type FaultProxy } from '../../support/fault-proxy.ts';
import { openStorageAccount, type StorageAccount } from '../../support/storage-account.ts';
import { connect } from '../../support/sync-world.ts';
import { startReceiver, type Receiver } from '../../support/webhook-receiver.ts';
import { services, type Service } from './calls.ts';
import { harvester, leaks, noHarvest, type Harvest } from './leaks.ts';
import { startTarget, type Target } from './target.ts';

export const API_KEY = 'key-admin-0123456789';
export const CLIENT_SECRET = 'local-secret';
export const PASSWORD = 'Pa55-word!';
const NEVER = '0 0 0 1 1 *';

export interface Seed {
  readonly messages: number;
  readonly folders: number;
  /** What the connection syncs, alone; `mail` unless told. */
  readonly domain?: string;
}

/** A mailbox of the tenant and the connection to it. */
export interface Mailbox {
  readonly upn: string;
  readonly password: string;
  readonly connectionId: string;
  readonly objectId: string;
  /** The domain that is looked at. */
  readonly domain: string;
}

/** Real storage, vault, sign-in and Graph, each reached by the app through a fault proxy; shared by many cases. */
export interface FaultRig {
  readonly azurite: StorageAccount;
  readonly vault: Vault;
  readonly microsoft: MicrosoftServer;
  readonly proxies: Readonly<Record<Service, FaultProxy>>;
  /** What Graph and browsers reach the app by: the receiver of this process, or a host that it is pointed at. */
  readonly front: FaultProxy;
  readonly receiver: Receiver;
  /** The application's own webhook. */
  readonly target: Target;
  /** What a worker of these cases runs on; the proxies are in it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lines that all apps logged: those of this process by `log`, and the hosts. */
  readonly lines: string[];
  readonly log: Log;
  /** What went through the proxies and must stand nowhere. */
  readonly harvest: Harvest;
  /** Past the proxies. */
  readonly queues: QueueServiceClient;
  table(name: string): TableClient;
  openApp(clock: Clock, settings?: Readonly<Record<string, string>>): App;
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  user(upn: string, method: string, path: string, body?: unknown): Promise<unknown>;
  /** A new user with mail, connected by the app that is given, with all folders. */
  mailbox(app: App, seed: Seed): Promise<Mailbox>;
  /** A new user with mail; answers the name to sign in with. */
  newUser(seed: Seed): Promise<string>;
  heal(): void;
  forget(): void;
  /** Ends all. Throws where a secret stands in a table, a queue or a log line (P16), once nothing runs any more. */
  close(): Promise<void>;
}

let users = 0;

export async function startFaultRig(settings: Readonly<Record<string, string>> = {}): Promise<FaultRig> {
  const [azurite, vault, microsoft] = await Promise.all([openStorageAccount(), startVault(), startMicrosoft()]);
  const target = await startTarget();
  const origins: Readonly<Record<Service, string>> = {
    table: serviceOrigin(azurite.connectionString, 'table'),
    queue: serviceOrigin(azurite.connectionString, 'queue'),
    vault: vault.url,
    entra: microsoft.authority,
    graph: microsoft.graph,
    target: target.url,
  };
  const harvest = noHarvest();
  const proxy = (service: Service): Promise<FaultProxy> =>
    startFaultProxy(origins[service], harvester(service, harvest));
  const proxies = {
    table: await proxy('table'),
    queue: await proxy('queue'),
    vault: await proxy('vault'),
    entra: await proxy('entra'),
    graph: await proxy('graph'),
    target: await proxy('target'),
  };
  const receiver = await startReceiver();
  const front = await startFaultProxy(receiver.url);
  const environment = { ...environmentOf(azurite.connectionString, proxies), PUBLIC_BASE_URL: front.url, ...settings };
  const lines: string[] = [];
  const log = jsonLog((level, line) => lines.push(`${level} ${line}`));
  const control = (method: string, path: string, body?: unknown): Promise<unknown> =>
    call(z.unknown(), `${microsoft.control}${path}`, { method, ...(body === undefined ? {} : { body }) });
  const each = (work: (proxy: FaultProxy) => void): void => {
    for (const service of services) work(proxies[service]);
  };
  const newUser = async ({ messages, folders }: Seed): Promise<string> => {
    const upn = `fault${++users}@contoso.example`;
    const named = { userPrincipalName: upn, displayName: 'Adele Vance', password: PASSWORD };
    const user = { ...named, seed: 11, messages, folders };
    await control('POST', '/users', user);
    return upn;
  };
  const rig: FaultRig = {
    ...{ azurite, vault, microsoft, proxies, front, receiver, target, environment, lines, log, harvest, control },
    queues: QueueServiceClient.fromConnectionString(azurite.connectionString),
    table: (name) =>
      TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true }),
    openApp: (clock, more = {}) =>
      openApp(loadConfig({ ...environment, ...more }), { clock, log, timing: { timeoutMs: 5_000, backoffMs: 2 } }),
    user: (upn, method, path, body) => control(method, `/users/${encodeURIComponent(upn)}${path}`, body),
    newUser: (seed) => newUser(seed),
    mailbox: async (app, seed) => {
      const upn = await newUser(seed);
      const { domain = 'mail' } = seed;
      const account = { username: upn, password: PASSWORD, folders: 'all', domains: [domain] } as const;
      const connectionId = await connect(app, account);
      const objectId = (await app.connections.read(connectionId))?.connection.account.objectId ?? '';
      return { upn, password: PASSWORD, connectionId, objectId, domain };
    },
    heal: () => {
      each((one) => {
        one.heal();
      });
    },
    forget: () => {
      front.forget();
      each((one) => {
        one.forget();
      });
    },
    close: async () => {
      await Promise.all([front, ...services.map((service) => proxies[service])].map((one) => one.close()));
      await receiver.close();
      await target.close();
      await Promise.all([microsoft.close(), vault.close()]);
      const found = await leaks(rig);
      if (found.length > 0) throw new Error(`P16: ${found.join('; ')}`);
    },
  };
  return rig;
}

/** Settings under which a run makes the same calls each time: small pages, no notifications, no timers but those of mail, contacts and calendars. */
function environmentOf(
  connectionString: string,
  proxies: Readonly<Record<Service, FaultProxy>>,
): Record<string, string> {
  return {
    AzureWebJobsStorage: throughProxies(connectionString, { table: proxies.table.url, queue: proxies.queue.url }),
    MICROSOFT_CLIENT_ID: '11111111-2222-4333-8444-555555555555',
    MICROSOFT_CLIENT_SECRET: CLIENT_SECRET,
    MICROSOFT_AUTHORITY_HOST: proxies.entra.url,
    GRAPH_BASE_URL: proxies.graph.url,
    KEY_VAULT_URL: proxies.vault.url,
    API_KEYS: JSON.stringify([{ name: 'admin', sha256: sha256Hex(API_KEY), scopes: ['admin', 'read', 'write'] }]),
    SYNC_PAGE_SIZE: '5',
    SYNC_JITTER_MS: '0',
    SYNC_RETRY_BACKOFF_MS: '100',
    LEASE_SECONDS: '2',
    DELIVERY_ALLOW_PRIVATE_TARGETS: 'true',
    ...Object.fromEntries(
      ['SUBSCRIPTION_RENEWAL', 'HOUSEKEEPING', 'STATISTICS', 'TASK_SYNC', 'BOOKING_SYNC'].map((name) => [
        `${name}_SCHEDULE`,
        NEVER,
      ]),
    ),
  };
}
