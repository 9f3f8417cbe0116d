import type { Connection } from '../../engine/connection.ts';
import type { Delivery, DeliveryCursor } from '../../engine/delivery-ports.ts';
import type { Change } from '../../engine/model.ts';

/** What an endpoint is sent: the item of the feed as `GET /connections/{id}/changes` shows it, and whose it is. */
export function deliveryBody(connection: Pick<Connection, 'id' | 'userId' | 'workspaceId'>, change: Change): string {
  const { details, ...item } = change;
  const { id: connectionId, userId, workspaceId } = connection;
  const data = { ...details, ...item, connectionId, userId, workspaceId };
  return JSON.stringify({ type: change.type, timestamp: change.at, data });
}

/** What stands for changes that the feed no longer keeps: their numbers, from the first to the last. */
export const gapChange = (
  feed: Pick<DeliveryCursor, 'domain'>,
  gap: NonNullable<Delivery['gap']> & { readonly at: string },
): Change => ({
  seq: gap.to,
  type: 'feed.gap',
  domain: feed.domain,
  id: null,
  graphId: null,
  cause: 'system',
  changed: [],
  before: null,
  after: null,
  at: gap.at,
  details: { from: gap.from, to: gap.to },
});
