import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';
import { SecretClient } from '@azure/keyvault-secrets';
import { isLoopback } from '../lib/loopback.ts';

/** Short: a job that waits for a vault waits in its queue. */
const RETRIES = { maxRetries: 2, retryDelayInMs: 300, maxRetryDelayInMs: 2_000 };
/** What a vault on this machine is called towards the SDK, which takes https addresses only and checks their domain. */
const LOCAL_NAME = 'https://local.vault.azure.net';

/** A client for the vault at this origin. An http origin must be a loopback address (ConfigError names it before). */
export async function openVault(origin: string): Promise<SecretClient> {
  if (new URL(origin).protocol === 'https:') {
    const { DefaultAzureCredential } = await import('@azure/identity');
    return new SecretClient(origin, new DefaultAzureCredential(), { retryOptions: RETRIES });
  }
  if (!isLoopback(origin)) throw new TypeError('A vault without TLS must be on this machine');
  return new SecretClient(LOCAL_NAME, localCredential, { httpClient: redirectTo(origin), retryOptions: RETRIES });
}

/** A vault on this machine asks for a bearer token and takes any. */
const localCredential = {
  getToken: (): Promise<{ token: string; expiresOnTimestamp: number }> =>
    Promise.resolve({ token: 'local', expiresOnTimestamp: Date.now() + 3_600_000 }),
};

function redirectTo(origin: string): HttpClient {
  const inner = createDefaultHttpClient();
  return {
    sendRequest: (request) => {
      const { pathname, search } = new URL(request.url);
      // A copy: the SDK's own retry must go on seeing https.
      return inner.sendRequest({ ...request, url: `${origin}${pathname}${search}`, allowInsecureConnection: true });
    },
  };
}
