import type { z } from 'zod';
import { ProblemError } from '../../errors.ts';
import { parseJson } from '../../lib/json.ts';
import { BODY_LIMIT, readLimited } from '../../lib/read-limited.ts';
import { sayMissing } from '../../lib/say-missing.ts';

/** One for all: it keeps nothing from one whole text to the next. */
const decoder = new TextDecoder();

/**
 * The body of a webhook by its schema. Cut at the limit while reading (413); the text of a fault tells where it stands, never
 * what stood there. `what` says in the problem what the body should have been.
 */
export async function readBody<T>(request: Request, schema: z.ZodType<T>, what: string): Promise<T> {
  const bytes = await readLimited(request.body, BODY_LIMIT, request.headers.get('content-length'));
  if (bytes === null) throw new ProblemError(413, 'body_too_large', `A body may have ${BODY_LIMIT} bytes at most`);
  const parsed = parseJson(decoder.decode(bytes));
  if (parsed === undefined) throw new ProblemError(400, 'malformed', 'The body is no JSON');
  const result = schema.safeParse(parsed, { error: sayMissing });
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => ({
    path: ['body', ...issue.path].map(String).join('.'),
    message: issue.message,
  }));
  throw new ProblemError(400, 'malformed', `The body is no ${what}`, { faults });
}
