import {
  createDefaultHttpClient,
  createHttpHeaders,
  RestError,
  type HttpClient,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { Agent as PlainAgent, request as plainRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';

/** Connections are kept, and shared by all stores of the worker. */
const plain = new PlainAgent({ keepAlive: true });
const secure = new SecureAgent({ keepAlive: true });
const usual = createDefaultHttpClient();

/**
 * A transport for short calls: a text as the body, the whole answer as a text. It does for a row or a message what the usual
 * one does, without its streams, which take most of the time of such a call. Whatever else a request asks for (a proxy, a
 * certificate, a stream) the usual one sends. Throws RestError: without a status, so that it counts as unclear.
 */
export const directHttp: HttpClient = {
  sendRequest: (request) => (isShort(request) ? exchange(request, request.body ?? null) : usual.sendRequest(request)),
};

type Short = PipelineRequest & { readonly body?: string | null };

const isShort = (request: PipelineRequest): request is Short =>
  (request.body === undefined || request.body === null || typeof request.body === 'string') &&
  request.agent === undefined &&
  request.proxySettings === undefined &&
  request.tlsSettings === undefined &&
  !(request.headers.get('accept-encoding') ?? '').includes('gzip');

function exchange(request: PipelineRequest, body: string | null): Promise<PipelineResponse> {
  const { abortSignal } = request;
  return new Promise((resolve, reject) => {
    const failed = (error: unknown): void => {
      abortSignal?.removeEventListener('abort', stop);
      reject(unanswered(error));
    };
    const outgoing = open(request, body, (answer) => {
      readText(answer, failed, (text) => {
        abortSignal?.removeEventListener('abort', stop);
        resolve({ request, status: answer.statusCode ?? 0, headers: headersOf(answer), bodyAsText: text });
      });
    });
    const stop = (): void => {
      outgoing.destroy(new Error('The call took too long'));
    };
    outgoing.on('error', failed);
    abortSignal?.addEventListener('abort', stop);
    if (abortSignal?.aborted === true) stop();
    else outgoing.end(body ?? undefined);
  });
}

function open(
  { url, method, headers, allowInsecureConnection }: PipelineRequest,
  body: string | null,
  onAnswer: (answer: IncomingMessage) => void,
): ClientRequest {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  if (protocol !== 'https:' && !allowInsecureConnection) throw new RestError('Plain http is for this machine alone');
  const length = body === null ? {} : { 'content-length': Buffer.byteLength(body) };
  const options = {
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: port === '' ? null : Number(port),
    path: pathname + search,
    method,
    headers: { ...headers.toJSON(), ...length },
  };
  return protocol === 'https:'
    ? secureRequest({ ...options, agent: secure }, onAnswer)
    : plainRequest({ ...options, agent: plain }, onAnswer);
}

function readText(answer: IncomingMessage, failed: (error: unknown) => void, done: (text: string) => void): void {
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  answer.on('error', failed);
  answer.on('end', () => {
    const [first] = chunks;
    done(first === undefined ? '' : (chunks.length === 1 ? first : Buffer.concat(chunks)).toString());
  });
}

function headersOf({ headers }: IncomingMessage): PipelineResponse['headers'] {
  const answered = createHttpHeaders();
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') answered.set(name, value);
  return answered;
}

function unanswered(error: unknown): RestError {
  const message = error instanceof Error ? error.message : 'No answer';
  return new RestError(message, { code: RestError.REQUEST_SEND_ERROR });
}
