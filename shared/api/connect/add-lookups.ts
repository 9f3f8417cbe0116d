import type { Connection } from '../../engine/connection.ts';
import type { ApiPorts } from '../ports.ts';

/** What connections are found by: user, account, and the addresses that a push trigger may name. */
export async function addLookups(ports: Pick<ApiPorts, 'lookups'>, connection: Connection): Promise<void> {
  const { account, id } = connection;
  await ports.lookups.add('user', connection.userId, id);
  await ports.lookups.add('account', `${account.tenantId}/${account.objectId}`, id);
  await ports.lookups.add('address', account.username.toLowerCase(), id);
}
