import { z } from 'zod';
import type { Log } from '../../lib/log.ts';

/** What a message may tell of its feed, however broken the rest is. */
const feedSchema = z.looseObject({ connectionId: z.string().min(1), domain: z.string().min(1) });

/**
 * A `deliveries` message that failed as often as it may: a crash or a bug, for what endpoints do is no failure of the job. It
 * is told in the log alone: the domain itself is well, and a row in its feed would be delivered by the same broken job. The
 * due row brings the work back.
 */
export function runDeliveryPoison(message: unknown, ports: { readonly log: Log }): Promise<void> {
  const read = feedSchema.safeParse(message);
  const facts = read.success ? { 'connection.id': read.data.connectionId, domain: read.data.domain } : {};
  ports.log.error('poison.message', { queue: 'deliveries', readable: read.success, ...facts });
  return Promise.resolve();
}
