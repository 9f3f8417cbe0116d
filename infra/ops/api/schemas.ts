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
export const connectLink = z.object({ url: z.string(), expiresAt: z.string() });

/** A failure (RFC 9457); every member may be missing where a proxy answered in the service's stead. */
export const problem = z.looseObject({
  code: z.string().optional(),
  detail: z.string().optional(),
  requestId: z.string().optional(),
  errors: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
});
