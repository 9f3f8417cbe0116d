import type { Endpoint } from '../../engine/delivery-ports.ts';
import { FAILING_FROM } from '../../jobs/deliveries/back-off.ts';
import type { ApiPorts } from '../ports.ts';

/** Endpoints that are told nothing, or do not take what they are told. One that somebody paused is as it should be. */
export async function endpointWarnings(ports: Pick<ApiPorts, 'endpoints'>): Promise<string[]> {
  const endpoints = (await ports.endpoints.list()).map(({ endpoint }) => endpoint);
  return endpoints.filter(({ deletedAt }) => deletedAt === null).flatMap((endpoint) => warningOf(endpoint) ?? []);
}

function warningOf({ id, status, pausedReason, failures, failingSince, lastError }: Endpoint): string | null {
  if (status === 'paused' && pausedReason === 'gone') return `endpoint ${id} is paused: it said that it is gone (410)`;
  if (status === 'paused' && pausedReason === 'failing')
    return `endpoint ${id} is paused: it took nothing for 72 h (${lastError ?? 'unknown'})`;
  if (status === 'paused' || failures < FAILING_FROM) return null;
  return `endpoint ${id} fails since ${failingSince ?? 'a while'} (${lastError ?? 'unknown'})`;
}
