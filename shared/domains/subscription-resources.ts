import type { Connection } from '../engine/connection.ts';
import type { PartitionStore } from '../engine/ports.ts';

/** Something of a mailbox that Graph is asked to tell changes of. */
export interface WatchedResource {
  readonly domain: string;
  /** As Graph is asked for it, without a leading slash. */
  readonly resource: string;
  readonly changeType: string;
}

type Resources = (connection: Connection, store: PartitionStore) => Promise<readonly WatchedResource[]>;

const everyChange = 'created,updated,deleted';

/** By domain: what is watched for a connection. A domain that is not named here polls. */
const table: Readonly<Record<string, Resources>> = {
  mail: (connection) =>
    Promise.resolve(
      connection.source === 'graph' ? [{ domain: 'mail', resource: 'me/messages', changeType: everyChange }] : [],
    ),
};

/** All resources that are to be watched for this connection. */
export async function watchedResources(
  connection: Connection,
  store: PartitionStore,
): Promise<readonly WatchedResource[]> {
  const lists = await Promise.all(
    connection.domains.map(async (domain) => (await table[domain]?.(connection, store)) ?? []),
  );
  return lists.flat();
}
