import { QueueServiceClient } from '@azure/storage-queue';
import { z } from 'zod';
import { startAzurite } from '../../infra/local/azurite.ts';
import { call } from '../../infra/local/demo/client.ts';
import { connect } from '../support/sync-world.ts';
import { contacts as contactFamily } from '../../shared/api/families/contacts.ts';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { runPushJob } from '../../shared/jobs/push-job.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { serviceOrigin, startFaultProxy, throughProxies, type FaultProxy } from '../support/fault-proxy.ts';
import { itemSchema } from './domains.ts';
import { makeAddressBook } from './mailbox.ts';
import type { Emulators } from './processes.ts';
import { WrongResult } from './run-way.ts';
import { firstSync, settingsOf } from './way-ours.ts';

/** Contacts that stand before anything is written. */
const CONTACTS = 100;

/** What was asked of Graph and of storage, and how often. */
export interface Calls {
  readonly ms: number;
  readonly graph: readonly string[];
  /** Tables and queues, without the taking of messages, which is the host's. */
  readonly storage: readonly string[];
}

/** Creates by the API, and what brought them to Graph. */
export interface Writes {
  readonly writes: number;
  readonly taken: Calls;
  readonly pushed: Calls;
  /** Messages on the queue, each of which is a job. */
  readonly jobs: number;
}

/** Makes contacts by the API, then runs the push jobs that came of it. Throws WrongResult where Graph does not hold each once. */
export async function contactWrites(emulators: Emulators, writes: number): Promise<Writes> {
  const azurite = await startAzurite();
  const [tables, queues, graph] = await Promise.all([
    startFaultProxy(serviceOrigin(azurite.connectionString, 'table')),
    startFaultProxy(serviceOrigin(azurite.connectionString, 'queue')),
    startFaultProxy(emulators.graph),
  ]);
  try {
    const { upn, password } = await makeAddressBook(emulators.control, 'writes', CONTACTS);
    const storage = throughProxies(azurite.connectionString, { table: tables.url, queue: queues.url });
    const settings = settingsOf({ ...emulators, storage, graph: graph.url, pageSize: 196 });
    const app = openApp(loadConfig(settings), { log: silentLog });
    const account = { username: upn, password, folders: 'all', domains: ['contacts'] } as const;
    const connectionId = await connect(app, account);
    await firstSync(app, { connectionId, domain: 'contacts' });
    const watch = watcher({ graph, storage: [tables, queues] });
    const taken = await watch(() => createAll(app, connectionId, writes));
    let jobs = 0;
    const pushed = await watch(async () => {
      jobs = await runPushes(app, azurite.connectionString);
    });
    await check(`${emulators.control}/users/${upn}`, writes);
    return { writes, taken, pushed, jobs };
  } finally {
    await Promise.all([tables.close(), queues.close(), graph.close()]);
    await azurite.close();
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
    .replace(/(contacts|contactFolders)\/[^/]+/g, '$1/...');
  return `${method} ${name}${rows === '' ? '' : ` ${rows}...`}`;
}

async function createAll(app: App, connectionId: string, writes: number): Promise<void> {
  const headers = { authorization: 'Bearer bench', 'content-type': 'application/json' };
  const family = contactFamily(app);
  for (let n = 0; n < writes; n++) {
    const body = JSON.stringify({
      externalId: `bench-${n}`,
      displayName: `Bench ${n}`,
      emails: [{ address: `bench-${n}@bench.example` }],
      phones: [{ number: `+1 202 555 ${String(n).padStart(4, '0')}`, kind: 'mobile' }],
    });
    const url = `http://127.0.0.1:7071/api/connections/${connectionId}/contacts`;
    const { status } = await family.fetch(new Request(url, { method: 'POST', headers, body }), {});
    // Numbers of the address book may end alike; they are never the same.
    if (status !== 201) throw new WrongResult(`a create was answered ${status}`);
  }
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

const book = z.object({ contacts: z.array(itemSchema.extend({ displayName: z.string().nullish() })) });

async function check(user: string, writes: number): Promise<void> {
  const { contacts } = await call(book, `${user}/snapshot`);
  const names = contacts.flatMap(({ displayName }) =>
    displayName?.startsWith('Bench ') === true ? [displayName] : [],
  );
  if (names.length === writes && new Set(names).size === writes) return;
  throw new WrongResult(`Graph holds ${names.length} contacts of ours, ${new Set(names).size} by name, not ${writes}`);
}
