import { codeOf, ProblemError } from '../../errors.ts';
import type { Log } from '../../lib/log.ts';
import { problemResponse, toProblem } from './problem.ts';

/**
 * Always answers: what is thrown, and nothing at all, become problems. The streaming transport of the Functions library
 * never answers a handler that throws or returns undefined, so that the client would wait 240 s for the host to give up.
 */
export async function respond(
  work: () => Promise<Response | undefined>,
  context: { readonly requestId: string; readonly log: Log },
): Promise<Response> {
  try {
    const response = await work();
    if (response !== undefined) return response;
    context.log.error('http.no_answer', { 'request.id': context.requestId });
  } catch (error) {
    return failed(error, context);
  }
  return internal(context.requestId);
}

/** The answer to a failure. Unforeseen ones are logged with their stack, and told by their id alone. */
export function failed(error: unknown, context: { readonly requestId: string; readonly log: Log }): Response {
  const problem = toProblem(error);
  if (problem === null) {
    context.log.error('http.failed', { 'request.id': context.requestId, ...failureFacts(error) });
    return internal(context.requestId);
  }
  if (problem.status >= 500)
    context.log.warn('http.unavailable', {
      'request.id': context.requestId,
      ...failureFacts(problem.cause ?? problem),
    });
  return problemResponse(problem, context.requestId);
}

const internal = (requestId: string): Response =>
  problemResponse(new ProblemError(500, 'internal', 'Something unforeseen went wrong; it was logged'), requestId);

function failureFacts(error: unknown): Record<string, string> {
  const facts = { 'error.code': codeOf(error) };
  if (!(error instanceof Error)) return facts;
  return { ...facts, 'error.type': error.name, 'error.message': error.message, 'error.stack': error.stack ?? '' };
}
