import type { Endpoint } from '../../engine/delivery-ports.ts';
import { changeEndpoint, mended, withWork } from '../../jobs/deliveries/endpoint-work.ts';
import type { ApiPorts } from '../ports.ts';
import { targetOf } from './create-endpoint.ts';
import { unknownEndpoint } from './find-endpoint.ts';
import type { EndpointPatch } from './schemas.ts';

/**
 * Changes an endpoint. `paused: false` resumes it, whatever paused it: its feeds go on where they stood. A new URL begins
 * without the failures of the old one. 400 for a URL that is no target, 404 where it is gone meanwhile.
 */
export async function patchEndpoint(ports: ApiPorts, id: string, patch: EndpointPatch): Promise<Endpoint> {
  const asked = patch.url === undefined ? patch : { ...patch, url: targetOf(ports, patch.url) };
  const change = () => changeEndpoint(ports, id, (endpoint) => patched(endpoint, asked));
  // What waits for it may go now.
  const freed = patch.paused === false || patch.url !== undefined;
  const changed = await (freed ? withWork(ports, id, change) : change());
  if (changed === null) throw unknownEndpoint();
  return changed.endpoint;
}

function patched(endpoint: Endpoint, { url, types, description, paused }: EndpointPatch): Endpoint {
  const moved = url !== undefined && url !== endpoint.url;
  const { status, pausedReason } = endpoint;
  return {
    ...endpoint,
    ...(moved ? { ...mended(endpoint), status, pausedReason, url, lastError: null } : {}),
    ...(types === undefined ? {} : { types }),
    ...(description === undefined ? {} : { description }),
    ...(paused === true ? ({ status: 'paused', pausedReason: 'manual' } as const) : {}),
    ...(paused === false ? resumed(endpoint, moved) : {}),
  };
}

/** One that was not paused keeps its rest: saying so again is no reason to try sooner. */
function resumed(endpoint: Endpoint, moved: boolean): Partial<Endpoint> {
  if (endpoint.status === 'active' && !moved) return {};
  const { status, pausedReason, failingSince, failures, failedFeeds, notBefore } = mended(endpoint);
  return { status, pausedReason, failingSince, failures, failedFeeds: failedFeeds ?? [], notBefore };
}
