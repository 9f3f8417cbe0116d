import type { Connection, VersionedConnection } from '../engine/connection.ts';
import { FenceLostError } from '../errors.ts';
import type { JobPorts } from './ports.ts';

const MOST_TRIES = 10;

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
  for (let tries = 1; ; tries++) {
    const found = tries === 1 && read !== null ? read : await ports.connections.read(id);
    if (found === null) return null;
    const changed = change(found.connection);
    if (changed === null) return found.connection;
    try {
      await ports.connections.replace(changed, found.version);
      return changed;
    } catch (error) {
      if (!(error instanceof FenceLostError) || tries >= MOST_TRIES) throw error;
    }
  }
}
