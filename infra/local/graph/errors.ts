import { GraphError } from './http.ts';
import type { Reply, Req } from './http.ts';

/** The body of a Graph error. */
export function errorReply(req: Req, error: GraphError, now: Date): Reply {
  const client = req.headers['client-request-id'] ?? req.requestId;
  const innerError = {
    date: now.toISOString().slice(0, 19),
    'request-id': req.requestId,
    'client-request-id': client,
  };
  return {
    status: error.status,
    headers: error.headers,
    body: { error: { code: error.code, message: error.message, innerError } },
  };
}

export const itemNotFound = (): GraphError =>
  new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');

export const malformedId = (): GraphError => new GraphError(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');

export const invalidRequest = (message: string): GraphError => new GraphError(400, 'ErrorInvalidRequest', message);

export const badRequest = (message: string): GraphError => new GraphError(400, 'BadRequest', message);

export const invalidQuery = (message: string): GraphError => new GraphError(400, 'ErrorInvalidUrlQuery', message);

export const accessDenied = (): GraphError =>
  new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');

export const parseUri = (message: string): GraphError => new GraphError(400, 'RequestBroker--ParseUri', message);

export const irresolvableConflict = (status: 409 | 412): GraphError =>
  new GraphError(
    status,
    'ErrorIrresolvableConflict',
    'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
  );
