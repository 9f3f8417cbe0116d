import { randomUUID } from 'node:crypto';
import {
  Client,
  ResponseType,
  type Context,
  type GraphRequest,
  type Middleware,
} from '@microsoft/microsoft-graph-client';
import { codeOf, ConflictError, GoneError, RemoteError, ThrottledError, TransientError } from '../errors.ts';
import type { Media } from '../engine/remote-ports.ts';
import type { Clock } from '../lib/clock.ts';
import { parseJson, type Fields } from '../lib/json.ts';
import type { Log, LogFacts } from '../lib/log.ts';
import { readRetryAfter } from '../lib/retry-after.ts';
import { readBytes, readText, unreadable } from './answer-text.ts';
import { carried, createChain, type ChainParts } from './middleware.ts';
import { remoteError } from './remote-error.ts';
import type { Backoff } from './retry-after.ts';

/** Ids that stay when an item moves; asked for on every call, inside batches too. */
export const IMMUTABLE_IDS = 'IdType="ImmutableId"';
const VERSION = 'v1.0';

/** One call: by a path below the version root, or by a link that Graph gave. */
export type GraphCall =
  | {
      readonly path: string;
      readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
      readonly body?: Fields;
      readonly media?: Media;
      readonly ifMatch?: string;
      readonly prefer?: string;
    }
  | {
      readonly link: string;
      /** A link of a delta round, perhaps kept for long: a refusal of it means a fresh round. */
      readonly round: boolean;
      readonly prefer?: string;
    };

export interface CallerParts extends ChainParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly backoff: Backoff;
}

/** Sends calls one at a time, each once, and answers the parsed body (null where there is none). Throws the errors of `errors.ts`. */
export class GraphCaller {
  readonly parts: CallerParts;
  readonly #chain: Middleware;
  readonly #client: Client;

  constructor(parts: CallerParts) {
    this.parts = parts;
    this.#chain = createChain(parts);
    this.#client = Client.initWithMiddleware({
      baseUrl: parts.origin,
      defaultVersion: VERSION,
      middleware: this.#chain,
    });
  }

  call(call: GraphCall): Promise<unknown> {
    return this.#perform(call, async (response) => {
      const text = await readText(response);
      const body = parseJson(text);
      if (body === undefined && text !== '') throw unreadable(response, 'An answer that is no JSON');
      return body ?? null;
    });
  }

  /** Reads what is no JSON, at most `largest` bytes. */
  download(path: string, largest: number): Promise<Media> {
    return this.#perform({ path }, async (response) => ({
      contentType: response.headers.get('content-type') ?? '',
      bytes: await readBytes(response, largest),
    }));
  }

  async #perform<T>(call: GraphCall, read: (response: Response) => Promise<T>): Promise<T> {
    const started = this.#now();
    const clientRequestId = randomUUID();
    try {
      const response = await this.#send(call, clientRequestId);
      const answer = response.ok ? await read(response) : await this.#refused(response, 'link' in call && call.round);
      this.parts.backoff.reset();
      return answer;
    } catch (error) {
      const failure = carried(error);
      this.#note(failure, { 'graph.client_request_id': clientRequestId, 'duration.ms': this.#now() - started });
      throw failure;
    }
  }

  /** Notes a failure's wait for all workers before it is thrown: nobody asks this mailbox again before then (P13). */
  async rest(error: RemoteError): Promise<RemoteError> {
    if (!(error instanceof ThrottledError)) return error;
    const until = new Date(this.parts.clock.now().getTime() + error.retryAfterMs);
    try {
      await this.parts.lease.restUntil(until);
      return error;
    } catch (cause) {
      // The caller waits all the same; the other workers will be told by Graph.
      return new ThrottledError(error.retryAfterMs, error.facts, { cause });
    }
  }

  async #send(call: GraphCall, clientRequestId: string): Promise<Response> {
    const headers = {
      Accept: 'application/json',
      Prefer: call.prefer === undefined ? IMMUTABLE_IDS : `${IMMUTABLE_IDS}, ${call.prefer}`,
      'client-request-id': clientRequestId,
    };
    if ('link' in call) {
      const context: Context = { request: call.link, options: { method: 'GET', headers } };
      await this.#chain.execute(context);
      return respond(context.response);
    }
    const request = this.#client.api(ownPath(call.path)).headers(headers).responseType(ResponseType.RAW);
    if (call.ifMatch !== undefined) request.header('If-Match', call.ifMatch);
    if (call.media !== undefined) request.header('Content-Type', call.media.contentType);
    return respond(await dispatch(request, call.method ?? 'GET', bytesOf(call) ?? call.body));
  }

  async #refused(response: Response, link: boolean): Promise<never> {
    const body = parseJson(await readText(response));
    const now = this.parts.clock.now();
    const error = remoteError(
      { status: response.status, header: (name) => response.headers.get(name), body },
      {
        link,
        now,
        wait: (asked) => this.parts.backoff.wait(asked),
        retryAfterMs: readRetryAfter(response.headers.get('retry-after'), now),
      },
    );
    throw await this.rest(error);
  }

  #now(): number {
    return this.parts.clock.now().getTime();
  }

  /** "It is gone" and "it changed" are answers, not trouble. */
  #note(failure: unknown, facts: LogFacts): void {
    if (failure instanceof GoneError || failure instanceof ConflictError) return;
    const remote = failure instanceof RemoteError ? failure.facts : null;
    this.parts.log.warn('graph.call_failed', {
      'error.code': codeOf(failure),
      'http.status': remote?.status ?? null,
      'graph.code': remote?.remoteCode ?? null,
      'graph.request_id': remote?.requestId ?? null,
      ...facts,
    });
  }
}

/** The client takes full addresses apart and puts them together anew, the batch builder cuts at `//`: they are given paths alone. */
export function ownPath(path: string): string {
  if (!path.startsWith('/') || path.includes('//')) throw new TypeError('A Graph path starts with / and is encoded');
  return path;
}

/** As a Buffer: of any other array the client sends the whole memory that it is a part of. */
const bytesOf = ({ media }: { readonly media?: Media }): Buffer | undefined =>
  media === undefined ? undefined : Buffer.from(media.bytes);

async function dispatch(
  request: GraphRequest,
  method: string,
  body: Fields | Uint8Array | undefined,
): Promise<unknown> {
  switch (method) {
    case 'POST':
      return request.post(body ?? {});
    case 'PATCH':
      return request.patch(body ?? {});
    case 'PUT':
      return request.put(body ?? {});
    case 'DELETE':
      return request.delete();
    default:
      return request.get();
  }
}

function respond(response: unknown): Response {
  if (response instanceof Response) return response;
  throw new TransientError('Graph did not answer');
}
