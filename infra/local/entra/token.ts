import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Reply, Req } from '../graph/http.ts';
import type { AppRegistration } from '../graph/tenant.ts';
import { EntraError, errorBody, missing } from './aadsts.ts';
import { authenticateClient } from './client-auth.ts';
import type { CodeGrant } from './grants.ts';
import { issueForUser } from './issue.ts';
import { GRAPH_RESOURCE, isGraph, parseScopes, type ScopeRequest } from './scopes.ts';
import type { EntraState } from './state.ts';
import { admits, audienceOf, checkAudience, wrongTenant, type Audience } from './tenants.ts';

const text = z.string().optional();
const tokenForm = z.object({
  client_id: text,
  grant_type: text,
  client_secret: text,
  client_assertion: text,
  client_assertion_type: text,
  code: text,
  redirect_uri: text,
  code_verifier: text,
  refresh_token: text,
  scope: text,
  client_info: text,
  claims: text,
});
type TokenForm = z.infer<typeof tokenForm>;

interface Call {
  readonly state: EntraState;
  readonly form: TokenForm;
  readonly app: AppRegistration;
  readonly audience: Audience;
}

const NO_STORE = { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' };

/** `POST /{tenant}/oauth2/v2.0/token`: codes, refresh tokens and client credentials. */
export async function tokenEndpoint(state: EntraState, req: Req): Promise<Reply> {
  const correlationId = req.headers['client-request-id'] ?? req.query.get('client-request-id') ?? randomUUID();
  const headers = { ...NO_STORE, 'x-ms-request-id': req.requestId, 'client-request-id': correlationId };
  try {
    return { status: 200, headers, body: await answer(state, req) };
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    return { status: error.status, headers, body: errorBody(error, state.tenant.clock.now(), correlationId) };
  }
}

async function answer(state: EntraState, req: Req): Promise<Record<string, unknown>> {
  const isForm = (req.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  const form = tokenForm.parse(Object.fromEntries(new URLSearchParams(isForm ? req.body.toString('utf8') : '')));
  if (form.grant_type === undefined) throw missing('grant_type');
  if (form.client_id === undefined) throw missing('client_id');
  const audience = audienceOf(req.params['tenant'] ?? '', state.tenant);
  const app = state.tenant.app(form.client_id);
  if (app === undefined) throw unknownApp(form.client_id);
  checkAudience(audience, app, state.traitsOf(app.clientId));
  const call = { state, form, app, audience };
  const authority = `${req.origin}/${req.params['tenant'] ?? ''}`;
  await authenticateClient(
    { state, app, authority },
    {
      secret: form.client_secret,
      assertion: form.client_assertion,
      assertionType: form.client_assertion_type,
    },
  );
  if (form.grant_type === 'authorization_code') return fromCode(call);
  if (form.grant_type === 'refresh_token') return fromRefreshToken(call);
  if (form.grant_type === 'client_credentials') return forApp(call);
  throw new EntraError(70003, `The app requested an unsupported grant type '${form.grant_type}'.`);
}

export function unknownApp(clientId: string): EntraError {
  return new EntraError(
    700016,
    `Application with identifier '${clientId}' was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
  );
}

async function fromCode({ state, form, app, audience }: Call): Promise<Record<string, unknown>> {
  if (form.code === undefined) throw missing('code');
  if (form.redirect_uri === undefined) throw missing('redirect_uri');
  const grant = state.grants.readCode(form.code, app.clientId);
  if (form.redirect_uri !== grant.redirectUri)
    throw new EntraError(500112, mismatch(form.redirect_uri, grant.redirectUri));
  if (!admits(audience, grant.user, state.traitsOf(app.clientId))) throw new EntraError(700005);
  checkVerifier(grant, form.code_verifier);
  state.grants.useCode(form.code);
  const { user, nonce, mfa, order } = grant;
  const own = state.tenant.settings.graphResource;
  const scopes = form.scope === undefined ? grant.scopes : withWords(parseScopes(form.scope, own), grant.scopes.openid);
  return issueForUser(state, { app, user, scopes, nonce, mfa, order, clientInfo: form.client_info === '1' });
}

async function fromRefreshToken({ state, form, app, audience }: Call): Promise<Record<string, unknown>> {
  if (form.refresh_token === undefined) throw missing('refresh_token');
  const grant = state.grants.readRefresh(form.refresh_token, app.clientId);
  if (!admits(audience, grant.user, state.traitsOf(app.clientId))) throw wrongTenant(grant.user, state.tenant);
  const own = state.tenant.settings.graphResource;
  const asked = form.scope ?? [...grant.openid, `${own ?? GRAPH_RESOURCE}/.default`].join(' ');
  const { user, mfa, order } = grant;
  // A refresh always brings its successor, whether offline_access is asked for again or not.
  const scopes = withWords(parseScopes(asked, own), ['offline_access']);
  const reply = await issueForUser(state, {
    app,
    user,
    scopes,
    nonce: undefined,
    mfa,
    order,
    clientInfo: form.client_info === '1',
  });
  state.grants.useRefresh(form.refresh_token);
  return reply;
}

/** Client credentials: no refresh token, and no `scope` in the reply (msal keys its cache by it). */
function forApp({ state, form, app, audience }: Call): Record<string, unknown> {
  if (audience !== 'home') throw new EntraError(50059);
  const own = state.tenant.settings.graphResource;
  const scopes = parseScopes(form.scope ?? null, own);
  if (!scopes.isDefault || scopes.openid.length > 0) {
    throw new EntraError(
      1002012,
      `The provided value for scope ${form.scope ?? ''} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
    );
  }
  const seconds = state.tenant.settings.accessTokenSeconds;
  const token = state.tokens.issue({ app, scopes: [], roles: [...app.roles] }, seconds, isGraph(scopes.resource, own));
  return { token_type: 'Bearer', expires_in: seconds, ext_expires_in: seconds, access_token: token };
}

function checkVerifier(grant: CodeGrant, verifier: string | undefined): void {
  const { challenge } = grant;
  if (challenge === undefined && verifier === undefined) return;
  const given = verifier ?? '';
  const hashed = challenge?.method === 'S256' ? createHash('sha256').update(given).digest('base64url') : given;
  if (challenge === undefined || hashed !== challenge.value) throw new EntraError(501481);
}

function withWords(scopes: ScopeRequest, words: readonly string[]): ScopeRequest {
  return { ...scopes, openid: [...new Set([...scopes.openid, ...words])] };
}

function mismatch(given: string, registered: string): string {
  return `The reply address '${given}' does not match the reply address '${registered}' provided when requesting Authorization code.`;
}
