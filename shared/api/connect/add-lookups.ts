import type { Connection } from '../../engine/connection.ts';
import type { ApiPorts } from '../ports.ts';

/** What connections are found by: user, account, and the addresses that a push trigger may name. */
export async function addLookups(ports: Pick<ApiPorts, 'lookups'>, connection: Connection): Promise<void> {
  const { account, id } = connection;
  await ports.lookups.add('user', connection.userId, id);
  await ports.lookups.add('account', `${account.tenantId}/${account.objectId}`, id);
  await ports.lookups.add('address', account.username.toLowerCase(), id);
}

/** Takes away the address that the account no longer has: somebody else may get it. */
export async function dropFormerAddress(
  ports: Pick<ApiPorts, 'lookups'>,
  former: Connection,
  present: Connection,
): Promise<void> {
  const address = former.account.username.toLowerCase();
  if (address !== present.account.username.toLowerCase()) await ports.lookups.remove('address', address, former.id);
}
