import type { Context } from 'hono';
import type { AnswerOnce } from '../../engine/local-write.ts';
import type { EngineRecord } from '../../engine/model.ts';
import type { ApiEnv } from '../ports.ts';

/**
 * For a route that commits its answer with its write: what the engine is given for the request's Idempotency-Key, in the
 * form of a member to be spread; nothing where it has none.
 */
export function answering(
  context: Context<ApiEnv>,
  status: number,
  show: (record: EngineRecord) => unknown,
): { readonly once?: AnswerOnce } {
  const once = context.get('once');
  if (once === undefined) return {};
  return { once: { ...once, answer: (record) => ({ status, body: JSON.stringify(show(record)) }) } };
}
