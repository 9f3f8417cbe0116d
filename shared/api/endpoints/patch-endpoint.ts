import type { Endpoint } from '../../engine/delivery-ports.ts';
import { changeEndpoint, mended, withWork } from '../../jobs/deliveries/endpoint-work.ts';
import type { ApiPorts } from '../ports.ts';
import { targetOf } from './create-endpoint.ts';
import { unknownEndpoint } from './find-endpoint.ts';
import type { EndpointPatch } from './schemas.ts';

/**
 * Changes an endpoint. `paused: false` resumes it, whatever paused it: its feeds go on where they stood, what waits with its
 * 72 h anew. A new URL begins without the failures of the old one. 400 for a URL that is no target, 404 where it is gone
 * meanwhile.
 */
export async function patchEndpoint(ports: ApiPorts, id: string, patch: EndpointPatch): Promise<Endpoint> {
  const asked = patch.url === undefined ? patch : { ...patch, url: targetOf(ports, patch.url) };
  const change = () => changeEndpoint(ports, id, (endpoint) => patched(endpoint, asked, ports.clock.now()));
  // What waits for it may go now.
  const freed = patch.paused === false || patch.url !== undefined;
  const changed = await (freed ? withWork(ports, id, change) : change());
  if (changed === null) throw unknownEndpoint();
  return changed.endpoint;
}

function patched(endpoint: Endpoint, { url, types, description, paused }: EndpointPatch, now: Date): Endpoint {
  const { status, pausedReason } = endpoint;
  const moved = url !== undefined && url !== endpoint.url;
  const there = moved ? { ...mended(endpoint), status, pausedReason, url, lastError: null } : endpoint;
  // One that was not paused keeps its rest: saying so again is no reason to try sooner.
  const resumes = paused === false && status === 'paused';
  return {
    ...(resumes ? { ...mended(there), resumedAt: now.toISOString() } : there),
    ...(types === undefined ? {} : { types }),
    ...(description === undefined ? {} : { description }),
    ...(paused === true ? ({ status: 'paused', pausedReason: 'manual' } as const) : {}),
  };
}
