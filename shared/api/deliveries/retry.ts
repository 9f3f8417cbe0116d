import type { Delivery } from '../../engine/delivery-ports.ts';
import { scopeOf } from '../../engine/directory-ports.ts';
import { ProblemError } from '../../errors.ts';
import { retryDelivery } from '../../jobs/deliveries/again.ts';
import type { ApiPorts } from '../ports.ts';

/** Has one delivery sent again now; one on its way is only hurried. 410 where the feed no longer keeps its change. */
export async function retry(ports: ApiPorts, delivery: Delivery): Promise<void> {
  const { connectionId, domain, part } = delivery;
  const scope = scopeOf({ connectionId, domain, ...(part === undefined ? {} : { part }) });
  const found = await ports.store.readHead(scope);
  // What tells of a gap is made anew, not read from the feed.
  const kept = delivery.gap !== undefined || (found !== null && delivery.seq >= found.head.oldestSeq);
  if (!kept) throw new ProblemError(410, 'delivery_expired', 'Its change is no longer in the feed');
  await retryDelivery(ports, delivery);
}
