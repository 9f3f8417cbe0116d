import type { Connection, Subscription } from '../../engine/connection.ts';
import type { RemoteSubscriptions } from '../../engine/remote-ports.ts';
import { codeOf, FenceLostError, RemoteError, StorageError } from '../../errors.ts';
import type { JobPorts } from '../ports.ts';
import { withoutLive } from './pairs.ts';
import { pairOfListed } from './remote-match.ts';
import { requestSubscriptionWork } from './request.ts';
import { changeRow, dropLookups } from './rows.ts';

/** How a connection goes. */
export interface Leaving {
  /** Called where Graph could not be told, before the row goes, so that this is not forgotten by a crash. */
  readonly unreached?: () => Promise<unknown>;
  /** A vault that cannot be reached, and with it the grant, is waited for no longer: Graph cannot be told. */
  readonly withoutVault?: boolean;
}

/**
 * Takes a connection out of a subscription; the last to leave deletes it, at Graph first. False = Graph could not be told:
 * the subscription ends by itself, and what it sends until then is dropped as unknown.
 */
export async function leaveSubscription(
  ports: JobPorts,
  connection: Connection,
  row: Subscription,
  leaving: Leaving = {},
): Promise<boolean> {
  const left = await changeRow(ports, row, (found) => {
    const others = found.connections.filter((id) => id !== connection.id);
    return others.length === 0 || others.length === found.connections.length ? null : { ...found, connections: others };
  });
  if (left === null) return true;
  if (left.connections.some((id) => id !== connection.id)) return true;
  const remote = ports.remoteSubscriptions.open(connection);
  let told = true;
  for (let last: Subscription | null = left; last !== null; last = await dropRow(ports, connection, last)) {
    if (await tellGraph(ports, remote, last, leaving.withoutVault === true)) continue;
    told = false;
    await leaving.unreached?.();
  }
  return told;
}

/** Whether the connection leaves or has left: nothing is made for it any more. */
export const hasLeft = ({ status }: Connection): boolean => status === 'disconnecting' || status === 'disconnected';

/** Takes a connection out of all subscriptions of its mailbox; true where Graph was told of all that ended. */
export async function leaveAll(ports: JobPorts, connection: Connection, leaving: Leaving = {}): Promise<boolean> {
  let told = true;
  for (const { subscription } of await ports.subscriptions.list(connection.account)) {
    const ours = subscription.connections.includes(connection.id) || subscription.connections.length === 0;
    if (ours && !(await leaveSubscription(ports, connection, subscription, leaving))) told = false;
  }
  return told;
}

async function tellGraph(
  ports: JobPorts,
  remote: RemoteSubscriptions,
  row: Subscription,
  withoutVault: boolean,
): Promise<boolean> {
  try {
    for (const id of await idsAtGraph(ports, remote, row)) await remote.remove(id);
    return true;
  } catch (error) {
    const vault = withoutVault && error instanceof StorageError && error.code === 'vault.unavailable';
    if (!(error instanceof RemoteError) && !vault) throw error;
    ports.log.warn('subscription.not_deleted', { resource: row.resource, 'error.code': codeOf(error) });
    return false;
  }
}

/** Also one whose creation was asked for and whose answer was lost: it is known by its key alone. */
async function idsAtGraph(ports: JobPorts, remote: RemoteSubscriptions, row: Subscription): Promise<readonly string[]> {
  if (row.id !== null) return [row.id];
  if (row.keyHash === null && row.replaced.every((pair) => pair.id !== '')) return [];
  const ids: string[] = [];
  for await (const page of remote.list())
    for (const one of page) if (pairOfListed(row, one, ports.config.publicBaseUrl) !== null) ids.push(one.id);
  return ids;
}

/**
 * The row goes last. A connection that joined meanwhile finds it without a live subscription, and makes one. Answers the row
 * where it stays, as it tells of a subscription that was made since: Graph is to be told of that one before; null = done.
 */
async function dropRow(ports: JobPorts, connection: Connection, deleted: Subscription): Promise<Subscription | null> {
  for (;;) {
    const found = await ports.subscriptions.read(deleted, deleted.resource);
    if (found === null) return null;
    const { subscription, version } = found;
    const others = subscription.connections.filter((id) => id !== connection.id);
    if (others.length > 0) {
      await handOver(ports, deleted, others);
      return null;
    }
    if (subscription.id !== deleted.id || subscription.keyHash !== deleted.keyHash) return subscription;
    try {
      // The look-ups first: after the row nothing would tell which they were.
      await dropLookups(ports, subscription, null);
      await ports.subscriptions.remove(deleted, deleted.resource, version);
      return null;
    } catch (error) {
      if (!(error instanceof FenceLostError)) throw error;
    }
  }
}

async function handOver(ports: JobPorts, deleted: Subscription, others: readonly string[]): Promise<void> {
  await changeRow(ports, deleted, (row) => ({
    ...(row.id === deleted.id ? withoutLive(row, ports.clock.now()) : row),
    connections: [...others],
  }));
  for (const id of others) await requestSubscriptionWork(ports, id);
}
