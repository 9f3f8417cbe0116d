import { z } from 'zod';
import type { SlotLease } from '../engine/directory-ports.ts';
import type { Source } from '../engine/ports.ts';
import type { RemoteSubscription, RemoteSubscriptions } from '../engine/remote-ports.ts';
import { GoneError, TransientError } from '../errors.ts';

const subscriptionSchema = z
  .object({
    id: z.string().min(1),
    resource: z.string(),
    changeType: z.string(),
    notificationUrl: z.string().nullish(),
    expirationDateTime: z.string(),
  })
  .transform((raw): RemoteSubscription => ({
    id: raw.id,
    resource: raw.resource,
    changeType: raw.changeType,
    notificationUrl: raw.notificationUrl ?? null,
    expiresAt: raw.expirationDateTime,
  }));

/** Calls on `/subscriptions` are counted by application and tenant: they take no slot and rest no mailbox. */
export const noSlot: SlotLease = {
  assertHeld: () => undefined,
  restUntil: () => Promise.resolve(),
  release: () => Promise.resolve(),
};

/** Subscriptions over a source of the connection. The kind of ids is that of the creation: immutable ones, as everywhere. */
export function subscriptionsOver(source: Source): RemoteSubscriptions {
  const pathOf = (id: string): string => `/subscriptions/${encodeURIComponent(id)}`;
  return {
    async create({ resource, changeType, notificationUrl, lifecycleUrl, clientState, expiresAt }) {
      const body = {
        resource,
        changeType,
        notificationUrl,
        lifecycleNotificationUrl: lifecycleUrl,
        clientState,
        expirationDateTime: expiresAt.toISOString(),
        latestSupportedTlsVersion: 'v1_2',
      };
      return read(await source.write({ method: 'POST', path: '/subscriptions', body }));
    },

    async renew(id, expiresAt) {
      const body = { expirationDateTime: expiresAt.toISOString() };
      return read(await source.write({ method: 'PATCH', path: pathOf(id), body }));
    },

    async remove(id) {
      try {
        await source.write({ method: 'DELETE', path: pathOf(id) });
      } catch (error) {
        if (!(error instanceof GoneError)) throw error;
      }
    },

    async *list() {
      for await (const page of source.list('/subscriptions')) yield page.map(read);
    },
  };
}

function read(raw: unknown): RemoteSubscription {
  const subscription = subscriptionSchema.safeParse(raw);
  if (subscription.success) return subscription.data;
  // The call may have worked: the caller learns what stands by listing.
  throw new TransientError('A subscription of unknown shape');
}
