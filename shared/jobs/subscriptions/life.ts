import { plus } from '../../lib/clock.ts';

/** Longest lives that Graph grants, in minutes (graph-facts 4.1: Outlook; To Do, and Outlook on older pages). */
export const LIVES_MIN = [10_080, 4_230] as const;
/** Asked for a little less: the two clocks differ, and a second too much is refused. */
const SHORTER_MS = 5 * 60_000;

/** The end to ask for. */
export const endOfLife = (now: Date, minutes: number): Date => plus(now, minutes * 60_000 - SHORTER_MS);

/**
 * When to renew: at half of what was granted, or so long before its end, whichever is earlier. A life shorter than that
 * margin goes by its half alone.
 */
export function renewalOf(now: Date, expiresAt: string, renewBeforeMs: number): string {
  const end = Date.parse(expiresAt);
  const half = now.getTime() + Math.max(0, end - now.getTime()) / 2;
  const margin = end - renewBeforeMs;
  return new Date(margin > now.getTime() ? Math.min(half, margin) : half).toISOString();
}

const FIRST_PROBE_MS = 5 * 60_000;
const DAY_MS = 24 * 3_600_000;

/** When to ask again after so many refusals in a row: 5 min, 20 min, 80 min, 5 h 20 min, then daily. */
export const nextProbe = (now: Date, failures: number): string =>
  plus(now, Math.min(DAY_MS, FIRST_PROBE_MS * 4 ** Math.max(0, failures - 1))).toISOString();
