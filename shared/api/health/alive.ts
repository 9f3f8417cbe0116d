import { demandMethod } from '../http/demand-method.ts';

/** Liveness: the process answers. It asks nothing of anything else, so that a storage outage restarts no worker. */
export function alive(request: Request): Response {
  demandMethod(request, 'GET', 'HEAD');
  return Response.json({ status: 'healthy' }, { headers: { 'cache-control': 'no-store' } });
}
