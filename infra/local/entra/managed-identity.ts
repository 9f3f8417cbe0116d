import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { readJson } from '../graph/control/input.ts';
import { ControlError, type Reply, type Req, type Site } from '../graph/http.ts';
import type { EntraState } from './state.ts';

/** An identity that is assigned to the machine; the system-assigned one has no client id of its own to be asked by. */
interface Identity {
  readonly clientId: string | null;
  readonly principalId: string;
}

const newIdentity = z.strictObject({
  clientId: z.guid().nullable().default(null),
  principalId: z.guid().default(() => randomUUID()),
  /** What IDENTITY_HEADER is from now on. */
  header: z.string().min(1).optional(),
});

const LIFE_S = 86_400;
const VERSION = '2019-08-01';

/**
 * Managed identities as App Service has them: `GET /msi/token?api-version=2019-08-01&resource=&client_id=` with
 * `X-IDENTITY-HEADER`. Their tokens are signed by this tenant's key. `POST /control/identities` assigns one, and answers what
 * goes into IDENTITY_ENDPOINT and IDENTITY_HEADER, and what a federated credential must name; DELETE takes all away.
 */
export function mountManagedIdentity(state: EntraState, site: Site): void {
  let header = randomUUID().toUpperCase();
  const identities: Identity[] = [];
  const issuer = `https://login.microsoftonline.com/${state.tenant.id}/v2.0`;
  site.control.on('POST', '/control/identities', (req) => {
    const { header: given, ...identity } = readJson(req, newIdentity);
    if (identities.some(({ clientId }) => clientId === identity.clientId))
      throw new ControlError(409, 'this identity is assigned already');
    identities.push(identity);
    header = given ?? header;
    const endpoint = `${req.origin}/msi/token`;
    return { status: 201, body: { ...identity, issuer, subject: identity.principalId, endpoint, header } };
  });
  site.control.on('DELETE', '/control/identities', () => {
    identities.length = 0;
    return { status: 204 };
  });
  site.entra.on('GET', '/msi/token', async (req) => {
    const refused = refusalOf(req, header);
    if (refused !== null) return refused;
    const clientId = req.query.get('client_id')?.toLowerCase() ?? null;
    const identity = identities.find((one) => (one.clientId?.toLowerCase() ?? null) === clientId);
    if (identity === undefined)
      return fault(
        400,
        'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
      );
    return { status: 200, body: await issue(state, { identity, issuer, resource: req.query.get('resource') ?? '' }) };
  });
}

function refusalOf(req: Req, header: string): Reply | null {
  if (req.headers['x-identity-header'] !== header) return fault(401, 'The identity header is missing or wrong.');
  if (req.query.get('api-version') !== VERSION) return fault(400, `Only api-version ${VERSION} is supported.`);
  return (req.query.get('resource') ?? '') === '' ? fault(400, 'A resource is required.') : null;
}

const fault = (statusCode: number, message: string): Reply => ({
  status: statusCode,
  body: { statusCode, message, correlationId: randomUUID() },
});

async function issue(
  state: EntraState,
  given: { readonly identity: Identity; readonly issuer: string; readonly resource: string },
): Promise<Record<string, string>> {
  const { identity, issuer, resource } = given;
  const now = Math.floor(state.tenant.clock.ms() / 1000);
  const { principalId } = identity;
  const claims = { iss: issuer, aud: resource, sub: principalId, oid: principalId, tid: state.tenant.id, ver: '2.0' };
  const access_token = await state.key.sign({ ...claims, iat: now, nbf: now, exp: now + LIFE_S });
  return {
    ...{ access_token, expires_on: String(now + LIFE_S), resource, token_type: 'Bearer' },
    ...(identity.clientId === null ? {} : { client_id: identity.clientId }),
  };
}
