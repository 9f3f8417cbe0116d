import { Readable } from 'node:stream';
import { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import type { Agents } from './agents.ts';
import { hostOf } from './target.ts';

/** What a receiver answered: its status and how long it wants to be left alone, as it says it. The body is not kept. */
export interface Posted {
  readonly status: number;
  readonly retryAfter: string | null;
}

/** Most bytes of an answer that are read, and how long for: only to use the connection again. */
const MOST_BYTES = 16 * 1024;
const READ_MS = 1_000;

const client = createDefaultHttpClient();

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends everything, wherever it is: name look-up, connection, TLS, waiting, reading. */
  readonly signal: AbortSignal;
}

/**
 * One POST, of which redirects are not followed. An answer counts from its status on: what becomes of the body afterwards
 * changes nothing. Throws what the connection failed with.
 */
export async function post(agents: Agents, { url, headers, body, signal }: Post): Promise<Posted> {
  const clear = url.protocol === 'http:';
  const request = createPipelineRequest({
    url: url.href,
    method: 'POST',
    // Compressed answers would have to be unpacked to be measured.
    headers: createHttpHeaders({ ...headers, 'accept-encoding': 'identity' }),
    body,
    allowInsecureConnection: clear,
    abortSignal: signal,
    // The deadline is the signal's: one clock for all parts.
    timeout: 0,
    streamResponseStatusCodes: new Set([Number.POSITIVE_INFINITY]),
    // Overrides reach the request itself: the option `agent` is dropped on the way by this version of the library, without a
    // word, and an IPv6 address would be looked up with its brackets on.
    requestOverrides: { hostname: hostOf(url), agent: clear ? agents.http : agents.https },
  });
  const response = await client.sendRequest(request);
  const stream = response.readableStreamBody;
  if (stream !== undefined) await drain(stream);
  return { status: response.status, retryAfter: response.headers.get('retry-after') ?? null };
}

/** Reads a short answer to its end; one that is long or slow loses its connection. Never fails. */
function drain(stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve) => {
    let size = 0;
    const timer = setTimeout(cut, READ_MS);
    function done(): void {
      clearTimeout(timer);
      resolve();
    }
    function cut(): void {
      if (stream instanceof Readable) stream.destroy();
      done();
    }
    stream.on('data', (chunk: Buffer | string) => {
      size += chunk.length;
      if (size > MOST_BYTES) cut();
    });
    stream.on('end', done).on('close', done).on('error', done);
  });
}
