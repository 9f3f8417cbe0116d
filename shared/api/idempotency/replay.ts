import type { RequestOnce } from '../../engine/idempotency.ts';
import type { StoredAnswer } from '../../engine/model.ts';
import { ProblemError } from '../../errors.ts';
import { PROBLEM_TYPE } from '../http/problem.ts';
import { REPLAYED } from './header.ts';

/** The stored answer, told as such. Throws 422 where the request asks something else than the one that was answered. */
export function replay(once: RequestOnce, answer: StoredAnswer): Response {
  demandSame(once, answer.bodyHash);
  const type = answer.status < 400 ? 'application/json' : PROBLEM_TYPE;
  return new Response(answer.body === '' ? null : answer.body, {
    status: answer.status,
    headers: { ...(answer.body === '' ? {} : { 'content-type': type }), [REPLAYED]: 'true' },
  });
}

/** Throws 422 for a key that was used for another body or query. */
export function demandSame(once: RequestOnce, bodyHash: string): void {
  if (once.bodyHash === bodyHash) return;
  throw new ProblemError(
    422,
    'idempotency_key_reused',
    'The Idempotency-Key was used for another request to this path; every write needs a key of its own',
  );
}
