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
  return new TextDecoder().decode(await readBytes(response, LARGEST_BYTES));
}

/** The whole body, which is at most so large. A cut, reset, late or larger one throws TransientError. */
export async function readBytes(response: Response, largest: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await read(response, largest);
  if (bytes === null) throw unreadable(response, 'An answer beyond all measure');
  return bytes;
}

async function read(response: Response, largest: number): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await readLimited(response.body, largest, response.headers.get('content-length'));
  } catch (error) {
    throw unreadable(response, 'An answer that was cut off', error);
  }
}
