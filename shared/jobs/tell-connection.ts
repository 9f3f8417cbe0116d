import type { Connection } from '../engine/connection.ts';
import type { NewChange } from '../engine/model.ts';
import { changeConnection } from './change-connection.ts';
import type { JobPorts } from './ports.ts';

type Untold = NonNullable<Connection['untold']>[number];

/** A feed row to be written into the connection's row with the change that it tells of: no crash comes between the two. */
export const toTell = (ports: Pick<JobPorts, 'random'>, change: NewChange): Untold => ({
  id: ports.random.token(9),
  change,
});

/**
 * Tells what the connection's row says is untold, each row once however often and by however many this is called, and takes
 * note. Throws StorageError: what is left is told by the next job, subscription work or housekeeping.
 */
export async function tellUntold(
  ports: Pick<JobPorts, 'connections' | 'appendChanges'>,
  connection: Connection,
): Promise<void> {
  const waiting = connection.untold ?? [];
  if (waiting.length === 0) return;
  const scope = { connectionId: connection.id, domain: 'connection' };
  for (const { id, change } of waiting) await ports.appendChanges(scope, [change], { commitId: id });
  const told = new Set(waiting.map(({ id }) => id));
  await changeConnection(ports, connection.id, (found) => {
    const before = found.untold ?? [];
    const untold = before.filter(({ id }) => !told.has(id));
    return untold.length === before.length ? null : { ...found, untold };
  });
}
