import { z } from 'zod';
import { fieldsSchema } from '../lib/json.ts';
import { domainStatusSchema } from './head.ts';
import { changeSchema } from './model.ts';

/** The Microsoft account behind a connection. A user is told by tenant and object id, never by address. */
export const accountSchema = z.object({
  tenantId: z.string(),
  objectId: z.string(),
  username: z.string(),
  displayName: z.string().nullable(),
  kind: z.enum(['work', 'personal']),
});
export type Account = z.output<typeof accountSchema>;

/** Where a secret lies: names are random and never used again; the version is the newest that was stored safely. */
export const secretRefSchema = z.object({ vault: z.string(), name: z.string(), version: z.string() });
export type SecretRef = z.output<typeof secretRefSchema>;
/** A secret, whatever version of it. */
export type SecretPlace = Pick<SecretRef, 'vault' | 'name'>;

/** One application user's link to one Microsoft account. */
export const connectionSchema = z.object({
  id: z.string(),
  /** The application's own ids, opaque here. */
  userId: z.string(),
  workspaceId: z.string().nullable(),
  account: accountSchema,
  source: z.enum(['graph', 'owa']),
  /** Domains that the application asked for. */
  domains: z.array(z.string()),
  /** Settings by domain, each read by the domain's own schema. */
  settings: z.record(z.string(), fieldsSchema),
  status: z.enum(['connected', 'reauth_required', 'error', 'disconnecting', 'disconnected']),
  reason: z.string().nullable(),
  /** Scopes that the last grant gave, lower case. */
  scopes: z.array(z.string()),
  secret: secretRefSchema.nullable(),
  /** When the refresh token was last given or rotated: unused for about 90 days it dies. [graph-facts 11.3] */
  refreshedAt: z.string().optional(),
  /** Who may refresh the token now: refreshes of one account are serialised. */
  refresh: z.object({ owner: z.string(), until: z.string() }).nullable(),
  /** Domains that have met an error of the whole connection and have not been well since, and its reason. */
  stuck: z.record(z.string(), z.string()).optional(),
  /** A copy of each domain's status for lists; the head is the truth. */
  copies: z.record(z.string(), domainStatusSchema),
  warnings: z.array(z.string()),
  /** Feed rows that tell of a change of this row, written with it; gone once they are known to be told. `id` names their commit. */
  untold: z
    .array(z.object({ id: z.string(), change: changeSchema.omit({ seq: true, domain: true, at: true }) }))
    .optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
  lastErrorAt: z.string().nullable(),
});
export type Connection = z.output<typeof connectionSchema>;

/** It goes, or is gone: its grant and its subscriptions are given up. */
export const hasLeft = ({ status }: Pick<Connection, 'status'>): boolean =>
  status === 'disconnecting' || status === 'disconnected';

/** A connection row and the version that a change must name. */
export interface VersionedConnection {
  readonly version: string;
  readonly connection: Connection;
}

/** A mailbox: what is throttled, and what subscriptions belong to. */
export interface Mailbox {
  readonly tenantId: string;
  readonly objectId: string;
}

/** One Graph subscription of a mailbox and resource; it serves all connections of that mailbox. */
export const subscriptionSchema = z.object({
  tenantId: z.string(),
  objectId: z.string(),
  domain: z.string(),
  /** As Graph is asked for it: `me/messages`. */
  resource: z.string(),
  /** Null while none is live. */
  id: z.string().nullable(),
  /** Hash of the random key in the notification URL. */
  keyHash: z.string().nullable(),
  /** Hash of the clientState. */
  stateHash: z.string().nullable(),
  /** The public address that it sends to; another one now means that nobody hears it. */
  sentTo: z.string().nullable().optional(),
  /** Connections that it serves. */
  connections: z.array(z.string()),
  createdAt: z.string().nullable(),
  expiresAt: z.string().nullable(),
  /** When renewal is due: half of the life that Graph granted, or SUBSCRIPTION_RENEW_BEFORE_MIN before its end. */
  renewAt: z.string().nullable(),
  lastNotificationAt: z.string().nullable(),
  /** Earlier ids and their secrets: late notifications for them are still taken (ids newest last, at most 8). */
  replaced: z.array(z.object({ id: z.string(), keyHash: z.string(), stateHash: z.string(), until: z.string() })),
  failures: z.number().int(),
  /** Why there is none (`refused`, `unreachable` ...): the domain polls; probed again after `nextProbeAt`. */
  trouble: z.string().nullable(),
  nextProbeAt: z.string().nullable(),
  /** A safety poll found what no notification had told: poll at the schedule until one arrives. */
  distrusted: z.boolean(),
  /** When a change was made that a poll found and no notification had told by then: perhaps merely late. */
  silentSince: z.string().optional(),
});
export type Subscription = z.output<typeof subscriptionSchema>;

export interface VersionedSubscription {
  readonly version: string;
  readonly subscription: Subscription;
}

/** What a connect link or an OAuth session carries; kept under the hash of its ticket. */
export const ticketSchema = z.object({
  purpose: z.enum(['link', 'state', 'selection']),
  payload: fieldsSchema,
  expiresAt: z.string(),
  usedAt: z.string().nullable(),
});
export type Ticket = z.output<typeof ticketSchema>;
