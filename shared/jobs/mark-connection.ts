import { hasLeft, type Connection, type VersionedConnection } from '../engine/connection.ts';
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

type MarkPorts = Pick<RunPorts, 'connections' | 'appendChanges' | 'clock' | 'random' | 'domains'>;

/** How a run of a domain ended. */
interface Run {
  readonly scope: Scope;
  readonly error: ConnectionError | null;
  /** The mailbox was read to the end. Without it and without an error nothing is known of the connection. */
  readonly well: boolean;
}

/**
 * Keeps the connection's own status and its copy of the domain's in step, and tells the application when it changes (P17): it
 * is in error until each domain that met one is well again.
 */
export async function markConnection(
  ports: MarkPorts,
  given: Run & { readonly read: VersionedConnection; readonly status: DomainStatus },
): Promise<void> {
  const { read, scope, error } = given;
  const { connection } = read;
  await tellUntold(ports, connection);
  const copied = connection.copies[scope.domain];
  const changes = !sameJson({ ...standingOf(connection) }, { ...standingAfter(ports, connection, given) });
  if (!changes && copied !== undefined && !isWorthCopying(copied, given.status)) return;
  const marked = await changeConnection(
    ports,
    connection.id,
    (current) => {
      if (hasLeft(current)) return null;
      const now = ports.clock.now().toISOString();
      // A grant made anew meanwhile is not spoilt by what an older one met.
      const stale = error !== null && current.secret?.name !== connection.secret?.name;
      const next = stale ? standingOf(current) : standingAfter(ports, current, given);
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

/** The connection's status, and the domains that keep it in error. */
interface Standing extends Pick<Connection, 'status' | 'reason'> {
  readonly stuck: NonNullable<Connection['stuck']>;
}

const standingOf = ({ status, reason, stuck = {} }: Connection): Standing => ({ status, reason, stuck });

function standingAfter(
  ports: Pick<MarkPorts, 'domains'>,
  connection: Connection,
  { scope, error, well }: Run,
): Standing {
  const { domain } = scope;
  const stands = standingOf(connection);
  if (error !== null) {
    const { reason } = error;
    if (needsUser.includes(reason)) return { ...stands, status: 'reauth_required', reason };
    return { status: 'error', reason, stuck: { ...stands.stuck, [domain]: reason } };
  }
  if (!well) return stands;
  // Of a domain that is synced no more nobody will ever hear that it is well.
  const isStuck = (name: string): boolean =>
    name !== domain && connection.domains.includes(name) && ports.domains[name] !== undefined;
  const stuck = Object.fromEntries(Object.entries(stands.stuck).filter(([name]) => isStuck(name)));
  // A dead grant is not mended by a round that ran on an old token.
  if (stands.status !== 'error') return { ...stands, stuck };
  const reasons = Object.values(stuck);
  const reason = reasons.find((one) => one === stands.reason) ?? reasons[0] ?? null;
  return { status: reason === null ? 'connected' : 'error', reason, stuck };
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
