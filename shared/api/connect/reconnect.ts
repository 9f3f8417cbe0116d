import { hasLeft, type Connection, type SecretRef } from '../../engine/connection.ts';
import { newHead } from '../../engine/head.ts';
import type { SignInGrant } from '../../engine/remote-ports.ts';
import { FenceLostError } from '../../errors.ts';
import { changeConnection } from '../../jobs/change-connection.ts';
import { noteLoose, settleLoose } from '../../jobs/loose-secrets.ts';
import { renewSoon } from '../../jobs/subscriptions/renew-soon.ts';
import type { ApiPorts } from '../ports.ts';
import { addAddresses, dropAddresses, isSameAddress } from './add-lookups.ts';
import { afterConnecting, attempt, coverWork, rowOfConnecting } from './after-connecting.ts';
import { createSecret, removeSecret } from './grant-secret.ts';
import type { Link } from './tickets.ts';

/**
 * A new grant for a connection that stands: a new secret first, then the row by compare and swap, then the old secret
 * goes. The new address leads to it, and its subscriptions are to be renewed, before the row does: what went with the old
 * grant is made anew though it crashes. Under a name of its own no worker can take it for the old grant, and it lies in a vault that is configured now.
 * Heads and cursors stay as they are, so that every stream resumes where it stood; domains that the link adds get a head.
 */
export async function reconnect(ports: ApiPorts, standing: Connection, link: Link, grant: SignInGrant): Promise<void> {
  const { id } = standing;
  const domains = [...new Set([...standing.domains, ...link.domains])];
  const rows = await coverWork(ports, id, domains);
  const { secret, note } = await createSecret(ports, id, grant.cache);
  for (const domain of ['connection', ...domains]) {
    await ports.store.createHead({ connectionId: id, domain }, newHead());
  }
  const accounts = [standing.account, grant.account];
  // Before the swap: what a crash after it left undone nobody would come back to.
  await addAddresses(ports, id, accounts);
  await renewSoon(ports, { ...standing, account: grant.account });
  const { mended, old } = await swapGrant(ports, id, { link, grant, newest: secret });
  if (mended?.secret?.name !== secret.name) {
    await removeSecret(ports, secret, note);
    await dropAddresses(ports, id, accounts);
    throw new FenceLostError('The connection left meanwhile');
  }
  await settleLoose(ports, note);
  if (old !== null) await removeSecret(ports, old.secret, old.note);
  if (!isSameAddress(standing.account, mended.account))
    await attempt(ports, () => dropAddresses(ports, id, [standing.account]));
  await afterConnecting(ports, mended, rows);
}

interface NewGrant {
  readonly link: Link;
  readonly grant: SignInGrant;
  readonly newest: SecretRef;
}
interface Swapped {
  /** The row as it stands after; null where it is gone. */
  readonly mended: Connection | null;
  /** The secret that the row named before. */
  readonly old: { readonly secret: SecretRef; readonly note: string } | null;
}

const MOST_SWAPS = 10;

/** Puts the new grant into the row. The secret that it takes the place of is noted first: after the swap no row names it. */
async function swapGrant(ports: ApiPorts, id: string, given: NewGrant): Promise<Swapped> {
  for (let tries = 1; tries <= MOST_SWAPS; tries++) {
    const secret = (await ports.connections.read(id))?.connection.secret ?? null;
    const old = secret === null ? null : { secret, note: await noteLoose(ports, id, secret) };
    const state = { other: false };
    const mended = await changeConnection(ports, id, (found) => {
      state.other = found.secret?.name !== secret?.name;
      return state.other ? null : mend(ports, found, given);
    });
    if (!state.other) return { mended, old };
    if (old !== null) await settleLoose(ports, old.note);
  }
  throw new FenceLostError('Others sign in to the same account at the same time');
}

/** Of each domain what the link sets; what it says nothing of (a choice that was made since) stays. */
const joined = (standing: Connection['settings'], given: Link['settings']): Connection['settings'] =>
  Object.fromEntries(Object.entries(given).map(([domain, set]) => [domain, { ...standing[domain], ...set }]));

/** The row with the new grant; null (as it is) when it has begun to leave meanwhile. */
function mend(ports: ApiPorts, found: Connection, from: NewGrant): Connection | null {
  if (hasLeft(found)) return null;
  const mended: Connection = {
    ...found,
    account: from.grant.account,
    domains: [...new Set([...found.domains, ...from.link.domains])],
    settings: { ...found.settings, ...joined(found.settings, from.link.settings) },
    status: 'connected',
    reason: null,
    stuck: {},
    scopes: [...from.grant.scopes],
    secret: from.newest,
    refreshedAt: ports.clock.now().toISOString(),
    refresh: null,
    updatedAt: ports.clock.now().toISOString(),
  };
  const type = found.status === 'connected' ? 'connection.connected' : 'connection.recovered';
  return { ...mended, untold: [...(found.untold ?? []), rowOfConnecting(ports, mended, type)] };
}
