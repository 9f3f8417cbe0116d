import type { Connection, VersionedConnection } from '../engine/connection.ts';
import type { JobPorts } from './ports.ts';
import { untilFirst } from './until-first.ts';

/**
 * Compare and swap of a connection's row, read anew each time another writer was first. `change` answers null to leave it as
 * it is, and may be given the row as the caller has just read it. Answers the row as it stands after, or null where there is none.
 */
export async function changeConnection(
  ports: Pick<JobPorts, 'connections'>,
  id: string,
  change: (connection: Connection) => Connection | null,
  read: VersionedConnection | null = null,
): Promise<Connection | null> {
  return untilFirst(async (isFirst) => {
    const found = isFirst && read !== null ? read : await ports.connections.read(id);
    if (found === null) return null;
    const changed = change(found.connection);
    if (changed === null) return found.connection;
    await ports.connections.replace(changed, found.version);
    return changed;
  });
}
