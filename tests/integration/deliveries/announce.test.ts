import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { disconnect } from '../../../shared/api/connections/disconnect.ts';
import { writeRecord } from '../../../shared/api/write-record.ts';
import { openApp, type App } from '../../../shared/app.ts';
import { loadConfig } from '../../../shared/config.ts';
import { mail } from '../../../shared/domains/mail/index.ts';
import { appendChanges } from '../../../shared/engine/append.ts';
import { updateOf } from '../../../shared/engine/local-write.ts';
import { runDeliverJob } from '../../../shared/jobs/deliveries/deliver-job.ts';
import { runDispatch } from '../../../shared/jobs/dispatch.ts';
import { runHousekeeping } from '../../../shared/jobs/housekeeping.ts';
import { runPushJob } from '../../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { silentLog } from '../../../shared/lib/log.ts';
import { newChange, newEndpoint, TestReceiver } from '../../support/delivery-world.ts';
import { serviceOrigin, startFaultProxy, throughProxies, type FaultProxy } from '../../support/fault-proxy.ts';
import { startWorld, type SyncWorld } from '../../support/sync-world.ts';

let world: SyncWorld;
let tables: FaultProxy;
let queues: FaultProxy;
let app: App;
const receiver = new TestReceiver();

beforeAll(async () => {
  world = await startWorld({ messages: 3, folders: 1 });
  const { connectionString } = world.azurite;
  tables = await startFaultProxy(serviceOrigin(connectionString, 'table'));
  queues = await startFaultProxy(serviceOrigin(connectionString, 'queue'));
  const storage = throughProxies(connectionString, { table: tables.url, queue: queues.url });
  const config = loadConfig({ ...world.environment, AzureWebJobsStorage: storage });
  app = openApp(config, { clock: world.clock, log: silentLog, transport: receiver });
  await world.drain();
  await poll();
});
beforeEach(() => {
  receiver.sent.length = 0;
});
afterEach(() => {
  tables.heal();
  queues.heal();
});
afterAll(async () => {
  await Promise.all([tables.close(), queues.close()]);
  await world[Symbol.asyncDispose]();
});

const poll = (): Promise<void> =>
  runSyncJob({ connectionId: world.connectionId, domain: 'mail', why: 'schedule', due: null }, app);

/** Runs what stands in the queue of deliveries; answers how many messages there were. */
async function deliver(): Promise<number> {
  const queue = QueueServiceClient.fromConnectionString(world.azurite.connectionString).getQueueClient('deliveries');
  await queue.createIfNotExists();
  let count = 0;
  for (;;) {
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 16 });
    if (receivedMessageItems.length === 0) return count;
    for (const item of receivedMessageItems) {
      await runDeliverJob(JSON.parse(Buffer.from(item.messageText, 'base64').toString()), app);
      await queue.deleteMessage(item.messageId, item.popReceipt);
      count++;
    }
  }
}

/** What a piece of work asks of storage. */
async function cost(work: () => Promise<unknown>): Promise<{ readonly tables: number; readonly queues: number }> {
  tables.forget();
  queues.forget();
  await work();
  return { tables: tables.requests.length, queues: queues.requests.length };
}

