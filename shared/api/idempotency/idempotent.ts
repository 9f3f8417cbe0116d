import type { Context, MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { readFreshAnswer, type RequestOnce, type Reservation } from '../../engine/idempotency.ts';
import type { StoredAnswer } from '../../engine/model.ts';
import { codeOf, ProblemError } from '../../errors.ts';
import { parseJson } from '../../lib/json.ts';
import { isReason } from '../connections/demand-usable.ts';
import type { ApiEnv } from '../ports.ts';
import { requestOnce } from './fingerprint.ts';
import { REPLAYED } from './header.ts';
import { HeldReservation } from './held-reservation.ts';
import { replay } from './replay.ts';
import { reserve } from './reserve.ts';

/** How a route keeps its answers. */
export interface Keeping {
  /** Members of its answer that are stored nowhere: a replay lacks them. */
  readonly secrets: readonly string[];
  /**
   * The domain with whose partition its handler commits the answer (`answering`); null = table `idempotency`, which has the refusals
   * of all.
   */
  readonly commitsIn: string | null;
}

/**
 * Gives a write with an Idempotency-Key its effect once. Stands behind the validation: what is refused by it did nothing,
 * and may be sent again, corrected, with the same key.
 * Answers below 500 are kept for 24 hours, refusals too, but for those that say nothing of the write: 400 (nothing was
 * begun), 403 (the key may not), an account that cannot be written to until somebody acts, and "come again later". The key stays reserved while
 * the request works; a crash leaves a reservation that expires after a minute: then the same request works anew, which its route
 * must bear.
 */
export function idempotent(keeping: Keeping): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const once = await requestOnce(context);
    if (once === null) return next();
    context.set('once', once);
    if (keeping.commitsIn !== null) {
      const answered = await standingAnswer(context, keeping.commitsIn, once);
      if (answered !== null) return replay(once, answered);
      await next();
      if (context.res.status >= 400 && !context.res.headers.has(REPLAYED)) await keepRefusal(context, once);
      return undefined;
    }
    const taken = await reserve(context.get('ports'), once);
    if ('answer' in taken) return replay(once, taken.answer);
    const held = new HeldReservation(context.get('ports'), taken.reservation);
    let reservation: Reservation;
    try {
      await next();
    } finally {
      reservation = await held.end();
    }
    await settle(context, reservation, keeping.secrets);
    return undefined;
  };
}

/** The answer that stands in the domain's partition of the connection that the path names; or the refusal, which wrote nothing there. */
async function standingAnswer(
  context: Context<ApiEnv>,
  domain: string,
  { key }: RequestOnce,
): Promise<StoredAnswer | null> {
  const ports = context.get('ports');
  const scope = { connectionId: context.req.param('id') ?? '', domain };
  const [answer, refusal] = await Promise.all([readFreshAnswer(ports, scope, key), ports.idempotency.read(key)]);
  return answer ?? refusal;
}

/** Keeps the refusal of a write whose answers else stand with what they wrote. Of several at once the first is kept. */
async function keepRefusal(context: Context<ApiEnv>, once: RequestOnce): Promise<void> {
  if (isPassing(context)) return;
  await attempt(context, async () => {
    const taken = await context.get('ports').idempotency.take(once);
    if (taken.outcome === 'taken') await complete(context, taken.reservation, []);
  });
}

/** Refusals that say nothing of the write itself. */
const passing = new Set([400, 403, 408, 425, 429]);

const isPassing = ({ res: { status, headers }, error }: Context<ApiEnv>): boolean =>
  status >= 500 ||
  passing.has(status) ||
  headers.has('retry-after') ||
  (error instanceof ProblemError && isReason(error.code));

/** Keeps the answer, or gives the key back. */
function settle(context: Context<ApiEnv>, reservation: Reservation, secrets: readonly string[]): Promise<void> {
  return attempt(context, () =>
    isPassing(context)
      ? context.get('ports').idempotency.release(reservation)
      : complete(context, reservation, secrets),
  );
}

async function complete(context: Context<ApiEnv>, reservation: Reservation, secrets: readonly string[]): Promise<void> {
  const { idempotency, clock } = context.get('ports');
  const { key, bodyHash } = reservation;
  const body = withoutSecrets(await context.res.clone().text(), secrets);
  const { status } = context.res;
  const answer = { key, bodyHash, status, body, at: clock.now().toISOString() };
  await idempotency.complete(reservation, answer, connectionIn(context.req.path));
}

/** A failure to keep an answer takes nothing from the answer: the key is free after a minute. */
async function attempt(context: Context<ApiEnv>, keep: () => Promise<void>): Promise<void> {
  try {
    await keep();
  } catch (error) {
    const details = { 'request.id': context.get('requestId'), 'error.code': codeOf(error) };
    context.get('ports').log.warn('idempotency.not_kept', details);
  }
}

/** The connection that a path leads through: what is answered there may show its account, and goes with it. */
const connectionIn = (path: string): string | null => /^\/api\/connections\/([\w-]+)/.exec(path)?.[1] ?? null;

const objectShape = z.record(z.string(), z.unknown());

function withoutSecrets(text: string, secrets: readonly string[]): string {
  if (secrets.length === 0) return text;
  const value = objectShape.safeParse(parseJson(text));
  // What cannot be read cannot be cleaned.
  if (!value.success) return '';
  return JSON.stringify(Object.fromEntries(Object.entries(value.data).filter(([name]) => !secrets.includes(name))));
}
