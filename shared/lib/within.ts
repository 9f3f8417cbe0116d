/**
 * Runs a call with a signal that aborts it after `ms`. Once the call has ended its timer is gone: one of `AbortSignal.timeout`
 * would stay, and come to an error with a stack for each call of the last seconds.
 */
export async function within<T>(ms: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort();
  }, ms);
  timer.unref();
  try {
    return await call(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
