import { z } from '@hono/zod-openapi';
import { healthDetails as readDetails, type HealthDetails } from '../health/details.ts';
import type { ApiPorts } from '../ports.ts';
import { countExamples, lastFailure, subscriptionCounts, tokenCounts } from './count-schemas.ts';
import { demandUnconfined } from '../router/authenticate.ts';
import { time } from '../router/common-schemas.ts';
import { answer, createRouter, describeRoute, refusals, type Router } from '../router/create-router.ts';

const probe = z.object({
  status: z.enum(['ok', 'failed']),
  latencyMs: z.number().int(),
  checkedAt: time,
  error: z.string().nullable(),
});

const probeExample = {
  ...{ status: 'ok' as const, latencyMs: 9, checkedAt: '2026-01-05T09:30:00.000Z', error: null },
};

const details = z
  .object({
    status: z.enum(['healthy', 'degraded', 'unhealthy']),
    checkedAt: time,
    dependencies: z.record(z.string(), probe),
    queues: z.record(z.string(), z.number()),
    connections: z.record(z.string(), z.number()),
    oldestDue: z.record(z.string(), time.nullable()),
    late: z.array(z.string()).meta({ description: 'Kinds of due work that their timers have passed over' }),
    countedAt: time.nullable(),
    subscriptions: subscriptionCounts.nullable(),
    tokens: tokenCounts.nullable(),
    lastFailure: lastFailure.nullable(),
    warnings: z.array(z.string()),
  })
  .openapi('HealthDetails', {
    example: {
      ...countExamples,
      ...{ status: 'degraded', checkedAt: '2026-01-05T09:30:00.000Z' },
      dependencies: { tables: probeExample, queues: probeExample, vault: probeExample },
      oldestDue: { mail: '2026-01-05T09:29:40.000Z', calendar: null, subscriptions: '2026-01-05T14:00:00.000Z' },
      late: [],
      countedAt: '2026-01-05T09:30:00.000Z',
      warnings: ['2 connections wait for their users to sign in again'],
    },
  });

const read = describeRoute({
  method: 'get',
  path: '/api/health/details',
  summary: 'State of the service and of what it stands on',
  description: 'For keys that are not confined to workspaces. 503 when a part that it stands on is down.',
  tags: ['Operations'],
  responses: {
    200: answer('It works', details),
    ...refusals,
    503: answer('A part that it stands on is down', details),
  },
});

/** Answers are shared for so long: a monitor that asks often must not be a load. */
const CACHE_MS = 5_000;

/** `GET /health/details`. */
export function healthDetails(ports: ApiPorts): Router {
  let cached: { readonly until: number; readonly details: Promise<HealthDetails> } | undefined;
  return createRouter(ports).openapi(read, async (context) => {
    demandUnconfined(context.get('key'));
    const now = ports.clock.now().getTime();
    if (cached === undefined || cached.until <= now) cached = { until: now + CACHE_MS, details: readDetails(ports) };
    const found = await cached.details;
    return found.status === 'unhealthy' ? context.json(found, 503) : context.json(found, 200);
  });
}
