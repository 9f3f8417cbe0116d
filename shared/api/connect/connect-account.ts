import { hasLeft, type Account, type Connection, type SecretRef } from '../../engine/connection.ts';
import { newHead } from '../../engine/head.ts';
import type { SignInGrant } from '../../engine/remote-ports.ts';
import { settleLoose } from '../../jobs/loose-secrets.ts';
import { hash } from '../../lib/hash.ts';
import type { ApiPorts } from '../ports.ts';
import { addLookups } from './add-lookups.ts';
import { afterConnecting, coverWork, rowOfConnecting } from './after-connecting.ts';
import { createSecret, removeSecret } from './grant-secret.ts';
import { reconnect } from './reconnect.ts';
import type { Link } from './tickets.ts';

/**
 * Connects the account that signed in. The same account of the same user in the same workspace is a reconnect: cursors,
 * records and feed stay. One that left is no more to be connected: what is made then has an id that no connection had before.
 * May be called again after a crash, and by two at once: there is one connection in the end.
 */
export async function connectAccount(
  ports: ApiPorts,
  link: Link,
  grant: SignInGrant,
): Promise<{ readonly connectionId: string }> {
  // It ends at the first id that has not had its life: what left stays known for ever, so that the ids have no gap.
  for (let life = 0; ; life++) {
    const id = connectionId(link, grant.account, life);
    if ((await connectAs(ports, id, link, grant)) === 'connected') return { connectionId: id };
  }
}

/** The same for two callers at once, so that only one of them can create it. */
function connectionId(link: Link, account: Account, life: number): string {
  const workspace = link.workspaceId === null ? [] : [link.workspaceId];
  return hash(['connection', String(life), account.tenantId, account.objectId, link.userId, ...workspace], 22);
}

async function connectAs(ports: ApiPorts, id: string, link: Link, grant: SignInGrant): Promise<'connected' | 'left'> {
  const standing = await ports.connections.read(id);
  if (standing === null) {
    // A closed head without a row is what is kept of a connection that was forgotten.
    const past = await ports.store.readHead({ connectionId: id, domain: 'connection' });
    if (past?.head.closed === true) return 'left';
    if (await create(ports, id, link, grant)) return 'connected';
    return connectAs(ports, id, link, grant);
  }
  if (hasLeft(standing.connection)) return 'left';
  await reconnect(ports, standing.connection, link, grant);
  return 'connected';
}

/**
 * Order is what makes a crash harmless: due rows first (for work on a connection that never came to be they cost an empty
 * job), then the note by which housekeeping finds a secret without a row, secret, look-ups and heads, which nobody asks for
 * before the row is there, then the row, with the feed row that tells of it.
 */
async function create(ports: ApiPorts, id: string, link: Link, grant: SignInGrant): Promise<boolean> {
  const rows = await coverWork(ports, id, link.domains);
  const { secret, note } = await createSecret(ports, id, grant.cache);
  const fresh = newConnection(ports, { id, link, grant, secret });
  const connection = { ...fresh, untold: [rowOfConnecting(ports, fresh, 'connection.connected')] };
  await addLookups(ports, connection);
  for (const domain of ['connection', ...link.domains]) {
    await ports.store.createHead({ connectionId: id, domain }, newHead());
  }
  if (!(await ports.connections.create(connection))) {
    // Another sign-in to the same account was first; ours becomes a reconnect, with a secret of its own.
    await removeSecret(ports, secret, note);
    return false;
  }
  await settleLoose(ports, note);
  await afterConnecting(ports, connection, rows);
  return true;
}

function newConnection(
  ports: Pick<ApiPorts, 'clock'>,
  from: { readonly id: string; readonly link: Link; readonly grant: SignInGrant; readonly secret: SecretRef },
): Connection {
  const { id, link, grant, secret } = from;
  const now = ports.clock.now().toISOString();
  return {
    id,
    userId: link.userId,
    workspaceId: link.workspaceId,
    account: grant.account,
    source: 'graph',
    domains: link.domains,
    settings: link.settings,
    status: 'connected',
    reason: null,
    scopes: [...grant.scopes],
    secret,
    refreshedAt: now,
    refresh: null,
    copies: {},
    warnings: [],
    createdAt: now,
    updatedAt: now,
    lastErrorAt: null,
  };
}
