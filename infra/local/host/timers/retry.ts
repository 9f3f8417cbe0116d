import { pause } from '../abort.ts';
import type { Duration, RetryContext, RetryOptions } from '../worker/types.ts';
import { errorMessage } from '../log.ts';

/**
 * Runs with an app's retry policy, in memory: what is left of it dies with the process. -1 retries are without end.
 * Throws the last error, or ends early when the signal comes.
 */
export async function withRetries(
  options: RetryOptions | undefined,
  signal: AbortSignal,
  run: (context: RetryContext | undefined) => Promise<unknown>,
): Promise<void> {
  const maxRetryCount = options?.maxRetryCount ?? 0;
  let context: RetryContext | undefined = options === undefined ? undefined : { retryCount: 0, maxRetryCount };
  for (let retryCount = 1; ; retryCount += 1) {
    try {
      await run(context);
      return;
    } catch (error) {
      const spent = maxRetryCount >= 0 && retryCount > maxRetryCount;
      if (options === undefined || spent) throw error;
      context = { retryCount, maxRetryCount, exception: { message: errorMessage(error) } };
      await pause(delayOf(options, retryCount), signal);
      if (signal.aborted) throw error;
    }
  }
}

function delayOf(options: RetryOptions, retryCount: number): number {
  if (options.retryStrategy !== 'exponentialBackoff') return toMilliseconds(options.delayInterval);
  const grown = toMilliseconds(options.minimumInterval) * 2 ** (retryCount - 1);
  return Math.min(grown, toMilliseconds(options.maximumInterval));
}

function toMilliseconds(duration: Duration | undefined): number {
  return (duration?.seconds ?? 0) * 1000;
}
