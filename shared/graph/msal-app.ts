import { ConfidentialClientApplication, type Configuration } from '@azure/msal-node';
import { isMicrosofts, PUBLIC_AUTHORITY } from '../config-clouds.ts';
import type { Config } from '../config.ts';
import { clientProof } from './client-proof.ts';
import { MsalNetwork, type TokenEndpoint } from './msal-network.ts';

export type MicrosoftSettings = Config['microsoft'];

const TOKEN_TIMEOUT_MS = 20_000;

export interface MsalApp {
  readonly app: ConfidentialClientApplication;
  readonly endpoint: TokenEndpoint;
}

/**
 * An application object for one operation. Its cache in memory holds one account and goes with it: objects that are shared
 * would write one connection's tokens into another's secret, and would refuse everybody for a minute after one 429.
 */
export function openMsal(settings: MicrosoftSettings, timeoutMs = TOKEN_TIMEOUT_MS): MsalApp {
  const network = new MsalNetwork(timeoutMs);
  const configuration: Configuration = {
    auth: {
      clientId: settings.clientId,
      ...clientProof(settings, timeoutMs),
      ...authorityOf(settings.authorityHost, settings.tenantId),
    },
    system: { networkClient: network, disableInternalRetries: true },
  };
  return { app: new ConfidentialClientApplication(configuration), endpoint: network.endpoint };
}

/**
 * Msal refuses an http authority always; with given metadata it asks for none, and the endpoints may be http. Another https
 * host must be named with its port, or msal asks the public cloud about it.
 */
export function authorityOf(host: string, tenant: string): Partial<Configuration['auth']> {
  if (!host.startsWith('http://')) {
    const authority = `${host}/${tenant}`;
    return isMicrosofts(host) ? { authority } : { authority, knownAuthorities: [new URL(host).host] };
  }
  const issued = ['common', 'organizations'].includes(tenant) ? '{tenantid}' : tenant;
  return {
    authority: `${PUBLIC_AUTHORITY}/${tenant}`,
    authorityMetadata: JSON.stringify({
      issuer: `${PUBLIC_AUTHORITY}/${issued}/v2.0`,
      authorization_endpoint: `${host}/${tenant}/oauth2/v2.0/authorize`,
      token_endpoint: `${host}/${tenant}/oauth2/v2.0/token`,
      jwks_uri: `${host}/${tenant}/discovery/v2.0/keys`,
    }),
  };
}
