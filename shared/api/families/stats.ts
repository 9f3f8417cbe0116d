import { z } from '@hono/zod-openapi';
import { countStatistics } from '../../jobs/statistics.ts';
import type { ApiPorts } from '../ports.ts';
import { demandUnconfined } from '../router/authenticate.ts';
import { time } from '../router/common-schemas.ts';
import { countExamples, endpointCounts, lastFailure, subscriptionCounts, tokenCounts } from './count-schemas.ts';
import { answer, createRouter, describeRoute, refusals, type Router } from '../router/create-router.ts';

const counts = z.record(z.string(), z.number());

const statistics = z
  .object({
    at: time.meta({ description: 'When it was counted' }),
    connections: counts.meta({ description: 'By status' }),
    domains: counts.meta({ description: 'By `domain.status`' }),
    warnings: counts.meta({
      description: 'Of connections; `mail.sync_failed` ... = a domain fails for so long that `sync.failed` was told',
    }),
    queues: counts,
    subscriptions: subscriptionCounts,
    tokens: tokenCounts,
    endpoints: endpointCounts,
    lastFailure: lastFailure.nullable(),
  })
  .openapi('Statistics', {
    example: {
      ...countExamples,
      at: '2026-01-05T09:30:00.000Z',
      domains: { 'mail.ok': 116, 'mail.error': 2, 'calendar.ok': 60 },
      warnings: {},
      endpoints: { active: 3, failing: 0, paused: 0 },
    },
  });

const read = describeRoute({
  method: 'get',
  path: '/api/stats',
  summary: 'Figures of the whole installation, counted every few minutes',
  description: 'For keys that are not confined to workspaces.',
  tags: ['Operations'],
  responses: { 200: answer('The last figures', statistics), ...refusals },
});

/** `GET /stats`. */
export function stats(ports: ApiPorts): Router {
  return createRouter(ports).openapi(read, async (context) => {
    demandUnconfined(context.get('key'));
    const found = (await ports.statistics.read()) ?? (await countStatistics(ports));
    const { at, connections, domains, warnings, queues, subscriptions, tokens, endpoints } = found;
    const figures = {
      connections: { ...connections },
      domains: { ...domains },
      warnings: { ...warnings },
      queues: { ...queues },
    };
    return context.json(
      {
        at,
        ...figures,
        subscriptions: { ...subscriptions },
        tokens: { ...tokens },
        endpoints: { ...endpoints },
        lastFailure: found.lastFailure,
      },
      200,
    );
  });
}
