import { z } from '@hono/zod-openapi';
import { patternFault } from '../../engine/change-types.ts';
import type { Endpoint } from '../../engine/delivery-ports.ts';
import { idParam, instant, time } from '../router/common-schemas.ts';

const pattern = z
  .string()
  .regex(/^(\*|(\*|[a-z_]{1,40})\.(\*|[a-z_]{1,40}))$/, {
    error: 'must be *, a type, or one with * for a part: message.*',
    abort: true,
  })
  .refine((text) => patternFault(text) === null, { error: ({ input }) => patternFault(String(input)) ?? undefined });

const types = z
  .array(pattern)
  .min(1)
  .max(50)
  .meta({ description: 'What it is told: types of the feed, `message.*`, `*.conflict`, or `*` for all' });
const url = z.string().min(1).max(2_000).meta({ format: 'uri', description: 'https; private addresses are refused' });
const description = z.string().max(500).nullable();

const example = {
  id: 'ep_V1StGXR8Z5jdHi6BmyT7Qw',
  workspaceId: 'w-1',
  url: 'https://app.example.com/hooks/outlook',
  types: ['message.*', 'connection.*', 'sync.failed'],
  description: 'Unified inbox',
  status: 'active' as const,
  pausedReason: null,
  failures: 0,
  failingSince: null,
  nextAttemptAt: null,
  lastSuccessAt: '2026-01-05T09:30:00.000Z',
  lastError: null,
  createdAt: '2026-01-05T09:00:00.000Z',
  updatedAt: '2026-01-05T09:00:00.000Z',
};
/** Base64 of words that say what it is: nobody's secret. */
const secretExample = 'whsec_YW4gZXhhbXBsZSBhbmQgbm9ib2R5J3Mgc2VjcmV0ISE=';

export const endpointView = z
  .object({
    id: z.string(),
    workspaceId: z.string().nullable().meta({ description: 'Told of the connections of this one; null = of all' }),
    url: z.string(),
    types: z.array(z.string()),
    description: z.string().nullable(),
    status: z.enum(['active', 'paused']),
    pausedReason: z
      .enum(['failing', 'gone', 'manual'])
      .nullable()
      .meta({ description: '`failing`: it took nothing for 72 h; `gone`: it answered 410; `manual`: somebody asked' }),
    failures: z.number().int().meta({ description: 'In a row' }),
    failingSince: time.nullable(),
    nextAttemptAt: time.nullable().meta({ description: 'Nothing is sent before this time; null = at once' }),
    lastSuccessAt: time.nullable(),
    lastError: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .openapi('Endpoint', { example });

/** The signing secret is told once; a repeat of the request by its Idempotency-Key does not tell it again. */
const secret = z
  .string()
  .optional()
  .meta({ description: '`whsec_...`, told this once: it cannot be read again, only rotated' });

export const bornEndpoint = endpointView
  .extend({ secret })
  .openapi('NewEndpoint', { example: { ...example, lastSuccessAt: null, secret: secretExample } });

export const rotatedSecret = z
  .object({
    id: z.string(),
    secret,
    previousUntil: time.meta({ description: 'Until then each delivery carries a signature of the former secrets too' }),
  })
  .openapi('RotatedSecret', {
    example: { id: example.id, secret: secretExample, previousUntil: '2026-01-06T09:30:00.000Z' },
  });

export const endpointRequest = z
  .strictObject({
    url,
    types: types.default(['*']),
    description: description.default(null),
    workspaceId: z.string().min(1).max(200).nullable().optional(),
  })
  .openapi('EndpointRequest', {
    example: { url: 'https://app.example.com/hooks/outlook', types: ['message.*', 'sync.failed'], workspaceId: 'w-1' },
  });
export type EndpointRequest = z.output<typeof endpointRequest>;

export const endpointPatch = z
  .strictObject({
    url: url.optional(),
    types: types.optional(),
    description: description.optional(),
    paused: z.boolean().optional().meta({ description: 'false also resumes one that was paused because it failed' }),
  })
  .openapi('EndpointPatch', { example: { types: ['message.*'], paused: false } });
export type EndpointPatch = z.output<typeof endpointPatch>;

export const rotateRequest = z
  .strictObject({
    overlapHours: z.number().min(0).max(168).default(24).meta({ description: '0 = the former secrets end at once' }),
  })
  .openapi('RotateRequest', { example: { overlapHours: 24 } });

export const testResult = z
  .object({
    delivered: z.boolean(),
    webhookId: z.string(),
    status: z.number().int().nullable().meta({ description: 'What the receiver answered; null = no answer' }),
    error: z.string().nullable(),
    durationMs: z.number().int(),
  })
  .openapi('TestResult', {
    example: { delivered: true, webhookId: 'test_9b1d', status: 204, error: null, durationMs: 41 },
  });

export const replayRequest = z
  .strictObject({
    since: instant.meta({ description: 'Changes made then or later' }),
    until: instant.optional().meta({ description: 'Changes made before' }),
    types: types.optional(),
    connectionId: idParam.optional(),
    status: z.enum(['delivered', 'failed']).optional().meta({ description: 'Usually both' }),
    cursor: z.string().max(2_000).optional().meta({ description: '`nextCursor` of the answer before' }),
  })
  .openapi('ReplayRequest', { example: { since: '2026-01-05T00:00:00Z', status: 'failed' } });
export type ReplayRequest = z.output<typeof replayRequest>;

export const replayResult = z
  .object({
    queued: z.number().int(),
    nextCursor: z.string().nullable().meta({ description: 'There is more: ask again with it. Null = all are queued' }),
  })
  .openapi('ReplayResult', { example: { queued: 17, nextCursor: null } });

/** An endpoint as the API shows it: without the place of its secret. */
export const showEndpoint = (endpoint: Endpoint): z.output<typeof endpointView> => ({
  id: endpoint.id,
  workspaceId: endpoint.workspaceId,
  url: endpoint.url,
  types: endpoint.types,
  description: endpoint.description,
  status: endpoint.status,
  pausedReason: endpoint.pausedReason,
  failures: endpoint.failures,
  failingSince: endpoint.failingSince,
  nextAttemptAt: endpoint.notBefore,
  lastSuccessAt: endpoint.lastSuccessAt,
  lastError: endpoint.lastError,
  createdAt: endpoint.createdAt,
  updatedAt: endpoint.updatedAt,
});
