import { z } from 'zod';
import type { Log } from '../../lib/log.ts';
import { readBody } from './read-body.ts';

/** Where an item comes from; members that are not known are let through, and values are hints (graph-facts 4.3, 4.5). */
const origin = { subscriptionId: z.string().min(1).max(200), clientState: z.string().nullish() };

/** More than a body within the limit can hold of whole items of Graph's. */
const MOST_ITEMS = 5_000;
/** Counted before any is looked at: what is wrong with each of a hundred thousand is of no use to anybody. */
const itemsOf = <T extends z.ZodType>(item: T) =>
  z.looseObject({ value: z.array(z.unknown()).max(MOST_ITEMS).pipe(z.array(item)) });

const notifications = itemsOf(
  z
    .looseObject({ ...origin, resourceData: z.looseObject({ id: z.string().optional() }).nullish() })
    .transform((item) => ({
      subscriptionId: item.subscriptionId,
      clientState: item.clientState,
      itemId: item.resourceData?.id ?? null,
    })),
);

const lifecycle = itemsOf(
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
type Items<Schema extends z.ZodType<{ value: readonly unknown[] }>> = z.output<Schema>['value'];
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
  schema: z.ZodType<{ value: Item[] }>,
  take: (key: string | null, items: Item[]) => Promise<Receipt>,
): Receiver {
  return async (request, { log }) => {
    const { value } = await readBody(request, schema, 'notification of Graph');
    const { accepted, unknown, wrongState } = await take(keyOf(request.url), value);
    log.info(event, { items: value.length, accepted, unknown, 'wrong.state': wrongState });
    return new Response(null, { status: 202 });
  };
}

/** The key that tells our subscriptions apart; one that is no key of ours finds nothing. */
const keyOf = (url: string): string | null => new URL(url).searchParams.get('k');
