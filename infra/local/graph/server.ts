import { setTimeout as wait } from 'node:timers/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { mountEntra } from '../entra/mount.ts';
import { mountCalendar } from './calendar/mount.ts';
import { mountContacts } from './contacts/mount.ts';
import { mountControl } from './control/mount.ts';
import { afterFault, beforeFault, statusOf } from './fault-actions.ts';
import type { Outcome } from './fault-actions.ts';
import { Faults } from './faults.ts';
import { GraphService } from './graph-service.ts';
import { ControlError } from './http.ts';
import type { Handler, Reply, Req, Routes, Site } from './http.ts';
import type { Random } from './random.ts';
import { mountPage } from './page/mount.ts';
import { RequestLog } from './request-log.ts';
import { RouteTable, segmentsOf } from './router.ts';
import { mountDelta } from './routes/delta.ts';
import { mountFolders } from './routes/folders.ts';
import { mountMailboxData } from './routes/mailbox-data.ts';
import { mountMessages } from './routes/messages.ts';
import { mountProfile } from './routes/profile.ts';
import { mountSending } from './routes/sending.ts';
import { mountSubscriptions } from './subscriptions/mount.ts';
import { Tenant } from './tenant.ts';
import { Throttle } from './throttle.ts';
import { readRequest, sendOutcome } from './wire.ts';

export interface MicrosoftOptions {
  /** 0 (the default) takes a free one. */
  port?: number;
  /** Same seed, same ids and data. Default 1. */
  seed?: number;
  now?: () => Date;
  log?: (line: string) => void;
}

export interface MicrosoftServer {
  /** `http://127.0.0.1:port`; `authority` and `graph` are the same origin. */
  url: string;
  authority: string;
  graph: string;
  control: string;
  close(): Promise<void>;
}

interface Parts {
  tenant: Tenant;
  entra: RouteTable<Handler>;
  control: RouteTable<Handler>;
  graph: GraphService;
  faults: Faults;
  requests: RequestLog;
  random: Random;
  log: (line: string) => void;
}

/** Starts the local Microsoft 365: sign-in, Graph and control on one port of 127.0.0.1, plain http. */
export async function startMicrosoft(options: MicrosoftOptions = {}): Promise<MicrosoftServer> {
  const tenant = new Tenant({ seed: options.seed, now: options.now });
  const faults = new Faults(tenant.random.fork('faults'));
  const requests = new RequestLog();
  const throttle = new Throttle(tenant.settings, tenant.clock);
  const graph = new GraphService({ tenant, faults, requests, throttle, random: tenant.random.fork('graph') });
  const log = options.log ?? ((): void => undefined);
  const parts: Parts = {
    tenant,
    entra: new RouteTable(),
    control: new RouteTable(),
    graph,
    faults,
    requests,
    random: tenant.random.fork('entra'),
    log,
  };
  const closing: (() => void | Promise<void>)[] = [];
  const site: Site = {
    tenant,
    entra: routesInto(parts.entra),
    control: routesInto(parts.control),
    graph,
    onClose: (work) => void closing.push(work),
    log,
  };
  const mounts = [mountProfile, mountFolders, mountMessages, mountSending, mountMailboxData, mountDelta, mountContacts];
  for (const mount of mounts) mount(graph);
  mountEntra(site);
  mountCalendar(site);
  mountSubscriptions(site);
  mountPage(site);
  mountControl(site, { faults, requests });
  const server = createServer((incoming, response) => {
    void readRequest(incoming, '127.0.0.1')
      .then(async (req) => {
        sendOutcome(response, req === undefined ? { reply: { status: 413 } } : await route(parts, req));
      })
      .catch((error: unknown) => {
        // Aborted uploads end here too: there is nobody left to answer.
        log(`local Microsoft 365: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        if (!response.headersSent && !response.destroyed) sendOutcome(response, { reply: { status: 500 } });
      });
  });
  // Clients keep connections for longer than the five seconds that Node would.
  server.keepAliveTimeout = 60_000;
  const port = await listen(server, options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    for (const work of closing) await work();
    const closed = new Promise<void>((resolve) =>
      server.close(() => {
        resolve();
      }),
    );
    server.closeAllConnections();
    await closed;
  };
  return { url, authority: url, graph: url, control: `${url}/control`, close };
}

function routesInto(table: RouteTable<Handler>): Routes {
  return {
    on: (method, pattern, handler) => {
      table.add(method, pattern, handler);
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function route(parts: Parts, req: Req): Promise<Outcome> {
  if (/^\/v1\.0(\/|$)/i.test(req.path)) return parts.graph.handle(req);
  if (/^\/control(\/|$)/i.test(req.path)) return { reply: await control(parts, req) };
  return entra(parts, req);
}

async function control(parts: Parts, req: Req): Promise<Reply> {
  const segments = segmentsOf(req.path);
  const found = segments === undefined ? undefined : parts.control.find(req.method, segments);
  if (found === undefined) return { status: 404, body: { error: `control knows no ${req.path}` } };
  if (found === 'method') return { status: 405, body: { error: `control takes no ${req.method} there` } };
  try {
    return await found.value({ ...req, params: found.params });
  } catch (error) {
    if (error instanceof ControlError) return { status: error.status, body: { error: error.message } };
    throw error;
  }
}

/** The sign-in part: faults and the request log hold for it as for Graph. */
async function entra(parts: Parts, req: Req): Promise<Outcome> {
  const { tenant, faults, requests } = parts;
  // Credentials stand in these bodies: they are not for the log.
  const line = requests.begin(
    { ...req, body: Buffer.alloc(0) },
    { at: tenant.clock.now(), upn: undefined, batch: undefined },
  );
  const started = performance.now();
  let outcome: Outcome | undefined;
  try {
    outcome = await faultyEntra(parts, req, faults);
    return outcome;
  } finally {
    requests.end(line, statusOf(outcome), performance.now() - started);
  }
}

async function faultyEntra(parts: Parts, req: Req, faults: Faults): Promise<Outcome> {
  const now = parts.tenant.clock.now();
  const fault = faults.take({ method: req.method, path: req.url, upn: undefined, body: req.body.toString('utf8') });
  if (fault?.kind === 'slow') await wait(fault.ms, undefined, { ref: false });
  const early = fault === undefined ? undefined : beforeFault(fault, req, now);
  if (early !== undefined) return early;
  const segments = segmentsOf(req.path);
  const found = segments === undefined ? undefined : parts.entra.find(req.method, segments);
  if (found === undefined) return { reply: { status: 404, body: 'Not found' } };
  if (found === 'method') return { reply: { status: 405, body: 'Method not allowed' } };
  const outcome: Outcome = { reply: await found.value({ ...req, params: found.params }) };
  return fault === undefined ? outcome : afterFault(fault, outcome, { req, now, random: parts.random });
}
