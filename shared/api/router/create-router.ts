import { createRoute, OpenAPIHono, z, type RouteConfig } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import { randomUUID } from 'node:crypto';
import { ProblemError } from '../../errors.ts';
import type { Log } from '../../lib/log.ts';
import { failed } from '../http/respond.ts';
import type { ApiEnv, ApiPorts } from '../ports.ts';
import { authenticate } from './authenticate.ts';
import { boundedBody } from './bounded-body.ts';
import { invalid, toFaults, validateRequest } from './validate-request.ts';

export type Router = OpenAPIHono<ApiEnv>;

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * A router of one family: request id, API key, bounded body, and every failure as a problem.
 * What it does not know is 404, a method that a known path does not take is 405.
 */
export function createRouter(ports: ApiPorts): Router {
  const router: Router = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(toFaults(result.target, result.error));
    },
  });
  router.use('*', async (context, next) => {
    context.set('requestId', requestIdOf(context.env));
    await next();
    context.header('x-request-id', context.get('requestId'));
    context.header('cache-control', 'no-store');
    context.header('x-content-type-options', 'nosniff');
  });
  router.use('*', authenticate(ports.config.apiKeys), boundedBody);
  router.notFound((context) => {
    const allowed = methods.filter((method) => takes(router, method, context.req.path));
    const problem =
      allowed.length === 0
        ? new ProblemError(404, 'route_unknown', 'There is nothing at this path')
        : new ProblemError(405, 'method_not_allowed', `This path takes ${allowed.join(', ')}`);
    const response = failed(problem, { requestId: context.get('requestId'), log: ports.log });
    if (allowed.length > 0) response.headers.set('allow', allowed.join(', '));
    return response;
  });
  router.onError((error, context) => {
    const log = logOf(context.env) ?? ports.log;
    return failed(ofFramework(error), { requestId: context.get('requestId'), log });
  });
  return router;
}

/** Without a host around it (`router.request(...)`) a request has no bindings at all. */
const logOf = (env: ApiEnv['Bindings'] | undefined): Log | undefined => env?.log;

const requestIdOf = (env: ApiEnv['Bindings'] | undefined): string => env?.requestId ?? randomUUID();

/** Whether some route, middleware apart, takes this method at this path. */
const takes = (router: Router, method: string, path: string): boolean =>
  router.router.match(method, path)[0].some(([[, route]]) => route.method === method);

/** What the framework itself throws, in our words. */
function ofFramework(error: unknown): unknown {
  if (!(error instanceof HTTPException)) return error;
  return new ProblemError(error.status, 'request_refused', error.message, { cause: error });
}

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem');

/** A refusal, in words of its own. */
export const refusal = (description: string) =>
  ({ description, content: { 'application/problem+json': { schema: problemSchema } } }) as const;

/** Refusals that any route may answer with. */
export const refusals = {
  400: refusal('The request has faults; all of them are listed in `errors`'),
  401: refusal('No API key, or one that is not known'),
  403: refusal('The key may not do this'),
  503: refusal('A part that this service stands on did not answer; see Retry-After'),
} as const;

export const missing = { 404: refusal('There is no such thing, or the key may not see it') } as const;
export const gone = { 410: refusal('The cursor is older than the retention of the feed (`cursor_too_old`)') } as const;
export const conflict = { 409: refusal('It cannot be done in the state that things are in; `code` says why') } as const;
export const badBody = {
  413: refusal('The body is over 1 MiB'),
  415: refusal('The body is not application/json'),
} as const;

/** A JSON answer. */
export const answer = <T extends z.ZodType>(description: string, schema: T) =>
  ({ description, content: { 'application/json': { schema } } }) as const;

/** A JSON body. */
export const jsonBody = <T extends z.ZodType>(schema: T) =>
  ({ required: true, content: { 'application/json': { schema } } }) as const;

/** A route whose request is held to its description in one go, before the framework reads it. */
export function describeRoute<const R extends Omit<RouteConfig, 'middleware'>>(config: R) {
  const { params, query, body } = config.request ?? {};
  const content = body?.content['application/json'];
  const json = content !== undefined && 'schema' in content ? content.schema : undefined;
  const middleware = validateRequest({
    ...(params instanceof z.ZodType ? { params } : {}),
    ...(query instanceof z.ZodType ? { query } : {}),
    ...(json instanceof z.ZodType ? { body: json } : {}),
  });
  return createRoute({ ...config, middleware: [middleware] as const });
}
