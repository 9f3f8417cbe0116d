/**
 * A reverse proxy that fails on demand. Put it between the code under test and any HTTP server (Azurite, the vault, the
 * Graph stand-in): path, query, headers (Host among them) and body go through byte by byte, so SharedKey signatures stay
 * valid and links that the server builds from Host lead back through the proxy.
 *
 *     const proxy = await startFaultProxy(serverOrigin);
 *     proxy.plan({ method: 'POST', path: /\$batch/, fault: { applied: 'reset' } });       // done, but the answer is lost
 *     proxy.plan({ path: /\/delta/, nth: 3, times: 2, fault: { before: { status: 503 } } }); // 3rd and 4th are refused
 *     proxy.plan({ path: /\/sync/, fault: { call: { after: () => { process.kill(pid, 'SIGKILL'); } } } });
 *     ... proxy.requests, proxy.seen({ method: 'GET' }) ...
 *     await proxy.close();
 *
 * For Azurite: `throughProxies(connectionString, { table: proxy.url })` gives the connection string to use.
 */
import {
  Agent,
  createServer,
  request as send,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import {
  FaultPlan,
  matches,
  type FaultRule,
  type MadeUpAnswer,
  type NoAnswer,
  type PlannedFault,
  type RequestFilter,
  type SeenRequest,
} from './fault-plan.ts';

export interface FaultProxy {
  /** Origin of the proxy, `http://127.0.0.1:port`. */
  readonly url: string;
  /** Every request since the start or the last `forget`, in order of arrival. */
  readonly requests: readonly SeenRequest[];
  /** Those of them that match. */
  seen(filter: RequestFilter): SeenRequest[];
  /** Adds a rule; the first rule that applies to a request wins. */
  plan(rule: FaultRule): PlannedFault;
  /** Drops all rules (requests that hang stay so until `close`). */
  heal(): void;
  /** Drops the record of requests. */
  forget(): void;
  /** Points the proxy at another server (one that was started again elsewhere). */
  retarget(origin: string): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Starts a proxy on a free port of 127.0.0.1 in front of the http server at `origin`; `watch` is told of each request. */
export async function startFaultProxy(
  origin: string,
  watch: (request: SeenRequest) => void = () => undefined,
): Promise<FaultProxy> {
  const plan = new FaultPlan();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let requests: SeenRequest[] = [];
  let target = origin;
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bytesOf(incoming);
    const { method = 'GET', url: path = '/', headers } = incoming;
    const seen = { number: requests.length + 1, method, path, headers, body, serverStatus: null, clientStatus: null };
    requests.push(seen);
    watch(seen);
    await exchange({ incoming, response, seen, plan, forward: () => forward(target, agent, incoming, body) });
  };
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => {
      // Either side is gone: the client sees what it would see without a proxy.
      incoming.socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: originOf(server),
    get requests() {
      return requests;
    },
    seen: (filter) => requests.filter((request) => matches(filter, request)),
    plan: (rule) => plan.add(rule),
    heal: () => {
      plan.clear();
    },
    forget: () => {
      requests = [];
    },
    retarget: (next) => {
      target = next;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: SeenRequest;
  readonly plan: FaultPlan;
  readonly forward: () => Promise<Answer>;
}

async function exchange({ incoming, response, seen, plan, forward }: Exchange): Promise<void> {
  const fault = plan.next(seen) ?? { delayMs: 0 };
  if ('before' in fault) {
    give(fault.before, { incoming, response, seen });
    return;
  }
  if ('delayMs' in fault && fault.delayMs > 0) await wait(fault.delayMs);
  if ('call' in fault) await fault.call.before?.(seen);
  const real = await forward();
  const answer = 'rewrite' in fault ? rewritten(real, fault.rewrite) : real;
  seen.serverStatus = answer.status;
  if ('call' in fault) await fault.call.after?.(seen);
  if (!('applied' in fault)) {
    seen.clientStatus = answer.status;
    response.writeHead(answer.status, [...answer.headers]).end(answer.body);
    return;
  }
  if (fault.applied !== 'cut') {
    give(fault.applied, { incoming, response, seen });
    return;
  }
  seen.clientStatus = answer.status;
  response.writeHead(answer.status, [...answer.headers]);
  response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () => incoming.socket.destroy());
}

function rewritten(answer: Answer, rewrite: (body: string) => string): Answer {
  const body = Buffer.from(rewrite(answer.body.toString()));
  const kept = pairs(answer.headers).filter(([name]) => !/^content-length$/i.test(name));
  return { ...answer, body, headers: [...kept, ['Content-Length', String(body.length)]].flat() };
}

function give(
  outcome: MadeUpAnswer | NoAnswer,
  { incoming, response, seen }: Pick<Exchange, 'incoming' | 'response' | 'seen'>,
): void {
  if (outcome === 'hang') return;
  if (outcome === 'reset') {
    incoming.socket.resetAndDestroy();
    return;
  }
  const { status, headers = {}, body = '' } = outcome;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? {} : { 'content-type': 'application/json' };
  seen.clientStatus = status;
  response.writeHead(status, { ...type, ...headers }).end(text);
}

function forward(target: string, agent: Agent, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const { hostname, port } = new URL(target);
  const headers = pairs(incoming.rawHeaders).filter(
    ([name]) => !/^(connection|transfer-encoding|content-length)$/i.test(name),
  );
  const length =
    body.length > 0 || incoming.headers['content-length'] !== undefined
      ? [['Content-Length', String(body.length)]]
      : [];
  return new Promise((resolve, reject) => {
    const outgoing = send({
      hostname,
      port,
      method: incoming.method,
      path: incoming.url,
      agent,
      setHost: false,
      headers: [...headers, ...length].flat(),
    });
    outgoing.once('error', reject);
    outgoing.once('response', (answer) => {
      bytesOf(answer).then((bytes) => {
        const kept = pairs(answer.rawHeaders).filter(
          ([name]) => !/^(connection|keep-alive|transfer-encoding|content-length)$/i.test(name),
        );
        const own =
          answer.statusCode === 204 || answer.statusCode === 304 ? [] : [['Content-Length', String(bytes.length)]];
        resolve({ status: answer.statusCode ?? 502, headers: [...kept, ...own].flat(), body: bytes });
      }, reject);
    });
    outgoing.end(body);
  });
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[index * 2] ?? '', raw[index * 2 + 1] ?? '']);
}

