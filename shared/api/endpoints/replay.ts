import type { Endpoint } from '../../engine/delivery-ports.ts';
import { ProblemError } from '../../errors.ts';
import { replayDeliveries } from '../../jobs/deliveries/again.ts';
import { fromCursor, toCursor } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { demandOrder } from '../router/validate-request.ts';
import type { ReplayRequest } from './schemas.ts';

/**
 * Has the deliveries of changes made in a time sent again, the newest 5,000 of them; `nextCursor` goes on with the rest. Those
 * on their way anyway are left alone. 409 for an endpoint that is paused.
 */
export async function replay(
  ports: ApiPorts,
  endpoint: Endpoint,
  request: ReplayRequest,
): Promise<{ readonly queued: number; readonly nextCursor: string | null }> {
  demandActive(endpoint);
  demandOrder('body', request);
  const { since, until, types, connectionId, status, cursor } = request;
  const name = ['replay', endpoint.id, JSON.stringify([since, until, types, connectionId, status])];
  const { queued, next } = await replayDeliveries(ports, {
    endpointId: endpoint.id,
    since: new Date(since),
    ...(until === undefined ? {} : { until: new Date(until) }),
    ...(types === undefined ? {} : { types }),
    ...(connectionId === undefined ? {} : { connectionId }),
    ...(status === undefined ? {} : { status }),
    after: fromCursor(name, cursor, undefined, 'body.cursor'),
  });
  return { queued, nextCursor: toCursor(name, next) };
}

/** Throws 409: what is sent again would wait, and be given up in the end. */
export function demandActive({ status, pausedReason }: Endpoint): void {
  if (status === 'active') return;
  throw new ProblemError(
    409,
    'endpoint_paused',
    `The endpoint is paused (${pausedReason ?? 'manual'}): resume it with PATCH {"paused": false}`,
  );
}
