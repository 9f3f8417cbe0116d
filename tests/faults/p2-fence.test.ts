import { expect, it } from 'vitest';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { mail } from '../../shared/domains/mail/index.ts';
import { updateOf, writeLocally } from '../../shared/engine/local-write.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { mapLimit } from '../../shared/lib/map-limit.ts';
import { serviceOrigin, startFaultProxy, throughProxies, type FaultProxy } from '../support/fault-proxy.ts';
import { startCalendarWorld } from '../support/calendar-world.ts';
import type { DomainSides } from '../support/domain-sides.ts';
import { startWorld, type SyncWorld } from '../support/sync-world.ts';
import { daily, whole } from './plan/diary.ts';

const AT_ONCE = 6;

/** A second worker, whose way to the tables can be blocked. */
async function workerBehind(world: SyncWorld): Promise<{ app: App; tables: FaultProxy }> {
  const tables = await startFaultProxy(serviceOrigin(world.azurite.connectionString, 'table'));
  const AzureWebJobsStorage = throughProxies(world.azurite.connectionString, { table: tables.url });
  const config = loadConfig({ ...world.environment, AzureWebJobsStorage });
  return { app: openApp(config, { clock: world.clock, log: silentLog }), tables };
}

/** What two workers fight over: a domain with much to read. */
interface Contested extends Pick<DomainSides, 'head' | 'cursors' | 'feed' | typeof Symbol.asyncDispose> {
  readonly domain: string;
  readonly world: SyncWorld;
  differences(): Promise<string[]>;
}

const settings = { SYNC_PAGE_SIZE: '5', LEASE_SECONDS: '2' };

const contested: Readonly<Record<'mail' | 'calendar', () => Promise<Contested>>> = {
  mail: async () => {
    const world = await startWorld({ messages: 30, settings });
    return { ...world, domain: 'mail', world };
  },
  // Of series the masters are read one by one, and their days are told apart: commits of other kinds than a page of mail has.
  calendar: async () => {
    const calendar = await startCalendarWorld({ settings });
    // A wake-up would be taken in with the lease, by a commit that whoever takes the lease in vain makes again.
    await calendar.world.control('PATCH', '/settings', { notifications: { pause: true } });
    for (let n = 1; n <= 12; n++) await calendar.arrive(whole(calendar, `Single ${n}`, n));
    for (let n = 1; n <= 3; n++) {
      const series = await calendar.arrive(daily(calendar, `Series ${n}`, n, 6));
      await calendar.edit(series, { subject: 'For once' }, calendar.day(n + 1));
      await calendar.remove(series, calendar.day(n + 2));
    }
    return { ...calendar, domain: 'calendar' };
  },
};

const fights = (['mail', 'calendar'] as const).flatMap((domain) => [2, 4, 7, 10].map((nth) => ({ domain, nth })));

it.for(fights)(
  'P2 a worker that lost its lease of $domain cannot write: its commit $nth arrives too late',
  async ({ domain, nth }) => {
    await using of = await contested[domain]();
    const { world } = of;
    const held = async (): Promise<unknown> => [await of.head(), await of.cursors(), await of.feed()];
    const job = { connectionId: world.connectionId, domain, why: 'manual', due: null };
    const { app, tables } = await workerBehind(world);
    const gate = Promise.withResolvers<undefined>();
    const late = tables.plan({
      method: 'POST',
      path: /\$batch/,
      body: /\/sync\(/,
      nth,
      fault: { call: { before: () => gate.promise } },
    });
    const loser = runSyncJob(job, app);
    await late.met;
    world.clock.move(3_000);
    await runSyncJob(job, world.app);
    expect(await of.differences()).toEqual([]);
    const before = await held();
    gate.resolve(undefined);
    await loser;
    expect(await held()).toEqual(before);
    expect(await of.differences()).toEqual([]);
    await tables.close();
  },
);

it('P2 of fifty local writes during a sync none is lost, and none of the sync', async () => {
  await using world = await startWorld({ messages: 40, settings: { SYNC_PAGE_SIZE: '5' } });
  await world.control('PATCH', '/settings', { notifications: { pause: true } });
  await world.drain();
  const scope = { connectionId: world.connectionId, domain: 'mail' };
  const targets = await world.messages();
  for (let n = 0; n < 12; n++) await world.arrive({ subject: `During ${n}` });
  const write = (n: number): ReturnType<typeof writeLocally> =>
    writeLocally(world.app, mail, scope, {
      intend: updateOf(
        targets[n % 25]?.id ?? '',
        'update',
        n < 25 ? { categories: [`Own ${n}`] } : { flag: 'complete' },
      ),
    });
  // As many at once as do not wait for each other for ten seconds on a slow machine: then a write is refused.
  const [, written] = await Promise.all([
    runSyncJob({ ...scope, why: 'manual', due: null }, world.app),
    mapLimit([...Array(50).keys()], AT_ONCE, write),
  ]);
  const operations = written.flatMap((one) => one?.operation?.op ?? []);
  expect((await world.app.store.readOutbox(scope)).map(({ op }) => op).toSorted()).toEqual(operations.toSorted());
  expect((await world.head()).counts.outbox).toBe(operations.length);
  const own = (await world.feed()).filter((change) => change.cause === 'own-write');
  expect(own.length).toBe(operations.length);
  const after = new Map((await world.messages()).map((message) => [message.id, message]));
  for (let n = 0; n < 25; n++)
    expect(after.get(targets[n]?.id ?? '')).toMatchObject({ categories: [`Own ${n}`], flag: 'complete' });
  const fresh = [...after.values()].filter((message) => message.subject.startsWith('During'));
  expect(fresh.length).toBe(12);
  await world.app.queues.push({ ...scope, due: null });
  await world.drain();
  await world.poll();
  expect(await world.differences()).toEqual([]);
}, 60_000);
