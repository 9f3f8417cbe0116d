import { createHash } from 'node:crypto';
import type { AppRegistration, User } from '../graph/tenant.ts';
import { EntraError } from './aadsts.ts';
import { entriesOf, permissionsOf } from './consents.ts';
import { isGraph, type ScopeRequest } from './scopes.ts';
import type { EntraState } from './state.ts';
import { tenantOf } from './tenants.ts';

export interface IssueRequest {
  readonly app: AppRegistration;
  readonly user: User;
  readonly scopes: ScopeRequest;
  readonly nonce: string | undefined;
  readonly mfa: boolean;
  /** The request said `client_info=1`. */
  readonly clientInfo: boolean;
  /** Of the sign-in that all this goes back to. */
  readonly order: number;
}

/**
 * The answer to a code or a refresh token: an access token for the first resource, a refresh token with
 * `offline_access`, an id token with `openid`. `scope` names all that the user has consented to for the resource.
 * @throws EntraError 65001 for a permission without consent, 50076 where the second factor is now asked for.
 */
export async function issueForUser(state: EntraState, request: IssueRequest): Promise<Record<string, unknown>> {
  const { app, user, scopes } = request;
  if (!user.enabled) throw new EntraError(50057);
  const granted = state.consents.of(app, user);
  if (!entriesOf(scopes).every((entry) => granted.has(entry) || scopes.isDefault) || granted.size === 0) {
    throw new EntraError(65001, consentText(app));
  }
  if (user.mfa && !request.mfa) throw new EntraError(50076);
  const permissions = permissionsOf(granted, scopes.resource);
  const seconds = state.tenant.settings.accessTokenSeconds;
  const words = scopes.openid.filter((word) => word !== 'offline_access');
  const named = scopes.full ? permissions.map((name) => `${scopes.resource}/${name}`) : permissions;
  return {
    token_type: 'Bearer',
    scope: [...named, ...words].join(' '),
    expires_in: seconds,
    ext_expires_in: seconds,
    access_token: state.tokens.issue(
      { app, user, scopes: permissions, roles: [] },
      seconds,
      isGraph(scopes.resource, state.tenant.settings.graphResource),
    ),
    ...(scopes.openid.includes('offline_access') ? { refresh_token: refreshToken(state, request) } : {}),
    ...(scopes.openid.includes('openid') ? { id_token: await idToken(state, request) } : {}),
    ...(request.clientInfo ? { client_info: clientInfo(state, user) } : {}),
  };
}

/** Base64url JSON of `{uid, utid}`, from which msal makes the account's key. */
export function clientInfo(state: EntraState, user: User): string {
  return Buffer.from(JSON.stringify({ uid: user.id, utid: tenantOf(user, state.tenant) })).toString('base64url');
}

export function consentText(app: AppRegistration): string {
  return `The user or administrator has not consented to use the application with ID '${app.clientId}' named '${app.displayName}'. Send an interactive authorization request for this user and resource.`;
}

function refreshToken(state: EntraState, request: IssueRequest): string {
  const { app, user, mfa, order, scopes } = request;
  return state.grants.issueRefresh({ clientId: app.clientId, user, mfa, order, openid: scopes.openid });
}

async function idToken(state: EntraState, { app, user, scopes, nonce, mfa }: IssueRequest): Promise<string> {
  const now = Math.floor(state.tenant.clock.ms() / 1000);
  const tid = tenantOf(user, state.tenant);
  return state.key.sign({
    ver: '2.0',
    iss: `https://login.microsoftonline.com/${tid}/v2.0`,
    aud: app.clientId,
    sub: createHash('sha256').update(`${app.clientId}|${user.id}`).digest('base64url'),
    oid: user.id,
    tid,
    iat: now,
    nbf: now,
    exp: now + 3600,
    amr: mfa ? ['pwd', 'mfa'] : ['pwd'],
    ...(scopes.openid.includes('profile')
      ? { name: user.displayName, preferred_username: user.userPrincipalName }
      : {}),
    ...(scopes.openid.includes('email') ? { email: user.userPrincipalName } : {}),
    ...(nonce === undefined ? {} : { nonce }),
  });
}
