import type { ApiKey } from '../../config.ts';
import { MOST_ENDPOINTS, MOST_OF_WORKSPACE, type Endpoint } from '../../engine/delivery-ports.ts';
import { ANSWER_LIFE_MS, type RequestOnce } from '../../engine/idempotency.ts';
import { newRing, newSecret, readRing, ringText } from '../../engine/signing-keys.ts';
import { FenceLostError, ProblemError } from '../../errors.ts';
import { settleLoose } from '../../jobs/loose-secrets.ts';
import { plus } from '../../lib/clock.ts';
import { hash } from '../../lib/hash.ts';
import { createSecret, removeSecret } from '../connect/grant-secret.ts';
import type { ApiPorts } from '../ports.ts';
import { sees } from '../router/authenticate.ts';
import { invalid } from '../router/validate-request.ts';
import type { EndpointRequest } from './schemas.ts';

/**
 * Makes an endpoint, which is told of every change from now on. Answers it with its signing secret, which is told this once.
 * 400 for a URL that is no target, 403 for a workspace that is not the key's, 409 where there are too many. A request with
 * an Idempotency-Key that works anew after a crash finds the endpoint that it made, by an id that comes of the request.
 */
export async function createEndpoint(
  ports: ApiPorts,
  key: ApiKey,
  request: EndpointRequest,
  once?: RequestOnce,
): Promise<Born> {
  const workspaceId = workspaceOf(key, request.workspaceId ?? null);
  const url = targetOf(ports, request.url);
  const { id, made } =
    once === undefined ? { id: idOf(ports.random.token(16)), made: null } : await lifeOf(ports, once);
  if (made !== null) return bornBefore(ports, made);
  await demandRoom(ports, workspaceId);
  const signing = newSecret(ports.random);
  const { secret, note } = await createSecret(ports, id, ringText(newRing(signing)));
  const now = ports.clock.now().toISOString();
  const { types, description } = request;
  const endpoint: Endpoint = {
    ...{ id, workspaceId, url, types, description, status: 'active', pausedReason: null },
    ...{ createdAt: now, updatedAt: now, secret, failingSince: null, failures: 0, notBefore: null },
    ...{ lastSuccessAt: null, lastError: null, deletedAt: null },
  };
  if (!(await ports.endpoints.create(endpoint))) {
    await removeSecret(ports, secret, note);
    const other = (await ports.endpoints.read(id))?.endpoint;
    if (other === undefined || other.deletedAt !== null)
      throw new FenceLostError('The endpoint was made and deleted meanwhile');
    return bornBefore(ports, other);
  }
  await settleLoose(ports, note);
  return { endpoint, secret: signing };
}

/** An endpoint and its signing secret, where the vault still has it. */
interface Born {
  readonly endpoint: Endpoint;
  readonly secret: string | undefined;
}

const idOf = (token: string): string => `ep_${token}`;

/**
 * The id that a request makes its endpoint by, and what an earlier try of it made. An endpoint that is older than answers are
 * kept, or was deleted, is of an earlier request with this key: what comes of it makes one of its own.
 */
async function lifeOf(
  ports: Pick<ApiPorts, 'endpoints' | 'clock'>,
  once: RequestOnce,
): Promise<{ readonly id: string; readonly made: Endpoint | null }> {
  const oldest = plus(ports.clock.now(), -ANSWER_LIFE_MS).toISOString();
  const seed = ['endpoint', once.key, once.bodyHash];
  for (let id = idOf(hash(seed, 22)); ; id = idOf(hash([...seed, id], 22))) {
    const made = (await ports.endpoints.read(id))?.endpoint ?? null;
    if (made === null || (made.deletedAt === null && made.createdAt > oldest)) return { id, made };
  }
}

/** What an earlier try of the same request made, with its secret again: its answer was lost. */
async function bornBefore(ports: Pick<ApiPorts, 'secrets'>, endpoint: Endpoint): Promise<Born> {
  const ring = await ports.secrets.read(endpoint.secret);
  return { endpoint, secret: ring === null ? undefined : readRing(ring)?.keys[0]?.secret };
}

/** Throws 409 where there are as many endpoints as may be, in all or of the workspace. Those being deleted count no more. */
async function demandRoom(ports: Pick<ApiPorts, 'endpoints'>, workspaceId: string | null): Promise<void> {
  const living = (await ports.endpoints.list()).filter(({ endpoint }) => endpoint.deletedAt === null);
  const own = living.filter(({ endpoint }) => endpoint.workspaceId === workspaceId);
  if (workspaceId !== null && own.length >= MOST_OF_WORKSPACE)
    throw tooMany(`The workspace "${workspaceId}" has ${MOST_OF_WORKSPACE} endpoints`);
  if (living.length >= MOST_ENDPOINTS) throw tooMany(`There are ${MOST_ENDPOINTS} endpoints in all`);
}

const tooMany = (fact: string): ProblemError =>
  new ProblemError(409, 'too_many_endpoints', `${fact}, and no more may be: delete one first`);

/** The URL as it is kept: as everybody reads it, whatever way it was written. Throws 400 for one that nothing would be sent to. */
export function targetOf(ports: Pick<ApiPorts, 'targets'>, text: string): string {
  const url = URL.parse(text)?.href ?? text;
  const fault = ports.targets.targetFault(url);
  if (fault !== null) throw invalid([{ path: 'body.url', message: fault }]);
  return url;
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
