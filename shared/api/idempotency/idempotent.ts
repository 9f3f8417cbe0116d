import type { Context, MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { readFreshAnswer, type RequestOnce, type Reservation } from '../../engine/idempotency.ts';
import { codeOf } from '../../errors.ts';
import { parseJson } from '../../lib/json.ts';
import type { ApiEnv } from '../ports.ts';
import { requestOnce } from './fingerprint.ts';
import { replay } from './replay.ts';
import { reserve } from './reserve.ts';

/** How a route keeps its answers. */
export interface Keeping {
  /** Members of its answer that are stored nowhere: a replay lacks them. */
  readonly secrets: readonly string[];
  /** The domain with whose partition its handler commits the answer (`answering`); null = table `idempotency`. */
  readonly commitsIn: string | null;
}

/**
 * Gives a write with an Idempotency-Key its effect once. Stands behind the validation: what is refused by it did nothing,
 * and may be sent again, corrected, with the same key.
 * Answers below 500 are kept for 24 hours, refusals too, but for 400 (nothing was begun) and "come again later". A
 * crash leaves a reservation that expires after a minute; then the same request works anew, which its route must bear.
 */
export function idempotent(keeping: Keeping): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const once = await requestOnce(context);
    if (once === null) return next();
    context.set('once', once);
    if (keeping.commitsIn !== null) {
      const answered = await committedAnswer(context, keeping.commitsIn, once);
      return answered ?? next();
    }
    const held = await reserve(context.get('ports'), once);
    if ('answer' in held) return replay(once, held.answer);
    await next();
    await settle(context, held.reservation, keeping.secrets);
    return undefined;
  };
}

/** The answer that stands in the domain's partition of the connection that the path names. */
async function committedAnswer(
  context: Context<ApiEnv>,
  domain: string,
  once: RequestOnce,
): Promise<Response | undefined> {
  const scope = { connectionId: context.req.param('id') ?? '', domain };
  const answer = await readFreshAnswer(context.get('ports'), scope, once.key);
  return answer === null ? undefined : replay(once, answer);
}

/** Refusals that say nothing of the write itself. */
const passing = new Set([400, 408, 425, 429]);

/** Keeps the answer, or gives the key back. A failure here takes nothing from the answer: the key is free after a minute. */
async function settle(context: Context<ApiEnv>, reservation: Reservation, secrets: readonly string[]): Promise<void> {
  const { idempotency, clock, log } = context.get('ports');
  const { status } = context.res;
  try {
    if (status >= 500 || passing.has(status) || context.res.headers.has('retry-after')) {
      await idempotency.release(reservation);
      return;
    }
    const { key, bodyHash } = reservation;
    const body = withoutSecrets(await context.res.clone().text(), secrets);
    await idempotency.complete(reservation, { key, bodyHash, status, body, at: clock.now().toISOString() });
  } catch (error) {
    log.warn('idempotency.not_kept', { 'request.id': context.get('requestId'), 'error.code': codeOf(error) });
  }
}

const objectShape = z.record(z.string(), z.unknown());

function withoutSecrets(text: string, secrets: readonly string[]): string {
  if (secrets.length === 0) return text;
  const value = objectShape.safeParse(parseJson(text));
  // What cannot be read cannot be cleaned.
  if (!value.success) return '';
  return JSON.stringify(Object.fromEntries(Object.entries(value.data).filter(([name]) => !secrets.includes(name))));
}
