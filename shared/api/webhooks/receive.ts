import { z } from 'zod';
import type { Log } from '../../lib/log.ts';
import { itemId } from './item-id.ts';
import { readBody } from './read-body.ts';

/** Where an item comes from; members that are not known are let through, and values are hints (graph-facts 4.3, 4.5). */
const origin = { subscriptionId: z.string().min(1).max(200), clientState: z.string().nullish() };

/** The item that is named; what can be no id names none, and stands for all. */
const named = z
  .looseObject({ id: itemId })
  .transform(({ id }) => id)
  .nullable()
  .catch(null);

/** More than a body within the limit can hold of whole items of Graph's. */
const MOST_ITEMS = 5_000;

/**
 * A batch, each item read by itself: one that is odd takes nothing from those beside it. No batch is what holds items and none
 * that can be read. Items are counted before any is looked at.
 */
const batchOf = <T>(item: z.ZodType<T>) =>
  z.looseObject({ value: z.array(z.unknown()).max(MOST_ITEMS) }).transform(({ value }, context) => {
    const items = value.map((one) => item.safeParse(one)).flatMap(({ data }) => (data === undefined ? [] : [data]));
    if (items.length === 0 && value.length > 0)
      context.addIssue({ code: 'custom', path: ['value'], message: 'has no item that can be read' });
    return { items, malformed: value.length - items.length };
  });

const notifications = batchOf(
  z.looseObject({ ...origin, resourceData: named }).transform((item) => ({
    subscriptionId: item.subscriptionId,
    clientState: item.clientState,
    itemId: item.resourceData,
  })),
);

const lifecycle = batchOf(
  z.looseObject({ ...origin, lifecycleEvent: z.string().min(1).max(100) }).transform((item) => ({
    subscriptionId: item.subscriptionId,
    clientState: item.clientState,
    event: item.lifecycleEvent,
  })),
);

/** How many items were taken, and how many dropped and why. */
export interface Receipt {
  readonly accepted: number;
  readonly unknown: number;
  readonly wrongState: number;
}
type Items<Schema extends z.ZodType<{ items: readonly unknown[] }>> = z.output<Schema>['items'];
type Receiver = (request: Request, bindings: { readonly log: Log }) => Promise<Response>;

/** Takes change notifications: 202 once `take` has promised the work, which throws StorageError (503) where it could not. */
export const notificationReceiver = (
  take: (key: string | null, items: Items<typeof notifications>) => Promise<Receipt>,
): Receiver => receiver('webhook.notifications', notifications, take);

/** Takes lifecycle notifications, likewise. */
export const lifecycleReceiver = (
  take: (key: string | null, items: Items<typeof lifecycle>) => Promise<Receipt>,
): Receiver => receiver('webhook.lifecycle', lifecycle, take);

function receiver<Item>(
  event: string,
  schema: z.ZodType<{ items: Item[]; malformed: number }>,
  take: (key: string | null, items: Item[]) => Promise<Receipt>,
): Receiver {
  return async (request, { log }) => {
    const { items, malformed } = await readBody(request, schema, 'notification of Graph');
    const { accepted, unknown, wrongState } = await take(keyOf(request.url), items);
    log.info(event, { items: items.length + malformed, malformed, accepted, unknown, 'wrong.state': wrongState });
    return new Response(null, { status: 202 });
  };
}

/** The key that tells our subscriptions apart; one that is no key of ours finds nothing. */
const keyOf = (url: string): string | null => new URL(url).searchParams.get('k');
