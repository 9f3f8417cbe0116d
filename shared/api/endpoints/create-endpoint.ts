import type { ApiKey } from '../../config.ts';
import { MOST_ENDPOINTS, type Endpoint } from '../../engine/delivery-ports.ts';
import type { RequestOnce } from '../../engine/idempotency.ts';
import { newRing, newSecret, readRing, ringText } from '../../engine/signing-keys.ts';
import { FenceLostError, ProblemError } from '../../errors.ts';
import { settleLoose } from '../../jobs/loose-secrets.ts';
import { hash } from '../../lib/hash.ts';
import { createSecret, removeSecret } from '../connect/grant-secret.ts';
import type { ApiPorts } from '../ports.ts';
import { sees } from '../router/authenticate.ts';
import { invalid } from '../router/validate-request.ts';
import type { EndpointRequest } from './schemas.ts';

/**
 * Makes an endpoint, which is told of every change from now on. Answers it with its signing secret, which is told this once.
 * 400 for a URL that is no target, 403 for a workspace that is not the key's, 409 where there are too many. A request with
 * an Idempotency-Key that works anew after a crash finds the endpoint that it made, by an id that comes of the key.
 */
export async function createEndpoint(
  ports: ApiPorts,
  key: ApiKey,
  request: EndpointRequest,
  once?: RequestOnce,
): Promise<Born> {
  const workspaceId = workspaceOf(key, request.workspaceId ?? null);
  demandTarget(ports, request.url);
  const id = `ep_${once === undefined ? ports.random.token(16) : hash(['endpoint', once.key], 22)}`;
  const made = once === undefined ? null : await bornBefore(ports, id);
  if (made !== null) return made;
  const standing = await ports.endpoints.list();
  if (standing.length >= MOST_ENDPOINTS)
    throw new ProblemError(409, 'too_many_endpoints', `There are ${MOST_ENDPOINTS} endpoints, and no more may be`);
  const signing = newSecret(ports.random);
  const { secret, note } = await createSecret(ports, id, ringText(newRing(signing)));
  const now = ports.clock.now().toISOString();
  const { url, types, description } = request;
  const endpoint: Endpoint = {
    ...{ id, workspaceId, url, types, description, status: 'active', pausedReason: null },
    ...{ createdAt: now, updatedAt: now, secret, failingSince: null, failures: 0, notBefore: null },
    ...{ lastSuccessAt: null, lastError: null, deletedAt: null },
  };
  if (!(await ports.endpoints.create(endpoint))) {
    await removeSecret(ports, secret, note);
    const other = await bornBefore(ports, id);
    if (other === null) throw new FenceLostError('The endpoint was made and deleted meanwhile');
    return other;
  }
  await settleLoose(ports, note);
  return { endpoint, secret: signing };
}

/** An endpoint and its signing secret, where the vault still has it. */
interface Born {
  readonly endpoint: Endpoint;
  readonly secret: string | undefined;
}

/** What an earlier try of the same request made; null where it did not come so far. */
async function bornBefore(ports: Pick<ApiPorts, 'endpoints' | 'secrets'>, id: string): Promise<Born | null> {
  const endpoint = (await ports.endpoints.read(id))?.endpoint;
  if (endpoint === undefined || endpoint.deletedAt !== null) return null;
  const ring = await ports.secrets.read(endpoint.secret);
  return { endpoint, secret: ring === null ? undefined : readRing(ring)?.keys[0]?.secret };
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
