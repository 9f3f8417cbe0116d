import type { ApiClient } from '../api/client.ts';
import { connection, type Connection } from '../api/schemas.ts';

interface Filter {
  readonly user?: string | undefined;
  readonly status?: string | undefined;
}

/** The connections of a user, or all (`user` undefined), page by page. */
export async function* listConnections(api: ApiClient, filter: Filter): AsyncGenerator<Connection> {
  const query = new URLSearchParams({
    ...(filter.user === undefined ? {} : { userId: filter.user }),
    ...(filter.status === undefined ? {} : { status: filter.status }),
  }).toString();
  for await (const page of api.pages(connection, `/connections${query === '' ? '' : `?${query}`}`)) yield* page;
}

/** The same as a list. */
export async function allConnections(api: ApiClient, filter: Filter): Promise<Connection[]> {
  const all: Connection[] = [];
  for await (const found of listConnections(api, filter)) all.push(found);
  return all;
}
