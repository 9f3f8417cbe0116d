import { ConnectionError, TransientError } from '../errors.ts';
import { reduceCache } from './cache-partition.ts';
import { openMsal, type MicrosoftSettings } from './msal-app.ts';
import { namedScopes, usedScopes } from './scopes.ts';
import { signInError } from './sign-in-fault.ts';

/** What a refresh gave. */
export interface Refreshed {
  readonly accessToken: string;
  /** Life of the access token from now. */
  readonly lifeMs: number;
  /** The partition with the rotated refresh token, reduced: a secret. */
  readonly cache: string;
}

const USUAL_LIFE_MS = 3_600_000;

/**
 * Trades the refresh token in a cache partition for an access token, in one request. Asks for what was granted, never for
 * more: a scope that the application learnt later must not break an old grant. Nor for what others use: see usedScopes.
 */
export async function refreshWith(
  settings: MicrosoftSettings,
  partition: string,
  scopes: readonly string[],
  /** Told how long the sign-in service wants to be left alone. */
  quiet: (ms: number) => void,
): Promise<Refreshed> {
  const { app, endpoint } = openMsal(settings);
  const tokens = app.getTokenCache();
  tokens.deserialize(partition);
  const [account] = await tokens.getAllAccounts();
  if (account === undefined) throw new ConnectionError('reauth_required', 'The stored sign-in holds no account');
  // Rows that stand may still name more.
  const own = usedScopes(scopes);
  const asked = namedScopes(own.length === 0 ? ['user.read'] : own, settings.graphBaseUrl);
  try {
    const result = await app.acquireTokenSilent({ account, scopes: asked, forceRefresh: true });
    const cache = reduceCache(tokens.serialize());
    if (cache === null) throw new TransientError('The sign-in service gave no refresh token');
    const life = result.expiresOn === null ? USUAL_LIFE_MS : result.expiresOn.getTime() - Date.now();
    return { accessToken: result.accessToken, lifeMs: Math.max(life, 0), cache };
  } catch (error) {
    if (endpoint.status === 429) quiet(endpoint.retryAfterMs ?? 30_000);
    else if (endpoint.status !== null && endpoint.status >= 500) quiet(endpoint.retryAfterMs ?? 0);
    throw signInError(error, endpoint);
  }
}
