import type { Config } from '../config.ts';
import type { AuditStore } from '../engine/audit.ts';
import type { DeliveryStore, EndpointStore } from '../engine/delivery-ports.ts';
import type {
  ConnectionStore,
  DueStore,
  LookupStore,
  SecretStore,
  SlotStore,
  StatisticsStore,
  SubscriptionStore,
  TicketStore,
} from '../engine/directory-ports.ts';
import type { IdempotencyStore } from '../engine/idempotency.ts';
import type { PartitionStore, WakeStore } from '../engine/ports.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import { TableAuditStore } from './audit-store.ts';
import { TableConnectionStore } from './connection-store.ts';
import { TableDeliveryStore } from './delivery-store.ts';
import { TableDueStore } from './due-store.ts';
import { TableEndpointStore } from './endpoint-store.ts';
import { TableIdempotencyStore } from './idempotency-store.ts';
import { StorageJobQueues } from './job-queues.ts';
import { TableLookupStore } from './lookup-store.ts';
import { TablePartitionStore } from './partition-store.ts';
import { VaultSecretStore } from './secret-store.ts';
import { TableSlotStore } from './slot-store.ts';
import { TableStatisticsStore } from './statistics-store.ts';
import { TableSubscriptionStore } from './subscription-store.ts';
import type { Timing } from './table.ts';
import { tablesOf } from './tables.ts';
import { TableTicketStore } from './ticket-store.ts';
import { TableWakeStore } from './wake-store.ts';

/** Everything that is kept outside of the worker. */
export interface Stores {
  readonly partitions: PartitionStore;
  readonly wakes: WakeStore;
  readonly connections: ConnectionStore;
  readonly subscriptions: SubscriptionStore;
  readonly lookups: LookupStore;
  readonly tickets: TicketStore;
  readonly due: DueStore;
  readonly endpoints: EndpointStore;
  readonly deliveries: DeliveryStore;
  readonly idempotency: IdempotencyStore;
  readonly audit: AuditStore;
  readonly slots: SlotStore;
  readonly statistics: StatisticsStore;
  readonly queues: StorageJobQueues;
  readonly secrets: SecretStore;
}

/** What the stores need to know of the settings. */
export interface StoreSettings {
  readonly storage: Pick<Config['storage'], 'connection'>;
  readonly vaults: Config['vaults'];
  readonly sync: Pick<Config['sync'], 'leaseMs'>;
}

export interface StoreParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Other time-outs and tries than the usual ones. */
  readonly timing?: Partial<Timing>;
}

/** Opens all stores; sends nothing yet (tables and queues are made when they are found missing, vault clients with their first use). */
export function openStore(settings: StoreSettings, { clock, random, log, timing = {} }: StoreParts): Stores {
  const { connection } = settings.storage;
  const table = tablesOf(connection, random, timing);
  const lookups = new TableLookupStore(table('lookups'));
  return {
    partitions: new TablePartitionStore(table('sync')),
    wakes: new TableWakeStore(table('sync'), { clock, random }),
    connections: new TableConnectionStore(table('connections'), lookups, random),
    subscriptions: new TableSubscriptionStore(table('connections'), random),
    lookups,
    tickets: new TableTicketStore(table('lookups'), random),
    due: new TableDueStore(table('due')),
    endpoints: new TableEndpointStore(table('endpoints'), random),
    deliveries: new TableDeliveryStore(table('deliveries'), random),
    idempotency: new TableIdempotencyStore(table('idempotency'), { clock, random }),
    audit: new TableAuditStore(table('audit')),
    slots: new TableSlotStore(table('mailboxes'), { clock, random, log, ttlMs: settings.sync.leaseMs }),
    statistics: new TableStatisticsStore(table('lookups')),
    queues: new StorageJobQueues(connection, timing),
    secrets: new VaultSecretStore(settings.vaults, { clock, random }),
  };
}
