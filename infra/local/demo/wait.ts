import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again until the answer is there; throws after the limit with what was waited for. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false>,
  limitMs = 120_000,
  everyMs = 25,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`waited ${limitMs / 1000} s in vain: ${what}`);
    await pause(everyMs);
  }
}
