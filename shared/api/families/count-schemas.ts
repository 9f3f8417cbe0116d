import { z } from '@hono/zod-openapi';
import { time } from '../router/common-schemas.ts';

export const subscriptionCounts = z.object({ live: z.number(), overdue: z.number(), missing: z.number() }).meta({
  description: '`overdue` = their renewal was passed over; `missing` where there should be one: the domain polls',
});

export const tokenCounts = z
  .object({ dead: z.number(), aging: z.number() })
  .meta({ description: '`dead` until the user signs in again; `aging` = not used for 75 days' });

export const endpointCounts = z
  .object({ active: z.number(), failing: z.number(), paused: z.number() })
  .meta({ description: '`failing` = they refuse what they are sent; `paused` = nothing is sent to them' });

export const lastFailure = z.object({
  connectionId: z.string(),
  domain: z.string(),
  at: time,
  error: z.string().nullable(),
});

/** What the examples of figures share. */
export const countExamples = {
  connections: { connected: 118, reauth_required: 2 },
  queues: { 'sync-jobs': 3, 'push-jobs': 0, deliveries: 1, dispatch: 0, 'sync-jobs-poison': 0 },
  subscriptions: { live: 231, overdue: 0, missing: 0 },
  tokens: { dead: 2, aging: 0 },
  lastFailure: {
    ...{ connectionId: 'p3s1Xv6r2kQm8TzYb0LcWd', domain: 'mail' },
    ...{ at: '2026-01-05T08:12:00.000Z', error: 'remote.transient: Graph answered 503' },
  },
};
