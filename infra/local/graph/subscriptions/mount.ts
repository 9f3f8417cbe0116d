import { AccessTokens } from '../../entra/access-tokens.ts';
import type { Site } from '../http.ts';
import { mountSubscriptionControl } from './control.ts';
import { Delivery } from './delivery.ts';
import { Notifier } from './notifier.ts';
import { mountRoutes } from './routes.ts';
import { Schedule } from './schedule.ts';
import { SubscriptionStore } from './store.ts';

/**
 * Change notifications: `/subscriptions` with handshake and limits, delivery with retries, lifecycle events, and the
 * control routes for them. Everything stops when the server closes.
 */
export function mountSubscriptions(site: Site): void {
  const { tenant } = site;
  const schedule = new Schedule(tenant.clock);
  const store = new SubscriptionStore(tenant);
  const random = tenant.random.fork('notifications');
  const delivery = new Delivery({ tenant, store, schedule, random });
  const notifier = new Notifier({ tenant, store, delivery, schedule, random });
  const closing = new AbortController();
  // Read at each call: the sign-in may be mounted later than this.
  const tokenEnd = (token: string): number => {
    const { bearer } = tenant;
    return (bearer instanceof AccessTokens ? bearer.expiry(token) : undefined) ?? Number.POSITIVE_INFINITY;
  };
  mountRoutes({ site, store, notifier, closing: closing.signal, tokenEnd });
  mountSubscriptionControl(site.control, { store, notifier, delivery });
  const stopListening = tenant.onChange((change) => {
    notifier.onChange(change);
  });
  site.onClose(async () => {
    stopListening();
    closing.abort();
    schedule.stop();
    await delivery.close();
  });
}
