import { UsageError } from '../errors.ts';
import { ApiClient } from './client.ts';

export const DEFAULT_API = 'http://127.0.0.1:7071/api';

type Environment = Readonly<Record<string, string | undefined>>;

/** The address of the API: flag, environment, or the local host's. Throws UsageError for one that a key must not be sent to. */
export function apiAddress(flag: string | undefined, environment: Environment): string {
  const given = flag ?? environment['OUTLOOK_SYNC_API'] ?? DEFAULT_API;
  const url = URL.parse(given);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new UsageError(`--api: "${given}" is no address`);
  if (url.protocol === 'http:' && !/^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname))
    throw new UsageError('--api: a key is sent over https only (http on this machine alone)');
  if (url.username !== '' || url.search !== '' || url.hash !== '')
    throw new UsageError('--api: an address ends with its path: https://your-app.example/api');
  return given.replace(/\/+$/, '');
}

/** The key: flag or environment; null where none is given. Throws UsageError for one that no header takes. */
export function apiKey(flag: string | undefined, environment: Environment): string | null {
  const key = [flag, environment['OUTLOOK_SYNC_API_KEY']].find((given) => given !== undefined && given !== '') ?? null;
  if (key !== null && !/^[\x21-\x7e]+$/.test(key))
    throw new UsageError('the API key has a blank, a line end or a character that no header takes');
  return key;
}

/** The API with a key. Throws UsageError where there is none. */
export function openApi(
  flags: { readonly api?: string | undefined; readonly key?: string | undefined },
  environment: Environment,
): ApiClient {
  const key = apiKey(flags.key, environment);
  if (key === null)
    throw new UsageError(
      'no API key: give --key, or OUTLOOK_SYNC_API_KEY in the environment (npm start takes local-api-key)',
    );
  return new ApiClient(apiAddress(flags.api, environment), key);
}
