import { z } from 'zod';
import { secretRefSchema } from './connection.ts';
import type { Scope } from './model.ts';

/** Most endpoints of an installation: each delivery job reads them all. */
export const MOST_ENDPOINTS = 100;
/** Most endpoints of one workspace, so that none takes the places of all. */
export const MOST_OF_WORKSPACE = 25;

/** Where an application is sent its changes. */
export const endpointSchema = z.object({
  id: z.string(),
  /** The workspace whose connections it is told of; null = all connections. */
  workspaceId: z.string().nullable(),
  url: z.string(),
  /** What it wants to hear: `*`, `message.*`, `*.conflict`, `sync.failed` ... (`matchesTypes`). */
  types: z.array(z.string()),
  description: z.string().nullable(),
  status: z.enum(['active', 'paused']),
  /** `failing` = nothing was taken for 72 h, `gone` = it answered 410, `manual` = somebody asked for it. */
  pausedReason: z.enum(['failing', 'gone', 'manual']).nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
  /** Where its signing keys lie; the values are in no table (P16). */
  secret: secretRefSchema,
  /** When the streak of failures began; ISO-8601, or null while it takes what it is sent. */
  failingSince: z.string().nullable(),
  /** Failures in a row over all connections; those that happen at once count as one. */
  failures: z.number().int(),
  /** Feeds (hashed, a few) that met them: failures of many feeds are the endpoint's, those of one may be a delivery's own. */
  failedFeeds: z.array(z.string()).optional(),
  /** When it was last resumed by hand: what waited has its 72 h anew from then on; ISO-8601, absent = never. */
  resumedAt: z.string().optional(),
  /** Nothing is sent to it before this time; ISO-8601. */
  notBefore: z.string().nullable(),
  lastSuccessAt: z.string().nullable(),
  /** Short words about the last failure; null after a success. */
  lastError: z.string().nullable(),
  /** Deleted: it is told nothing any more, and its rows and secret are being removed. Readers treat it as not there. */
  deletedAt: z.string().nullable(),
});
export type Endpoint = z.output<typeof endpointSchema>;

/** An endpoint and the version that a change must name. */
export interface VersionedEndpoint {
  readonly version: string;
  readonly endpoint: Endpoint;
}

/** Endpoints, at most MOST_ENDPOINTS. Failures are StorageError or FenceLostError (another writer was first). */
export interface EndpointStore {
  /** Also one that is being deleted (`deletedAt`). */
  read(id: string): Promise<VersionedEndpoint | null>;
  /** All of them, those being deleted among them, in order of id; one call of storage. */
  list(): Promise<VersionedEndpoint[]>;
  /** False where the id is taken. */
  create(endpoint: Endpoint): Promise<boolean>;
  /** Compare and swap; throws FenceLostError, also where the row is gone. Answers the new version. */
  replace(endpoint: Endpoint, version: string): Promise<string>;
  remove(id: string): Promise<void>;
}

/** A delivery that failed and is tried again. Times are ISO-8601. */
const retrySchema = z.object({
  seq: z.number().int(),
  attempts: z.number().int(),
  /** The first attempt, or the request to send it again: 72 h later it is given up, counted anew once the endpoint is resumed. */
  since: z.string(),
  nextAttemptAt: z.string(),
});

/** A delivery that was asked to be sent again: out of the order of its feed, or at once where it stands first in line. */
export const deliveryAgainSchema = retrySchema.extend({ deliveryId: z.string() });
export type DeliveryAgain = z.output<typeof deliveryAgainSchema>;

/** Where the deliveries of one feed (connection, domain, part) to one endpoint stand. */
export const deliveryCursorSchema = z.object({
  endpointId: z.string(),
  connectionId: z.string(),
  domain: z.string(),
  part: z.string().optional(),
  /** All changes up to this number are dealt with: delivered, given up, or not asked for. */
  seq: z.number().int(),
  /** Who sends now: one worker at a time, so that the order holds. */
  claim: z.object({ owner: z.string(), until: z.string() }).nullable(),
  /** The change that stands first in line and was not taken yet; rows of before it was kept lack its delivery. */
  waiting: deliveryAgainSchema.partial({ deliveryId: true }).nullable(),
  /** Changes that the retention took before they were sent: told as `feed.gap` before anything else. */
  gap: z.object({ from: z.number().int(), to: z.number().int(), at: z.string() }).nullable(),
  /** Something waits until the endpoint is resumed or takes deliveries again: it is woken then. */
  behind: z.boolean(),
});
export type DeliveryCursor = z.output<typeof deliveryCursorSchema>;

/** One attempt at a delivery. */
export const deliveryAttemptSchema = z.object({
  at: z.string(),
  /** The status that was answered; null = no answer. */
  status: z.number().int().nullable(),
  /** Short words of ours; null for a success. */
  error: z.string().nullable(),
  ms: z.number(),
});
export type DeliveryAttempt = z.output<typeof deliveryAttemptSchema>;

/** Attempts that a record remembers. */
export const ATTEMPTS_KEPT = 10;

