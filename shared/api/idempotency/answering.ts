import type { Context } from 'hono';
import type { AnswerOnce } from '../../engine/local-write.ts';
import type { EngineRecord } from '../../engine/model.ts';
import type { ApiEnv } from '../ports.ts';

/**
 * For a route that commits its answer with its write: what the engine is given for the request's Idempotency-Key, in the
 * form of a member to be spread; nothing where it has none. A status that depends on the write is asked for after it was
 * computed; without `show` the answer has no body.
 */
export function answering(
  context: Context<ApiEnv>,
  status: number | (() => number),
  show: ((record: EngineRecord) => unknown) | null,
): { readonly once?: AnswerOnce } {
  const once = context.get('once');
  if (once === undefined) return {};
  const answer: AnswerOnce['answer'] = (record) => ({
    status: typeof status === 'number' ? status : status(),
    body: show === null ? '' : JSON.stringify(show(record)),
  });
  return { once: { ...once, answer } };
}
