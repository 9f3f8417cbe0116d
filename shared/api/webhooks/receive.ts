import { z } from 'zod';
import { ProblemError } from '../../errors.ts';
import { parseJson } from '../../lib/json.ts';
import type { Log } from '../../lib/log.ts';
import { BODY_LIMIT, readLimited } from '../../lib/read-limited.ts';

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
    const { value } = await readBody(request, schema);
    const { accepted, unknown, wrongState } = await take(keyOf(request.url), value);
    log.info(event, { items: value.length, accepted, unknown, 'wrong.state': wrongState });
    return new Response(null, { status: 202 });
  };
}

/** The key that tells our subscriptions apart; one that is no key of ours finds nothing. */
const keyOf = (url: string): string | null => new URL(url).searchParams.get('k');

/** Cut at the limit while reading; the text of a fault tells where it stands, never what stood there. */
async function readBody<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const bytes = await readLimited(request.body, BODY_LIMIT, request.headers.get('content-length'));
  if (bytes === null) throw new ProblemError(413, 'body_too_large', `A body may have ${BODY_LIMIT} bytes at most`);
  const parsed = parseJson(new TextDecoder().decode(bytes));
  if (parsed === undefined) throw new ProblemError(400, 'malformed', 'The body is no JSON');
  const result = schema.safeParse(parsed);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => ({
    path: ['body', ...issue.path].map(String).join('.'),
    message: issue.message,
  }));
  throw new ProblemError(400, 'malformed', 'The body is no notification of Graph', { faults });
}
