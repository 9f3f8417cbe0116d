import type { Reply, Req } from '../graph/http.ts';
import { EntraError, errorBody } from './aadsts.ts';
import type { EntraState } from './state.ts';
import { audienceOf, PERSONAL_TENANT } from './tenants.ts';

/** `/{tenant}/v2.0/.well-known/openid-configuration`. For common and organizations the issuer holds a literal `{tenantid}`. */
export function discovery(state: EntraState, req: Req): Reply {
  const segment = req.params['tenant'] ?? '';
  try {
    const audience = audienceOf(segment, state.tenant);
    const base = `${req.origin}/${segment.toLowerCase()}`;
    const ids = {
      common: '{tenantid}',
      organizations: '{tenantid}',
      consumers: PERSONAL_TENANT,
      home: state.tenant.id,
    };
    return {
      status: 200,
      body: { issuer: `https://login.microsoftonline.com/${ids[audience]}/v2.0`, ...endpoints(base), ...ABILITIES },
    };
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    return { status: 400, body: errorBody(error, state.tenant.clock.now(), req.requestId) };
  }
}

function endpoints(base: string) {
  return {
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
  };
}

const ABILITIES = {
  token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
  response_modes_supported: ['query', 'fragment', 'form_post'],
  response_types_supported: ['code'],
  subject_types_supported: ['pairwise'],
  id_token_signing_alg_values_supported: ['RS256'],
  scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  claims_supported: [
    'sub',
    'iss',
    'aud',
    'exp',
    'iat',
    'nonce',
    'preferred_username',
    'name',
    'tid',
    'oid',
    'ver',
    'email',
  ],
  cloud_instance_name: 'microsoftonline.com',
  msgraph_host: 'graph.microsoft.com',
  rbac_url: 'https://pas.windows.net',
};
