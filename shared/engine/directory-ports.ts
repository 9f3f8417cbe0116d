import { bucketOf } from '../lib/hash.ts';
import type {
  Connection,
  Mailbox,
  SecretPlace,
  SecretRef,
  Subscription,
  Ticket,
  VersionedConnection,
  VersionedSubscription,
} from './connection.ts';
import type { DeliverJob } from './delivery-ports.ts';
import type { Scope } from './model.ts';

/** Connections. Failures are StorageError or FenceLostError (another writer was first). */
export interface ConnectionStore {
  read(id: string): Promise<VersionedConnection | null>;
  /** False where the id is taken. */
  create(connection: Connection): Promise<boolean>;
  /** Compare and swap; throws FenceLostError. Answers the new version. */
  replace(connection: Connection, version: string): Promise<string>;
  remove(id: string): Promise<void>;
  /** In order of id; `where` is answered by the server. A page may be short or empty and still go on. */
  list(query: {
    readonly userId?: string;
    readonly status?: string;
    readonly workspaces?: readonly string[];
    readonly limit: number;
    readonly after: string | null;
  }): Promise<{ readonly connections: readonly Connection[]; readonly next: string | null }>;
}

/** Many to many: from a key of some kind to connection ids (or other ids). Writes are idempotent. */
export interface LookupStore {
  add(kind: string, key: string, value: string): Promise<void>;
  remove(kind: string, key: string, value: string): Promise<void>;
  find(kind: string, key: string): Promise<string[]>;
}

/** Subscriptions by mailbox and resource. */
export interface SubscriptionStore {
  read(mailbox: Mailbox, resource: string): Promise<VersionedSubscription | null>;
  list(mailbox: Mailbox): Promise<VersionedSubscription[]>;
  /** All there are, in order. A page may be short or empty and still go on. */
  page(query: {
    readonly limit: number;
    readonly after: string | null;
  }): Promise<{ readonly subscriptions: readonly Subscription[]; readonly next: string | null }>;
  /** Version null = must not exist. Throws FenceLostError. */
  write(subscription: Subscription, version: string | null): Promise<string>;
  remove(mailbox: Mailbox, resource: string, version: string): Promise<void>;
}

/** Single-use tickets, kept under a hash. */
export interface TicketStore {
  put(ticketHash: string, ticket: Ticket): Promise<void>;
  read(ticketHash: string): Promise<Ticket | null>;
  /** Marks it used; false when it was used before, is unknown or has expired. Exactly one caller gets true. */
  use(ticketHash: string, now: Date): Promise<boolean>;
  /** Removes what expired before this time; answers how many. */
  dropExpired(before: Date): Promise<number>;
}

/** One row of the `due` table: work of this kind for this connection is due at that time. */
export interface DueRow {
  /** `mail`, `mail.push`, `mail.deliver`, `subscriptions`, `disconnect` ... */
  readonly kind: string;
  readonly connectionId: string;
  readonly dueAt: Date;
}

/** Work that must not be forgotten. One row too many costs an empty job; none is ever missing. */
export interface DueStore {
  add(row: DueRow): Promise<void>;
  /** Adds a row where none stands yet: at this time, or so soon after it as there is room. Answers the row as it stands. */
  addOwn(row: DueRow): Promise<DueRow>;
  /** One transaction: the old row goes (if it is there), the new one stands. Null = none stands after. */
  move(from: DueRow, to: DueRow | null): Promise<void>;
  /** Rows of one shard that are due at `now`, oldest first, in pages. */
  due(kind: string, shard: number, now: Date): AsyncIterable<readonly DueRow[]>;
  /** The oldest row of a kind over all shards; for health. */
  oldest(kind: string): Promise<DueRow | null>;
}
/** Shards of a kind of due work; a connection always falls into the same one. */
export const DUE_SHARDS = 64;
/** The shard of a connection's due rows, for every kind of work. */
export const shardOf = (connectionId: string): number => bucketOf(connectionId, DUE_SHARDS);

/** Leave to send requests to a mailbox: four slots over all workers (P13). */
export interface SlotLease {
  /** Throws ThrottledError when the slots were lost (the holder slept past their end): come back with new ones. */
  assertHeld(): void;
  /** Tells all workers that the mailbox must rest until then. */
  restUntil(at: Date): Promise<void>;
  release(): Promise<void>;
}
export type SlotAnswer =
  | { readonly outcome: 'held'; readonly lease: SlotLease }
  /** Busy, or `resting` as Microsoft asked: come back after that time. */
  | { readonly outcome: 'wait'; readonly retryAfterMs: number; readonly resting?: boolean };

