import { hasLeft } from '../../engine/connection.ts';
import { codeOf } from '../../errors.ts';
import { changeConnection } from '../../jobs/change-connection.ts';
import { DISCONNECT, requestDisconnectWork } from '../../jobs/disconnect.ts';
import type { ApiPorts } from '../ports.ts';

/**
 * Begins to leave (P15): the due row first, then the status that stops new work; the rest is the job's, which the row
 * brings about whatever happens here. Asking again is no error.
 */
export async function disconnect(ports: ApiPorts, connectionId: string): Promise<void> {
  await ports.due.add({ kind: DISCONNECT, connectionId, dueAt: ports.clock.now() });
  await changeConnection(ports, connectionId, (found) =>
    hasLeft(found)
      ? null
      : { ...found, status: 'disconnecting', reason: null, updatedAt: ports.clock.now().toISOString() },
  );
  try {
    await requestDisconnectWork(ports, connectionId);
  } catch (error) {
    ports.log.warn('disconnect.postponed', { 'error.code': codeOf(error) });
  }
}
