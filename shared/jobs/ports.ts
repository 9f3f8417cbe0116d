import type { Config } from '../config.ts';
import type { AppendOnce } from '../engine/append.ts';
import type { AuditStore } from '../engine/audit.ts';
import type { DeliveryStore, DeliveryTransport, EndpointStore } from '../engine/delivery-ports.ts';
import type {
  ConnectionStore,
  DueStore,
  JobQueues,
  LookupStore,
  SecretStore,
  SlotStore,
  StatisticsStore,
  SubscriptionStore,
  TicketStore,
} from '../engine/directory-ports.ts';
import type { Domain } from '../engine/domain.ts';
import type { IdempotencyStore } from '../engine/idempotency.ts';
import type { NewChange, Scope } from '../engine/model.ts';
import type { EnginePorts } from '../engine/ports.ts';
import type { Sources, SubscriptionSources } from '../engine/remote-ports.ts';

/** What the use cases behind timers, queues and webhooks need of the world. The composed app is one of these. */
export interface JobPorts extends EnginePorts {
  readonly config: Pick<Config, 'publicBaseUrl' | 'renewBeforeMs' | 'schedules' | 'sync' | 'auditRetentionMs'>;
  readonly connections: ConnectionStore;
  readonly lookups: LookupStore;
  readonly subscriptions: SubscriptionStore;
  readonly tickets: TicketStore;
  readonly due: DueStore;
  readonly endpoints: EndpointStore;
  readonly deliveries: DeliveryStore;
  readonly transport: DeliveryTransport;
  readonly secrets: SecretStore;
  readonly queues: JobQueues;
  readonly statistics: StatisticsStore;
  readonly idempotency: IdempotencyStore;
  readonly audit: AuditStore;
  readonly remoteSubscriptions: SubscriptionSources;
  /** Appends rows to a feed through the fence, whoever holds the lease. */
  readonly appendChanges: (scope: Scope, changes: readonly NewChange[], once?: AppendOnce) => Promise<void>;
}

/** What syncing and pushing need besides. */
export interface RunPorts extends JobPorts {
  readonly slots: SlotStore;
  readonly sources: Sources;
  readonly domains: Readonly<Record<string, { readonly domain: Domain }>>;
}

/** The ports of those who only wake domains: the webhook receivers. */
export type WakePorts = Pick<JobPorts, 'wake' | 'due' | 'queues' | 'clock' | 'random' | 'log'>;
