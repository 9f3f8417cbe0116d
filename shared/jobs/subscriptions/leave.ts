import { hasLeft, type Connection, type Subscription } from '../../engine/connection.ts';
import type { RemoteSubscriptions } from '../../engine/remote-ports.ts';
import { codeOf, FenceLostError, RemoteError, StorageError } from '../../errors.ts';
import type { JobPorts } from '../ports.ts';
import { noteUnreached } from '../unreached.ts';
import { withoutLive } from './pairs.ts';
import { pairOfListed } from './remote-match.ts';
import { coverSubscriptionWork, requestSubscriptionWork } from './request.ts';
import { changeRow, dropLookups } from './rows.ts';
import { untilStopped } from './until-stopped.ts';

/** How a connection goes. */
export interface Leaving {
  /** Graph as the work under way asks it; by the grant of the connection where it is not given. */
  readonly remote?: RemoteSubscriptions;
  /** A vault that cannot be reached, and with it the grant, is waited for no longer: Graph cannot be told. */
  readonly withoutVault?: boolean;
}

/**
 * Takes a connection out of a subscription; the last to leave deletes it, at Graph before the row goes. The row serves nobody
 * by then, so that whoever joins after a crash does not trust what may be deleted. False = Graph could not be told, which
 * the last word of a connection that leaves tells: the subscription ends by itself, and what it sends is dropped as unknown.
 */
export async function leaveSubscription(
  ports: JobPorts,
  connection: Connection,
  row: Subscription,
  leaving: Leaving & { readonly remote: RemoteSubscriptions },
): Promise<boolean> {
  const left = await changeRow(ports, row, (found) => {
    const connections = found.connections.filter((id) => id !== connection.id);
    return connections.length === found.connections.length ? null : { ...found, connections };
  });
  if (left === null || left.connections.length > 0) return true;
  let told = true;
  for (let last: Subscription | null = left; last !== null; last = await dropRow(ports, connection, last)) {
    if (await tellGraph(ports, leaving.remote, last, leaving.withoutVault === true)) continue;
    told = false;
    // Before the row goes, so that this is not forgotten by a crash.
    await noteUnreached(ports, connection.id, 'subscription');
  }
  return told;
}

/** Takes a connection out of all subscriptions of its mailbox; true where Graph was told of all that ended. */
export async function leaveAll(ports: JobPorts, connection: Connection, leaving: Leaving = {}): Promise<boolean> {
  const remote = leaving.remote ?? untilStopped(ports.remoteSubscriptions.open(connection));
  let told = true;
  for (const { subscription } of await ports.subscriptions.list(connection.account)) {
    const ours = subscription.connections.includes(connection.id) || subscription.connections.length === 0;
    if (ours && !(await leaveSubscription(ports, connection, subscription, { ...leaving, remote }))) told = false;
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
    const joined = joinedSince(connection, subscription);
    if (joined.length > 0) {
      await handOver(ports, connection, { deleted, joined });
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

/** The row served nobody. One that leaves for good may be joined by work on it that is under way: that is no join. */
const joinedSince = (connection: Connection, { connections }: Subscription): readonly string[] =>
  hasLeft(connection) ? connections.filter((id) => id !== connection.id) : connections;

async function handOver(
  ports: JobPorts,
  connection: Connection,
  { deleted, joined }: { readonly deleted: Subscription; readonly joined: readonly string[] },
): Promise<void> {
  for (const id of joined) await coverSubscriptionWork(ports, id);
  await changeRow(ports, deleted, (row) => ({
    ...(row.id === deleted.id ? withoutLive(row, ports.clock.now()) : row),
    connections: [...joinedSince(connection, row)],
  }));
  for (const id of joined) await requestSubscriptionWork(ports, id);
}
