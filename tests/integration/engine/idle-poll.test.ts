import { expect, it } from 'vitest';
import { openApp } from '../../../shared/app.ts';
import { loadConfig } from '../../../shared/config.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { wakeDomain } from '../../../shared/jobs/wake-domain.ts';
import { silentLog } from '../../../shared/lib/log.ts';
import { serviceOrigin, startFaultProxy, throughProxies } from '../../support/fault-proxy.ts';
import { startWorld, type SyncWorld } from '../../support/sync-world.ts';

/** What one job of the schedule that finds nothing sends to storage, however many streams it polls; the queue's own calls are the host's. */
const CALLS = [
  'GET sync front',
  'POST transaction head, head.wake',
  'GET connections',
  'POST mailboxes',
  'POST transaction head, head.cursor',
  'DELETE mailboxes',
  'POST transaction due',
];

const cases = [
  { domain: 'mail', options: { messages: 20, folders: 4 }, streams: 8 },
  { domain: 'mail', options: { domains: ['mail'], mailFolders: ['inbox'], messages: 5, folders: 0 }, streams: 2 },
  { domain: 'contacts', options: { domains: ['contacts'], contacts: 0 }, streams: 2 },
  { domain: 'contacts', options: { domains: ['contacts'], contacts: 20 }, streams: 6 },
] as const;

for (const { domain, options, streams } of cases)
  it(`an idle poll of ${domain} costs one Graph request for each of ${streams} streams, and the same few storage calls`, async () => {
    await using world = await startWorld({ ...options });
    await world.drain();
    const table = await startFaultProxy(serviceOrigin(world.azurite.connectionString, 'table'));
    const queue = await startFaultProxy(serviceOrigin(world.azurite.connectionString, 'queue'));
    const blob = await startFaultProxy(serviceOrigin(world.azurite.connectionString, 'blob'));
    const proxies = { table: table.url, queue: queue.url, blob: blob.url };
    const storage = throughProxies(world.azurite.connectionString, proxies);
    const app = openApp(loadConfig({ ...world.environment, AzureWebJobsStorage: storage }), {
      clock: world.clock,
      log: silentLog,
    });
    const scope = { connectionId: world.connectionId, domain };
    if (domain === 'contacts') await world.user('POST', '/contacts', { displayName: 'Ada', folder: 'contacts' });
    const head = async () => (await world.app.store.readHead(scope))?.head;
    const poll = async (): Promise<void> => {
      const at = (await head())?.status.nextDueAt ?? '';
      await wakeDomain(world.app, scope, null, 'schedule');
      for (const proxy of [table, queue, blob, world.graph]) proxy.forget();
      await runSyncJob({ ...scope, why: 'schedule', due: { kind: domain, at } }, app);
    };
    // Twice a day, where notifications tell the rest: one more, whether they can still be relied on. The first polls bring what is once for a worker (tables), and the list
    // of folders as it was kept.
    for (let n = 0; n < 4; n++) await poll();
    expect((await head())?.status.trusted).toBe(true);
    expect(table.requests.map(describe)).toEqual(CALLS.toSpliced(3, 0, 'GET connections subscriptions'));
    // Each minute, where no notification comes.
    await trust(world, false);
    for (let n = 0; n < 2; n++) await poll();
    expect(table.requests.map(describe)).toEqual(CALLS);
    expect([...queue.requests, ...blob.requests]).toEqual([]);
    expect(await world.app.store.readCursors(scope)).toHaveLength(streams);
    expect(world.graph.requests).toHaveLength(streams);
    await Promise.all([table.close(), queue.close(), blob.close()]);
  });

it('a domain that polls at its schedule learns within a quarter of an hour that it is told of changes again', async () => {
  await using world = await startWorld({ messages: 5, folders: 1 });
  await world.drain();
  const scope = { connectionId: world.connectionId, domain: 'mail' };
  const waits = async (): Promise<boolean> => {
    const at = (await world.head()).status.nextDueAt ?? '';
    await runSyncJob({ ...scope, why: 'schedule', due: { kind: 'mail', at } }, world.app);
    return Date.parse((await world.head()).status.nextDueAt ?? '') > world.clock.now().getTime() + 3_600_000;
  };
  await trust(world, false);
  expect(await waits()).toBe(false);
  await trust(world, true);
  const seen = [];
  for (let minute = 0; minute < 20; minute += 4) {
    world.clock.move(4 * 60_000);
    seen.push(await waits());
  }
  expect(seen.at(-1)).toBe(true);
  await trust(world, false);
  expect(await waits()).toBe(false);
});

async function trust({ app, connectionId }: SyncWorld, trusted: boolean): Promise<void> {
  const { account } = (await app.connections.read(connectionId))?.connection ?? {};
  const rows = account === undefined ? [] : await app.subscriptions.list(account);
  expect(rows).not.toEqual([]);
  for (const row of rows) await app.subscriptions.write({ ...row.subscription, distrusted: !trusted }, row.version);
}

function describe({
  method,
  path,
  body,
}: {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
}): string {
  const text = decodeURIComponent(path);
  if (!text.includes('$batch')) {
    const name = /^\/\w+\/(\w+)/.exec(text)?.[1] ?? '';
    const what = text.includes("RowKey ge 'head'") ? ' front' : text.includes("'subscription|") ? ' subscriptions' : '';
    return `${method} ${name}${what}`;
  }
  const rows = [...body.toString().matchAll(/^(?:PUT|DELETE) \S*\/(\w+)\(PartitionKey='[^']*',RowKey='([^'|%]*)/gm)];
  const sorts = rows.map(([, name = '', row = '']) => (name === 'sync' ? row : name));
  return `${method} transaction ${[...new Set(sorts)].join(', ')}`;
}
