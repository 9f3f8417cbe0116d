import type { Connection } from '../engine/connection.ts';
import type { PartitionStore } from '../engine/ports.ts';
import { storedLists, type ShortLists } from '../engine/short-lists.ts';
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

/** What is watched for a connection in a domain, and the streams of whose changes that tells for certain. */
interface Watch {
  readonly resources: readonly string[];
  readonly told: 'all' | readonly string[];
}
type Resources = (connection: Connection, lists: ShortLists) => Promise<Watch>;

const NOTHING: Watch = { resources: [], told: 'all' };
const watching = (resources: readonly string[]): Watch => ({ resources, told: 'all' });

const everyChange = 'created,updated,deleted';

/** By domain: what is watched for a connection. A domain that is not named here polls. */
const table: Readonly<Record<string, Resources>> = {
  mail: (connection) => Promise.resolve(connection.source === 'graph' ? watching(['me/messages']) : NOTHING),
  contacts: async (connection, lists) =>
    connection.scopes.includes(RIGHT) ? watching(await contactResources(lists)) : NOTHING,
  calendar: (connection, lists) =>
    connection.scopes.includes(CALENDAR_RIGHT) ? calendarResources(lists, connection) : Promise.resolve(NOTHING),
};

/** What is watched of one domain; where not all of its streams are `told` it has to be polled at its schedule beside that. */
export async function watchOf(
  connection: Connection,
  domain: string,
  lists: ShortLists,
): Promise<{ readonly watched: readonly WatchedResource[]; readonly told: Watch['told'] }> {
  const { resources, told } = (await table[domain]?.(connection, lists)) ?? NOTHING;
  return { watched: resources.map((resource) => ({ domain, resource, changeType: everyChange })), told };
}

/** All resources that are to be watched for this connection; of one domain, where one is named. */
export async function watchedResources(
  connection: Connection,
  store: PartitionStore,
  only?: string,
): Promise<readonly WatchedResource[]> {
  const domains = connection.domains.filter((domain) => only === undefined || domain === only);
  const all = await Promise.all(
    domains.map((domain) => watchOf(connection, domain, storedLists(store, { connectionId: connection.id, domain }))),
  );
  return all.flatMap(({ watched }) => watched);
}
