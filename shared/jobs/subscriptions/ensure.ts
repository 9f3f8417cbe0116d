import { watchedResources, type WatchedResource } from '../../domains/subscription-resources.ts';
import { hasLeft, type Connection, type Subscription } from '../../engine/connection.ts';
import type { RemoteSubscriptions } from '../../engine/remote-ports.ts';
import { FenceLostError } from '../../errors.ts';
import type { JobPorts } from '../ports.ts';
import { createSubscription, type Task } from './create.ts';
import { leaveAll, leaveSubscription } from './leave.ts';
import { newSubscription } from './pairs.ts';
import { isElsewhere, renewalDue, renewSubscription } from './renew.ts';
import { changeRow } from './rows.ts';
import { showTrouble } from './trouble.ts';
import { untilStopped } from './until-stopped.ts';

/**
 * Brings the subscriptions of a connection's mailbox to what it wants: made, renewed, left. May be called at any time and as
 * often as one likes; a crash at any point is mended by the next call. Answers when there is work again; null = never.
 * Throws what the first failing resource threw, after all others had their turn; where Graph asks for a wait or the grant is
 * dead, they have it the next time.
 */
export async function ensureSubscriptions(ports: JobPorts, connection: Connection): Promise<Date | null> {
  const remote = untilStopped(ports.remoteSubscriptions.open(connection));
  const wanted = await watchedResources(connection, ports.store);
  const failures: unknown[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    if (remote.stopped() !== null) return;
    try {
      await work();
    } catch (error) {
      failures.push(error);
    }
  };
  for (const { subscription } of await ports.subscriptions.list(connection.account)) {
    const stays = wanted.some((one) => one.resource === subscription.resource);
    const ours = subscription.connections.includes(connection.id) || subscription.connections.length === 0;
    if (!stays && ours) await attempt(() => leaveSubscription(ports, connection, subscription, { remote }));
  }
  for (const watched of wanted) await attempt(() => ensureOne(ports, taskOf(connection, watched, remote)));
  const present = (await ports.connections.read(connection.id))?.connection;
  if (present !== undefined && hasLeft(present)) {
    // It left meanwhile, and may have passed these rows before they were joined. Told by the grant that is at hand still.
    await leaveAll(ports, present, { remote });
    return null;
  }
  const rows = (await ports.subscriptions.list(connection.account)).map((row) => row.subscription);
  const ours = rows.filter((row) => row.connections.includes(connection.id));
  await showTrouble(ports, connection.id, ours);
  const stop = remote.stopped();
  if (stop !== null) throw stop;
  if (failures.length > 0) throw failures[0];
  return nextWork(ours, ports.clock.now());
}

const taskOf = (connection: Connection, watched: WatchedResource, remote: RemoteSubscriptions): Task => ({
  connection,
  watched,
  remote,
  key: {
    tenantId: connection.account.tenantId,
    objectId: connection.account.objectId,
    resource: watched.resource,
  },
});

async function ensureOne(ports: JobPorts, task: Task): Promise<void> {
  const row = await join(ports, task);
  const now = ports.clock.now();
  if (row.id === null) {
    const waits = row.nextProbeAt !== null && row.nextProbeAt > now.toISOString();
    if (!waits) await createSubscription(ports, task);
  } else if (renewalDue(row, now) || isElsewhere(row, ports.config.publicBaseUrl)) {
    await renewSubscription(ports, task);
  }
}

/** The row with this connection among those that it serves; made where there is none. */
async function join(ports: JobPorts, task: Task): Promise<Subscription> {
  const { id } = task.connection;
  const found = await changeRow(ports, task.key, (row) => {
    if (row.connections.includes(id)) return null;
    const joined = { ...row, connections: [...row.connections, id] };
    // The last to leave is at it: what the row names is deleted, or about to be.
    const ends = row.connections.length === 0 && row.id !== null;
    return ends ? { ...joined, distrusted: true, renewAt: ports.clock.now().toISOString() } : joined;
  });
  if (found !== null) return found;
  const fresh = { ...newSubscription(task.key, task.watched), connections: [id] };
  try {
    await ports.subscriptions.write(fresh, null);
    return fresh;
  } catch (error) {
    if (!(error instanceof FenceLostError)) throw error;
    return await join(ports, task);
  }
}

/** When the rows need work again: a renewal, a probe, or at once where nothing stands and nothing is waited for. */
function nextWork(rows: readonly Subscription[], now: Date): Date | null {
  const times = rows.map((row) => Date.parse((row.id === null ? row.nextProbeAt : row.renewAt) ?? now.toISOString()));
  return times.length === 0 ? null : new Date(Math.min(...times));
}
