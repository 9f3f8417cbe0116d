import type { ApiKey } from '../../config.ts';
import { MOST_ENDPOINTS, type Endpoint } from '../../engine/delivery-ports.ts';
import { newRing, newSecret, ringText } from '../../engine/signing-keys.ts';
import { ProblemError } from '../../errors.ts';
import { settleLoose } from '../../jobs/loose-secrets.ts';
import { createSecret } from '../connect/grant-secret.ts';
import type { ApiPorts } from '../ports.ts';
import { sees } from '../router/authenticate.ts';
import { invalid } from '../router/validate-request.ts';
import type { EndpointRequest } from './schemas.ts';

/**
 * Makes an endpoint, which is told of every change from now on. Answers it with its signing secret, which is told this once.
 * 400 for a URL that is no target, 403 for a workspace that is not the key's, 409 where there are too many.
 */
export async function createEndpoint(
  ports: ApiPorts,
  key: ApiKey,
  request: EndpointRequest,
): Promise<{ readonly endpoint: Endpoint; readonly secret: string }> {
  const workspaceId = workspaceOf(key, request.workspaceId ?? null);
  demandTarget(ports, request.url);
  const standing = await ports.endpoints.list();
  if (standing.length >= MOST_ENDPOINTS)
    throw new ProblemError(409, 'too_many_endpoints', `There are ${MOST_ENDPOINTS} endpoints, and no more may be`);
  const id = `ep_${ports.random.token(16)}`;
  const signing = newSecret(ports.random);
  const { secret, note } = await createSecret(ports, id, ringText(newRing(signing)));
  const now = ports.clock.now().toISOString();
  const { url, types, description } = request;
  const endpoint: Endpoint = {
    ...{ id, workspaceId, url, types, description, status: 'active', pausedReason: null },
    ...{ createdAt: now, updatedAt: now, secret, failingSince: null, failures: 0, notBefore: null },
    ...{ lastSuccessAt: null, lastError: null, deletedAt: null },
  };
  if (!(await ports.endpoints.create(endpoint))) throw new Error('A random id was taken');
  await settleLoose(ports, note);
  return { endpoint, secret: signing };
}

/** Throws 400 for a URL that nothing would be sent to. */
export function demandTarget(ports: Pick<ApiPorts, 'targets'>, url: string): void {
  const fault = ports.targets.targetFault(url);
  if (fault !== null) throw invalid([{ path: 'body.url', message: fault }]);
}

/** A confined key names one of its workspaces; one that has a single workspace may leave it out. */
function workspaceOf(key: ApiKey, asked: string | null): string | null {
  const [only, ...others] = key.workspaces ?? [];
  const workspaceId = asked ?? (others.length === 0 ? (only ?? null) : null);
  if (sees(key, workspaceId)) return workspaceId;
  if (asked === null)
    throw invalid([{ path: 'body.workspaceId', message: "is missing: name one of the key's workspaces" }]);
  throw new ProblemError(403, 'key_confined', 'The key may not make endpoints for this workspace');
}
