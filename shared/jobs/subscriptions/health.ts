import { watchedResources, watchOf } from '../../domains/subscription-resources.ts';
import type { Connection, Subscription } from '../../engine/connection.ts';
import { storedLists, type ShortLists } from '../../engine/short-lists.ts';
import type { JobPorts } from '../ports.ts';
import { coverSubscriptionWork, requestSubscriptionWork } from './request.ts';
import { changeRow } from './rows.ts';

/** Live now, and trusted to tell what changes. */
export const isTrusted = (row: Subscription, now: Date): boolean =>
  row.id !== null && !row.distrusted && row.expiresAt !== null && row.expiresAt > now.toISOString();

/**
 * Whether notifications alone may be waited for in this domain, with a safety poll now and then: everything that is watched
 * for it is. False = it has to be polled at its schedule. One call of storage: an idle
 * poll of a trusted domain takes eight with it, one over the aim where there are two streams. Nothing that such a poll reads anyway
 * tells that a subscription has ended, and a trust kept from the poll before would leave the end of one unnoticed for another
 * SAFETY_POLL_MINUTES. `lists` spares reading the folders for it.
 */
export async function hasTrustedSubscriptions(
  ports: Pick<JobPorts, 'subscriptions' | 'store' | 'clock'>,
  connection: Connection,
  domain: string,
  lists: ShortLists = storedLists(ports.store, { connectionId: connection.id, domain }),
): Promise<boolean> {
  const { watched, told } = await watchOf(connection, domain, lists);
  if (watched.length === 0 || told !== 'all') return false;
  const rows = await ports.subscriptions.list(connection.account);
  const trusted = new Set(
    rows
      .map((row) => row.subscription)
      .filter((row) => row.connections.includes(connection.id) && isTrusted(row, ports.clock.now()))
      .map((row) => row.resource),
  );
  return watched.every((one) => trusted.has(one.resource));
}

/**
 * Streams came or went: where each is watched by itself, what is new is to be watched and what is gone no more. Nothing is
 * done where nothing is watched yet: whoever connects the account sees to that.
 */
export async function watchStreams(
  ports: Pick<JobPorts, 'subscriptions' | 'store' | 'due' | 'queues' | 'clock'>,
  connection: Connection,
  domain: string,
): Promise<void> {
  const watched = await watchedResources(connection, ports.store, domain);
  const rows = (await ports.subscriptions.list(connection.account)).map((row) => row.subscription);
  const ours = rows.filter((row) => row.domain === domain && row.connections.includes(connection.id));
  const same = watched.every(({ resource }) => ours.some((row) => row.resource === resource));
  if (ours.length === 0 || (same && ours.length === watched.length)) return;
  await requestSubscriptionWork(ports, connection.id);
}

/**
 * A safety poll found what no notification had told: the domain's subscriptions are made anew, and the domain polls at its
 * schedule until one of their notifications arrives.
 */
export async function distrustSubscriptions(
  ports: Pick<JobPorts, 'subscriptions' | 'lookups' | 'due' | 'queues' | 'clock'>,
  connection: Connection,
  domain: string,
): Promise<void> {
  const rows = (await ports.subscriptions.list(connection.account)).map((row) => row.subscription);
  const ours = rows.filter((row) => row.domain === domain && row.connections.includes(connection.id));
  const told = ours.filter((row) => row.id !== null && !row.distrusted);
  if (told.length === 0) return;
  await coverSubscriptionWork(ports, connection.id);
  for (const one of told) {
    await changeRow(ports, one, (row) =>
      row.id === null || row.distrusted ? null : { ...row, distrusted: true, renewAt: ports.clock.now().toISOString() },
    );
  }
  await requestSubscriptionWork(ports, connection.id);
}
