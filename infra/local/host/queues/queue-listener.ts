import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import { pause } from '../abort.ts';
import type { Executor } from '../execution.ts';
import type { Listener } from '../listener.ts';
import { errorMessage, type Log } from '../log.ts';
import type { QueueSettings } from '../settings/host-json.ts';
import { resolveSettings, type Environment } from '../settings/resolve.ts';
import type { Connections } from '../storage/connections.ts';
import { statusOf } from '../storage/status-code.ts';
import type { BindingInfo, RegisteredFunction } from '../worker/types.ts';
import { BackOff } from './back-off.ts';
import { callOf, type QueueInput } from './call-of.ts';
import { decodeMessage } from './encoding.ts';
import { MessageRun, type MessageRules } from './message-run.ts';
import type { WakeUp } from './wake-up.ts';

const trigger = z.object({ queueName: z.string(), connection: z.string().optional(), dataType: z.string().optional() });

const POISON_SUFFIX = '-poison';
const MAX_QUEUE_NAME = 63;

export interface QueueParts {
  readonly executor: Executor;
  readonly environment: Environment;
  readonly connections: Connections;
  readonly settings: QueueSettings;
  readonly wakeUp: WakeUp;
  readonly log: Log;
  /** How long a message in work is hidden; the real host's 600, shorter in tests. */
  readonly hiddenSeconds: number;
}

/** Throws when the queue's name or connection does not resolve: such a function is not indexed. */
export function createQueueListener(
  registered: RegisteredFunction,
  [bindingName, binding]: readonly [string, BindingInfo],
  parts: QueueParts,
): Listener {
  const { queueName, connection, dataType } = trigger.parse(binding);
  const queue = parts.connections
    .queues(connection)
    .getQueueClient(resolveSettings(queueName, parts.environment).toLowerCase());
  const input = { bindingName, binary: dataType?.toLowerCase() === 'binary' };
  const listener = new QueueListener(registered, input, rulesOf(registered, queue, parts, connection), parts);
  return {
    name: registered.metadata.name,
    run: (signal) => listener.run(signal),
    trigger: (text) => listener.trigger(text),
  };
}

function rulesOf(
  { metadata }: RegisteredFunction,
  queue: QueueClient,
  parts: QueueParts,
  connection: string | undefined,
): MessageRules {
  const poisonName = `${queue.name}${POISON_SUFFIX}`;
  const hasPoison = !queue.name.endsWith(POISON_SUFFIX) && poisonName.length <= MAX_QUEUE_NAME;
  return {
    queue,
    poison: hasPoison ? parts.connections.queues(connection).getQueueClient(poisonName) : undefined,
    hiddenSeconds: parts.hiddenSeconds,
    visibilityTimeoutMs: parts.settings.visibilityTimeoutMs,
    maxDequeueCount: parts.settings.maxDequeueCount,
    log: parts.log,
    category: `Function.${metadata.name}`,
    onPoison: (name) => {
      parts.wakeUp.notify(name);
    },
  };
}

class QueueListener {
  readonly #registered: RegisteredFunction;
  readonly #input: QueueInput;
  readonly #rules: MessageRules;
  readonly #parts: QueueParts;
  readonly #running = new Set<Promise<void>>();

  constructor(registered: RegisteredFunction, input: QueueInput, rules: MessageRules, parts: QueueParts) {
    this.#registered = registered;
    this.#input = input;
    this.#rules = rules;
    this.#parts = parts;
  }

  /** Polls until the signal comes, then waits for the messages in work. */
  async run(signal: AbortSignal): Promise<void> {
    const { settings, wakeUp } = this.#parts;
    const backOff = new BackOff(settings.maxPollingIntervalMs);
    while (!signal.aborted) {
      const wake = wakeUp.next(this.#rules.queue.name, signal);
      const messages = await this.#receive();
      for (const message of messages) this.#start(message);
      if (messages.length === 0) await pause(backOff.next(), wake.signal);
      else backOff.reset();
      wake.forget();
      while (this.#running.size > settings.newBatchThreshold) await Promise.race(this.#running);
    }
    await Promise.all(this.#running);
  }

  trigger(text: string): Promise<unknown> {
    const now = new Date();
    const facts = {
      messageId: 'manual',
      popReceipt: '',
      dequeueCount: 0,
      insertedOn: now,
      expiresOn: now,
      nextVisibleOn: now,
    };
    return this.#parts.executor.run(this.#registered, callOf(this.#input, Buffer.from(text), facts));
  }

  /** A queue that does not exist (yet) is as good as empty; troubles are logged and tried again. */
  async #receive(): Promise<DequeuedMessageItem[]> {
    const { queue, log, category, hiddenSeconds } = this.#rules;
    try {
      const answer = await queue.receiveMessages({
        numberOfMessages: this.#parts.settings.batchSize,
        visibilityTimeout: hiddenSeconds,
      });
      return answer.receivedMessageItems;
    } catch (error) {
      if (statusOf(error) !== 404) {
        log({ level: 'warning', category, message: `Queue '${queue.name}': ${errorMessage(error)}` });
      }
      return [];
    }
  }

  #start(message: DequeuedMessageItem): void {
    const { log, category } = this.#rules;
    const work = this.#process(message)
      .catch((error: unknown) => {
        log({ level: 'error', category, message: `Message ${message.messageId}: ${errorMessage(error)}` });
      })
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #process(message: DequeuedMessageItem): Promise<void> {
    const run = new MessageRun(message, this.#rules);
    const content = decodeMessage(message.messageText, this.#parts.settings.messageEncoding);
    if (run.isSpent || content === undefined) {
      await run.toPoison();
      return;
    }
    const call = callOf(this.#input, content, message);
    const done = this.#parts.executor.run(this.#registered, call).then(
      () => true,
      // The executor has logged it.
      () => false,
    );
    const succeeded = await run.keepHidden(done);
    await (succeeded ? run.succeed() : run.fail());
  }
}