/** What became of one change at one endpoint. It holds no body: that is read from the feed again, by `seq`. */
export const deliverySchema = z.object({
  /** Also its `webhook-id`: the same for each attempt, so that receivers can drop repeats. */
  id: z.string(),
  endpointId: z.string(),
  connectionId: z.string(),
  domain: z.string(),
  part: z.string().optional(),
  seq: z.number().int(),
  type: z.string(),
  /** When the change was made (for `feed.gap`: when it was found); lists are in the order of it. */
  at: z.string(),
  /** `failed` = given up (`lastError` says why); it may be asked for again while the feed keeps the change. */
  status: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.number().int(),
  /** The last ATTEMPTS_KEPT of them, newest last. */
  history: z.array(deliveryAttemptSchema),
  nextAttemptAt: z.string().nullable(),
  deliveredAt: z.string().nullable(),
  lastError: z.string().nullable(),
  /** For `feed.gap`: the numbers that are missing. */
  gap: z.object({ from: z.number().int(), to: z.number().int() }).optional(),
});
export type Delivery = z.output<typeof deliverySchema>;

/** What a commit of the sender writes, all of it or nothing. */
export interface DeliveryCommit {
  readonly cursor: DeliveryCursor;
  /** The version that must still stand; null = the cursor must not exist yet (then nothing else can be written). */
  readonly version: string | null;
  /** At most 45 of them. */
  readonly records: readonly Delivery[];
  /** Requests to send again that go on waiting, or are done with. */
  readonly again?: { readonly put: readonly DeliveryAgain[]; readonly remove: readonly DeliveryAgain[] };
}

/** What deliveries are listed by; newest first. */
export interface DeliveryQuery {
  readonly endpointId: string;
  readonly connectionId?: string;
  readonly status?: Delivery['status'];
  readonly type?: string;
  /** Changes made at or after this time. */
  readonly since?: Date;
  /** Changes made before this time. */
  readonly until?: Date;
  readonly limit: number;
  readonly after: string | null;
}

/** Cursors and records of deliveries. Failures are StorageError, FenceLostError, and CursorError for a made-up `after`. */
export interface DeliveryStore {
  /**
   * Where one feed stands at an endpoint (null = nothing was ever sent), and the 100 requests to send again whose next attempts
   * come first, in the order of these; one call.
   */
  readCursor(
    endpointId: string,
    scope: Scope,
  ): Promise<{
    readonly found: { readonly cursor: DeliveryCursor; readonly version: string } | null;
    readonly again: readonly DeliveryAgain[];
  }>;
  /** True where the request to send it again stands by which its record waits. */
  isRequested(delivery: Delivery): Promise<boolean>;
  /** One transaction. Throws FenceLostError when another writer was first or the cursor is gone. Answers the new version. */
  commit(commit: DeliveryCommit): Promise<string>;
  /** Null where there is none, and for an id that was never one. */
  read(id: string): Promise<Delivery | null>;
  /** A page may be short or empty and still go on. */
  list(query: DeliveryQuery): Promise<{ readonly deliveries: readonly Delivery[]; readonly next: string | null }>;
  /**
   * Has these records (of one endpoint) sent again: each `pending`, with a request of this time beside it. A request that stood
   * for one is stale by that: its record no longer names its time.
   */
  askAgain(deliveries: readonly Delivery[], now: Date): Promise<void>;
  /** Cursors of an endpoint at which something waits (`behind`), in pages. */
  behind(endpointId: string): AsyncIterable<readonly DeliveryCursor[]>;
  /**
   * Removes cursors and requests of a connection that left (or of one of its domains) at an endpoint; answers how many rows.
   * What waited by them is `failed` with them, and whoever is sending loses the cursor.
   */
  removeCursors(endpointId: string, connectionId: string, domain?: string): Promise<number>;
  /** Removes records of changes made before this time; answers how many. */
  dropBefore(endpointId: string, at: Date): Promise<number>;
  /** Removes all rows of an endpoint; may be called again after a crash. */
  erase(endpointId: string): Promise<void>;
}

/** One attempt, as it goes out. */
export interface OutgoingDelivery {
  readonly endpoint: Endpoint;
  /** The `webhook-id`. */
  readonly id: string;
  /** The time of this attempt: `webhook-timestamp`. */
  readonly at: Date;
  /** JSON text, sent and signed as it is. */
  readonly body: string;
}

/** What became of an attempt. */
export type DeliveryAnswer =
  | { readonly outcome: 'delivered'; readonly status: number; readonly ms: number }
  | {
      readonly outcome: 'refused';
      /** Null where no answer came. */
      readonly status: number | null;
      /** A short code and words of ours, never of the receiver. */
      readonly error: string;
      readonly ms: number;
      /** The receiver asks us to wait (429 or 503 with Retry-After). */
      readonly retryAfterMs: number | null;
      /** The receiver says that it is gone for good (410). */
      readonly gone: boolean;
    };

/**
 * Signs and sends one delivery, once, within 10 s in all; follows no redirect. What the receiver does is an answer, never a
 * throw; throws StorageError where the signing keys could not be read.
 */
export interface DeliveryTransport {
  send(delivery: OutgoingDelivery): Promise<DeliveryAnswer>;
}

/** What may be a target of deliveries. */
export interface DeliveryTargets {
  /** Words for what is wrong with a URL, to follow its name; null = nothing that can be seen without looking its name up. */
  targetFault(url: string): string | null;
}

/** The text of a `deliveries` message: this feed has changes for endpoints. */
export interface DeliverJob {
  readonly connectionId: string;
  readonly domain: string;
  readonly part?: string;
  /** The endpoint at which what waits for its next attempt is tried at once: it takes deliveries again, or somebody asks. */
  readonly now?: string;
  /** The row of `due` that covers this message. */
  readonly due: { readonly kind: string; readonly at: string } | null;
}
