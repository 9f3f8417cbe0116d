import { CryptoProvider, type AuthenticationResult } from '@azure/msal-node';
import { z } from 'zod';
import type { Account } from '../engine/connection.ts';
import type { SignIn, SignInGrant } from '../engine/remote-ports.ts';
import { ConnectionError, TransientError } from '../errors.ts';
import type { Random } from '../lib/random.ts';
import { explainSignIn } from './aadsts.ts';
import { reduceCache } from './cache-partition.ts';
import { openMsal, type MicrosoftSettings } from './msal-app.ts';
import { namedScopes, plainScopes, scopesFor, usedScopes } from './scopes.ts';
import { signInError } from './sign-in-fault.ts';

/** The tenant of all personal accounts. */
const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

const claimsSchema = z.object({
  tid: z.string().min(1),
  oid: z.string().min(1),
  preferred_username: z.string().optional(),
  name: z.string().optional(),
});

export interface SignInParts {
  readonly settings: MicrosoftSettings;
  readonly publicBaseUrl: string;
  readonly random: Random;
}

/** The authorization code flow with PKCE, state and nonce, by msal. */
export function openSignIn({ settings, publicBaseUrl, random }: SignInParts): SignIn {
  const redirectUri = `${publicBaseUrl}/api/oauth/microsoft/callback`;
  const scopesOf = (domains: readonly string[]): string[] => namedScopes(scopesFor(domains), settings.graphBaseUrl);
  return {
    async begin({ state, domains, loginHint }) {
      const { app, endpoint } = openMsal(settings);
      const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
      const nonce = random.token(24);
      const request = {
        scopes: scopesOf(domains),
        redirectUri,
        codeChallenge: challenge,
        codeChallengeMethod: 'S256',
        state,
        nonce,
        prompt: 'select_account',
        // Msal drops its own loginHint beside select_account; Entra takes both.
        ...(loginHint === null ? {} : { extraQueryParameters: { login_hint: loginHint } }),
      };
      try {
        return { url: await app.getAuthCodeUrl(request), verifier, nonce };
      } catch (error) {
        throw signInError(error, endpoint);
      }
    },

    async finish({ code, clientInfo, state, verifier, nonce, domains }) {
      const { app, endpoint } = openMsal(settings);
      const request = { code, scopes: scopesOf(domains), redirectUri, codeVerifier: verifier, state, nonce };
      const answer = { code, state, ...(clientInfo === null ? {} : { client_info: clientInfo }) };
      try {
        const result = await app.acquireTokenByCode(request, answer);
        return grantOf(result, app.getTokenCache().serialize());
      } catch (error) {
        throw signInError(error, endpoint);
      }
    },

    explain: explainSignIn,
  };
}

function grantOf(result: AuthenticationResult, serialized: string): SignInGrant {
  const cache = reduceCache(serialized);
  if (cache === null) {
    throw new ConnectionError(
      'consent_missing',
      'Microsoft gave no lasting access. Connect again and agree to all of it.',
    );
  }
  return { account: accountOf(result), scopes: usedScopes(plainScopes(result.scopes)), cache };
}

function accountOf(result: AuthenticationResult): Account {
  const claims = claimsSchema.safeParse(result.idTokenClaims);
  if (!claims.success) throw new TransientError('The sign-in service does not tell whose sign-in this is');
  const { tid, oid, preferred_username, name } = claims.data;
  return {
    tenantId: tid,
    objectId: oid,
    username: preferred_username ?? result.account?.username ?? '',
    displayName: name ?? null,
    kind: tid === PERSONAL_TENANT ? 'personal' : 'work',
  };
}
