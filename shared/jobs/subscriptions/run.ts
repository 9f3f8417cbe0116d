import { hasLeft, type Connection } from '../../engine/connection.ts';
import type { DueRow } from '../../engine/directory-ports.ts';
import { codeOf, ConnectionError, FenceLostError, RemoteError, ThrottledError } from '../../errors.ts';
import { plus } from '../../lib/clock.ts';
import type { JobPorts } from '../ports.ts';
import { connectionOfRow } from '../row-connection.ts';
import { tellUntold } from '../tell-connection.ts';
import { wakeDomain } from '../wake-domain.ts';
import { ensureSubscriptions } from './ensure.ts';
import { leaveAll } from './leave.ts';

const RETRY_MS = 120_000;
/** A connection whose user has to act is looked at again so often. */
const STUCK_MS = 3_600_000;

/**
 * Does the subscription work that a due row stands for, and moves the row to when there is work again.
 * Throws StorageError alone: the row stays, and the next timer takes it up.
 */
export async function runSubscriptionWork(ports: JobPorts, row: DueRow): Promise<void> {
  const standing = (await ports.connections.read(row.connectionId))?.connection;
  // A creation that was under way when it left, and died: the disconnection may have passed this step before.
  if (standing !== undefined && hasLeft(standing)) await leaveAll(ports, standing);
  const connection = await connectionOfRow(ports, row);
  if (connection === null) return;
  await tellUntold(ports, connection);
  const next = await attempt(ports, connection);
  await ports.due.move(row, next === null ? null : { ...row, dueAt: next });
}

async function attempt(ports: JobPorts, connection: Connection): Promise<Date | null> {
  const now = ports.clock.now();
  if (connection.status === 'reauth_required') return plus(now, STUCK_MS);
  try {
    return await ensureSubscriptions(ports, connection);
  } catch (error) {
    if (!(error instanceof RemoteError) && !(error instanceof FenceLostError)) throw error;
    ports.log.warn('subscription.failed', {
      'connection.id': connection.id,
      'error.code': error instanceof ConnectionError ? error.reason : codeOf(error),
    });
    if (error instanceof ConnectionError) return await tellByRound(ports, connection);
    await pollWhereExpired(ports, connection);
    const wait = error instanceof ThrottledError ? Math.max(error.retryAfterMs, RETRY_MS) : RETRY_MS;
    return plus(now, wait);
  }
}

/** A subscription that ended while it could not be renewed tells nothing, and the next safety poll may be hours away. */
async function pollWhereExpired(ports: JobPorts, connection: Connection): Promise<void> {
  const now = ports.clock.now().toISOString();
  const rows = (await ports.subscriptions.list(connection.account)).map((row) => row.subscription);
  const ended = rows.filter((row) => row.connections.includes(connection.id) && (row.expiresAt ?? now) <= now);
  for (const domain of new Set(ended.map((row) => row.domain)))
    await wakeDomain(ports, { connectionId: connection.id, domain }, null, 'schedule');
}

/** A round meets the same failure at once, and it is the round that records it on the connection and tells it (P17). */
async function tellByRound(ports: JobPorts, connection: Connection): Promise<Date> {
  for (const domain of connection.domains)
    await wakeDomain(ports, { connectionId: connection.id, domain }, null, 'schedule');
  return plus(ports.clock.now(), STUCK_MS);
}
