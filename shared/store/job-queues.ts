import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import type { DispatchJob, JobQueues, PushJob, SyncJob } from '../engine/directory-ports.ts';
import type { DeliverJob } from '../engine/delivery-ports.ts';
import { StorageError, TooLargeError } from '../errors.ts';
import { within } from '../lib/within.ts';
import { failureOf, isUnmade, storageError } from './failures.ts';
import type { Timing } from './table.ts';

/** The queues of the app. */
export const queueNames = ['sync-jobs', 'owa-jobs', 'push-jobs', 'deliveries', 'dispatch'] as const;
export type QueueName = (typeof queueNames)[number];

/** One call with the client's own retries, and the pause before the first of them, in milliseconds. */
const usualTiming = { timeoutMs: 20_000, backoffMs: 200 };
/** The longest that the service hides a message: seven days. */
const LONGEST_DELAY_S = 7 * 86_400;
/** Never: what waits in a queue is covered by a due row, not by an end. */
const FOREVER = -1;

/** Queue Storage. Messages are JSON in base64, as the queue trigger reads them; a queue is made when a message finds it missing. */
export class StorageJobQueues implements JobQueues {
  readonly #service: QueueServiceClient;
  readonly #timeoutMs: number;
  readonly #queues = new Map<QueueName, QueueClient>();

  constructor(connection: string, timing: Partial<Pick<Timing, 'timeoutMs' | 'backoffMs'>> = {}) {
    const { timeoutMs, backoffMs } = { ...usualTiming, ...timing };
    this.#timeoutMs = timeoutMs;
    this.#service = QueueServiceClient.fromConnectionString(connection, {
      retryOptions: { maxTries: 3, retryDelayInMs: backoffMs, maxRetryDelayInMs: 2_000 },
    });
  }

  sync(job: SyncJob, delayMs?: number): Promise<void> {
    return this.send('sync-jobs', job, delayMs);
  }

  /** As `sync`, for connections whose mail is read from Outlook on the web. */
  owa(job: SyncJob, delayMs?: number): Promise<void> {
    return this.send('owa-jobs', job, delayMs);
  }

  push(job: PushJob, delayMs?: number): Promise<void> {
    return this.send('push-jobs', job, delayMs);
  }

  deliver(job: DeliverJob, delayMs?: number): Promise<void> {
    return this.send('deliveries', job, delayMs);
  }

  dispatch(job: DispatchJob): Promise<void> {
    return this.send('dispatch', job);
  }

  /** Puts a message of any queue; it is durable once this returns (and may be there twice after a lost answer). */
  async send(name: QueueName, message: object, delayMs = 0): Promise<void> {
    const text = Buffer.from(JSON.stringify(message)).toString('base64');
    const visibilityTimeout = Math.min(Math.max(0, Math.ceil(delayMs / 1000)), LONGEST_DELAY_S);
    try {
      const options = { visibilityTimeout, messageTimeToLive: FOREVER };
      await this.put(name, (queue, abortSignal) => queue.sendMessage(text, { ...options, abortSignal }));
    } catch (error) {
      if (failureOf(error).status === 413) throw new TooLargeError(`A message for ${name} is too large`);
      throw storageError('queue.unavailable', `Sending to ${name}`, error);
    }
  }

  async lengths(): Promise<Readonly<Record<string, number>>> {
    const names = queueNames.flatMap((name) => [name, `${name}-poison`]);
    const counted = await Promise.all(names.map(async (name) => [name, await this.lengthOf(name)] as const));
    return Object.fromEntries(counted);
  }

  private async lengthOf(name: string): Promise<number> {
    try {
      const abortSignal = AbortSignal.timeout(this.#timeoutMs);
      const { approximateMessagesCount } = await this.#service.getQueueClient(name).getProperties({ abortSignal });
      if (approximateMessagesCount !== undefined) return approximateMessagesCount;
    } catch (error) {
      const { status, code } = failureOf(error);
      // A queue that no message has made yet is empty.
      if (status === 404 && code === 'QueueNotFound') return 0;
      throw storageError('queue.unavailable', `Counting ${name}`, error);
    }
    throw new StorageError('queue.unavailable', `Counting ${name} failed: no number`);
  }

  private async put(
    name: QueueName,
    call: (queue: QueueClient, abortSignal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    const queue = this.#queues.get(name) ?? this.#service.getQueueClient(name);
    this.#queues.set(name, queue);
    try {
      await within(this.#timeoutMs, (abortSignal) => call(queue, abortSignal));
    } catch (error) {
      if (!isUnmade(failureOf(error))) throw error;
      await within(this.#timeoutMs, (abortSignal) => queue.createIfNotExists({ abortSignal }));
      await within(this.#timeoutMs, (abortSignal) => call(queue, abortSignal));
    }
  }
}
