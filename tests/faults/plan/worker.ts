import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { App } from '../../../shared/app.ts';
import { runDeliverJob } from '../../../shared/jobs/deliveries/deliver-job.ts';
import { runDispatch } from '../../../shared/jobs/dispatch.ts';
import { runPushJob } from '../../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { readRows } from './partition.ts';
import { partText } from '../../../shared/store/keys.ts';
import type { FaultRig } from './rig.ts';

const runners = {
  'sync-jobs': runSyncJob,
  'push-jobs': runPushJob,
  dispatch: runDispatch,
  deliveries: runDeliverJob,
} as const;
type QueueName = keyof typeof runners;
const names = ['sync-jobs', 'push-jobs', 'dispatch', 'deliveries'] as const;

/** As host.json: after so many tries a message is put aside. */
const MOST_TRIES = 5;

/** Takes messages off the real queues and runs them in this process, with the host's rules for failures. */
export class Worker {
  readonly app: App;
  readonly #rig: FaultRig;
  /** Queues that are there. */
  readonly #made = new Set<QueueName>();
  /** Messages that failed as often as they may. */
  readonly poisoned: string[] = [];
  /** Failures of messages, in order. */
  readonly failures: unknown[] = [];

  constructor(rig: FaultRig, app: App) {
    this.#rig = rig;
    this.app = app;
  }

  /** Until no message is visible, or the worker is dead: then the message at hand stays with it. */
  async runQueues(isDead: () => boolean = () => false): Promise<void> {
    for (let busy = true; busy && !isDead();) {
      busy = false;
      for (const name of names) {
        const message = await this.#take(name);
        if (message === undefined) continue;
        busy = true;
        await this.#run(name, message, isDead);
        if (isDead()) return;
      }
    }
  }

  /** What the timers bring about: everything that stands in `due`, by its kinds and shards. */
  async runDue(): Promise<void> {
    const rows = await readRows(this.#rig, 'due');
    const places = new Set(rows.map((row) => String(row['partitionKey'])));
    for (const place of places) {
      const [kind = '', shard = ''] = place.split('|');
      await runDispatch({ kinds: [partText(kind) ?? kind], shards: [Number(shard)] }, this.app);
    }
  }

  async #take(name: QueueName): Promise<DequeuedMessageItem | undefined> {
    const queue = this.#rig.queues.getQueueClient(name);
    if (!this.#made.has(name)) await queue.createIfNotExists();
    this.#made.add(name);
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 1, visibilityTimeout: 600 });
    return receivedMessageItems[0];
  }

  async #run(name: QueueName, message: DequeuedMessageItem, isDead: () => boolean): Promise<void> {
    const queue = this.#rig.queues.getQueueClient(name);
    const { messageId, popReceipt, messageText, dequeueCount } = message;
    try {
      await runners[name](JSON.parse(Buffer.from(messageText, 'base64').toString()), this.app);
      // A worker that died cannot have said that it is done, and its message comes back.
      if (isDead()) await queue.updateMessage(messageId, popReceipt, undefined, 0);
      else await queue.deleteMessage(messageId, popReceipt);
    } catch (error) {
      this.failures.push(error);
      if (!isDead() && dequeueCount >= MOST_TRIES) {
        this.poisoned.push(messageText);
        await queue.deleteMessage(messageId, popReceipt);
      } else await queue.updateMessage(messageId, popReceipt, undefined, 0);
    }
  }
}

/** Drops what stands in the queues, hidden or not. */
export async function clearQueues(rig: FaultRig): Promise<void> {
  for (const name of names) {
    const queue = rig.queues.getQueueClient(name);
    await queue.createIfNotExists();
    await queue.clearMessages();
  }
}
