import { ProblemError } from '../../errors.ts';

/** Liveness: the process answers. It asks nothing of anything else, so that a storage outage restarts no worker. */
export function alive(request: Request): Response {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new ProblemError(405, 'method_not_allowed', 'This path takes GET');
  return Response.json({ status: 'healthy' }, { headers: { 'cache-control': 'no-store' } });
}
