import { createRoute, z, type RouteConfig } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { isWriting } from '../audit/audited.ts';
import { operationIdOf } from '../audit/operations.ts';
import { replayedHeader, writeHeaders } from '../idempotency/header.ts';
import { idempotent } from '../idempotency/idempotent.ts';
import { parseJson } from '../../lib/json.ts';
import type { ApiEnv } from '../ports.ts';
import { refusal } from './answers.ts';
import { validateRequest, type RequestParts } from './validate-request.ts';

type Success = 200 | 201 | 202;
type AnswerOf<R> = R extends { readonly responses: infer A }
  ? { [S in keyof A & Success]: A[S] extends JsonOf<infer T> ? z.output<T> : never }[keyof A & Success]
  : never;
interface JsonOf<T extends z.ZodType> {
  readonly content: { readonly 'application/json': { readonly schema: T } };
}

/** How a writing route keeps its answers for requests with an Idempotency-Key. */
export interface KeepingOf<R> {
  /** Members of its answer that may be stored nowhere; the schema has them optional, since a replay lacks them. */
  readonly secrets?: readonly (keyof AnswerOf<R> & string)[];
  /** The domain with whose partition its handler commits the answer (see `answering`), so that a crash loses none. */
  readonly commitsIn?: string;
}

/**
 * A route whose request is held to its description in one go, before the framework reads it. One that writes takes an
 * Idempotency-Key and goes into the audit by that alone; what it does must bear being done again after a crash.
 */
export function describeRoute<const R extends Omit<RouteConfig, 'middleware'>>(
  config: R,
  { secrets = [], commitsIn }: KeepingOf<R> = {},
) {
  const writing = isWriting(config.method);
  const validate = validateRequest({ ...partsOf(config.request), ...(writing ? { headers: writeHeaders } : {}) });
  const once = writing ? idempotent({ secrets, commitsIn: commitsIn ?? null }) : pass;
  const operationId = config.operationId ?? operationIdOf(config.method, config.path);
  const route = createRoute({ ...config, operationId, middleware: [validate, once, writing ? begun : pass] as const });
  return writing ? asWrite(route) : route;
}

function partsOf({ params, query, body }: NonNullable<RouteConfig['request']> = {}): RequestParts {
  const content = body?.content['application/json'];
  const json = content !== undefined && 'schema' in content ? content.schema : undefined;
  return {
    ...(params instanceof z.ZodType ? { params } : {}),
    ...(query instanceof z.ZodType ? { query } : {}),
    ...(query === undefined ? { queryNames: [] } : {}),
    ...(query instanceof z.ZodObject ? { queryNames: Object.keys(query.shape) } : {}),
    ...(json instanceof z.ZodType ? { body: json } : {}),
  };
}

const pass: MiddlewareHandler<ApiEnv> = (_context, next) => next();

/** The last before the handler: the audit hears of the work before it begins. */
const begun: MiddlewareHandler<ApiEnv> = async (context, next) => {
  await context.get('trail').begin(parseJson(await context.req.raw.clone().text()));
  await next();
};

const writeRefusals = {
  409: refusal('`idempotency_in_progress`: a request with this Idempotency-Key is at work; see Retry-After'),
  422: refusal('`idempotency_key_reused`: the Idempotency-Key was used for another request'),
} as const;

/** The same route, described as one that writes; for its handler it is what it was. */
function asWrite<R extends RouteConfig>(route: R): R {
  const { request } = route;
  return {
    ...route,
    request: { ...request, headers: writeHeaders },
    responses: { ...writeRefusals, ...withReplays(route.responses) },
  };
}

/** Answers that may be stored ones. */
const kept = /^(2..|403|404|409|410)$/;

function withReplays(responses: RouteConfig['responses']): RouteConfig['responses'] {
  const told: RouteConfig['responses'] = {};
  for (const [status, response] of Object.entries(responses))
    told[status] = kept.test(status) && 'description' in response ? { ...response, headers: replayedHeader } : response;
  return told;
}
