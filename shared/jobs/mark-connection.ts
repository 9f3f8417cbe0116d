import type { Connection, VersionedConnection } from '../engine/connection.ts';
import type { DomainStatus } from '../engine/head.ts';
import type { NewChange, Scope } from '../engine/model.ts';
import type { ConnectionError, ConnectionReason } from '../errors.ts';
import { sameJson } from '../lib/json.ts';
import { changeConnection } from './change-connection.ts';
import type { RunPorts } from './ports.ts';
import { tellUntold, toTell } from './tell-connection.ts';

/** Reasons that only a new sign-in mends; nothing is tried before it. */
export const needsUser: readonly ConnectionReason[] = [
  'reauth_required',
  'consent_missing',
  'admin_consent_required',
  'interaction_required',
];

/** Keeps the connection's own status and its copy of the domain's in step, and tells the application when it changes (P17). */
export async function markConnection(
  ports: RunPorts,
  given: {
    readonly read: VersionedConnection;
    readonly scope: Scope;
    readonly status: DomainStatus;
    readonly error: ConnectionError | null;
    /** The mailbox was read to the end. Without it and without an error nothing is known of the connection. */
    readonly well: boolean;
  },
): Promise<void> {
  const { read, scope, error, well } = given;
  const { connection } = read;
  await tellUntold(ports, connection);
  const copied = connection.copies[scope.domain];
  const told = statusAfter(connection, error, well);
  const changes = told.status !== connection.status || told.reason !== connection.reason;
  if (!changes && copied !== undefined && !isWorthCopying(copied, given.status)) return;
  const marked = await changeConnection(
    ports,
    connection.id,
    (current) => {
      if (current.status === 'disconnecting' || current.status === 'disconnected') return null;
      const now = ports.clock.now().toISOString();
      // A grant made anew meanwhile is not spoilt by what an older one met.
      const stale = error !== null && current.secret?.name !== connection.secret?.name;
      const next = stale ? { status: current.status, reason: current.reason } : statusAfter(current, error, well);
      const news = next.status === current.status ? [] : [toTell(ports, rowOf(current, next))];
      return {
        ...current,
        ...next,
        untold: [...(current.untold ?? []), ...news],
        copies: { ...current.copies, [scope.domain]: given.status },
        updatedAt: now,
        lastErrorAt: error === null ? current.lastErrorAt : now,
      };
    },
    read,
  );
  if (marked !== null) await tellUntold(ports, marked);
}

function statusAfter(
  connection: Connection,
  error: ConnectionError | null,
  well: boolean,
): Pick<Connection, 'status' | 'reason'> {
  if (error === null) {
    // A dead grant is not mended by a round that ran on an old token.
    return connection.status === 'error' && well
      ? { status: 'connected', reason: null }
      : { status: connection.status, reason: connection.reason };
  }
  return { status: needsUser.includes(error.reason) ? 'reauth_required' : 'error', reason: error.reason };
}

/** How far the times of a copy lag behind the head's. */
export const COPY_LAG_MS = 15 * 60_000;

/** The copy serves lists: it follows changes of state, and otherwise lags by a quarter of an hour at most. */
function isWorthCopying(copy: DomainStatus, status: DomainStatus): boolean {
  const state = (of: DomainStatus): Record<string, string | number | boolean | null> => ({
    status: of.status,
    reason: of.reason,
    failures: of.failures,
    trusted: of.trusted ?? null,
  });
  if (!sameJson(state(copy), state(status))) return true;
  return Date.parse(status.lastSyncedAt ?? '') - Date.parse(copy.lastSyncedAt ?? '') > COPY_LAG_MS;
}

function rowOf(connection: Connection, turned: Pick<Connection, 'status' | 'reason'>): NewChange {
  const { id, status, reason } = connection;
  const type =
    turned.status === 'connected'
      ? 'connection.recovered'
      : turned.status === 'reauth_required'
        ? 'connection.reauth_required'
        : 'connection.error';
  return {
    type,
    id,
    graphId: null,
    cause: 'system',
    changed: ['status'],
    before: { status, reason },
    after: { status: turned.status, reason: turned.reason },
  };
}