export interface SlotStore {
  /** Takes `count` of the mailbox's four slots, or tells when to come back. Never waits. */
  take(mailbox: Mailbox, count: number): Promise<SlotAnswer>;
  /** Records a rest for callers that hold no slot. */
  rest(mailbox: Mailbox, until: Date): Promise<void>;
}
export const MAILBOX_SLOTS = 4;

/** Secrets in Key Vault. Values never pass through logs or errors. */
export interface SecretStore {
  /**
   * A new secret under a random name in the vault that the key's rendezvous hash names. `planned` hears the place before the
   * vault is asked, so that the secret can be found by it whatever comes after; what it throws ends the call.
   */
  create(key: string, value: string, planned?: (place: SecretPlace) => Promise<void>): Promise<SecretRef>;
  /** A new version of the same secret. */
  update(ref: SecretRef, value: string): Promise<SecretRef>;
  /** That very version. Throws StorageError when the vault fails; null when it is not there. */
  read(ref: SecretRef): Promise<string | null>;
  /** The newest version of the same secret, whichever the reference names; null when there is none. */
  latest(ref: SecretRef): Promise<{ readonly ref: SecretRef; readonly value: string } | null>;
  /** Deletes (soft delete); a secret that is not there is no error. */
  remove(place: SecretPlace): Promise<void>;
}

/** What a job is told. */
export interface SyncJob {
  readonly connectionId: string;
  readonly domain: string;
  readonly part?: string;
  readonly why: 'notification' | 'schedule' | 'manual' | 'connect' | 'continue' | 'lifecycle' | 'retry';
  /** Most items of the first page of each stream in this job; what comes after has pages of the usual size. */
  readonly firstPage?: number;
  /** The row of `due` that covers this message. */
  readonly due: { readonly kind: string; readonly at: string } | null;
}
export interface PushJob {
  readonly connectionId: string;
  readonly domain: string;
  readonly part?: string;
  readonly due: { readonly kind: string; readonly at: string } | null;
}
/** One share of a timer's work: the shards that it names. */
export interface DispatchJob {
  readonly kinds: readonly string[];
  readonly shards: readonly number[];
  /** Where a long walk (housekeeping) goes on: the `next` of the page before. */
  readonly after?: string;
}

/** Figures of the whole installation, counted now and then. */
export interface Statistics {
  /** ISO-8601. */
  readonly at: string;
  /** Connections by status. */
  readonly connections: Readonly<Record<string, number>>;
  /** Domains of connections by `domain.status`. */
  readonly domains: Readonly<Record<string, number>>;
  /** Connections that carry a warning, by warning. */
  readonly warnings: Readonly<Record<string, number>>;
  /** Approximate lengths by queue. */
  readonly queues: Readonly<Record<string, number>>;
  /** Subscriptions: `live`; `overdue` for renewal; `missing` where there should be one. */
  readonly subscriptions: Readonly<Record<'live' | 'overdue' | 'missing', number>>;
  /** Grants: `dead` until their user signs in again; `aging` = not used for so long that they may lapse. */
  readonly tokens: Readonly<Record<'dead' | 'aging', number>>;
  /** Endpoints of the application: `failing` = they refuse what they are sent; `paused` = nothing is sent. */
  readonly endpoints: Readonly<Record<'active' | 'failing' | 'paused', number>>;
  /** The latest failure of any domain; null = none. */
  readonly lastFailure: {
    readonly connectionId: string;
    readonly domain: string;
    readonly at: string;
    readonly error: string | null;
  } | null;
}

/** The last figures, for `GET /stats`. */
export interface StatisticsStore {
  write(statistics: Statistics): Promise<void>;
  /** Null where none were counted yet. */
  read(): Promise<Statistics | null>;
}

/** Queues. A message is durable once the call returns; failures are StorageError. */
export interface JobQueues {
  sync(job: SyncJob, delayMs?: number): Promise<void>;
  push(job: PushJob, delayMs?: number): Promise<void>;
  deliver(job: DeliverJob, delayMs?: number): Promise<void>;
  dispatch(job: DispatchJob): Promise<void>;
  /** Approximate lengths by queue name, poison queues among them; for health. */
  lengths(): Promise<Readonly<Record<string, number>>>;
}

/** The scope of a job. */
export const scopeOf = (job: {
  readonly connectionId: string;
  readonly domain: string;
  readonly part?: string;
}): Scope => ({
  connectionId: job.connectionId,
  domain: job.domain,
  ...(job.part === undefined ? {} : { part: job.part }),
});
