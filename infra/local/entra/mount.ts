import type { Site } from '../graph/http.ts';
import { adminConsent, authorize, continueSignIn, logout } from './authorize.ts';
import { mountApps, revoke } from './control.ts';
import { discovery } from './discovery.ts';
import { mountManagedIdentity } from './managed-identity.ts';
import { EntraState } from './state.ts';
import { tokenEndpoint } from './token.ts';

/**
 * Puts the sign-in on the server: pages, token endpoint, discovery, keys, and its part of the control API. From then on
 * `tenant.bearer` knows the tokens that were issued here.
 */
export function mountEntra(site: Site): EntraState {
  const state = new EntraState(site.tenant);
  site.tenant.bearer = state.tokens;
  const at = (path: string): string => `/{tenant}${path}`;
  site.entra.on('GET', at('/oauth2/v2.0/authorize'), (req) => authorize(state, req));
  site.entra.on('POST', at('/oauth2/v2.0/authorize'), (req) => authorize(state, req));
  site.entra.on('POST', at('/oauth2/v2.0/authorize/continue'), (req) => continueSignIn(state, req));
  site.entra.on('POST', at('/oauth2/v2.0/token'), (req) => tokenEndpoint(state, req));
  site.entra.on('GET', at('/oauth2/v2.0/logout'), (req) => logout(state, req));
  site.entra.on('GET', at('/v2.0/adminconsent'), (req) => adminConsent(state, req));
  site.entra.on('GET', at('/v2.0/.well-known/openid-configuration'), (req) => discovery(state, req));
  site.entra.on('GET', at('/discovery/v2.0/keys'), async () => ({ status: 200, body: await state.key.publicKeys() }));
  site.control.on('POST', '/control/users/{upn}/revoke', (req) => revoke(state, req));
  mountApps(state, site);
  mountManagedIdentity(state, site);
  return state;
}