describe('announcing', () => {
  it('costs an idle poll no call of storage, with endpoints or without', async () => {
    await poll();
    const without = await cost(poll);
    await app.endpoints.create(newEndpoint('e-1', { createdAt: world.clock.now().toISOString() }));
    expect(await cost(poll)).toEqual(without);
    expect(await deliver()).toBe(0);
  });

  it('of what a poll found brings a delivery, once', async () => {
    await world.arrive({ subject: 'To be delivered' });
    await poll();
    expect(await deliver()).toBe(1);
    expect(receiver.sent.map(({ type }) => type)).toEqual(['message.created']);
    expect(receiver.sent[0]?.body).toContain('To be delivered');
    await poll();
    expect(await deliver()).toBe(0);
    expect(await app.due.oldest('mail.deliver')).toBeNull();
    expect((await world.head()).handed).toBe((await world.head()).lastSeq);
  });

  it('of rows that a push job, or what it pushes, made is made by that job', async () => {
    await appendChanges(app, { connectionId: world.connectionId, domain: 'mail' }, [newChange('message.updated')]);
    expect(await deliver()).toBe(0);
    await runPushJob({ connectionId: world.connectionId, domain: 'mail', due: null }, app);
    expect(await deliver()).toBe(1);
    expect(receiver.sent.map(({ type }) => type)).toEqual(['message.updated']);
  });

  it('of a write of an application is made by its push, though Outlook does not answer', async () => {
    const { connectionId, graph } = world;
    const scope = { connectionId, domain: 'mail' };
    const [message] = await world.messages();
    const { connection } = (await app.connections.read(connectionId)) ?? expect.fail('there is no connection');
    graph.plan({ method: 'PATCH', path: /\/messages\//, times: 1, fault: { before: { status: 503 } } });
    const intend = updateOf(message?.id ?? '', 'update', { isRead: message?.isRead !== true });
    await writeRecord(app, mail, { connection, scope }, { intend });
    expect(await deliver()).toBe(0);
    await world.drain();
    graph.heal();
    expect((await world.head()).counts.outbox).toBe(1);
    expect(await deliver()).toBe(1);
    expect(receiver.sent.map(({ type }) => type)).toEqual(['message.updated']);
    world.clock.move(60_000);
    await runPushJob({ ...scope, due: null }, app);
    expect(await deliver()).toBe(0);
  });

  it('that fails keeps the job, and the next run makes it good', async () => {
    await poll();
    await deliver();
    await world.arrive({});
    receiver.sent.length = 0;
    // The list of endpoints cannot be read.
    tables.plan({ path: /\/endpoints/, times: Infinity, fault: { before: { status: 503 } } });
    await expect(poll()).rejects.toThrow(/unavailable|failed/);
    tables.heal();
    expect(await deliver()).toBe(0);
    await poll();
    expect(await deliver()).toBeGreaterThan(0);
    expect(receiver.sent.map(({ type }) => type)).toEqual(['message.created']);
  });

  it('whose message is lost is brought back by its due row', async () => {
    await world.arrive({});
    queues.plan({ path: /\/deliveries\/messages/, times: Infinity, fault: { before: { status: 503 } } });
    await poll();
    queues.heal();
    expect(await deliver()).toBe(0);
    world.clock.move(2 * 60_000);
    await runDispatch({ kinds: ['mail.deliver'], shards: Array.from({ length: 64 }, (_, shard) => shard) }, app);
    expect(await deliver()).toBe(1);
    expect(receiver.sent.map(({ type }) => type)).toEqual(['message.created']);
  });
});

describe('storage calls of a delivery', () => {
  it('are few, and shared by those that go out together', async () => {
    const scope = { connectionId: world.connectionId, domain: 'mail' };
    const runOf = async (rows: number): Promise<number> => {
      await appendChanges(
        app,
        scope,
        Array.from({ length: rows }, () => newChange('message.updated')),
      );
      const { tables: calls } = await cost(() => runDeliverJob({ ...scope, due: null }, app));
      return calls;
    };
    await runOf(1);
    expect(await runOf(1)).toBeLessThanOrEqual(7);
    expect(await runOf(80)).toBeLessThanOrEqual(15);
  });
});

describe('a connection that leaves', () => {
  it('tells its endpoints so; then its cursors go, the last one with what is left of the connection', async () => {
    const { connectionId } = world;
    await deliver();
    receiver.sent.length = 0;
    await disconnect(app, connectionId);
    await world.drain();
    await deliver();
    expect(receiver.sent.map(({ type }) => type)).toEqual(['connection.disconnected']);
    const cursorOf = async (domain: string): Promise<number | undefined> =>
      (await app.deliveries.readCursor('e-1', { connectionId, domain })).found?.cursor.seq;
    expect(await cursorOf('mail')).toBeUndefined();
    expect(await cursorOf('connection')).toBeGreaterThan(0);
    // A message that comes late, or twice, begins nothing anew.
    await runDeliverJob({ connectionId, domain: 'mail', due: null }, app);
    await runDeliverJob({ connectionId, domain: 'connection', due: null }, app);
    expect(receiver.sent).toHaveLength(1);
    world.clock.move(31 * 86_400_000);
    await runHousekeeping(app, null);
    expect(await cursorOf('connection')).toBeUndefined();
    expect((await app.deliveries.list({ endpointId: 'e-1', limit: 9, after: null })).deliveries).toEqual([]);
  });
});
