import type { Connection } from '../engine/connection.ts';
import type { Source } from '../engine/ports.ts';
import { MailboxBusyError, ThrottledError } from '../errors.ts';
import type { RunPorts } from './ports.ts';

/**
 * Opens the connection's mailbox under one of its four slots. Throws MailboxBusyError when none is free, and ThrottledError
 * while Microsoft wants the mailbox left alone: the queue waits, not we (P13).
 */
export async function openSource(
  ports: RunPorts,
  connection: Connection,
): Promise<{ source: Source; close: () => Promise<void> }> {
  const answer = await ports.slots.take(connection.account, 1);
  if (answer.outcome === 'wait') {
    const Wait = answer.resting === true ? ThrottledError : MailboxBusyError;
    throw new Wait(answer.retryAfterMs);
  }
  return { source: ports.sources.open(connection, answer.lease), close: () => answer.lease.release() };
}
