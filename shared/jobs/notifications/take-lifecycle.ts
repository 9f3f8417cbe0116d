import type { Subscription } from '../../engine/connection.ts';
import { mapLimit } from '../../lib/map-limit.ts';
import type { JobPorts } from '../ports.ts';
import { withoutLive } from '../subscriptions/pairs.ts';
import { coverSubscriptionWork, requestSubscriptionWork } from '../subscriptions/request.ts';
import { changeRow } from '../subscriptions/rows.ts';
import { wakeDomain } from '../wake-domain.ts';
import { KnownSubscriptions } from './known-subscriptions.ts';
import { locator, type Located, type Origin } from './locate.ts';
import type { Taken } from './take-notifications.ts';

/** One lifecycle notification. */
export interface LifecycleEvent extends Origin {
  readonly event: string;
}

const AT_ONCE = 4;

/**
 * Turns lifecycle notifications into work: `reauthorizationRequired` into a renewal, `subscriptionRemoved` into a new
 * subscription, and everything but the first into a round of all, for what was told to nobody. An event that is not known is
 * read as `missed`. Throws StorageError when the work could not be promised. Never calls Graph.
 */
export async function takeLifecycle(
  ports: JobPorts,
  key: string | null,
  items: readonly LifecycleEvent[],
): Promise<Taken> {
  const locate = locator(ports, key, new KnownSubscriptions());
  const counts = { accepted: 0, unknown: 0, wrongState: 0 };
  // What is told twice in one request is done once.
  const told = new Map<string, { readonly located: Located; readonly event: string }>();
  await mapLimit(items, AT_ONCE, async (item) => {
    const located = await locate(item);
    if (located === 'unknown') counts.unknown++;
    else if (located === 'wrong-state') counts.wrongState++;
    else {
      counts.accepted++;
      const { objectId, resource } = located.row;
      told.set(JSON.stringify([objectId, resource, located.current, item.event]), { located, event: item.event });
    }
  });
  await mapLimit([...told.values()], AT_ONCE, ({ located, event }) => take(ports, located, event));
  return counts;
}

async function take(ports: JobPorts, located: Located, event: string): Promise<void> {
  const { row } = located;
  const now = ports.clock.now();
  ports.log.info('subscription.lifecycle', { event, resource: row.resource, current: located.current });
  if (event === 'reauthorizationRequired') {
    if (!located.current) return;
    const renewAt = now.toISOString();
    await changeAndRequest(ports, row, (found) => (found.id === row.id ? { ...found, renewAt } : null));
    return;
  }
  if (event === 'subscriptionRemoved' && located.current)
    await changeAndRequest(ports, row, (found) =>
      found.id === row.id ? { ...withoutLive(found, now), nextProbeAt: null } : null,
    );
  for (const connectionId of row.connections)
    await wakeDomain(ports, { connectionId, domain: row.domain }, null, 'lifecycle');
}

async function changeAndRequest(
  ports: JobPorts,
  row: Subscription,
  change: (found: Subscription) => Subscription | null,
): Promise<void> {
  for (const connectionId of row.connections) await coverSubscriptionWork(ports, connectionId);
  await changeRow(ports, row, change);
  for (const connectionId of row.connections) await requestSubscriptionWork(ports, connectionId);
}
