import { expect, it } from 'vitest';
import { startAzurite } from '../../../infra/local/azurite.ts';
import { openStore, type Stores } from '../../../shared/store/open.ts';
import { systemClock } from '../../../shared/lib/clock.ts';
import { silentLog } from '../../../shared/lib/log.ts';
import { systemRandom } from '../../../shared/lib/random.ts';
import { serviceOrigin, startFaultProxy, throughProxies } from '../../support/fault-proxy.ts';

const open = (connection: string): Stores =>
  openStore(
    { storage: { connection }, vaults: ['http://127.0.0.1:1'], sync: { leaseMs: 60_000 } },
    { clock: systemClock, random: systemRandom, log: silentLog },
  );
const job = { connectionId: 'c1', domain: 'mail', why: 'manual', due: null } as const;

it('tables and queues are made by the first call that misses them, and asked for by nobody afterwards', async () => {
  const azurite = await startAzurite();
  const [table, queue] = await Promise.all(
    (['table', 'queue'] as const).map((service) => startFaultProxy(serviceOrigin(azurite.connectionString, service))),
  );
  if (table === undefined || queue === undefined) return expect.fail('no proxies');
  const connection = throughProxies(azurite.connectionString, { table: table.url, queue: queue.url });
  const due = { kind: 'mail', connectionId: 'c1', dueAt: new Date() };
  const work = async (stores: Stores): Promise<void> => {
    expect(await stores.lookups.find('user', 'nobody')).toEqual([]);
    await Promise.all([stores.due.add(due), stores.due.add({ ...due, kind: 'mail.push' })]);
    expect(await stores.due.oldest('mail')).toEqual(due);
    await stores.queues.sync(job);
  };
  await work(open(connection));
  expect(table.seen({ method: 'POST', path: /\/Tables/ })).toHaveLength(2);
  expect(queue.seen({ method: 'PUT', path: /\/sync-jobs/ })).toHaveLength(1);
  for (const proxy of [table, queue]) proxy.forget();
  await work(open(connection));
  expect(table.seen({ path: /\/Tables/ })).toEqual([]);
  expect(queue.requests).toHaveLength(1);
  await Promise.all([table.close(), queue.close()]);
  await azurite.close();
});
