import type { ApiKey } from '../../config.ts';
import type { Connection, VersionedConnection } from '../../engine/connection.ts';
import { ProblemError } from '../../errors.ts';
import type { ApiPorts } from '../ports.ts';
import { sees } from '../router/authenticate.ts';

/** The connection; 404 where there is none, and the same 404 where the key may not see its workspace. */
export async function findConnection(
  ports: Pick<ApiPorts, 'connections'>,
  key: ApiKey,
  id: string,
): Promise<VersionedConnection> {
  const found = await ports.connections.read(id);
  if (found === null || !sees(key, found.connection.workspaceId))
    throw new ProblemError(404, 'connection_unknown', 'There is no such connection');
  return found;
}

/** The connection, of which one domain is asked for; 404 where it does not sync that domain. */
export async function findWithDomain(
  ports: Pick<ApiPorts, 'connections'>,
  key: ApiKey,
  id: string,
  domain: string,
): Promise<VersionedConnection> {
  const found = await findConnection(ports, key, id);
  if (found.connection.domains.includes(domain)) return found;
  throw new ProblemError(404, 'domain_unknown', `The connection does not sync the domain "${domain}"`);
}

/** 409 for a connection that is leaving: nothing may be written to it. */
export function demandStaying(connection: Connection): void {
  if (connection.status !== 'disconnecting' && connection.status !== 'disconnected') return;
  throw new ProblemError(409, 'connection_leaving', 'The connection is being disconnected');
}
