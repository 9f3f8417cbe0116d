import type { RequestOnce, Reservation } from '../../engine/idempotency.ts';
import type { StoredAnswer } from '../../engine/model.ts';
import { ProblemError } from '../../errors.ts';
import { systemSleep } from '../../lib/sleep.ts';
import type { ApiPorts } from '../ports.ts';
import { demandSame } from './replay.ts';

/** How long a request waits for another one with its key. */
const PATIENCE_MS = 3_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 800;
/** When to come again after that. */
const RETRY_AFTER_MS = 2_000;

/**
 * The key for this request, or the answer that another one got. While another one is at work it waits, up to 3 s; then
 * 409 with Retry-After. 422 where the other one asks something else.
 */
export async function reserve(
  ports: Pick<ApiPorts, 'idempotency'>,
  once: RequestOnce,
): Promise<{ readonly reservation: Reservation } | { readonly answer: StoredAnswer }> {
  const end = performance.now() + PATIENCE_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    const taken = await ports.idempotency.take(once);
    if (taken.outcome !== 'busy') return taken.outcome === 'taken' ? taken : { answer: taken.answer };
    demandSame(once, taken.bodyHash);
    if (performance.now() + pause > end) throw inProgress();
    await systemSleep(pause);
  }
}

const inProgress = (): ProblemError =>
  new ProblemError(409, 'idempotency_in_progress', 'A request with this Idempotency-Key is at work; ask again', {
    retryAfterMs: RETRY_AFTER_MS,
  });
