import { OpenAPIHono } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import { randomUUID } from 'node:crypto';
import { ProblemError } from '../../errors.ts';
import type { Log } from '../../lib/log.ts';
import { otherMethod } from '../http/demand-method.ts';
import { failed } from '../http/respond.ts';
import { AnsweredError } from '../../engine/idempotency.ts';
import { audited } from '../audit/audited.ts';
import { replay } from '../idempotency/replay.ts';
import type { ApiEnv, ApiPorts } from '../ports.ts';
import { authenticate } from './authenticate.ts';
import { boundedBody } from './bounded-body.ts';
import { invalid, toFaults } from './validate-request.ts';

export type Router = OpenAPIHono<ApiEnv>;

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * A router of one family: request id, audit, API key, bounded body, and every failure as a problem.
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
    context.set('ports', ports);
    await next();
    context.header('x-request-id', context.get('requestId'));
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store');
    context.header('x-content-type-options', 'nosniff');
  });
  router.use('*', audited(ports, router), authenticate(ports.config.apiKeys), boundedBody);
  router.notFound((context) => {
    const allowed = methods.filter((method) => takes(router, method, context.req.path));
    const problem =
      allowed.length === 0
        ? new ProblemError(404, 'route_unknown', 'There is nothing at this path')
        : otherMethod(allowed);
    return failed(problem, { requestId: context.get('requestId'), log: ports.log });
  });
  router.onError((error, context) => {
    const told = { requestId: context.get('requestId'), log: logOf(context.env) ?? ports.log };
    const once = context.get('once');
    try {
      // Another request with this key committed while this one was at work: its answer is the answer.
      if (error instanceof AnsweredError && once !== undefined) return replay(once, error.answer);
      return failed(ofFramework(error), told);
    } catch (reused) {
      return failed(reused, told);
    }
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

export * from './answers.ts';
export { describeRoute } from './describe-route.ts';
