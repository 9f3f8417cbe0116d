import type { Configuration } from '@azure/msal-node';
import type { ManagedIdentityCredential } from '@azure/identity';
import { exchangeAudience } from '../config-clouds.ts';
import type { Config } from '../config.ts';
import { ConnectionError, TransientError } from '../errors.ts';

type MicrosoftSettings = Config['microsoft'];

/**
 * How msal proves to Entra which application asks: by exactly one of its three ways. A managed identity that gives no token
 * within the time is a passing failure (TransientError); one that is not assigned is `app_misconfigured`.
 */
export function clientProof(
  { credential, authorityHost }: MicrosoftSettings,
  timeoutMs: number,
): Partial<Configuration['auth']> {
  switch (credential.kind) {
    case 'secret':
      return { clientSecret: credential.secret };
    case 'certificate':
      // By SHA-256 (`x5t#S256`, signed PS256); the older thumbprint is for servers of old.
      return { clientCertificate: { thumbprintSha256: credential.thumbprint, privateKey: credential.privateKey } };
    case 'federated':
      return {
        clientAssertion: () => identityToken(credential.identityClientId, exchangeAudience(authorityHost), timeoutMs),
      };
  }
}

/** One of each: it keeps its tokens for their time, and asking for one per request would be throttled. */
const identities = new Map<string | null, Promise<ManagedIdentityCredential>>();

async function identityOf(clientId: string | null): Promise<ManagedIdentityCredential> {
  // Loaded where it is used alone: it is large.
  const { ManagedIdentityCredential } = await import('@azure/identity');
  return clientId === null ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
}

async function identityToken(clientId: string | null, audience: string, timeoutMs: number): Promise<string> {
  const known = identities.get(clientId) ?? identityOf(clientId);
  identities.set(clientId, known);
  try {
    const identity = await known;
    return (await within(timeoutMs, identity.getToken(`${audience}/.default`))).token;
  } catch (error) {
    // Nothing is known of what failed: the next request begins anew.
    identities.delete(clientId);
    throw identityError(error);
  }
}

/** The library waits for an answer without end. */
async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`no answer within ${timeoutMs} ms`));
  }, timeoutMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

const setup = 'The application is set up wrongly; its operator must mend it: its managed identity';

/** The library tells all failures as one kind; what lies under it says whether the identity is not there, or did not answer. */
function identityError(error: unknown): ConnectionError | TransientError {
  const text = error instanceof Error ? error.message : '';
  // What App Service and the machine's own endpoint say of an identity that was not assigned.
  if (/No (User Assigned|Managed) |Identity not found/i.test(text))
    return new ConnectionError('app_misconfigured', `${setup} is not assigned to this app.`);
  return new TransientError('The managed identity did not give a token', undefined, { cause: error });
}
