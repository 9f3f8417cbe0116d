import type { Connection, SecretRef } from '../../engine/connection.ts';
import { newHead } from '../../engine/head.ts';
import type { SignInGrant } from '../../engine/remote-ports.ts';
import { codeOf, FenceLostError } from '../../errors.ts';
import { changeConnection } from '../../jobs/change-connection.ts';
import { renewSoon } from '../../jobs/subscriptions/renew-soon.ts';
import type { ApiPorts } from '../ports.ts';
import { addLookups, dropFormerAddress } from './add-lookups.ts';
import { afterConnecting, coverWork } from './after-connecting.ts';
import type { Link } from './tickets.ts';

/**
 * A new grant for a connection that stands: a new secret first, then the row by compare and swap, then the old secret
 * goes. Under a name of its own no worker can take it for the old grant, and it lies in a vault that is configured now.
 * Heads and cursors stay as they are, so that every stream resumes where it stood; domains that the link adds get a head.
 */
export async function reconnect(ports: ApiPorts, standing: Connection, link: Link, grant: SignInGrant): Promise<void> {
  const { id, status } = standing;
  const domains = [...new Set([...standing.domains, ...link.domains])];
  const rows = await coverWork(ports, id, domains);
  const newest = await ports.secrets.create(id, grant.cache);
  for (const domain of ['connection', ...domains]) {
    await ports.store.createHead({ connectionId: id, domain }, newHead());
  }
  const replaced: SecretRef[] = [];
  const mended = await changeConnection(ports, id, (found) => {
    replaced.splice(0, 1, ...(found.secret === null ? [] : [found.secret]));
    return mend(ports, found, { link, grant, newest });
  });
  if (mended?.secret?.name !== newest.name) {
    await forget(ports, newest);
    throw new FenceLostError('The connection left meanwhile');
  }
  for (const old of replaced) await forget(ports, old);
  await addLookups(ports, mended);
  await dropFormerAddress(ports, standing, mended);
  await renewSoon(ports, mended);
  await afterConnecting(ports, mended, rows, status === 'connected' ? 'connection.connected' : 'connection.recovered');
}

/** Takes a secret away that no row names any more. Where its vault cannot be reached the grant in it is superseded all the same. */
async function forget(ports: ApiPorts, secret: SecretRef): Promise<void> {
  try {
    await ports.secrets.remove(secret);
  } catch (error) {
    ports.log.warn('secret.not_removed', { vault: secret.vault, 'error.code': codeOf(error) });
  }
}

/** The row with the new grant; null (as it is) when it has begun to leave meanwhile. */
function mend(
  ports: ApiPorts,
  found: Connection,
  from: { readonly link: Link; readonly grant: SignInGrant; readonly newest: SecretRef },
): Connection | null {
  if (found.status === 'disconnecting' || found.status === 'disconnected') return null;
  return {
    ...found,
    account: from.grant.account,
    domains: [...new Set([...found.domains, ...from.link.domains])],
    settings: { ...found.settings, ...from.link.settings },
    status: 'connected',
    reason: null,
    scopes: [...from.grant.scopes],
    secret: from.newest,
    refreshedAt: ports.clock.now().toISOString(),
    refresh: null,
    updatedAt: ports.clock.now().toISOString(),
  };
}
