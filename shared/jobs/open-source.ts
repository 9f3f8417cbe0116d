import type { Connection } from '../engine/connection.ts';
import type { Source } from '../engine/ports.ts';
import { ThrottledError } from '../errors.ts';
import type { RunPorts } from './ports.ts';

/** Opens the connection's mailbox under one of its four slots. Throws ThrottledError when none is free: the queue waits, not we (P13). */
export async function openSource(
  ports: RunPorts,
  connection: Connection,
): Promise<{ source: Source; close: () => Promise<void> }> {
  const answer = await ports.slots.take(connection.account, 1);
  if (answer.outcome === 'wait') throw new ThrottledError(answer.retryAfterMs);
  return { source: ports.sources.open(connection, answer.lease), close: () => answer.lease.release() };
}
