import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TypedData } from '../worker/types.ts';
import { BodyTooLarge, contentLength, joinedQuery, readBody, traceParentOf } from './host-request.ts';
import { triggerName, type Exchange } from './types.ts';

/** Headers that are about one connection and do not travel on. */
const HOP_BY_HOP = new Set(
  ['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'upgrade'].concat(
    'transfer-encoding',
    'host',
  ),
);

/**
 * Each request has a connection of its own to the app's server: an idle one may be dropped there at the very moment when it is
 * used here, and an invocation whose request never comes ends never. The server is not told to close: it would cut off a body
 * that it has answered without reading.
 */
class OneEach extends Agent {
  override keepSocketAlive(): void {
    // Nothing in place of true: the socket is destroyed once its exchange is over.
  }
}
const agent = new OneEach({ keepAlive: true });

/**
 * The transport with streaming: the request goes on to the server that the app's library has opened, while the
 * invocation carries the metadata alone. A function that throws or returns nothing is never answered here: the client
 * waits until the host gives up.
 */
export async function serveStreamed(exchange: Exchange, httpUri: string): Promise<void> {
  const { found, request, executor } = exchange;
  const invocationId = randomUUID();
  const isJson = /^application\/(?:[\w.-]+\+)?json\b/i.test(request.headers['content-type'] ?? '');
  const buffered =
    isJson && (contentLength(request) ?? 0) > 0 ? await readBody(request, exchange.bodyLimit) : undefined;
  const invocation = executor
    .run(found.registered, {
      reason: 'This function was programmatically called via the host APIs.',
      invocationId,
      inputData: [{ name: triggerName(found), data: { http: {} } }],
      triggerMetadata: metadataOf(exchange, buffered),
      traceParent: traceParentOf(request),
    })
    // The executor has logged it, and the answer is not ours to give.
    .catch(() => undefined);
  await forward(exchange, new URL(httpUri), { invocationId, buffered });
  await invocation;
}

/** Route values, and beneath them every query parameter and every scalar at the top of a JSON body: not to be trusted. */
function metadataOf({ request, values }: Exchange, body: Buffer | undefined): Record<string, TypedData> {
  const query = joinedQuery(request);
  const parameters = { ...scalarsOf(body), ...query, ...values };
  return {
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, { string: value }])),
    Query: { json: JSON.stringify(query) },
    Headers: { json: JSON.stringify(request.headers) },
  };
}

function scalarsOf(body: Buffer | undefined): Record<string, string> {
  if (body === undefined) return {};
  let content: unknown;
  try {
    content = JSON.parse(body.toString());
  } catch {
    return {};
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return {};
  return Object.fromEntries(
    Object.entries(content).flatMap(([name, value]: [string, unknown]): [string, string][] => {
      if (typeof value === 'string' || typeof value === 'number') return [[name, String(value)]];
      // The host is a .NET program, which writes them so.
      return typeof value === 'boolean' ? [[name, value ? 'True' : 'False']] : [];
    }),
  );
}

interface Forwarding {
  readonly invocationId: string;
  readonly buffered: Buffer | undefined;
}

async function forward(exchange: Exchange, target: URL, { invocationId, buffered }: Forwarding): Promise<void> {
  const { request, response, bodyLimit } = exchange;
  const upstream = httpRequest({
    hostname: target.hostname,
    port: target.port,
    path: request.url.pathname + request.url.search,
    method: request.method,
    agent,
    headers: {
      ...endToEnd(request.raw.headersDistinct),
      ...(request.headers['transfer-encoding'] !== undefined && { 'transfer-encoding': 'chunked' }),
      'x-ms-invocation-id': invocationId,
      'x-forwarded-host': request.url.host,
      'x-forwarded-proto': request.url.protocol.slice(0, -1),
    },
  });
  // A client that goes away takes its request with it.
  response.once('close', () => upstream.destroy());
  const answered = new Promise<void>((resolve, reject) => {
    upstream.on('error', reject);
    upstream.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      resolve(pipeline(answer, response));
    });
  });
  const source = buffered === undefined ? request.raw : Readable.from([buffered]);
  const sent = pipeline(source, limiter(bodyLimit), upstream);
  await Promise.race([answered, sent.then(() => answered)]).catch((error: unknown) => {
    if (error instanceof BodyTooLarge || !response.destroyed) throw error;
  });
  // What is left of a body that nobody wanted ends with the exchange.
  await sent.catch(() => undefined);
}

function limiter(limit: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > limit) done(new BodyTooLarge(`The body is larger than ${limit} bytes`));
      else done(null, chunk);
    },
  });
}

function endToEnd(headers: IncomingHttpHeaders | NodeJS.Dict<string[]>): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]): [string, string | string[]][] =>
      value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, value]],
    ),
  );
}
