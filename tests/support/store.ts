import { startVault, type Vault } from '../../infra/local/vault/server.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { systemRandom } from '../../shared/lib/random.ts';
import { openStore, type StoreParts, type Stores } from '../../shared/store/open.ts';
import { serviceOrigin, startFaultProxy, throughProxies, type FaultProxy } from './fault-proxy.ts';
import { openStorageAccount, type StorageAccount } from './storage-account.ts';

/** A clock that stands still until it is moved. */
export class HandClock {
  #now: number;

  constructor(start = '2026-03-01T12:00:00.000Z') {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  move(ms: number): void {
    this.#now += ms;
  }
}

/** Real storage and a vault, each behind a fault proxy. */
export interface StoreRig {
  readonly azurite: StorageAccount;
  readonly vault: Vault;
  readonly tables: FaultProxy;
  readonly queues: FaultProxy;
  readonly vaults: FaultProxy;
  readonly clock: HandClock;
  /** A worker's stores; all workers share the storage. `direct` = past the proxies. */
  worker(options?: Partial<StoreParts> & { readonly direct?: boolean; readonly leaseMs?: number }): Stores;
  /** Drops all faults and records. */
  heal(): void;
  close(): Promise<void>;
}

/** Opens a storage account, the vault and their proxies. */
export async function startStoreRig(): Promise<StoreRig> {
  const [azurite, vault] = await Promise.all([openStorageAccount(), startVault()]);
  const tables = await startFaultProxy(serviceOrigin(azurite.connectionString, 'table'));
  const queues = await startFaultProxy(serviceOrigin(azurite.connectionString, 'queue'));
  const vaults = await startFaultProxy(vault.url);
  const proxies = [tables, queues, vaults];
  const clock = new HandClock();
  const proxied = throughProxies(azurite.connectionString, { table: tables.url, queue: queues.url });
  return {
    azurite,
    vault,
    tables,
    queues,
    vaults,
    clock,
    worker: ({ direct = false, leaseMs = 60_000, ...parts } = {}) =>
      openStore(
        {
          storage: { connection: direct ? azurite.connectionString : proxied },
          vaults: [direct ? vault.url : vaults.url],
          sync: { leaseMs },
        },
        { clock, random: systemRandom, log: silentLog, timing: { timeoutMs: 2_000, backoffMs: 5 }, ...parts },
      ),
    heal: () => {
      for (const proxy of proxies) {
        proxy.heal();
        proxy.forget();
      }
    },
    close: async () => {
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await vault.close();
    },
  };
}
