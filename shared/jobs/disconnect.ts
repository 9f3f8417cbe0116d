import type { Connection } from '../engine/connection.ts';
import { shardOf, type DueRow } from '../engine/directory-ports.ts';
import type { Scope } from '../engine/model.ts';
import { dropOwn } from '../engine/own-lookups.ts';
import { StorageError } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import { changeConnection } from './change-connection.ts';
import { removeCursorsOf } from './deliveries/tidy.ts';
import { changeHead } from '../engine/change-head.ts';
import { noteLoose } from './loose-secrets.ts';
import type { JobPorts } from './ports.ts';
import { recordAct } from './record-act.ts';
import { tellUntold } from './tell-connection.ts';
import { leaveAll } from './subscriptions/leave.ts';
import { noteUnreached, unreachedOf } from './unreached.ts';

/** The kind of due row that stands for a disconnection under way. */
export const DISCONNECT = 'disconnect';
/** The row stands before the connection is marked: a row whose connection is not marked after that time was given up. */
const PATIENCE_MS = 5 * 60_000;
/** A vault that stays away so long is noted, and the disconnection ends without it. */
const VAULT_PATIENCE_MS = 24 * 3_600_000;

/** Has a job see to a disconnection now, whose due row stands already: the row brings it about had the message failed. */
export async function requestDisconnectWork(ports: Pick<JobPorts, 'queues'>, connectionId: string): Promise<void> {
  await ports.queues.dispatch({ kinds: [DISCONNECT], shards: [shardOf(connectionId)] });
}

/**
 * Takes a leaving connection apart, in the order of P15: heads, subscriptions, secret, look-ups, rows, last feed row, status.
 * Each step may be done again, so that it goes on after a crash wherever that was. Throws StorageError: the row stays.
 */
export async function runDisconnect(ports: JobPorts, row: DueRow): Promise<void> {
  const connection = (await ports.connections.read(row.connectionId))?.connection;
  if (connection?.status === 'disconnecting') {
    await closeHeads(ports, connection);
    await leaveSubscriptions(ports, connection);
    await removeSecret(ports, connection);
    await removeLookups(ports, connection);
    const gone = domainScopes(connection);
    for (const scope of gone) await ports.store.erase(scope);
    await ports.idempotency.dropOf(connection.id);
    // Those feeds are gone. That of the connection itself is delivered to its end.
    await removeCursorsOf(
      ports,
      connection.id,
      gone.map(({ domain }) => domain),
    );
    await finish(ports, connection.id);
    await ports.due.move(row, null);
    return;
  }
  const begun = connection?.status === 'disconnected' || plus(row.dueAt, PATIENCE_MS) < ports.clock.now();
  if (begun) await ports.due.move(row, null);
}

/** All partitions but that of the connection itself, whose feed stays for its retention. */
const domainScopes = (connection: Connection): Scope[] =>
  [...new Set([...connection.domains, ...Object.keys(connection.copies)])]
    .filter((domain) => domain !== 'connection')
    .map((domain) => ({ connectionId: connection.id, domain }));

/** From here on nobody commits: writers under way lose the fence and then find the partition closed. */
async function closeHeads(ports: JobPorts, connection: Connection): Promise<void> {
  for (const scope of domainScopes(connection))
    await changeHead(ports, scope, (head) => (head.closed ? null : { ...head, closed: true }));
}

async function leaveSubscriptions(ports: JobPorts, connection: Connection): Promise<void> {
  const told = await leaveAll(ports, connection, { withoutVault: isOverdue(ports, connection) });
  if (!told) ports.log.warn('disconnect.unreached', { 'connection.id': connection.id, part: 'subscription' });
}

/** Begun so long ago that a vault which is away is given up. */
const isOverdue = (ports: JobPorts, connection: Connection): boolean =>
  ports.clock.now().getTime() - Date.parse(connection.updatedAt) >= VAULT_PATIENCE_MS;

async function removeSecret(ports: JobPorts, connection: Connection): Promise<void> {
  // Read anew: a refresh may have stored a version since.
  const secret = (await ports.connections.read(connection.id))?.connection.secret ?? null;
  if (secret === null) return;
  try {
    await ports.secrets.remove(secret);
  } catch (error) {
    if (!(error instanceof StorageError) || !isOverdue(ports, connection)) throw error;
    await noteUnreached(ports, connection.id, 'vault');
    // Housekeeping goes on trying.
    await noteLoose(ports, connection.id, secret);
  }
  await changeConnection(ports, connection.id, (found) => ({ ...found, secret: null, refresh: null }));
}

async function removeLookups(ports: JobPorts, connection: Connection): Promise<void> {
  const { account, id } = connection;
  await ports.lookups.remove('user', connection.userId, id);
  await ports.lookups.remove('account', `${account.tenantId}/${account.objectId}`, id);
  await ports.lookups.remove('address', account.username.toLowerCase(), id);
  await dropOwn(ports.lookups, id);
}

/** The last feed row, once, then the status. */
async function finish(ports: JobPorts, id: string): Promise<void> {
  const connection = (await ports.connections.read(id))?.connection;
  if (connection?.status !== 'disconnecting') return;
  await tellUntold(ports, connection);
  const scope: Scope = { connectionId: id, domain: 'connection' };
  const head = (await ports.store.readHead(scope))?.head ?? null;
  const [last] = head === null ? [] : await ports.store.readChanges(scope, head.lastSeq - 1, 1);
  const told = last?.type === 'connection.disconnected';
  // Two workers may be at it, where it was asked for twice: the fence sees to it that one of them tells.
  if (head !== null && !told)
    await ports.appendChanges(scope, [lastRow(connection)], { unlessLast: 'connection.disconnected' });
  const { workspaceId } = connection;
  await recordAct(ports, { operation: 'disconnect.completed', on: { connectionId: id }, workspaceId });
  await changeConnection(ports, id, (found) => ({
    ...found,
    status: 'disconnected',
    reason: null,
    stuck: {},
    copies: {},
    warnings: [],
    untold: [],
    updatedAt: ports.clock.now().toISOString(),
  }));
}

const lastRow = (connection: Connection): Parameters<JobPorts['appendChanges']>[1][number] => ({
  type: 'connection.disconnected',
  id: connection.id,
  graphId: null,
  cause: 'system',
  changed: [],
  before: null,
  after: { connectionId: connection.id, userId: connection.userId, workspaceId: connection.workspaceId },
  details: { unreached: unreachedOf(connection) },
});
