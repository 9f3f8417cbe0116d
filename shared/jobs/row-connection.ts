import type { Connection } from '../engine/connection.ts';
import type { DueRow } from '../engine/directory-ports.ts';
import { plus } from '../lib/clock.ts';
import type { JobPorts } from './ports.ts';

/** Due rows stand before the connection that they are for: one whose connection never came to be is dropped after that time. */
const PATIENCE_MS = 5 * 60_000;

/**
 * The connection that a due row is for; null where nothing is to be done for it. The row of a connection that leaves, left, or
 * never was is dropped.
 */
export async function connectionOfRow(
  ports: Pick<JobPorts, 'connections' | 'due' | 'clock'>,
  row: DueRow,
): Promise<Connection | null> {
  const connection = (await ports.connections.read(row.connectionId))?.connection;
  if (connection === undefined) {
    if (plus(row.dueAt, PATIENCE_MS) < ports.clock.now()) await ports.due.move(row, null);
    return null;
  }
  if (connection.status !== 'disconnecting' && connection.status !== 'disconnected') return connection;
  await ports.due.move(row, null);
  return null;
}
