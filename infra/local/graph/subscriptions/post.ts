import type { Item } from './items.ts';

export interface PostResult {
  /** null: no answer (refused, reset, too late). */
  readonly status: number | null;
  readonly tookMs: number;
}

/** Sends items to an address; an answer later than `timeoutMs` is none. */
export async function post(
  url: string,
  items: readonly Item[],
  limits: { timeoutMs: number; closing: AbortSignal },
): Promise<PostResult> {
  const started = performance.now();
  const late = AbortSignal.timeout(limits.timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ value: items }),
      signal: AbortSignal.any([limits.closing, late]),
    });
    await response.arrayBuffer();
    return { status: response.status, tookMs: performance.now() - started };
  } catch {
    // Whatever the reason, there was no answer; the log keeps it as null and the retry rules do the rest.
    return { status: null, tookMs: late.aborted ? limits.timeoutMs : performance.now() - started };
  }
}
