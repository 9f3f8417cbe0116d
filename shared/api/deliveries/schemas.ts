import { z } from '@hono/zod-openapi';
import type { Delivery } from '../../engine/delivery-ports.ts';
import { time } from '../router/common-schemas.ts';

const attempt = z.object({
  at: time,
  status: z.number().int().nullable().meta({ description: 'What the receiver answered; null = no answer' }),
  error: z.string().nullable(),
  durationMs: z.number().int(),
});

export const deliveryView = z
  .object({
    id: z.string().meta({ description: 'The `webhook-id`, the same for every attempt' }),
    endpointId: z.string(),
    connectionId: z.string(),
    domain: z.string(),
    seq: z.number().int().meta({ description: 'The change in the feed of the connection and domain' }),
    type: z.string(),
    changedAt: time.meta({ description: 'When the change was made; lists are in this order' }),
    status: z.enum(['pending', 'delivered', 'failed']).meta({
      description:
        '`failed`: given up after 72 h, or at once (`lastError` says why) where its type is no longer asked for, the connection left, or the feed no longer keeps its change',
    }),
    attempts: z.number().int(),
    history: z.array(attempt).meta({ description: 'The last 10 attempts, newest last' }),
    nextAttemptAt: time.nullable(),
    deliveredAt: time.nullable(),
    lastError: z.string().nullable(),
  })
  .openapi('Delivery', {
    example: {
      id: 'dlv_WyJlcF8xIiwxNzY3...',
      endpointId: 'ep_V1StGXR8Z5jdHi6BmyT7Qw',
      connectionId: 'c_7vJ2',
      domain: 'mail',
      seq: 42,
      type: 'message.updated',
      changedAt: '2026-01-05T09:30:00.000Z',
      status: 'delivered',
      attempts: 1,
      history: [{ at: '2026-01-05T09:30:01.000Z', status: 204, error: null, durationMs: 41 }],
      nextAttemptAt: null,
      deliveredAt: '2026-01-05T09:30:01.041Z',
      lastError: null,
    },
  });

/** A delivery as the API shows it. */
export const showDelivery = (delivery: Delivery): z.output<typeof deliveryView> => ({
  id: delivery.id,
  endpointId: delivery.endpointId,
  connectionId: delivery.connectionId,
  domain: delivery.domain,
  seq: delivery.seq,
  type: delivery.type,
  changedAt: delivery.at,
  status: delivery.status,
  attempts: delivery.attempts,
  history: delivery.history.map(({ ms, ...one }) => ({ ...one, durationMs: Math.round(ms) })),
  nextAttemptAt: delivery.nextAttemptAt,
  deliveredAt: delivery.deliveredAt,
  lastError: delivery.lastError,
});
