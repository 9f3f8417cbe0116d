import { z } from '@hono/zod-openapi';

/** A key that a client makes for one write: any visible ASCII characters, as they are (quotes belong to it). */
export const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters');

/** The header of every route that writes. */
export const writeHeaders = z.object({
  'idempotency-key': idempotencyKey.optional().meta({
    description:
      'Your name for this write, such as a UUID: sent again with the same body it has no second effect, and gets the same answer for 24 hours',
  }),
});

export const REPLAYED = 'idempotency-replayed';

/** The response header that tells a stored answer, as it is described. */
export const replayedHeader = {
  'Idempotency-Replayed': {
    description: '`true` where this is the stored answer to an earlier request with the same Idempotency-Key',
    schema: { type: 'string' as const, enum: ['true'] },
  },
};
