import { plus } from '../../lib/clock.ts';
import { mapLimit } from '../../lib/map-limit.ts';
import { codeOf } from '../../errors.ts';
import type { Endpoint, VersionedEndpoint } from '../../engine/delivery-ports.ts';
import { scopeOf, shardOf, type DueRow } from '../../engine/directory-ports.ts';
import type { JobPorts } from '../ports.ts';
import { untilFirst } from '../until-first.ts';
import { wakeFeed } from './announce.ts';
import type { EndpointPorts } from './ports.ts';

/** The kind of due row, with the id of an endpoint in the place of a connection's: it was resumed, took up again, or was deleted. */
export const ENDPOINTS = 'endpoints';
/** The row stands before the endpoint is changed: one whose endpoint did not change in that time was given up. */
const PATIENCE_MS = 5 * 60_000;
/** After that time no job sends to a deleted endpoint any more, or writes of it. */
const LINGER_MS = 2 * 60_000;
const AT_ONCE = 8;
const BUDGET_MS = 3 * 60_000;

/**
 * Compare and swap of an endpoint's row, read anew each time another writer was first. `change` answers null to leave it as it
 * is. Answers the row as it stands after; null where there is none, or where it is being deleted.
 */
export async function changeEndpoint(
  ports: Pick<JobPorts, 'endpoints' | 'clock'>,
  id: string,
  change: (endpoint: Endpoint) => Endpoint | null,
): Promise<VersionedEndpoint | null> {
  return untilFirst(async () => {
    const found = await ports.endpoints.read(id);
    if (found === null || found.endpoint.deletedAt !== null) return null;
    const changed = change(found.endpoint);
    if (changed === null) return found;
    const endpoint = { ...changed, updatedAt: ports.clock.now().toISOString() };
    return { endpoint, version: await ports.endpoints.replace(endpoint, found.version) };
  });
}

/** An endpoint that is taken for well again. */
export const mended = (endpoint: Endpoint): Endpoint => ({
  ...endpoint,
  status: 'active',
  pausedReason: null,
  failingSince: null,
  failures: 0,
  failedFeeds: [],
  notBefore: null,
});

/** Begins to remove an endpoint: nothing is sent to it any more; its rows and its secret go in a job. False = no such endpoint. */
export async function deleteEndpoint(ports: EndpointPorts, id: string): Promise<boolean> {
  const deletedAt = ports.clock.now().toISOString();
  return (await withWork(ports, id, () => changeEndpoint(ports, id, (found) => ({ ...found, deletedAt })))) !== null;
}

/** A change after which a job has to see to the endpoint: due row, change, message. */
export async function withWork<T>(ports: EndpointPorts, id: string, change: () => Promise<T>): Promise<T> {
  await ports.due.add({ kind: ENDPOINTS, connectionId: id, dueAt: ports.clock.now() });
  const changed = await change();
  try {
    await ports.queues.dispatch({ kinds: [ENDPOINTS], shards: [shardOf(id)] });
  } catch (error) {
    ports.log.warn('endpoints.work_postponed', { 'error.code': codeOf(error) });
  }
  return changed;
}

/** What is to be done for an endpoint. Each step may be done again after a crash. Throws StorageError: the row stays. */
export async function runEndpointWork(ports: JobPorts, row: DueRow): Promise<void> {
  const endpoint = (await ports.endpoints.read(row.connectionId))?.endpoint ?? null;
  if (endpoint === null) return ports.due.move(row, null);
  if (endpoint.deletedAt !== null) return remove(ports, row, endpoint);
  const ended = endpoint.status === 'active' && (await wakeWaiting(ports, endpoint));
  if (ended || plus(row.dueAt, PATIENCE_MS) < ports.clock.now()) await ports.due.move(row, null);
}

/** Wakes all feeds that wait for the endpoint; false where time ran out: those that ran by then wait no more. */
async function wakeWaiting(ports: JobPorts, endpoint: Endpoint): Promise<boolean> {
  const deadline = ports.clock.now().getTime() + BUDGET_MS;
  let woken = 0;
  for await (const page of ports.deliveries.behind(endpoint.id)) {
    if (ports.clock.now().getTime() > deadline) return false;
    await mapLimit(page, AT_ONCE, ({ connectionId, domain, part }) =>
      wakeFeed(ports, scopeOf({ connectionId, domain, ...(part === undefined ? {} : { part }) }), { now: endpoint.id }),
    );
    woken += page.length;
  }
  ports.log.info('endpoints.woken', { 'endpoint.id': endpoint.id, count: woken });
  return true;
}

async function remove(ports: JobPorts, row: DueRow, endpoint: Endpoint): Promise<void> {
  await ports.deliveries.erase(endpoint.id);
  await ports.secrets.remove(endpoint.secret);
  const quietAt = plus(new Date(endpoint.deletedAt ?? endpoint.updatedAt), LINGER_MS);
  // A job that was sending when it was deleted may have written since.
  if (quietAt > ports.clock.now()) return ports.due.move(row, { ...row, dueAt: quietAt });
  await ports.endpoints.remove(endpoint.id);
  await ports.due.move(row, null);
  ports.log.info('endpoints.removed', { 'endpoint.id': endpoint.id });
}
