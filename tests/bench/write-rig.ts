import { QueueServiceClient } from '@azure/storage-queue';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { runPushJob } from '../../shared/jobs/push-job.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { serviceOrigin, startFaultProxy, throughProxies, type FaultProxy } from '../support/fault-proxy.ts';
import type { BenchMailbox } from './mailbox.ts';
import type { Emulators } from './processes.ts';
import { connectMailbox, firstSync, settingsOf } from './way-ours.ts';

/** What was asked of Graph and of storage, and how often. */
export interface Calls {
  readonly ms: number;
  readonly graph: readonly string[];
  /** Tables and queues, without the taking of messages, which is the host's. */
  readonly storage: readonly string[];
}

/** Writes by the API, and what brought them to Graph. */
export interface Writes {
  /** Of what, and what is done with it: `contacts made`. */
  readonly what: string;
  /** What is done before a write, for the report. */
  readonly note: string;
  readonly writes: number;
  readonly taken: Calls;
  readonly pushed: Calls;
  /** Messages on the queue, each of which is a job. */
  readonly jobs: number;
}

/** A synced mailbox that is written to, with its storage and Graph behind proxies that count. */
export interface WriteRig {
  readonly app: App;
  readonly connectionId: string;
  /** The user, below the control address. */
  readonly user: string;
  /** Sends a request to one of the API's families, with a key that may write; answers its status and JSON. */
  send(
    family: { fetch(request: Request, bindings: object): Response | Promise<Response> },
    request: { readonly method: string; readonly path: string; readonly body: unknown },
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Counts what `take` asks for, then what the push jobs do that came of it. */
  measure(take: () => Promise<void>): Promise<Pick<Writes, 'taken' | 'pushed' | 'jobs'>>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens one on a mailbox, with its first sync done. */
export async function openWriteRig(emulators: Emulators, mailbox: BenchMailbox): Promise<WriteRig> {
  const azurite = await emulators.openStorage();
  const [tables, queues, graph] = await Promise.all([
    startFaultProxy(serviceOrigin(azurite.connectionString, 'table')),
    startFaultProxy(serviceOrigin(azurite.connectionString, 'queue')),
    startFaultProxy(emulators.graph),
  ]);
  const close = async (): Promise<void> => {
    await Promise.all([tables.close(), queues.close(), graph.close()]);
    await azurite.close();
  };
  try {
    const storage = throughProxies(azurite.connectionString, { table: tables.url, queue: queues.url });
    const settings = settingsOf({ ...emulators, storage, graph: graph.url, pageSize: 196 });
    const app = openApp(loadConfig(settings), { log: silentLog });
    const connectionId = await connectMailbox(app, mailbox);
    await firstSync(app, { connectionId, domain: mailbox.domain });
    const watch = watcher({ graph, storage: [tables, queues] });
    return {
      ...{ app, connectionId, user: `${emulators.control}/users/${mailbox.upn}` },
      send: async (family, { method, path, body }) => {
        const headers = { authorization: 'Bearer bench', 'content-type': 'application/json' };
        const url = `http://127.0.0.1:7071/api/connections/${connectionId}${path}`;
        const answer = await family.fetch(new Request(url, { method, headers, body: JSON.stringify(body) }), {});
        return { status: answer.status, body: await answer.json() };
      },
      measure: async (take) => {
        const taken = await watch(take);
        let jobs = 0;
        const pushed = await watch(async () => {
          jobs = await runPushes(app, azurite.connectionString);
        });
        return { taken, pushed, jobs };
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Watches what some work asks of servers. */
const watcher =
  (proxies: { readonly graph: FaultProxy; readonly storage: readonly FaultProxy[] }) =>
  async (work: () => Promise<void>): Promise<Calls> => {
    const { graph, storage } = proxies;
    for (const proxy of [graph, ...storage]) proxy.forget();
    const began = performance.now();
    await work();
    const ms = performance.now() - began;
    return {
      ms,
      graph: graph.requests.map(describe),
      storage: storage.flatMap(({ requests }) => requests.map(describe)),
    };
  };

/** A request without what tells one item from another. */
function describe({ method, path }: FaultProxy['requests'][number]): string {
  const [place = '', query = ''] = decodeURIComponent(path).split('?');
  const rows = /RowKey (?:ge|gt|eq) '(\w+)/.exec(query)?.[1] ?? '';
  const name = place
    .replace(/^\/(?:devstoreaccount1|v1\.0)/, '')
    .replace(/RowKey='([a-z]*)[^']*'/, "RowKey='$1...'")
    .replace(/PartitionKey='[^']*',?/, '')
    .replace(/(contacts|contactFolders|calendars|events)\/[^/]+/g, '$1/...');
  return `${method} ${name}${rows === '' ? '' : ` ${rows}...`}`;
}

/** Runs jobs one after another until the queue is empty; answers how many. */
async function runPushes(app: App, connectionString: string): Promise<number> {
  const queue = QueueServiceClient.fromConnectionString(connectionString).getQueueClient('push-jobs');
  for (let jobs = 0; ; jobs++) {
    const [message] = (await queue.receiveMessages({ visibilityTimeout: 600 })).receivedMessageItems;
    if (message === undefined) return jobs;
    await runPushJob(JSON.parse(Buffer.from(message.messageText, 'base64').toString()), app);
    await queue.deleteMessage(message.messageId, message.popReceipt);
  }
}
