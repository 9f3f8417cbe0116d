import { randomUUID } from 'node:crypto';
import type { ItemResource, MailboxChange } from '../model.ts';
import type { Random } from '../random.ts';
import type { ChangeType, Subscription } from './subscription.ts';

export type Item = Readonly<Record<string, unknown>>;

const EXTRA_UPDATE = 0.25;
const UPDATE_FIRST = 0.2;
const OTHER_SPELLING = 0.25;

/** How notifications write the collection and the type. */
const SPELLINGS: Readonly<Record<ItemResource, readonly [collection: string, type: string]>> = {
  messages: ['Messages', 'Message'],
  contacts: ['Contacts', 'Contact'],
  events: ['Events', 'Event'],
};

export function concerns(subscription: Subscription, change: MailboxChange): boolean {
  const { userId, resource, folder } = subscription.target;
  if (change.userId !== userId || change.resource !== resource) return false;
  return folder === undefined || change.folderNames.includes(folder);
}

/**
 * What a change is told as. A new item is at times told as created and updated, in either order, as the live
 * service does; a change of a kind that was not subscribed to is not told.
 */
export function itemsOf(
  subscription: Subscription,
  change: MailboxChange,
  about: { tenantId: string; random: Random },
): Item[] {
  const kinds: ChangeType[] = [change.kind];
  if (change.kind === 'created' && about.random.next() < EXTRA_UPDATE) {
    if (about.random.next() < UPDATE_FIRST) kinds.unshift('updated');
    else kinds.push('updated');
  }
  return kinds
    .filter((kind) => subscription.changeTypes.has(kind))
    .map((kind) => itemOf(subscription, { change, kind }, about));
}

function itemOf(
  subscription: Subscription,
  { change, kind }: { change: MailboxChange; kind: ChangeType },
  { tenantId, random }: { tenantId: string; random: Random },
): Item {
  const id = subscription.idKind === 'immutable' ? change.immutableId : change.id;
  const odd = random.next() < OTHER_SPELLING;
  const [collection, type] = SPELLINGS[change.resource];
  const resource = odd
    ? `users('${change.userId}')/${change.resource}('${id}')`
    : `Users/${change.userId}/${collection}/${id}`;
  return {
    id: randomUUID(),
    ...envelope(subscription, tenantId),
    changeType: kind,
    resource,
    resourceData: {
      '@odata.type': odd ? `#microsoft.graph.${type.toLowerCase()}` : `#Microsoft.Graph.${type}`,
      '@odata.id': resource,
      '@odata.etag': `W/"${change.changeKey}"`,
      id,
    },
  };
}

/** What notifications and lifecycle events have in common. */
export function envelope(subscription: Subscription, tenantId: string): Item {
  return {
    subscriptionId: subscription.id,
    subscriptionExpirationDateTime: new Date(subscription.expiresMs).toISOString(),
    tenantId,
    ...(subscription.clientState === undefined ? {} : { clientState: subscription.clientState }),
  };
}
