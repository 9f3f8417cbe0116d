import { z } from 'zod';
import { ControlError, type Reply, type Req, type Site } from '../graph/http.ts';
import { readJson, userFrom } from '../graph/control/input.ts';
import type { AppRegistration } from '../graph/tenant.ts';
import type { EntraState } from './state.ts';

const revocation = z.strictObject({
  /** An AADSTS number: what refresh tokens answer until the user signs in again. */
  error: z
    .string()
    .regex(/^\d{4,7}$/)
    .default('50173'),
  /** Graph refuses the access tokens too, before their time (continuous access evaluation). */
  accessTokens: z.boolean().default(false),
});

const registration = z.strictObject({
  clientId: z.guid(),
  displayName: z.string().min(1).optional(),
  secret: z.string().min(1).optional(),
  redirectUris: z.array(z.string()).optional(),
  roles: z.array(z.string()).optional(),
  audience: z.enum(['single', 'multiple', 'all']).optional(),
  secretExpired: z.boolean().optional(),
  certificates: z.array(z.string().startsWith('-----BEGIN CERTIFICATE-----')).optional(),
  federated: z
    .array(z.strictObject({ issuer: z.string(), subject: z.string(), audience: z.string() }))
    .max(20)
    .optional(),
});

/** `POST /control/users/{upn}/revoke` `{error?, accessTokens?}` -> 204. */
export function revoke(state: EntraState, req: Req): Reply {
  const body = readJson(req, revocation);
  const user = userFrom(state.tenant, req.params['upn'] ?? '');
  state.grants.revoke(user.id, Number(body.error));
  if (body.accessTokens) state.tokens.revokeOf(user.id);
  return { status: 204 };
}

/** `GET /control/apps`, `POST /control/apps` (a new one, or members of a known one) and the same by PATCH. */
export function mountApps(state: EntraState, site: Site): void {
  site.control.on('GET', '/control/apps', () => ({
    status: 200,
    body: state.tenant.apps().map((app) => view(state, app)),
  }));
  site.control.on('POST', '/control/apps', (req) => ({ status: 200, body: save(state, readJson(req, registration)) }));
  site.control.on('PATCH', '/control/apps/{clientId}', (req) => {
    const patch = readJson(req, registration.omit({ clientId: true }));
    const app = state.tenant.app(req.params['clientId'] ?? '');
    if (app === undefined) throw new ControlError(404, 'no such app registration');
    return { status: 200, body: save(state, { ...patch, clientId: app.clientId }) };
  });
}

function save(state: EntraState, given: z.infer<typeof registration>) {
  const known = state.tenant.app(given.clientId);
  const app: AppRegistration = known ?? {
    clientId: given.clientId,
    secret: 'local-secret',
    displayName: 'Another app',
    redirectUris: [],
    roles: [],
  };
  app.secret = given.secret ?? app.secret;
  app.displayName = given.displayName ?? app.displayName;
  app.redirectUris = given.redirectUris ?? app.redirectUris;
  app.roles = given.roles ?? app.roles;
  if (known === undefined) state.tenant.addApp(app);
  const traits = state.traitsOf(app.clientId);
  state.setTraits(app.clientId, {
    audience: given.audience ?? traits.audience,
    secretExpired: given.secretExpired ?? traits.secretExpired,
    certificates: given.certificates ?? traits.certificates,
    federated: given.federated ?? traits.federated,
  });
  return view(state, app);
}

function view(state: EntraState, app: AppRegistration) {
  return { ...app, ...state.traitsOf(app.clientId) };
}
