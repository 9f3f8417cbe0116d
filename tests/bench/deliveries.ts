import { once } from 'node:events';
import { Agent, createServer } from 'node:http';
import { createEndpoint } from '../../shared/api/endpoints/create-endpoint.ts';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { appendChanges } from '../../shared/engine/append.ts';
import { newHead } from '../../shared/engine/head.ts';
import { runDeliverJob } from '../../shared/jobs/deliveries/deliver-job.ts';
import { mapLimit } from '../../shared/lib/map-limit.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { newConnection } from '../support/job-world.ts';
import { countCalls } from './counted-calls.ts';
import { show, spreadOf } from './figures.ts';
import { sendPost } from './open-loop.ts';
import type { Emulators } from './processes.ts';
import { WrongResult } from './run-way.ts';
import { settingsOf } from './way-ours.ts';

export interface DeliveryOptions {
  readonly connections: number;
  /** Changes in each feed. */
  readonly changes: number;
  readonly rounds: number;
}

/** One round: the same deliveries by the product and by bare POSTs. */
export interface DeliveryRun {
  readonly deliveries: number;
  readonly ms: number;
  /** Calls to storage and vault. */
  readonly calls: number;
  /** The same number of POSTs of the same size over kept connections, as many at once. */
  readonly bareMs: number;
}

/** Feeds at once, as one worker runs messages of the queue. */
const AT_ONCE = 8;

/** Sends the feeds of some connections to one endpoint on this machine. Throws WrongResult where it was not sent each change once. */
export async function deliveries(emulators: Emulators, options: DeliveryOptions): Promise<DeliveryRun[]> {
  const azurite = await emulators.openStorage();
  const receiver = await startReceiver();
  try {
    const settings = settingsOf({ ...emulators, storage: azurite.connectionString, pageSize: 196 });
    const config = loadConfig({ ...settings, DELIVERY_ALLOW_PRIVATE_TARGETS: 'true' });
    const app = openApp(config, { log: silentLog });
    const key = { name: 'bench', sha256: '', scopes: ['admin' as const] };
    await createEndpoint(app, key, { url: `${receiver.url}/hook`, types: ['*'], description: null });
    const ids = Array.from({ length: options.connections }, (_, n) => `feed-${n}`);
    await mapLimit(ids, AT_ONCE, (id) => makeFeed(app, id));
    const runs: DeliveryRun[] = [];
    for (let round = 0; round < options.rounds; round++) runs.push(await runRound(app, receiver, ids, options));
    return runs;
  } finally {
    await receiver.close();
    await azurite.close();
  }
}

async function makeFeed(app: App, id: string): Promise<void> {
  await app.connections.create(newConnection(id));
  await app.store.createHead({ connectionId: id, domain: 'mail' }, newHead());
}

async function runRound(
  app: App,
  receiver: Receiver,
  ids: readonly string[],
  { changes }: DeliveryOptions,
): Promise<DeliveryRun> {
  await mapLimit(ids, AT_ONCE, (id) => grow(app, id, changes));
  receiver.bodies.length = 0;
  const calls = countCalls();
  const began = performance.now();
  await mapLimit(ids, AT_ONCE, (connectionId) => runDeliverJob({ connectionId, domain: 'mail', due: null }, app));
  const ms = performance.now() - began;
  calls.stop();
  const bodies = [...receiver.bodies];
  const wanted = ids.length * changes;
  if (bodies.length !== wanted || new Set(bodies).size !== wanted)
    throw new WrongResult(`${bodies.length} deliveries, ${new Set(bodies).size} of them different, not ${wanted}`);
  const bareMs = await postAll(`${receiver.url}/bare`, bodies);
  return { deliveries: wanted, ms, calls: calls.sent() - wanted, bareMs };
}

async function grow(app: App, connectionId: string, changes: number): Promise<void> {
  const rows = Array.from({ length: changes }, (_, n) => ({
    ...{ type: 'message.created', id: `message-${n}`, graphId: `graph-${n}`, cause: 'push' as const },
    ...{ changed: [], before: null, after: { subject: `Message ${n}`, preview: 'x'.repeat(255) } },
  }));
  for (let from = 0; from < rows.length; from += 90)
    await appendChanges(app, { connectionId, domain: 'mail' }, rows.slice(from, from + 90));
}

async function postAll(url: string, bodies: readonly string[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const began = performance.now();
  await mapLimit(bodies, AT_ONCE, (body) => sendPost(agent, { url, body }));
  const ms = performance.now() - began;
  agent.destroy();
  return ms;
}

interface Receiver {
  readonly url: string;
  readonly bodies: string[];
  close(): Promise<void>;
}

/** Takes everything. */
async function startReceiver(): Promise<Receiver> {
  const bodies: string[] = [];
  const server = createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('end', () => {
      bodies.push(Buffer.concat(chunks).toString());
      answer.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** The deliveries' part of the report, in Markdown. */
export function deliveryReport(runs: readonly DeliveryRun[], { connections, changes }: DeliveryOptions): string {
  const perSecond = spreadOf(runs.map((run) => (run.deliveries * 1000) / run.ms));
  const bare = spreadOf(runs.map((run) => (run.deliveries * 1000) / run.bareMs));
  const calls = spreadOf(runs.map((run) => run.calls / run.deliveries));
  return [
    `## Deliveries: ${connections} feeds of ${changes} changes to one endpoint, ${runs.length} rounds`,
    '',
    `One worker, ${AT_ONCE} feeds at once, each change signed and sent in its feed's order. The floor sends the same bodies over kept connections, as many at once.`,
    '',
    `- ${show(perSecond, 0)} deliveries a second; the floor: ${show(bare, 0)}, ${show(spreadOf(runs.map((run) => run.ms / run.bareMs)), 1)} times as fast`,
    `- ${show(calls)} calls to storage and vault a delivery`,
    '',
  ].join('\n');
}
