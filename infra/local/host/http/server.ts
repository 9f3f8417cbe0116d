import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Executor } from '../execution.ts';
import { errorText, type Log } from '../log.ts';
import type { RouteTable } from '../routing/table.ts';
import type { HttpSettings } from '../settings/host-json.ts';
import { serveAdmin, type AdminView } from './admin.ts';
import { Gate } from './gate.ts';
import { BodyTooLarge, contentLength, toHostRequest, type HostRequest } from './host-request.ts';
import { isAllowed } from './keys.ts';
import { serveStreamed } from './streamed.ts';
import { serveWhole } from './whole.ts';

/** What there is to serve, once the app has started. */
export interface HttpApp {
  readonly table: RouteTable;
  readonly admin: AdminView;
  readonly executor: Executor;
  readonly settings: HttpSettings;
  /** Where streamed requests go; undefined without streaming. */
  readonly httpUri: string | undefined;
}

export interface HttpOptions {
  readonly port: number;
  /** When the host gives up on an answer that has not begun. */
  readonly timeoutMs: number;
  readonly bodyLimit: number;
  readonly log: Log;
}

/** The front door of the host. It listens from the first moment and answers 503 until the app has started. */
export class HttpFront {
  readonly #options: HttpOptions;
  readonly #server: Server;
  #app: HttpApp | undefined;
  #gate: Gate | undefined;

  private constructor(options: HttpOptions) {
    this.#options = options;
    this.#server = createServer({ requestTimeout: 0 }, (request, response) => void this.#serve(request, response));
  }

  /** Throws when the port is taken. */
  static async listen(options: HttpOptions): Promise<HttpFront> {
    const front = new HttpFront(options);
    front.#server.listen(options.port, '127.0.0.1');
    await once(front.#server, 'listening');
    return front;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The host does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  open(app: HttpApp): void {
    this.#app = app;
    this.#gate = new Gate(app.settings);
  }

  /** Takes no new connections; those that have nothing to do are closed. */
  stopAccepting(): void {
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  close(): void {
    this.#server.closeAllConnections();
  }

  async #serve(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = toHostRequest(raw);
    try {
      await this.#route(request, response);
    } catch (error) {
      // A client that has gone away needs no answer.
      if (response.destroyed) return;
      const tooLarge = error instanceof BodyTooLarge;
      if (!tooLarge) this.#options.log({ level: 'error', category: 'Host.Http', message: errorText(error) });
      if (response.headersSent) response.destroy();
      else response.writeHead(tooLarge ? 413 : 502, { connection: 'close' }).end();
    }
  }

  async #route(request: HostRequest, response: ServerResponse): Promise<void> {
    const app = this.#app;
    const { pathname } = request.url;
    if (app === undefined) response.writeHead(503).end();
    else if (pathname === '/')
      response.writeHead(200, { 'content-type': 'text/plain' }).end('The function app is running.');
    else if (/^\/admin(\/|$)/i.test(pathname)) await serveAdmin(app.admin, request, response);
    else await this.#call(app, request, response);
  }

  async #call(app: HttpApp, request: HostRequest, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(app.settings.customHeaders)) response.setHeader(name, value);
    const match = app.table.find(request.method, request.url.pathname);
    if (match === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (!isAllowed(request, match.found.authLevel, app.admin.keys)) {
      response.writeHead(401).end();
      return;
    }
    if ((contentLength(request) ?? 0) > this.#options.bodyLimit) throw new BodyTooLarge();
    const leave = await this.#gate?.enter();
    if (leave === undefined) {
      response.writeHead(429).end();
      return;
    }
    response.once('close', leave);
    const timer = setTimeout(() => {
      if (!response.headersSent) response.writeHead(504, { connection: 'close' }).end();
    }, this.#options.timeoutMs);
    response.once('close', () => {
      clearTimeout(timer);
    });
    const exchange = { ...match, request, response, executor: app.executor, bodyLimit: this.#options.bodyLimit };
    await (app.httpUri === undefined ? serveWhole(exchange) : serveStreamed(exchange, app.httpUri));
  }
}
