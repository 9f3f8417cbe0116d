import type { MiddlewareHandler } from 'hono';
import type { ApiEnv, ApiPorts } from '../ports.ts';
import type { Router } from '../router/create-router.ts';
import { findOperation } from './operations.ts';
import { idsIn } from './subject.ts';
import { WriteTrail } from './trail.ts';

/**
 * Every write by a known key goes into the audit, refused ones as well. What shows no known key is nobody's act, and what
 * no route takes is none.
 */
export function audited(ports: ApiPorts, router: Router): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const { method, path } = context.req;
    if (!isWriting(method)) return next();
    const operation = findOperation(router.openAPIRegistry, method, path);
    if (operation === undefined) return next();
    const trail = new WriteTrail(ports, context, { operation, on: idsIn(operation.path, path) });
    context.set('trail', trail);
    await next();
    if (isKnown(context.var)) await trail.end();
    return undefined;
  };
}

/** The key is there once it was found to be one of ours. */
const isKnown = (variables: Partial<ApiEnv['Variables']>): boolean => variables.key !== undefined;

/** All methods that may change something. */
export const isWriting = (method: string): boolean => !/^(GET|HEAD|OPTIONS)$/i.test(method);
