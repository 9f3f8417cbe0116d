import { QueueServiceClient } from '@azure/storage-queue';
import { expect, it } from 'vitest';
import { openApp } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { StorageError } from '../../shared/errors.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { wakeDomain } from '../../shared/jobs/wake-domain.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { startCalendarWorld } from '../support/calendar-world.ts';
import { serviceOrigin, startFaultProxy, throughProxies } from '../support/fault-proxy.ts';
import { startWorld, type SyncWorld } from '../support/sync-world.ts';
import { daily, whole } from './plan/diary.ts';
import { Courier } from './programs/courier.ts';

const burst = ({ app, connectionId }: SyncWorld, domain = 'mail'): Promise<unknown> =>
  Promise.all(Array.from({ length: 50 }, () => wakeDomain(app, { connectionId, domain }, null, 'notification')));

/** A mailbox at rest, whose notifications the test makes itself. */
async function quietWorld(): Promise<SyncWorld> {
  const world = await startWorld({ messages: 20 });
  await world.control('PATCH', '/settings', { notifications: { pause: true } });
  await world.drain();
  return world;
}

it('P3 a burst that arrives during a round causes another one, and costs two jobs at most', async () => {
  await using world = await quietWorld();
  const job = { connectionId: world.connectionId, domain: 'mail', why: 'manual', due: null };
  const gate = Promise.withResolvers<undefined>();
  const last = world.graph.plan({
    path: /\/messages\/delta/,
    nth: (await world.cursors()).length - 1,
    fault: { call: { after: () => gate.promise } },
  });
  const running = runSyncJob(job, world.app);
  await last.met;
  const id = await world.arrive({ subject: 'While it ran', folder: 'inbox' });
  await burst(world);
  const ran = await world.drain();
  expect(ran.sync).toBeLessThanOrEqual(2);
  expect((await world.head()).again).toBe(true);
  gate.resolve(undefined);
  await running;
  expect((await world.messages()).some((message) => message.graphId === id)).toBe(true);
  expect(await world.head()).toMatchObject({ again: false, lease: null, covers: [] });
  expect(await world.drain()).toMatchObject({ sync: 0 });
});

it('P3 a burst that arrives during a round of events causes another one, which finds what was made and edited meanwhile', async () => {
  await using calendar = await startCalendarWorld();
  const { world } = calendar;
  await world.control('PATCH', '/settings', { notifications: { pause: true } });
  const series = await calendar.arrive(daily(calendar, 'Series', 1, 5));
  await calendar.poll();
  await calendar.arrive(whole(calendar, 'Before it ran', 3));
  const gate = Promise.withResolvers<undefined>();
  const page = world.graph.plan({ path: /\/calendarView\/delta/, fault: { call: { after: () => gate.promise } } });
  const running = runSyncJob({ ...calendar.scope, why: 'manual', due: null }, world.app);
  await page.met;
  await calendar.arrive(whole(calendar, 'While it ran', 4));
  await calendar.edit(series, { subject: 'For once' }, calendar.day(2));
  await calendar.remove(series, calendar.day(4));
  await burst(world, 'calendar');
  expect((await world.drain()).sync).toBeLessThanOrEqual(2);
  expect((await calendar.head()).again).toBe(true);
  gate.resolve(undefined);
  await running;
  expect(await calendar.differences()).toEqual([]);
  expect((await calendar.ours()).map(({ location }) => location)).toEqual(
    expect.arrayContaining(['Before it ran', 'While it ran']),
  );
  expect(await calendar.head()).toMatchObject({ again: false, lease: null, covers: [] });
  expect(await world.drain()).toMatchObject({ sync: 0 });
});

it('P3 a late notification of a subscription that was replaced harms nothing, and what it tells arrives', async () => {
  await using world = await startWorld({ messages: 5 });
  await world.control('PATCH', '/settings', { notifications: { lose: 1 } });
  await world.drain();
  const { account } =
    (await world.app.connections.read(world.connectionId))?.connection ?? expect.fail('no connection');
  const courier = new Courier({ objectId: account.objectId, world });
  const rows = async () => (await world.app.subscriptions.list(account)).map(({ subscription }) => subscription);
  const causeOf = async (id: string) => (await world.feed()).find((change) => change.graphId === id)?.cause;

  await courier.lifecycle('subscriptionRemoved');
  await world.drain();
  const [live, ...others] = await rows();
  expect(others).toEqual([]);
  expect(live).toMatchObject({ replaced: [{}], lastNotificationAt: null });
  const told = await world.arrive({ subject: 'Told late' });
  expect(await courier.bring(told, -1)).toBe(true);
  expect((await world.drain()).sync).toBe(1);
  expect(await causeOf(told)).toBe('push');
  // It says nothing about the one that is live: that may be deaf.
  expect(await rows()).toEqual([live]);

  // So long after that nobody knows the first one any more.
  world.clock.move(8 * 86_400_000);
  await courier.lifecycle('subscriptionRemoved');
  await world.drain();
  const before = await rows();
  const later = await world.arrive({ subject: 'Told much too late' });
  expect(await courier.bring(later, 0)).toBe(true);
  expect(await world.drain()).toMatchObject({ sync: 0, dispatch: 0 });
  expect([await rows(), await causeOf(later)]).toEqual([before, undefined]);
  await world.poll();
  expect([await causeOf(later), await world.differences()]).toEqual(['poll', []]);
});

it('P3 a burst before a round is one job, after which nothing is left to wake', async () => {
  await using world = await quietWorld();
  await burst(world);
  expect(await world.drain()).toMatchObject({ sync: 1 });
  expect(await world.app.wake.read({ connectionId: world.connectionId, domain: 'mail' })).toBeNull();
});

it('P3 a wake-up whose message cannot be sent is refused, and leaves no wake row that would swallow the next', async () => {
  await using world = await quietWorld();
  const scope = { connectionId: world.connectionId, domain: 'mail' };
  const queues = await startFaultProxy(serviceOrigin(world.azurite.connectionString, 'queue'));
  const AzureWebJobsStorage = throughProxies(world.azurite.connectionString, { queue: queues.url });
  const app = openApp(loadConfig({ ...world.environment, AzureWebJobsStorage }), { log: silentLog });
  queues.plan({ path: /\/messages/, times: Infinity, fault: { before: { status: 503 } } });
  await expect(wakeDomain(app, scope, null, 'notification')).rejects.toThrow(StorageError);
  expect(await world.app.wake.read(scope)).toBeNull();
  queues.heal();
  await wakeDomain(app, scope, null, 'notification');
  const queue = QueueServiceClient.fromConnectionString(world.azurite.connectionString).getQueueClient('sync-jobs');
  expect((await queue.getProperties()).approximateMessagesCount).toBe(1);
  await queues.close();
});
