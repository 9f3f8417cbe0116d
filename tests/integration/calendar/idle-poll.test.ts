import { expect, it } from 'vitest';
import { openApp } from '../../../shared/app.ts';
import { loadConfig } from '../../../shared/config.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { silentLog } from '../../../shared/lib/log.ts';
import { startCalendarWorld } from '../../support/calendar-world.ts';
import { serviceOrigin, startFaultProxy, throughProxies } from '../../support/fault-proxy.ts';
import type { SyncWorld } from '../../support/sync-world.ts';

/** Calls to storage for a domain with one stream, at most, and for each further one. */
const AIM = { domain: 6, stream: 1 } as const;

const cases = [
  { name: 'the default calendar alone', others: [], distrusted: false },
  { name: 'the default calendar, of which no notification comes', others: [], distrusted: true },
  { name: 'three calendars', others: ['Projects', 'Family'], distrusted: false },
];

for (const { name, others, distrusted } of cases)
  it(`an idle poll of ${name} costs one Graph request a stream, and few storage calls`, async () => {
    await using at = await startCalendarWorld();
    const { world } = at;
    const ids = [at.main];
    for (const other of others) ids.push(await at.calendar(other));
    if (others.length > 0) await at.settings({ calendarIds: ids });
    await world.user('POST', '/events', { count: 30, seed: 3 });
    await at.poll();
    if (distrusted) await distrust(world);
    const table = await startFaultProxy(serviceOrigin(world.azurite.connectionString, 'table'));
    const queue = await startFaultProxy(serviceOrigin(world.azurite.connectionString, 'queue'));
    const storage = throughProxies(world.azurite.connectionString, { table: table.url, queue: queue.url });
    const app = openApp(loadConfig({ ...world.environment, AzureWebJobsStorage: storage }), {
      clock: world.clock,
      log: silentLog,
    });
    const poll = async (): Promise<void> => {
      const due = { kind: 'calendar', at: (await at.head()).status.nextDueAt ?? '' };
      for (const proxy of [table, queue, world.graph]) proxy.forget();
      await runSyncJob({ ...at.scope, why: 'schedule', due }, app);
    };
    // The first ones bring what is once for a worker, and once for a list of calendars.
    for (let n = 0; n < 3; n++) await poll();
    const streams = (await at.cursors()).length;
    expect(streams).toBe(2 + others.length);
    const calls = table.requests.map(({ method, path }) => `${method} ${decodeURIComponent(path).slice(0, 120)}`);
    // Twice a day one more, as of every domain: whether the notifications can still be relied on.
    const allowed = AIM.domain + AIM.stream * (streams - 1) + (distrusted ? 0 : 1);
    expect({ calls, few: calls.length <= allowed }).toMatchObject({ few: true });
    expect(world.graph.requests.map(({ path }) => path.split('?')[0])).toHaveLength(streams);
    expect(queue.requests).toEqual([]);
    await poll();
    expect([table.requests.length, world.graph.requests.length]).toEqual([calls.length, streams]);
    await Promise.all([table.close(), queue.close()]);
  });

async function distrust({ app, connectionId }: SyncWorld): Promise<void> {
  const { account } = (await app.connections.read(connectionId))?.connection ?? {};
  const rows = account === undefined ? [] : await app.subscriptions.list(account);
  for (const row of rows) await app.subscriptions.write({ ...row.subscription, distrusted: true }, row.version);
}
