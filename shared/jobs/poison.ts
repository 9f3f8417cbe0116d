import { z } from 'zod';
import { scopeOf } from '../engine/directory-ports.ts';
import { recordFailure, type FailurePorts } from './failure.ts';

/** What a message may tell of its scope, however broken the rest is. */
const scopeSchema = z.looseObject({
  connectionId: z.string().min(1),
  domain: z.string().min(1),
  part: z.string().optional(),
});

/**
 * A message that failed as often as it may: a crash or a bug, for expected failures never come here. Recorded on its domain,
 * and told once (`sync.failed`); the work itself is brought back by its due row. A message without a scope is only logged:
 * a poison queue has no poison queue of its own, so that throwing would bring it back for ever.
 */
export async function runPoison(message: unknown, ports: FailurePorts, queue: string): Promise<void> {
  const read = scopeSchema.safeParse(message);
  if (!read.success) {
    ports.log.error('poison.message', { queue, readable: false });
    return;
  }
  const { connectionId, domain, part } = read.data;
  const scope = scopeOf({ connectionId, domain, ...(part === undefined ? {} : { part }) });
  ports.log.error('poison.message', { queue, readable: true, 'connection.id': connectionId, domain });
  await recordFailure(ports, scope, { poison: true, error: `a message of ${queue} failed as often as it may` });
}
