import type { Connection } from '../engine/connection.ts';
import type { PartitionStore } from '../engine/ports.ts';
import { RIGHT as CALENDAR_RIGHT } from './calendar/index.ts';
import { calendarResources } from './calendar/resources.ts';
import { RIGHT } from './contacts/index.ts';
import { contactResources } from './contacts/resources.ts';

/** Something of a mailbox that Graph is asked to tell changes of. */
export interface WatchedResource {
  readonly domain: string;
  /** As Graph is asked for it, without a leading slash. */
  readonly resource: string;
  readonly changeType: string;
}

type Resources = (connection: Connection, store: PartitionStore) => Promise<readonly string[]>;

const everyChange = 'created,updated,deleted';

/** By domain: what is watched for a connection. A domain that is not named here polls. */
const table: Readonly<Record<string, Resources>> = {
  mail: (connection) => Promise.resolve(connection.source === 'graph' ? ['me/messages'] : []),
  contacts: (connection, store) =>
    connection.scopes.includes(RIGHT)
      ? contactResources(store, { connectionId: connection.id, domain: 'contacts' })
      : Promise.resolve([]),
  calendar: async (connection, store) =>
    connection.scopes.includes(CALENDAR_RIGHT) ? (await calendarResources(store, connection)).resources : [],
};

/** By domain: whether something of it is told by no notification, whatever else is watched. */
const polled: Readonly<Record<string, (connection: Connection, store: PartitionStore) => Promise<boolean>>> = {
  calendar: async (connection, store) => (await calendarResources(store, connection)).polls,
};

/** Whether a domain has to be polled at its schedule beside all that is watched for it. */
export const isPolledToo = async (connection: Connection, store: PartitionStore, domain: string): Promise<boolean> =>
  (await polled[domain]?.(connection, store)) ?? false;

/** All resources that are to be watched for this connection; of one domain, where one is named. */
export async function watchedResources(
  connection: Connection,
  store: PartitionStore,
  only?: string,
): Promise<readonly WatchedResource[]> {
  const domains = connection.domains.filter((domain) => only === undefined || domain === only);
  const lists = await Promise.all(
    domains.map(async (domain) => {
      const resources = (await table[domain]?.(connection, store)) ?? [];
      return resources.map((resource): WatchedResource => ({ domain, resource, changeType: everyChange }));
    }),
  );
  return lists.flat();
}
