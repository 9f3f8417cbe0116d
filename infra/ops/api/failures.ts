import { ApiError, OpsError } from '../errors.ts';
import { plain } from '../terminal/format.ts';
import { problem } from './schemas.ts';

const hints: Readonly<Record<string, string>> = {
  key_missing: 'Give an API key: --key, or OUTLOOK_SYNC_API_KEY in the environment.',
  key_unknown: 'The key must be one whose SHA-256 stands in API_KEYS. Check --key or OUTLOOK_SYNC_API_KEY.',
  scope_missing: 'Use a key whose entry in API_KEYS has the scope that is asked for.',
  key_confined: 'Use a key whose entry in API_KEYS names no workspaces.',
  connection_unknown: 'List what there is: npm run ops -- status',
  endpoint_unknown: 'List what there is: npm run ops -- endpoints',
  endpoint_paused: 'npm run ops -- endpoints resume <id>',
  cursor_too_old: 'List the records again, then follow the feed with --after latest.',
};

/** The failure that an answer tells. Text of the answer is shown only where it is the service's own. */
export function failureOf(request: string, status: number, body: unknown): ApiError {
  const read = problem.safeParse(body);
  const told = read.success ? read.data : {};
  const code = told.code ?? 'unknown';
  const faults = (told.errors ?? []).map(({ path, message }) => `\n  ${plain(path)} ${plain(message)}`).join('');
  const id = told.requestId === undefined ? '' : ` [request ${plain(told.requestId)}]`;
  const detail = plain(told.detail ?? 'not an answer of this service');
  return new ApiError({
    status,
    code,
    message: `${request} answered ${status} ${plain(code)}: ${detail}${id}${faults}`,
    hint: hints[code] ?? hintOf(status, told.code !== undefined),
  });
}

function hintOf(status: number, ours: boolean): string | null {
  if (status === 401 || status === 403)
    return ours
      ? 'Check --key or OUTLOOK_SYNC_API_KEY.'
      : 'Something in front of the app demands a sign-in: the API takes its own keys.';
  if (status === 404 && !ours) return 'Is --api right? It ends in /api.';
  if (status >= 300 && status < 400) return 'Give the address that it redirects to as --api: a key is not sent on.';
  if (status === 429 || status === 503) return 'Try again in a moment; if it stays so: npm run ops -- doctor';
  return null;
}

/** The failure of a request that got no answer. */
export function unanswered(address: string, error: unknown): OpsError {
  const code = causeCode(error);
  const options = { cause: error };
  if (code === 'ECONNREFUSED')
    return new OpsError(
      `Nothing listens at ${address}`,
      'Is the host running? npm start, or npm run host; or give --api.',
      options,
    );
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new OpsError(`The name of ${address} is not known`, 'Is --api right?', options);
  if (code === 'TimeoutError')
    return new OpsError(
      `${address} did not answer in time`,
      'Is the host busy, or something in between? Try npm run ops -- doctor',
      options,
    );
  return new OpsError(
    `${address} could not be reached (${code})`,
    'Check --api, the network and its certificates.',
    options,
  );
}

/** The code of the innermost cause that has one. */
export function causeCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return error.name;
  if (error.cause !== undefined) return causeCode(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
