import type { MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import { ProblemError, type RequestFault } from '../../errors.ts';
import { parseJson } from '../../lib/json.ts';
import { sayMissing } from '../../lib/say-missing.ts';
import type { ApiEnv } from '../ports.ts';

/** The parts of a request that a route describes. */
export interface RequestParts {
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  /** The names of all parameters that the query may have: a misspelt filter would else be no filter. */
  readonly queryNames?: readonly string[];
  readonly body?: z.ZodType;
  /** Named in lower case; others may come along. */
  readonly headers?: z.ZodType;
}

interface Bounds {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const jsonType = /^application\/([\w.-]+\+)?json$/i;

/**
 * Holds a request to what its route describes, all parts at once, so that one answer lists every fault.
 * A body of another type is 415, text that is no JSON 400.
 */
export function validateRequest(parts: RequestParts): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const faults: RequestFault[] = [];
    const check = async (name: string, schema: z.ZodType | undefined, value: () => Promise<unknown>): Promise<void> => {
      if (schema === undefined) return;
      const result = await schema.safeParseAsync(await value(), { error: sayMissing });
      if (!result.success) faults.push(...toFaults(name, result.error));
    };
    faults.push(...unknownNames(parts.queryNames, Object.keys(context.req.queries())));
    const queries = Object.entries(context.req.queries()).map(([name, values]) => [
      name,
      values.length === 1 ? values[0] : values,
    ]);
    await check('path', parts.params, () => Promise.resolve(context.req.param()));
    await check('query', parts.query, () => Promise.resolve(Object.fromEntries(queries)));
    await check('header', parts.headers, () => Promise.resolve(context.req.header()));
    await check('body', parts.body, () => readJson(context.req.raw));
    if (faults.length > 0) throw invalid(faults);
    await next();
  };
}

function unknownNames(known: readonly string[] | undefined, given: readonly string[]): RequestFault[] {
  if (known === undefined) return [];
  const message = known.length === 0 ? 'is not known here' : `is not known here; known are ${known.join(', ')}`;
  return given.filter((name) => !known.includes(name)).map((name) => ({ path: `query.${name}`, message }));
}

/** 400 with every fault. */
export const invalid = (faults: readonly RequestFault[]): ProblemError =>
  new ProblemError(400, 'request_invalid', `The request has ${faults.length} fault${faults.length === 1 ? '' : 's'}`, {
    faults,
  });

/** Throws 400 where a time ends before it begins: nothing could be in it, and whoever asks has mixed them up. */
export function demandOrder(root: 'query' | 'body', { since, until }: Bounds): void {
  if (since === undefined || until === undefined || Date.parse(since) <= Date.parse(until)) return;
  throw invalid([{ path: `${root}.until`, message: 'must not be before since' }]);
}

/** The faults that a schema found, each with the place where it stands; names that nobody knows are named one by one. */
export function toFaults(root: string, error: z.ZodError): RequestFault[] {
  return error.issues.flatMap((issue) => {
    const path = [root, ...issue.path.map(String)].join('.');
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    return issue.keys.map((key) => ({ path: `${path}.${key}`, message: 'is not known here' }));
  });
}

/** The body as JSON; an absent one reads as `{}`. The request itself stays readable. */
async function readJson(request: Request): Promise<unknown> {
  const text = await request.clone().text();
  const type = request.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
  if (text === '' && type === '') return {};
  if (!jsonType.test(type)) throw new ProblemError(415, 'media_type', 'Send the body as application/json');
  const value = text === '' ? {} : parseJson(text);
  if (value === undefined) throw new ProblemError(400, 'json_malformed', 'The body is no JSON');
  return value;
}
