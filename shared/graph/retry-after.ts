import type { Random } from '../lib/random.ts';

/** How long to wait, given what was asked for: never less than that. */
export interface Backoff {
  wait(asked: number | null): number;
  /** A call came through: the next wait starts small again. */
  reset(): void;
}

/**
 * Waits that grow while throttling goes on. Without Retry-After: 5 s, doubled each time up to 5 min, plus up to a quarter
 * of jitter. With it: as asked, but from the second time on at least 2 s, doubled up to 1 min (Graph has been seen to
 * answer `1` for ever).
 */
export function growingBackoff(random: Random): Backoff {
  let times = 0;
  return {
    wait(asked) {
      times = Math.min(times + 1, 16);
      const grown =
        asked === null
          ? Math.min(5_000 * 2 ** (times - 1), 300_000)
          : times === 1
            ? 0
            : Math.min(1_000 * 2 ** (times - 1), 60_000);
      return Math.max(asked ?? 0, Math.round(grown * (1 + 0.25 * random.fraction())));
    },
    reset() {
      times = 0;
    },
  };
}