/** The whole body. Every call of a test passes here, some of them twice: an iterator would cost more than the body does. */
function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('end', () => {
      resolve(Buffer.concat(chunks));
    });
    stream.once('error', reject);
    stream.once('close', () => {
      if (!stream.complete) reject(new Error('The body was cut'));
    });
  });
}

function originOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port');
  return `http://127.0.0.1:${address.port}`;
}

/** Origin of one service in an Azurite connection string, for `startFaultProxy`. */
export function serviceOrigin(connectionString: string, service: 'blob' | 'queue' | 'table'): string {
  const name = `${service[0]?.toUpperCase() ?? ''}${service.slice(1)}Endpoint`;
  const endpoint = new RegExp(`${name}=([^;]+)`).exec(connectionString)?.[1];
  if (endpoint === undefined) throw new Error(`The connection string has no ${name}`);
  return new URL(endpoint).origin;
}

/** The connection string with some services reached through a proxy. */
export function throughProxies(
  connectionString: string,
  proxies: Readonly<Partial<Record<'blob' | 'queue' | 'table', string>>>,
): string {
  return Object.entries(proxies).reduce((text, [service, url]) => {
    const name = `${service[0]?.toUpperCase() ?? ''}${service.slice(1)}Endpoint`;
    return text.replace(new RegExp(`${name}=https?://[^/;]+`), `${name}=${url}`);
  }, connectionString);
}
