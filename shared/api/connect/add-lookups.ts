import type { Account, Connection } from '../../engine/connection.ts';
import { addOwn, removeOwn, type OwnLookup } from '../../engine/own-lookups.ts';
import type { ApiPorts } from '../ports.ts';

type LookupPorts = Pick<ApiPorts, 'lookups'>;

/** What connections are found by: user, account, and the addresses that a push trigger may name. */
export async function addLookups(ports: LookupPorts, connection: Connection): Promise<void> {
  const { account, id } = connection;
  await ports.lookups.add('user', connection.userId, id);
  await ports.lookups.add('account', `${account.tenantId}/${account.objectId}`, id);
  const { kind, key, value } = ofAddress(id, account);
  await ports.lookups.add(kind, key, value);
}

/** The addresses of an account that changes: whichever of them a crash leaves too many goes with the connection. */
export async function addAddresses(ports: LookupPorts, id: string, accounts: readonly Account[]): Promise<void> {
  for (const account of accounts) await addOwn(ports.lookups, id, ofAddress(id, account));
}

/** Takes away addresses that lead to the connection no more: somebody else may get them. */
export async function dropAddresses(ports: LookupPorts, id: string, accounts: readonly Account[]): Promise<void> {
  for (const account of accounts) await removeOwn(ports.lookups, id, ofAddress(id, account));
}

/** Whether two sign-ins to one account gave the same address. */
export const isSameAddress = (one: Account, other: Account): boolean => addressOf(one) === addressOf(other);

const addressOf = ({ username }: Account): string => username.toLowerCase();
const ofAddress = (id: string, account: Account): OwnLookup => ({
  kind: 'address',
  key: addressOf(account),
  value: id,
});
