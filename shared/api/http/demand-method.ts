import { ProblemError } from '../../errors.ts';

/** 405 that names the methods which the path takes, in its text and in `Allow` (RFC 9110 15.5.6). */
export const otherMethod = (allow: readonly string[]): ProblemError =>
  new ProblemError(405, 'method_not_allowed', `This path takes ${allow.join(', ')}`, { allow });

/** Throws 405 for any other method than these. For what is served outside of a router. */
export function demandMethod({ method }: Pick<Request, 'method'>, ...allow: readonly string[]): void {
  if (!allow.includes(method)) throw otherMethod(allow);
}
