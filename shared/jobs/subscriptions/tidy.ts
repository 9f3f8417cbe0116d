import type { Subscription } from '../../engine/connection.ts';
import { FenceLostError } from '../../errors.ts';
import type { JobPorts } from '../ports.ts';
import { isElsewhere } from './renew.ts';
import { coverSubscriptionWork, requestSubscriptionWork } from './request.ts';
import { changeRow, dropLookups } from './rows.ts';

/**
 * Puts right what no event tells of: connections that are there no more are taken out of the row, a row that serves nobody
 * goes once its subscription has lapsed, and one that sends to a former public address is made anew soon.
 */
export async function tidySubscription(ports: JobPorts, seen: Subscription): Promise<void> {
  const gone = new Set<string>();
  for (const id of seen.connections) {
    const status = (await ports.connections.read(id))?.connection.status;
    if (status === undefined || status === 'disconnected') gone.add(id);
  }
  const serves = seen.connections.filter((id) => !gone.has(id));
  if (serves.length === 0) {
    await dropLapsed(ports, seen);
    return;
  }
  if (gone.size === 0 && !isElsewhere(seen, ports.config.publicBaseUrl)) return;
  for (const id of serves) await coverSubscriptionWork(ports, id);
  await changeRow(ports, seen, (row) => ({ ...row, connections: row.connections.filter((id) => !gone.has(id)) }));
  for (const id of serves) await requestSubscriptionWork(ports, id);
}

/** Nobody has a grant to end it by; what it sends until then is taken for a connection that is not there, and dropped. */
async function dropLapsed(ports: JobPorts, seen: Subscription): Promise<void> {
  const found = await ports.subscriptions.read(seen, seen.resource);
  if (found === null) return;
  const { subscription, version } = found;
  const joined = subscription.connections.some((id) => !seen.connections.includes(id));
  const lives = subscription.id !== null && (subscription.expiresAt ?? '') > ports.clock.now().toISOString();
  if (joined || lives) return;
  try {
    await dropLookups(ports, subscription, null);
    await ports.subscriptions.remove(subscription, subscription.resource, version);
  } catch (error) {
    // Somebody joined meanwhile: the next walk looks again, and what is made next has look-ups of its own.
    if (!(error instanceof FenceLostError)) throw error;
  }
}
