import type { Connection } from '../engine/connection.ts';
import type { Scope } from '../engine/model.ts';
import { codeOf } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import { mapLimit } from '../lib/map-limit.ts';
import { changeHead } from '../engine/change-head.ts';
import { dropAnswers, dropExpired } from './drop-expired.ts';
import { removeLoose } from './loose-secrets.ts';
import { dropOldDeliveries, removeCursorsOf } from './deliveries/tidy.ts';
import type { JobPorts } from './ports.ts';
import { tidySubscription } from './subscriptions/tidy.ts';
import { tellUntold } from './tell-connection.ts';

/** The kind of dispatch message that has old things removed. */
export const HOUSEKEEPING = 'housekeeping';
/** Where the walk over subscriptions stands; the walk over connections has cursors without a colon. */
const OF_SUBSCRIPTIONS = 'subscriptions:';
const PAGE = 100;
const AT_ONCE = 4;
/** Tickets are kept so long beyond their end: who comes late is told that it expired, not that it never was. */
const TICKET_GRACE_MS = 24 * 3_600_000;

/**
 * Removes what has had its time, one page of connections a message: the rest is the next message's work (P12).
 * A failing connection delays no other (P11).
 */
export async function runHousekeeping(ports: JobPorts, after: string | null): Promise<void> {
  if (after?.startsWith(OF_SUBSCRIPTIONS) === true) {
    await walkSubscriptions(ports, after.slice(OF_SUBSCRIPTIONS.length));
    return;
  }
  if (after === null) {
    await again(ports, OF_SUBSCRIPTIONS);
    await removeLoose(ports);
    const dropped = await ports.tickets.dropExpired(plus(ports.clock.now(), -TICKET_GRACE_MS));
    ports.log.info('housekeeping.tickets_dropped', { count: dropped });
    await dropExpired(ports);
    await dropOldDeliveries(ports);
  }
  const page = await ports.connections.list({ limit: PAGE, after });
  await mapLimit(page.connections, AT_ONCE, async (connection) => {
    try {
      await tidy(ports, connection);
    } catch (error) {
      ports.log.error('housekeeping.failed', { 'connection.id': connection.id, 'error.code': codeOf(error) });
    }
  });
  if (page.next !== null) await again(ports, page.next);
}

const again = (ports: JobPorts, after: string): Promise<void> =>
  ports.queues.dispatch({ kinds: [HOUSEKEEPING], shards: [], after });

/** One page of all subscriptions, in messages of their own: some are of mailboxes that no connection leads to any more. */
async function walkSubscriptions(ports: JobPorts, after: string): Promise<void> {
  const page = await ports.subscriptions.page({ limit: PAGE, after: after === '' ? null : after });
  await mapLimit(page.subscriptions, AT_ONCE, async (row) => {
    try {
      await tidySubscription(ports, row);
    } catch (error) {
      ports.log.error('housekeeping.failed', { resource: row.resource, 'error.code': codeOf(error) });
    }
  });
  if (page.next !== null) await again(ports, OF_SUBSCRIPTIONS + page.next);
}

async function tidy(ports: JobPorts, connection: Connection): Promise<void> {
  const own: Scope = { connectionId: connection.id, domain: 'connection' };
  const oldest = plus(ports.clock.now(), -ports.config.sync.feedRetentionMs);
  if (connection.status === 'disconnected') {
    if (Date.parse(connection.updatedAt) < oldest.getTime()) await forget(ports, own);
    return;
  }
  if (connection.status !== 'disconnecting') await tellUntold(ports, connection);
  for (const scope of [own, ...connection.domains.map((domain) => ({ connectionId: connection.id, domain }))]) {
    await trimFeed(ports, scope, oldest);
    if (connection.status !== 'disconnecting') await dropAnswers(ports, scope);
  }
}

/**
 * What is left of a connection that has gone goes with the retention of its feed, but for its closed head: by that a sign-in
 * knows that the id had its life, goes on to the connection that stands, and never makes a second one.
 */
async function forget(ports: JobPorts, scope: Scope): Promise<void> {
  await changeHead(ports, scope, (head) => (head.closed ? null : { ...head, closed: true }));
  await removeCursorsOf(ports, scope.connectionId);
  await ports.store.eraseRows(scope);
  await ports.connections.remove(scope.connectionId);
}

/** The head tells first that the rows are out of reach, so that no reader finds a gap; then they go. */
async function trimFeed(ports: JobPorts, scope: Scope, oldest: Date): Promise<void> {
  // The head first: a row committed after this reading is younger than all that may go.
  const lastSeq = (await ports.store.readHead(scope))?.head.lastSeq ?? 0;
  const keepFrom = (await ports.store.firstChangeSince(scope, oldest)) ?? lastSeq + 1;
  const head = await changeHead(ports, scope, (found) =>
    found.closed || keepFrom <= found.oldestSeq ? null : { ...found, oldestSeq: keepFrom },
  );
  if (head === null || head.closed) return;
  const dropped = await ports.store.dropChanges(scope, head.oldestSeq);
  if (dropped > 0) ports.log.info('housekeeping.changes_dropped', { domain: scope.domain, count: dropped });
}
