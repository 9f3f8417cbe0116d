import type { z } from 'zod';
import type { ApiKey, Config } from '../config.ts';
import type { AppendOnce } from '../engine/append.ts';
import type { AuditStore } from '../engine/audit.ts';
import type { DeliveryStore, DeliveryTargets, DeliveryTransport, EndpointStore } from '../engine/delivery-ports.ts';
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
import type { IdempotencyStore, RequestOnce } from '../engine/idempotency.ts';
import type { NewChange, Scope } from '../engine/model.ts';
import type { EnginePorts } from '../engine/ports.ts';
import type { SignIn, Sources } from '../engine/remote-ports.ts';
import type { Every } from '../lib/every.ts';
import type { Fields } from '../lib/json.ts';
import type { AuditTrail } from './audit/trail.ts';

/** A domain as the API knows it: what keeps it in step, and how its settings are read. */
export interface RegisteredDomain {
  readonly domain: Domain;
  /** Reads the settings that a link or a PATCH brings; gives the usual ones for `{}`. */
  readonly settings: z.ZodType<Fields>;
  /** What settings name and the mailbox does not list, by its place in them (`folders.0`); nothing while nobody can tell. */
  readonly unlisted?: (store: ApiPorts['store'], connectionId: string, settings: Fields) => Promise<readonly string[]>;
}

/** By name. A domain that stands here appears in links, statuses and the feed by itself. */
export type DomainRegistry = Readonly<Record<string, RegisteredDomain>>;

/** What the use cases behind HTTP need of the world. */
export interface ApiPorts extends EnginePorts {
  readonly config: Pick<
    Config,
    'apiKeys' | 'storage' | 'returnUrls' | 'publicBaseUrl' | 'microsoft' | 'vaults' | 'schedules' | 'sync'
  >;
  readonly connections: ConnectionStore;
  readonly lookups: LookupStore;
  readonly subscriptions: SubscriptionStore;
  readonly tickets: TicketStore;
  readonly due: DueStore;
  readonly endpoints: EndpointStore;
  readonly deliveries: DeliveryStore;
  readonly transport: DeliveryTransport;
  readonly targets: DeliveryTargets;
  readonly slots: SlotStore;
  readonly secrets: SecretStore;
  readonly queues: JobQueues;
  readonly statistics: StatisticsStore;
  readonly idempotency: IdempotencyStore;
  /** What has reservations renewed. */
  readonly every: Every;
  readonly audit: AuditStore;
  readonly sources: Sources;
  readonly signIn: SignIn;
  readonly domains: DomainRegistry;
  /** Appends rows to a feed through the fence, whoever holds the lease. */
  readonly appendChanges: (scope: Scope, changes: readonly NewChange[], once?: AppendOnce) => Promise<void>;
}

/** What a request carries on its way through a router. */
export interface ApiEnv {
  readonly Bindings: { readonly requestId?: string; readonly log?: EnginePorts['log'] };
  readonly Variables: {
    requestId: string;
    key: ApiKey;
    ports: ApiPorts;
    /** Of a write: what the audit is told of it. */
    trail: AuditTrail;
    /** Of a write that carries an Idempotency-Key. */
    once?: RequestOnce;
  };
}
