import { TransientError } from '../errors.ts';
import { readLimited } from '../lib/read-limited.ts';

/** Far above any page that Graph gives; what is larger is no answer of Graph's. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/** A failure of an answer that came with a good status and cannot be read: nothing is known about the outcome. */
export function unreadable(response: Response, what: string, cause?: unknown): TransientError {
  const facts = { status: response.status, remoteCode: null, requestId: response.headers.get('request-id') };
  return new TransientError(what, facts, cause === undefined ? undefined : { cause });
}

/** The whole body as text. A cut, reset or late body throws TransientError. */
export async function readText(response: Response): Promise<string> {
  const bytes = await read(response);
  if (bytes === null) throw unreadable(response, 'An answer beyond all measure');
  return new TextDecoder().decode(bytes);
}

async function read(response: Response): Promise<Uint8Array | null> {
  try {
    return await readLimited(response.body, LARGEST_BYTES, response.headers.get('content-length'));
  } catch (error) {
    throw unreadable(response, 'An answer that was cut off', error);
  }
}
