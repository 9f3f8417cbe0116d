import type { ApiKey } from '../../config.ts';
import { placeOfDelivery } from '../../engine/delivery-id.ts';
import type { Delivery, Endpoint } from '../../engine/delivery-ports.ts';
import { ProblemError } from '../../errors.ts';
import { findEndpoint, seenEndpoints } from '../endpoints/find-endpoint.ts';
import type { ApiPorts } from '../ports.ts';
import { invalid } from '../router/validate-request.ts';

/** The delivery and its endpoint; 404 where either is not there, or the key may not see the endpoint. */
export async function findDelivery(
  ports: ApiPorts,
  key: ApiKey,
  id: string,
): Promise<{ readonly delivery: Delivery; readonly endpoint: Endpoint }> {
  const place = placeOfDelivery(id);
  if (place === null) throw unknown();
  const { endpoint } = await findEndpoint(ports, key, place.endpointId);
  const delivery = await ports.deliveries.read(id);
  if (delivery === null) throw unknown();
  return { delivery, endpoint };
}

const unknown = (): ProblemError => new ProblemError(404, 'delivery_unknown', 'There is no such delivery');

/** The endpoint whose deliveries are asked for: the one that is named, or the only one that the key may see (else 400). */
export async function endpointAsked(ports: ApiPorts, key: ApiKey, id: string | undefined): Promise<Endpoint | null> {
  if (id !== undefined) return (await findEndpoint(ports, key, id)).endpoint;
  const [only, ...others] = await seenEndpoints(ports, key);
  if (others.length === 0) return only ?? null;
  const message = `is missing: there are ${others.length + 1} endpoints, and deliveries are listed by one`;
  throw invalid([{ path: 'query.endpointId', message }]);
}
