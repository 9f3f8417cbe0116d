import type { ApiKey } from '../../config.ts';
import type { Endpoint, VersionedEndpoint } from '../../engine/delivery-ports.ts';
import { ProblemError } from '../../errors.ts';
import type { ApiPorts } from '../ports.ts';
import { sees } from '../router/authenticate.ts';

/** 404, in the same words whatever the reason. */
export const unknownEndpoint = (): ProblemError =>
  new ProblemError(404, 'endpoint_unknown', 'There is no such endpoint');

/** The endpoint; 404 where there is none, where it is being deleted, and where the key may not see its workspace. */
export async function findEndpoint(
  ports: Pick<ApiPorts, 'endpoints'>,
  key: ApiKey,
  id: string,
): Promise<VersionedEndpoint> {
  const found = await ports.endpoints.read(id);
  if (found === null || !isSeen(key, found.endpoint)) throw unknownEndpoint();
  return found;
}

/** Endpoints that the key may see, the oldest first. */
export async function seenEndpoints(ports: Pick<ApiPorts, 'endpoints'>, key: ApiKey): Promise<Endpoint[]> {
  const all = (await ports.endpoints.list()).map(({ endpoint }) => endpoint);
  return all
    .filter((endpoint) => isSeen(key, endpoint))
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
}

const isSeen = (key: ApiKey, endpoint: Endpoint): boolean =>
  endpoint.deletedAt === null && sees(key, endpoint.workspaceId);
