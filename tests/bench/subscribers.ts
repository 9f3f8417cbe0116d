import { randomUUID } from 'node:crypto';
import type { App } from '../../shared/app.ts';
import { lookupKinds, newSubscription, rowName, secretHash } from '../../shared/jobs/subscriptions/pairs.ts';
import { mapLimit } from '../../shared/lib/map-limit.ts';

const AT_ONCE = 16;

/** A connection whose mailbox has a live subscription, as far as the receiver of its notifications can tell. */
export interface Subscriber {
  readonly connectionId: string;
  readonly subscriptionId: string;
  readonly key: string;
  readonly clientState: string;
}

/** Writes the rows of so many subscriptions, each of a mailbox and a connection of its own; Graph knows nothing of them. */
export function makeSubscribers(app: Pick<App, 'subscriptions' | 'lookups'>, count: number): Promise<Subscriber[]> {
  return mapLimit(
    Array.from({ length: count }, (_, n) => n),
    AT_ONCE,
    async (n) => {
      const subscriber = {
        connectionId: `bench-${n}`,
        subscriptionId: randomUUID(),
        key: randomUUID(),
        clientState: randomUUID(),
      };
      const row = {
        ...newSubscription({ tenantId: 'bench', objectId: `user-${n}` }, { domain: 'mail', resource: 'me/messages' }),
        id: subscriber.subscriptionId,
        keyHash: secretHash(subscriber.key),
        stateHash: secretHash(subscriber.clientState),
        connections: [subscriber.connectionId],
      };
      await app.subscriptions.write(row, null);
      await app.lookups.add(lookupKinds.id, subscriber.subscriptionId, rowName(row));
      await app.lookups.add(lookupKinds.key, row.keyHash, rowName(row));
      return subscriber;
    },
  );
}

/** One notification as Graph words it. */
export const notificationOf = ({ subscriptionId, clientState }: Subscriber, itemId: string): string =>
  JSON.stringify({
    value: [
      {
        ...{ subscriptionId, clientState, changeType: 'created', tenantId: 'bench' },
        subscriptionExpirationDateTime: '2030-01-01T00:00:00Z',
        resource: `Users/bench/Messages/${itemId}`,
        resourceData: {
          '@odata.type': '#Microsoft.Graph.Message',
          '@odata.id': `Users/bench/Messages/${itemId}`,
          id: itemId,
        },
      },
    ],
  });
