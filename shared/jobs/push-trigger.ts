import type { Connection } from '../engine/connection.ts';
import { mapLimit } from '../lib/map-limit.ts';
import type { JobPorts, WakePorts } from './ports.ts';
import { wakeWith } from './wake-domain.ts';

/** Whom a push trigger means, and what it knows. */
export interface PushTrigger {
  /** One connection, or all connections of the account that signed in with one of these addresses (compared without case). */
  readonly target: { readonly connectionId: string } | { readonly addresses: readonly string[] };
  readonly domain: string;
  /** Graph ids of what changed; null = not known. */
  readonly ids: readonly string[] | null;
  readonly firstPage?: number;
}

export interface PushPorts extends WakePorts, Pick<JobPorts, 'connections' | 'lookups'> {}

/** Why nothing was woken: nobody is meant, the connection is leaving, or it does not sync that domain. */
export type Unwoken = 'unknown' | 'leaving' | 'other-domains';

const AT_ONCE = 8;

/**
 * Wakes the domain of each connection that is meant, by the same way as a notification of Graph (P3). Answers the connections,
 * or why there are none. Throws StorageError when a round could not be promised: the sender is to come again, and those that
 * were woken before take it as one round. Never calls Graph.
 */
export async function takePushTrigger(
  ports: PushPorts,
  trigger: PushTrigger,
): Promise<readonly Connection[] | Unwoken> {
  const meant = await findMeant(ports, trigger.target);
  if (meant.length === 0) return 'unknown';
  const staying = meant.filter(({ status }) => status !== 'disconnecting' && status !== 'disconnected');
  if (staying.length === 0) return 'leaving';
  const woken = staying.filter(({ domains }) => domains.includes(trigger.domain));
  if (woken.length === 0) return 'other-domains';
  const { domain, ids, firstPage } = trigger;
  const call = { ids, why: 'notification', ...(firstPage === undefined ? {} : { firstPage }) } as const;
  await mapLimit(woken, AT_ONCE, ({ id }) => wakeWith(ports, { connectionId: id, domain }, call));
  return woken;
}

async function findMeant(ports: PushPorts, target: PushTrigger['target']): Promise<Connection[]> {
  if ('connectionId' in target) {
    const row = await ports.connections.read(target.connectionId);
    return row === null ? [] : [row.connection];
  }
  const addresses = new Set(target.addresses.map((address) => address.toLowerCase()));
  const found = await mapLimit([...addresses], AT_ONCE, (address) => ports.lookups.find('address', address));
  const rows = await mapLimit([...new Set(found.flat())], AT_ONCE, (id) => ports.connections.read(id));
  // An address that the account has given up may be somebody else's by now.
  return rows.flatMap((row) =>
    row !== null && addresses.has(row.connection.account.username.toLowerCase()) ? [row.connection] : [],
  );
}
