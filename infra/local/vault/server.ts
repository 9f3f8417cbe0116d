import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { VaultError } from './errors.ts';
import { VaultDisk, readVaultFile } from './disk.ts';
import { Faults, type FaultAction } from './faults.ts';
import { control, type RequestLog } from './control.ts';
import { DOCUMENTED_LIMITS, Throttle, type ThrottleLimits } from './limits.ts';
import { answer, limitOf, type VaultRequest } from './routes.ts';
import { Secrets } from './secrets.ts';

export interface VaultOptions {
  /** 0 or left out = a free port. */
  readonly port?: number;
  /** Where the secrets are kept; without it they are gone at the end. */
  readonly file?: string;
  readonly now?: () => Date;
  /** Whether a request without a bearer token is answered with the challenge (default: yes, as in Azure). */
  readonly requireToken?: boolean;
  /** Other limits than the documented ones; `false` for none. */
  readonly throttle?: Partial<ThrottleLimits> | false;
}

export interface Vault {
  /** `http://127.0.0.1:port`; control under `${url}/control`. */
  readonly url: string;
  close(): Promise<void>;
}

const CHALLENGE =
  'Bearer authorization="https://login.microsoftonline.com/00000000-0000-4000-8000-000000000001", resource="https://vault.azure.net"';

interface Parts {
  readonly secrets: Secrets;
  readonly disk: VaultDisk | undefined;
  readonly faults: Faults;
  readonly throttle: Throttle | undefined;
  readonly requireToken: boolean;
  readonly log: RequestLog;
}

/** Starts a stand-in for the secrets part of Azure Key Vault, over plain http on 127.0.0.1. */
export async function startVault(options: VaultOptions = {}): Promise<Vault> {
  const now = options.now ?? (() => new Date());
  const content = options.file === undefined ? undefined : await readVaultFile(options.file);
  const { throttle = {} } = options;
  const parts: Parts = {
    secrets: new Secrets(now, content),
    disk: options.file === undefined ? undefined : new VaultDisk(options.file),
    faults: new Faults(),
    throttle: throttle === false ? undefined : new Throttle({ ...DOCUMENTED_LIMITS, ...throttle }, now),
    requireToken: options.requireToken ?? true,
    log: { entries: [], last: 0 },
  };
  const server = createServer((request, response) => void serve(parts, request, response));
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The vault has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const seen = await readRequest(request);
    if (seen.url.pathname.startsWith('/control/')) {
      const { status, body } = control(parts, seen);
      send(response, status, body);
      return;
    }
    parts.log.last += 1;
    const entry = { n: parts.log.last, method: seen.method, path: seen.url.pathname + seen.url.search, status: 0 };
    parts.log.entries.push(entry);
    response.once('close', () => (entry.status = response.headersSent ? response.statusCode : 0));
    await handle(parts, seen, { request, response });
  } catch (error) {
    sendError(response, error);
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function handle(parts: Parts, seen: VaultRequest, { request, response }: Exchange): Promise<void> {
  if (parts.requireToken && !/^Bearer \S+/i.test(request.headers.authorization ?? '')) {
    throw new VaultError(401, 'Unauthorized', 'AKV10000: Request is missing a Bearer or PoP token.', {
      headers: { 'WWW-Authenticate': CHALLENGE },
    });
  }
  const path = seen.url.pathname + seen.url.search;
  const fault = parts.faults.take({ method: seen.method, path, body: seen.body });
  if (fault !== undefined && (await failBefore(fault, response))) return;
  parts.throttle?.admit(limitOf(seen));
  const { status, body, changed } = answer(parts.secrets, seen);
  if (changed) await parts.disk?.save(() => parts.secrets.snapshot());
  if (fault?.kind === 'applied-reset') response.destroy();
  else if (fault?.kind === 'applied') throw new VaultError(fault.status, fault.code ?? 'InternalError', 'Injected.');
  else send(response, status, body);
}

/** Applies a fault that comes before the work; true = that was the answer. */
async function failBefore(fault: FaultAction, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case 'status':
      throw new VaultError(fault.status, fault.code ?? 'InternalError', fault.message ?? 'Injected.', {
        headers: fault.headers ?? {},
      });
    case 'reset':
      response.destroy();
      return true;
    case 'hang':
      return true;
    case 'slow':
      await delay(fault.ms);
      return false;
    case 'applied':
    case 'applied-reset':
      return false;
  }
}

async function readRequest(request: IncomingMessage): Promise<VaultRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  // A client that is redirected here may say which vault it means; else the vault is called as it was addressed. Ids are
  // https like real ones: the SDK sends its token nowhere else, not even to a nextLink.
  const forwarded = request.headers['x-forwarded-host'];
  const host = typeof forwarded === 'string' ? forwarded : (request.headers.host ?? '127.0.0.1');
  return {
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', 'http://127.0.0.1'),
    origin: `https://${host}`,
    named: typeof forwarded === 'string',
    body: Buffer.concat(chunks).toString(),
  };
}

function send(
  response: ServerResponse,
  status: number,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
    ...headers,
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function sendError(response: ServerResponse, error: unknown): void {
  const known = error instanceof VaultError ? error : new VaultError(500, 'InternalError', String(error));
  const { status, code, message, inner, headers } = known;
  send(
    response,
    status,
    { error: { code, message, ...(inner !== undefined && { innererror: { code: inner } }) } },
    headers,
  );
}
