import type { Connection } from '../../engine/connection.ts';
import type { Source } from '../../engine/ports.ts';
import { ProblemError } from '../../errors.ts';
import type { ApiPorts } from '../ports.ts';

/**
 * Reads through to Microsoft 365 under one slot of the mailbox: when all are taken, or the mailbox rests, the caller is
 * told when to come back (503).
 */
export async function withSource<T>(
  ports: Pick<ApiPorts, 'slots' | 'sources'>,
  connection: Connection,
  read: (source: Source) => Promise<T>,
): Promise<T> {
  const { tenantId, objectId } = connection.account;
  const answer = await ports.slots.take({ tenantId, objectId }, 1);
  if (answer.outcome === 'wait') {
    const { retryAfterMs } = answer;
    throw new ProblemError(503, 'mailbox_busy', 'The mailbox is busy; try again later', { retryAfterMs });
  }
  try {
    return await read(ports.sources.open(connection, answer.lease));
  } finally {
    await answer.lease.release();
  }
}
