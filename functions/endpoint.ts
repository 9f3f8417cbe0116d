import type { HttpFunctionOptions, HttpRequest, InvocationContext } from '@azure/functions';
import { respond } from '../shared/api/http/respond.ts';
import type { ApiPorts } from '../shared/api/ports.ts';
import { loggingInto, type Log } from '../shared/lib/log.ts';
import { contextLog } from './context-log.ts';

/** What stands behind an endpoint: takes the request as it came, without the host's reading of it. */
export type RequestHandler = (
  request: Request,
  bindings: { readonly requestId: string; readonly log: Log },
) => Response | Promise<Response>;

/** A method left out would be a bare 404 of the host; listed, it is our 405. */
const methods: NonNullable<HttpFunctionOptions['methods']> = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
];

/**
 * An HTTP function. What serves it is loaded at its first request, once, so that functions that must answer cold
 * (webhooks, health) load nothing of the others. Keys are ours, never the host's.
 */
export function endpoint(route: string, load: () => Promise<RequestHandler>): HttpFunctionOptions {
  let loaded: Promise<RequestHandler> | undefined;
  const handler = async (request: HttpRequest, context: InvocationContext): Promise<Response> => {
    const bindings = { requestId: context.invocationId, log: contextLog(context) };
    const answer = async (): Promise<Response> => {
      // A load that failed must not stay: the next request tries again.
      loaded ??= load().catch((error: unknown) => {
        loaded = undefined;
        throw error;
      });
      const serve = await loaded;
      return serve(toRequest(request), bindings);
    };
    return loggingInto(bindings.log, () => respond(answer, bindings));
  };
  return { route, methods, authLevel: 'anonymous', handler };
}

/** An endpoint of one family of the API, on the parts of this worker. */
export function familyEndpoint(
  route: string,
  load: () => Promise<(ports: ApiPorts) => { fetch: RequestHandler }>,
): HttpFunctionOptions {
  return endpoint(route, async () => {
    const [family, { getApp }] = await Promise.all([load(), import('../shared/app.ts')]);
    return family(await getApp()).fetch;
  });
}

/** The request by URL, method, headers and stream alone. The host ignores a trailing slash, and so do we. */
function toRequest(request: HttpRequest): Request {
  const url = new URL(request.url);
  // By hand: an expression for it takes time by the square of the slashes, and strangers choose how many.
  let end = url.pathname.length;
  while (end > 1 && url.pathname[end - 1] === '/') end--;
  url.pathname = url.pathname.slice(0, end);
  const bare = request.method === 'GET' || request.method === 'HEAD';
  return new Request(url, {
    method: request.method,
    headers: [...request.headers.entries()],
    ...(bare || request.body === null ? {} : { body: request.body, duplex: 'half' }),
  });
}
