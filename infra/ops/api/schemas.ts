import { z } from 'zod';

/** What the API answers, as far as it is shown here. Words of a state are data: a newer service may have more of them. */

const subscription = z.object({
  id: z.string(),
  resource: z.string(),
  expiresAt: z.string().nullable(),
  lastNotificationAt: z.string().nullable(),
});

const domain = z.object({
  status: z.string(),
  reason: z.string().nullable(),
  lastSyncedAt: z.string().nullable(),
  lagSeconds: z.number().nullish(),
  lastErrorAt: z.string().nullable(),
  lastError: z.string().nullable(),
  progress: z
    .object({
      done: z.number(),
      total: z.number().nullable(),
      streams: z.number(),
      streamsDone: z.number(),
    })
    .nullable(),
  nextDueAt: z.string().nullable(),
  subscription: subscription.nullable(),
  subscriptions: z.array(subscription),
});
export type Domain = z.output<typeof domain>;

export const connection = z.object({
  id: z.string(),
  userId: z.string(),
  workspaceId: z.string().nullable(),
  account: z.object({ username: z.string() }),
  source: z.string(),
  status: z.string(),
  reason: z.string().nullable(),
  domains: z.record(z.string(), domain),
  settings: z.record(z.string(), z.unknown()),
  warnings: z.array(z.string()),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Connection = z.output<typeof connection>;

export const change = z.looseObject({
  seq: z.number(),
  type: z.string(),
  domain: z.string(),
  id: z.string().nullable(),
  cause: z.string(),
  changed: z.array(z.string()),
  at: z.string(),
});
export type Change = z.output<typeof change>;

export const feedPage = z.object({ items: z.array(change), nextCursor: z.string() });

const subscriptions = z.object({ live: z.number(), overdue: z.number(), missing: z.number() });
const tokens = z.object({ dead: z.number(), aging: z.number() });
const lastFailure = z.object({
  connectionId: z.string(),
  domain: z.string(),
  at: z.string(),
  error: z.string().nullable(),
});
const counts = z.record(z.string(), z.number());

export const health = z.object({
  status: z.string(),
  checkedAt: z.string(),
  dependencies: z.record(
    z.string(),
    z.object({ status: z.string(), latencyMs: z.number(), checkedAt: z.string(), error: z.string().nullable() }),
  ),
  queues: counts,
  connections: counts,
  oldestDue: z.record(z.string(), z.string().nullable()),
  late: z.array(z.string()),
  countedAt: z.string().nullable(),
  subscriptions: subscriptions.nullable(),
  tokens: tokens.nullable(),
  lastFailure: lastFailure.nullable(),
  warnings: z.array(z.string()),
});
export type Health = z.output<typeof health>;

export const statistics = z.object({
  at: z.string(),
  connections: counts,
  domains: counts,
  warnings: counts,
  queues: counts,
  subscriptions,
  tokens,
  lastFailure: lastFailure.nullable(),
});
export type Statistics = z.output<typeof statistics>;

export const syncStarted = z.object({ connectionId: z.string(), domains: z.array(z.string()) });
export const erasing = z.object({ id: z.string(), status: z.string() });
/** Without its url: a stored answer, which lacks what is secret. */
export const connectLink = z.object({ url: z.string().optional(), expiresAt: z.string() });

export const auditEntry = z.object({
  id: z.string(),
  at: z.string(),
  actor: z.object({ kind: z.string(), name: z.string().nullable() }),
  operation: z.string(),
  on: z.record(z.string(), z.string()),
  workspaceId: z.string().nullable(),
  changed: z.array(z.string()),
  outcome: z.string(),
  status: z.number().nullable(),
  code: z.string().nullable(),
  requestId: z.string().nullable(),
});
export type AuditEntry = z.output<typeof auditEntry>;

export const endpoint = z.object({
  id: z.string(),
  workspaceId: z.string().nullable(),
  url: z.string(),
  types: z.array(z.string()),
  description: z.string().nullable(),
  status: z.string(),
  pausedReason: z.string().nullable(),
  failures: z.number(),
  failingSince: z.string().nullable(),
  nextAttemptAt: z.string().nullable(),
  lastSuccessAt: z.string().nullable(),
  lastError: z.string().nullable(),
  createdAt: z.string(),
});
export type Endpoint = z.output<typeof endpoint>;
export const newEndpoint = endpoint.extend({ secret: z.string().optional() });
export const rotatedSecret = z.object({
  id: z.string(),
  secret: z.string().optional(),
  previousUntil: z.string(),
});
export const testResult = z.object({
  delivered: z.boolean(),
  webhookId: z.string(),
  status: z.number().nullable(),
  error: z.string().nullable(),
  durationMs: z.number(),
});
export const replayResult = z.object({ queued: z.number(), nextCursor: z.string().nullable() });

export const delivery = z.object({
  id: z.string(),
  endpointId: z.string(),
  connectionId: z.string(),
  domain: z.string(),
  seq: z.number(),
  type: z.string(),
  changedAt: z.string(),
  status: z.string(),
  attempts: z.number(),
  history: z.array(
    z.object({
      at: z.string(),
      status: z.number().nullable(),
      error: z.string().nullable(),
      durationMs: z.number(),
    }),
  ),
  nextAttemptAt: z.string().nullable(),
  deliveredAt: z.string().nullable(),
  lastError: z.string().nullable(),
});
export type Delivery = z.output<typeof delivery>;
export const sentAgain = z.object({ id: z.string(), status: z.string() });

/** A failure (RFC 9457); every member may be missing where a proxy answered in the service's stead. */
export const problem = z.looseObject({
  code: z.string().optional(),
  detail: z.string().optional(),
  requestId: z.string().optional(),
  errors: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
});
