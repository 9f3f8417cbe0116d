import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { pause } from '../abort.ts';
import { errorMessage, type Log } from '../log.ts';
import { expectStatus } from '../storage/status-code.ts';

export interface MessageRules {
  readonly queue: QueueClient;
  /** Undefined for a queue that is itself a poison queue: its failed messages just come back. */
  readonly poison: QueueClient | undefined;
  readonly hiddenSeconds: number;
  readonly visibilityTimeoutMs: number;
  readonly maxDequeueCount: number;
  readonly log: Log;
  readonly category: string;
  readonly onPoison: (queueName: string) => void;
}

/** One message in our hands: hidden from others while it is worked on, and in the end deleted, let go, or moved. */
export class MessageRun {
  readonly #rules: MessageRules;
  readonly #message: DequeuedMessageItem;
  #popReceipt: string;

  constructor(message: DequeuedMessageItem, rules: MessageRules) {
    this.#message = message;
    this.#rules = rules;
    this.#popReceipt = message.popReceipt;
  }

  /** A message that has had its tries, and whose last one ended with the process, is not tried again. */
  get isSpent(): boolean {
    return this.#rules.poison !== undefined && this.#message.dequeueCount > this.#rules.maxDequeueCount;
  }

  /** Waits for `work` and keeps the message hidden meanwhile, renewed at half of its time. Throws what `work` threw. */
  async keepHidden<Result>(work: Promise<Result>): Promise<Result> {
    const done = new AbortController();
    const renewal = this.#renew(done.signal);
    try {
      return await work;
    } finally {
      done.abort();
      await renewal;
    }
  }

  async succeed(): Promise<void> {
    const { queue } = this.#rules;
    try {
      await queue.deleteMessage(this.#message.messageId, this.#popReceipt);
    } catch (error) {
      // Somebody else has it by now: it will be worked on again, as "at least once" says.
      expectStatus(error, 400, 404);
    }
  }

  async fail(): Promise<void> {
    const { poison, maxDequeueCount } = this.#rules;
    if (poison === undefined) return;
    if (this.#message.dequeueCount >= maxDequeueCount) await this.toPoison();
    else await this.#release();
  }

  /** Copies the message, as it is, to the poison queue (which is created if need be) and deletes it. */
  async toPoison(): Promise<void> {
    const { poison, queue, log, category, maxDequeueCount, onPoison } = this.#rules;
    if (poison === undefined) return;
    log({
      level: 'error',
      category,
      message: `Message ${this.#message.messageId} of '${queue.name}' (dequeued ${this.#message.dequeueCount}, of ${maxDequeueCount}) is moved to '${poison.name}'.`,
    });
    await poison.createIfNotExists();
    await poison.sendMessage(this.#message.messageText);
    onPoison(poison.name);
    await this.succeed();
  }

  async #release(): Promise<void> {
    const { queue, visibilityTimeoutMs } = this.#rules;
    const seconds = Math.ceil(visibilityTimeoutMs / 1000);
    try {
      await queue.updateMessage(this.#message.messageId, this.#popReceipt, undefined, seconds);
    } catch (error) {
      expectStatus(error, 400, 404);
    }
  }

  async #renew(done: AbortSignal): Promise<void> {
    const { queue, hiddenSeconds, log, category } = this.#rules;
    for (;;) {
      await pause((hiddenSeconds * 1000) / 2, done);
      if (done.aborted) return;
      try {
        const { messageId } = this.#message;
        const updated = await queue.updateMessage(messageId, this.#popReceipt, undefined, hiddenSeconds);
        this.#popReceipt = updated.popReceipt ?? this.#popReceipt;
      } catch (error) {
        log({ level: 'warning', category, message: `A message could not be kept hidden: ${errorMessage(error)}` });
      }
    }
  }
}
