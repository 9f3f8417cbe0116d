import { randomBytes, randomUUID } from 'node:crypto';
import { errorText, type Log } from './log.ts';
import { invoke } from './worker/invoke.ts';
import type { InvocationRequest, InvocationResponse, RegisteredFunction } from './worker/types.ts';
import type { Worker } from './worker/worker.ts';

export interface Call {
  /** Why it runs, for the log. */
  readonly reason: string;
  readonly inputData: InvocationRequest['inputData'];
  readonly triggerMetadata?: InvocationRequest['triggerMetadata'];
  readonly retryContext?: InvocationRequest['retryContext'];
  readonly invocationId?: string;
  readonly traceParent?: string | undefined;
}

export interface ExecutorOptions {
  readonly worker: Worker;
  readonly log: Log;
  readonly functionTimeoutMs: number;
  /** Writes a function's outputs; a failure fails the invocation. */
  readonly writeOutputs: (registered: RegisteredFunction, response: InvocationResponse) => Promise<void>;
  /** The worker cannot be trusted any more and must end, with all that runs in it. */
  readonly fatal: (message: string) => void;
}

/** Runs functions and keeps count of what is running. */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** Resolves when nothing is running any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Runs a function with its outputs and logs how it went. Throws what it threw. */
  async run(registered: RegisteredFunction, call: Call): Promise<InvocationResponse> {
    const work = this.#execute(registered, call);
    this.#running.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
    }
  }

  async #execute(registered: RegisteredFunction, call: Call): Promise<InvocationResponse> {
    const { log, worker, writeOutputs } = this.#options;
    const { name } = registered.metadata;
    const invocationId = call.invocationId ?? randomUUID();
    const started = performance.now();
    const say = (level: 'information' | 'error', message: string) => {
      log({ level, category: `Function.${name}`, message, invocationId });
    };
    say('information', `Executing 'Functions.${name}' (Reason='${call.reason}')`);
    const timer = this.#watch(name);
    try {
      const response = await invoke(worker, registered, toRequest(name, invocationId, call), log);
      await writeOutputs(registered, response);
      say(
        'information',
        `Executed 'Functions.${name}' (Succeeded, Duration=${Math.round(performance.now() - started)}ms)`,
      );
      return response;
    } catch (error) {
      const duration = Math.round(performance.now() - started);
      say('error', `Executed 'Functions.${name}' (Failed, Duration=${duration}ms) ${errorText(error)}`);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A function that overruns its time takes the worker, and all that runs in it, with it. */
  #watch(name: string): NodeJS.Timeout | undefined {
    const { functionTimeoutMs, fatal } = this.#options;
    if (functionTimeoutMs === Infinity) return undefined;
    return setTimeout(() => {
      fatal(`Timeout value of ${functionTimeoutMs} ms was exceeded by function 'Functions.${name}'.`);
    }, functionTimeoutMs);
  }
}

function toRequest(name: string, invocationId: string, call: Call): InvocationRequest {
  const traceParent = call.traceParent ?? `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
  return {
    invocationId,
    functionId: name,
    inputData: call.inputData,
    triggerMetadata: call.triggerMetadata ?? {},
    traceContext: { traceParent, traceState: '' },
    ...(call.retryContext !== undefined && { retryContext: call.retryContext }),
  };
}
