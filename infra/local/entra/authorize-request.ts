import { z } from 'zod';
import type { AppRegistration, Tenant } from '../graph/tenant.ts';
import { EntraError, missing } from './aadsts.ts';
import type { AuthorizeRequest, Prompt, ResponseMode } from './flow.ts';
import { parseScopes } from './scopes.ts';
import type { EntraState } from './state.ts';
import { audienceOf, checkAudience } from './tenants.ts';
import { unknownApp } from './token.ts';

const text = z.string().optional();
const parameters = z.object({
  client_id: text,
  redirect_uri: text,
  response_type: text,
  response_mode: text,
  scope: text,
  state: text,
  nonce: text,
  prompt: text,
  login_hint: text,
  domain_hint: text,
  client_info: text,
  claims: text,
  code_challenge: text,
  code_challenge_method: text,
});
type Parameters = z.infer<typeof parameters>;

/** Where a refusal may be sent to, once client and redirect URI are known to belong together. */
export interface ReturnTo {
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly responseMode: ResponseMode;
}

/** A refusal that goes back to the application; any other `EntraError` is shown as a page. */
export class ReturnedError extends Error {
  readonly reason: EntraError;
  readonly returnTo: ReturnTo;

  constructor(reason: EntraError, returnTo: ReturnTo) {
    super(reason.message);
    this.reason = reason;
    this.returnTo = returnTo;
  }
}

/**
 * Checks an authorize call. What concerns client, tenant and redirect URI is an error page (700016, 90002, 50011, 50194):
 * nothing may be sent to an address that is not the app's. The rest goes back by redirect.
 * @throws EntraError a page, ReturnedError a redirect.
 */
export function readAuthorize(state: EntraState, segment: string, query: URLSearchParams): AuthorizeRequest {
  const given = parameters.parse(Object.fromEntries(query));
  const { app, audience, redirectUri } = readClient(state, segment, given);
  const returnTo: ReturnTo = {
    redirectUri,
    state: given.state,
    responseMode: knownMode(given.response_mode) ?? 'query',
  };
  try {
    return {
      kind: 'code',
      app,
      audience,
      tenantSegment: segment,
      ...returnTo,
      responseMode: readMode(given),
      scopes: parseScopes(given.scope ?? null, state.tenant.settings.graphResource),
      nonce: given.nonce,
      prompt: readPrompt(given.prompt),
      loginHint: given.login_hint,
      clientInfo: given.client_info === '1',
      challenge: readChallenge(given),
    };
  } catch (error) {
    if (error instanceof EntraError) throw new ReturnedError(error, returnTo);
    throw error;
  }
}

/** `/{tenant}/v2.0/adminconsent`: client, redirect URI and scopes; never for `common`. */
export function readAdminConsent(state: EntraState, segment: string, query: URLSearchParams): AuthorizeRequest {
  const given = parameters.parse(Object.fromEntries(query));
  const { app, audience, redirectUri } = readClient(state, segment, given);
  if (audience === 'common' || audience === 'consumers') {
    throw new EntraError(
      90023,
      `The admin consent endpoint cannot be used with the tenant '${segment}'; name a tenant or use 'organizations'.`,
    );
  }
  return {
    kind: 'adminConsent',
    app,
    audience,
    tenantSegment: segment,
    redirectUri,
    scopes: parseScopes(given.scope ?? null, state.tenant.settings.graphResource),
    state: given.state,
    nonce: undefined,
    responseMode: 'query',
    prompt: undefined,
    loginHint: given.login_hint,
    clientInfo: false,
    challenge: undefined,
  };
}

function readClient(state: EntraState, segment: string, given: Parameters) {
  const audience = audienceOf(segment, state.tenant);
  if (given.client_id === undefined) throw missing('client_id');
  const app = state.tenant.app(given.client_id);
  if (app === undefined) throw unknownApp(given.client_id);
  checkAudience(audience, app, state.traitsOf(app.clientId));
  if (given.redirect_uri === undefined) throw missing('redirect_uri');
  if (!acceptsRedirect(app, given.redirect_uri)) {
    throw new EntraError(
      50011,
      `The redirect URI '${given.redirect_uri}' specified in the request does not match the redirect URIs configured for the application '${app.clientId}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.`,
    );
  }
  return { app, audience, redirectUri: given.redirect_uri };
}

/** Exact, but for the loopback callback that every registration here has on any port. */
export function acceptsRedirect(app: AppRegistration, uri: string): boolean {
  if (app.redirectUris.includes(uri)) return true;
  return /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/[^?#]*)?\/api\/oauth\/microsoft\/callback$/.test(uri);
}

function readMode(given: Parameters): ResponseMode {
  if (given.response_type === undefined) throw missing('response_type');
  if (given.response_type !== 'code') {
    throw new EntraError(700054, `response_type '${given.response_type}' is not enabled for the application.`);
  }
  if (given.response_mode === undefined) return 'query';
  const mode = knownMode(given.response_mode);
  if (mode === undefined) {
    throw new EntraError(
      70007,
      `'${given.response_mode}' is not a supported value of 'response_mode' when requesting a code.`,
    );
  }
  return mode;
}

function knownMode(value: string | undefined): ResponseMode | undefined {
  return value === 'query' || value === 'fragment' || value === 'form_post' ? value : undefined;
}

function readPrompt(value: string | undefined): Prompt | undefined {
  if (value === undefined || value === '') return undefined;
  if (value === 'login' || value === 'none' || value === 'consent' || value === 'select_account') return value;
  throw new EntraError(90023, `Unsupported 'prompt' value '${value}'.`);
}

/** RFC 7636: 43 to 128 characters. Without a method Entra takes `plain`. */
function readChallenge(given: Parameters): AuthorizeRequest['challenge'] {
  const value = given.code_challenge;
  if (value === undefined) return undefined;
  const method = given.code_challenge_method ?? 'plain';
  if (method !== 'S256' && method !== 'plain') {
    throw new EntraError(501491, `The code_challenge_method '${method}' is not supported.`);
  }
  if (!/^[A-Za-z0-9\-._~]{43,128}$/.test(value)) throw new EntraError(501491);
  return { method, value };
}

/** Looks a name up as the sign-in page does: without regard to case or surrounding blanks. */
export function findAccount(tenant: Tenant, login: string) {
  const name = login.trim().toLowerCase();
  return tenant.users().find((user) => user.userPrincipalName.toLowerCase() === name);
}
