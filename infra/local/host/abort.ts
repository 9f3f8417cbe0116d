import { setTimeout as delay } from 'node:timers/promises';

/** Longest wait of a single timer; Node's own limit is 24.8 days, and a clock may be set in between. */
const LONGEST_MS = 3_600_000;

/** Waits, or returns early when the signal comes. Never throws. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || milliseconds <= 0) return;
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** Waits for a moment on the clock, or returns early when the signal comes. */
export async function pauseUntil(moment: Date, signal: AbortSignal): Promise<void> {
  for (;;) {
    const left = moment.getTime() - Date.now();
    if (left <= 0 || signal.aborted) return;
    await pause(Math.min(left, LONGEST_MS), signal);
  }
}
