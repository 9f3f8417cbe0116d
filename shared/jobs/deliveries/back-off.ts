import type { Random } from '../../lib/random.ts';

const FIRST_MS = 5_000;
const SOONEST_MS = 1_000;
/** The longest wait between two attempts; a Retry-After beyond it is not believed. */
export const LONGEST_WAIT_MS = 6 * 3_600_000;
/** So long a delivery is tried, and so long an endpoint may take nothing before it is paused. */
export const GIVE_UP_MS = 72 * 3_600_000;
/** When deliveries of so many feeds were refused in a row, an endpoint is probed by one delivery at a time. */
export const FAILING_FROM = 3;

/** The wait after so many failures: doubling from 5 s to 6 h, with full jitter, and never before Retry-After. */
export function waitAfter(random: Pick<Random, 'fraction'>, failures: number, retryAfterMs: number | null): number {
  const grown = Math.min(LONGEST_WAIT_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  const own = Math.max(SOONEST_MS, Math.round(random.fraction() * grown));
  return Math.max(own, Math.min(retryAfterMs ?? 0, LONGEST_WAIT_MS));
}
