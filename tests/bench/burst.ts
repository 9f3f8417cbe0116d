import { QueueServiceClient, type DequeuedMessageItem, type QueueClient } from '@azure/storage-queue';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { newHead } from '../../shared/engine/head.ts';
import { newMemory, takeNotifications } from '../../shared/jobs/notifications/take-notifications.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { mapLimit } from '../../shared/lib/map-limit.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { newConnection } from '../support/job-world.ts';
import { countCalls } from './counted-calls.ts';
import { CountingMailbox, countingDomain } from './counting-mailbox.ts';
import type { Emulators } from './processes.ts';
import { makeSubscribers, type Subscriber } from './subscribers.ts';
import { settingsOf } from './way-ours.ts';

export interface BurstOptions {
  readonly connections: number;
  readonly notifications: number;
}

/** What a burst came to. */
export interface Burst extends BurstOptions {
  /** Messages that were put on `sync-jobs` since the burst began. */
  readonly jobs: number;
  /** Connections that do not hold the last change that was announced. */
  readonly behind: number;
  readonly seconds: number;
  /** Calls to storage, of receivers and jobs together. */
  readonly calls: number;
}

/** Notifications under way at once; connections whose rounds are held at once; jobs at once, so that some can end meanwhile. */
const SENDERS = 64;
const GROUP = 16;
const WORKERS = 24;
/** A worker that found nothing rests so long. */
const LOOK_AGAIN_MS = 25;
const AIM = 2;

/**
 * Changes mailboxes while their rounds run, each change announced at once; then lets the jobs come to their end. Store, queue, receiver, job and engine are real; the mailboxes are in memory, for a thousand accounts would measure Graph's stand-in.
 */
export async function burst(emulators: Emulators, { connections, notifications }: BurstOptions): Promise<Burst> {
  const azurite = await emulators.openStorage();
  try {
    const settings = settingsOf({ ...emulators, storage: azurite.connectionString, pageSize: 196 });
    const mailboxes = new Map<string, CountingMailbox>();
    const opened = openApp(loadConfig(settings), { log: silentLog });
    const app = {
      ...opened,
      sources: { open: ({ id }: { readonly id: string }) => mailboxOf(mailboxes, id) },
      domains: { mail: { domain: countingDomain } },
    };
    const subscribers = await makeSubscribers(opened, connections);
    await mapLimit(subscribers, WORKERS, async ({ connectionId, subscriptionId }) => {
      await makeConnection(opened, connectionId, subscriptionId);
      await runSyncJob({ connectionId, domain: 'mail', why: 'connect', due: null }, app);
    });
    const queue = QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient('sync-jobs');
    await queue.createIfNotExists();
    const calls = countCalls();
    const began = performance.now();
    const ended = new AbortController();
    const jobs = work(queue, (message) => runSyncJob(message, app), ended.signal);
    await announce(opened, { subscribers, mailboxes, notifications });
    ended.abort();
    const ran = await jobs;
    const seconds = (performance.now() - began) / 1000;
    calls.stop();
    const behind = await countBehind(opened, subscribers, mailboxes);
    return { connections, notifications, jobs: ran, behind, seconds, calls: calls.sent() };
  } finally {
    await azurite.close();
  }
}

function mailboxOf(mailboxes: Map<string, CountingMailbox>, id: string): CountingMailbox {
  const known = mailboxes.get(id) ?? new CountingMailbox();
  mailboxes.set(id, known);
  return known;
}

async function makeConnection(app: App, id: string, objectId: string): Promise<void> {
  const account = { tenantId: 'bench', objectId, username: `${id}@bench.example`, displayName: null };
  await app.connections.create(newConnection(id, { account: { ...account, kind: 'work' } }));
  await app.store.createHead({ connectionId: id, domain: 'connection' }, newHead());
  await app.store.createHead({ connectionId: id, domain: 'mail' }, newHead());
}

