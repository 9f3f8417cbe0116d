import { z } from 'zod';
import { pauseUntil } from '../abort.ts';
import type { Executor } from '../execution.ts';
import type { Listener } from '../listener.ts';
import type { Log } from '../log.ts';
import { resolveSettings, type Environment } from '../settings/resolve.ts';
import { whileLocked, type LockOptions } from '../storage/listener-lock.ts';
import type { BindingInfo, RegisteredFunction } from '../worker/types.ts';
import { parseSchedule, type Schedule } from './ncrontab.ts';
import { withRetries } from './retry.ts';
import { checkPastDue, isTooFrequentToMonitor, statusAfterRun, type TimerStatus, type TimerStore } from './status.ts';

const trigger = z.object({
  schedule: z.string(),
  runOnStartup: z.boolean().default(false),
  useMonitor: z.boolean().default(true),
});

export interface TimerParts {
  readonly executor: Executor;
  readonly environment: Environment;
  readonly log: Log;
  readonly store: TimerStore;
  /** Undefined without storage: then this host is taken for the only one. */
  readonly lock: LockOptions | undefined;
}

interface Timer {
  readonly registered: RegisteredFunction;
  readonly bindingName: string;
  readonly schedule: Schedule;
  readonly runOnStartup: boolean;
  readonly monitored: boolean;
  readonly parts: TimerParts;
}

/** Throws when the schedule (or a setting that it names) cannot be understood: such a function is not indexed. */
export function createTimerListener(
  registered: RegisteredFunction,
  [bindingName, binding]: readonly [string, BindingInfo],
  parts: TimerParts,
): Listener {
  const options = trigger.parse(binding);
  const schedule = parseSchedule(resolveSettings(options.schedule, parts.environment));
  const monitored = options.useMonitor && !isTooFrequentToMonitor(schedule, new Date());
  const timer = { registered, bindingName, schedule, runOnStartup: options.runOnStartup, monitored, parts };
  return {
    name: registered.metadata.name,
    run: (signal) =>
      parts.lock === undefined ? listen(timer, signal) : whileLocked(parts.lock, signal, (held) => listen(timer, held)),
    trigger: async () => {
      const status = monitored ? await parts.store.read() : undefined;
      return parts.executor.run(
        registered,
        callOf(timer, 'This function was programmatically called.', { isPastDue: false, status }),
      );
    },
  };
}

/** Runs are one after the other: what comes due while one is running is skipped. */
async function listen(timer: Timer, signal: AbortSignal): Promise<void> {
  const { schedule, monitored, parts } = timer;
  let status: TimerStatus | undefined;
  let isPastDue = false;
  if (monitored) {
    const stored = await parts.store.read();
    ({ status, isPastDue } = checkPastDue(schedule, stored, new Date()));
    if (status !== stored) await parts.store.write(status);
  }
  if (isPastDue || timer.runOnStartup) status = await fire(timer, { isPastDue, status }, signal);
  let next = schedule.next(new Date());
  for (;;) {
    await pauseUntil(next, signal);
    if (signal.aborted) return;
    status = await fire(timer, { isPastDue: false, status }, signal);
    next = schedule.next(new Date(Math.max(Date.now(), next.getTime())));
  }
}

interface Occasion {
  readonly isPastDue: boolean;
  readonly status: TimerStatus | undefined;
}

async function fire(timer: Timer, occasion: Occasion, signal: AbortSignal): Promise<TimerStatus | undefined> {
  const { registered, parts } = timer;
  const reason = `Timer fired at ${new Date().toISOString()}`;
  await withRetries(registered.metadata.retryOptions, signal, (retryContext) =>
    parts.executor.run(registered, {
      ...callOf(timer, reason, occasion),
      ...(retryContext !== undefined && { retryContext }),
    }),
  ).catch(() => {
    // The executor has logged it; a timer has no redelivery.
  });
  if (!timer.monitored) return undefined;
  const status = statusAfterRun(timer.schedule, new Date());
  await parts.store.write(status);
  return status;
}

function callOf(timer: Timer, reason: string, { isPastDue, status }: Occasion) {
  const info = { Schedule: { AdjustForDST: true }, ScheduleStatus: status ?? null, IsPastDue: isPastDue };
  return { reason, inputData: [{ name: timer.bindingName, data: { json: JSON.stringify(info) } }] };
}