/**
 * Group by group: one notification for each connection brings its job; while all of these hold their page back, the others
 * come, shuffled, at two workers; then the pages are answered.
 */
async function announce(
  app: App,
  given: {
    readonly subscribers: readonly Subscriber[];
    readonly mailboxes: Map<string, CountingMailbox>;
    readonly notifications: number;
  },
): Promise<void> {
  const { subscribers, mailboxes, notifications } = given;
  const memories = [newMemory(), newMemory()] as const;
  const each = Math.floor(notifications / subscribers.length);
  let sent = 0;
  const tell = async (one: Subscriber): Promise<void> => {
    mailboxOf(mailboxes, one.connectionId).version++;
    const memory = memories[sent++ % 2 === 0 ? 0 : 1];
    await takeNotifications(app, one.key, [{ ...one, itemId: 'message' }], memory);
  };
  for (let from = 0; from < subscribers.length; from += GROUP) {
    const group = subscribers.slice(from, from + GROUP);
    const held = group.map(({ connectionId }) => mailboxOf(mailboxes, connectionId).hold());
    await Promise.all(group.map(tell));
    await Promise.all(held.map(({ entered }) => entered));
    // Shuffled alike in every run.
    const order = Array.from(
      { length: group.length * (each - 1) },
      (_, n) => group[(n * 7) % group.length] ?? group[0],
    );
    await mapLimit(order, SENDERS, (one) => (one === undefined ? Promise.resolve() : tell(one)));
    for (const { open } of held) open();
  }
}

/** Runs messages as a host does, until the queue is empty after `ended`; answers how many there were. */
async function work(queue: QueueClient, run: (message: unknown) => Promise<void>, ended: AbortSignal): Promise<number> {
  let count = 0;
  const one = async (item: DequeuedMessageItem): Promise<void> => {
    await run(JSON.parse(Buffer.from(item.messageText, 'base64').toString()));
    await queue.deleteMessage(item.messageId, item.popReceipt);
  };
  const worker = async (): Promise<void> => {
    for (;;) {
      // Asked before: what comes while we look is found by the next look.
      const last = ended.aborted;
      const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 1, visibilityTimeout: 600 });
      if (receivedMessageItems.length === 0 && last) return;
      if (receivedMessageItems.length === 0) await pause(LOOK_AGAIN_MS);
      count += receivedMessageItems.length;
      for (const item of receivedMessageItems) await one(item);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return count;
}

async function countBehind(
  app: App,
  subscribers: readonly Subscriber[],
  mailboxes: ReadonlyMap<string, CountingMailbox>,
): Promise<number> {
  const held = await mapLimit(subscribers, WORKERS, async ({ connectionId }) => {
    const query = { from: 'm:', to: 'm;', where: {}, limit: 1, after: null };
    const { entries } = await app.store.list({ connectionId, domain: 'mail' }, query);
    const version = z.object({ version: z.number() }).parse(entries[0]?.item).version;
    return version === mailboxes.get(connectionId)?.version;
  });
  return held.filter((isHeld) => !isHeld).length;
}

/** The burst's part of the report, in Markdown. */
export function burstReport({ connections, notifications, jobs, behind, seconds, calls }: Burst): string {
  const verdict = jobs <= AIM * connections && behind === 0;
  return [
    `## Burst of ${notifications} notifications for ${connections} connections, while jobs run`,
    '',
    `One notification brings a connection's round; while it runs, the others come, at two workers. ${SENDERS} requests and ${WORKERS} jobs at once, ${seconds.toFixed(0)} s, ${(calls / notifications).toFixed(1)} storage calls a notification (jobs among them); a job for each would be ${notifications}.`,
    '',
    `- ${verdict ? 'met' : 'MISSED'}: ${jobs} jobs, ${behind} connections without their last change; aim: at most ${AIM * connections} jobs, and none`,
    '',
  ].join('\n');
}
