import type { MailboxChange } from '../model.ts';
import type { Random } from '../random.ts';
import type { Tenant } from '../tenant.ts';
import type { Delivery } from './delivery.ts';
import { concerns, envelope, itemsOf } from './items.ts';
import type { Parcel } from './parcel.ts';
import type { Schedule } from './schedule.ts';
import type { SubscriptionStore } from './store.ts';
import type { Subscription } from './subscription.ts';

export type LifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';

const MINUTE_MS = 60_000;
const REMIND_EVERY_MS = 15 * MINUTE_MS;
const LAST_HOUR_MS = 60 * MINUTE_MS;
const REPLAYABLE = 50;
/** With `reorder` items are held for up to this long, so that later ones overtake them. */
const OVERTAKE_MS = 150;

/** Turns changes into notifications, and time into lifecycle events. */
export class Notifier {
  private readonly parts: {
    tenant: Tenant;
    store: SubscriptionStore;
    delivery: Delivery;
    schedule: Schedule;
    random: Random;
  };
  private readonly last = new Map<string, Parcel[]>();
  private readonly reminders = new Map<string, () => void>();

  constructor(parts: {
    tenant: Tenant;
    store: SubscriptionStore;
    delivery: Delivery;
    schedule: Schedule;
    random: Random;
  }) {
    this.parts = parts;
  }

  /** Tells every subscription that the change concerns, by the settings of the moment. */
  onChange(change: MailboxChange): void {
    const { tenant, store, delivery, random } = this.parts;
    const { delayMs, lose, reorder } = tenant.settings.notifications;
    for (const subscription of store.all()) {
      if (!concerns(subscription, change)) continue;
      const now = tenant.clock.ms();
      const parcels = itemsOf(subscription, change, { tenantId: tenant.id, random }).map((item): Parcel => {
        const readyMs = now + delayMs + (reorder ? random.int(OVERTAKE_MS) : 0);
        return { subscription, item, sinceMs: now, readyMs };
      });
      const lost = parcels.filter(() => random.next() < lose);
      const url = subscription.notificationUrl;
      delivery.note(lost, { url, status: null, attempt: 0, outcome: 'lost' });
      const sent = parcels.filter((parcel) => !lost.includes(parcel));
      this.last.set(subscription.id, [...(this.last.get(subscription.id) ?? []), ...sent].slice(-REPLAYABLE));
      delivery.add(url, sent);
    }
  }

  /** Sends the last notifications of a subscription again, unchanged. Returns how many there were. */
  replay(subscription: Subscription, count: number): number {
    const now = this.parts.tenant.clock.ms();
    const again = (this.last.get(subscription.id) ?? []).slice(-count);
    this.parts.delivery.add(
      subscription.notificationUrl,
      again.map((parcel) => ({ ...parcel, sinceMs: now, readyMs: now })),
    );
    return again.length;
  }

  /** Sends a lifecycle event; false where the subscription has no address for it. */
  lifecycle(subscription: Subscription, event: LifecycleEvent): boolean {
    const url = subscription.lifecycleNotificationUrl;
    if (url === undefined) return false;
    const now = this.parts.tenant.clock.ms();
    const item = { ...envelope(subscription, this.parts.tenant.id), lifecycleEvent: event };
    this.parts.delivery.add(url, [{ subscription, item, sinceMs: now, readyMs: now, lifecycle: event }]);
    return true;
  }

  /**
   * Plans `reauthorizationRequired`: in the last hour of the subscription and from a quarter of an hour before its
   * token ends, every 15 minutes until it is renewed. To be called after each creation, renewal and reauthorization.
   */
  remind(subscription: Subscription): void {
    this.forget(subscription.id);
    if (subscription.lifecycleNotificationUrl === undefined) return;
    const now = this.parts.tenant.clock.ms();
    const beforeExpiry = Math.max(subscription.expiresMs - LAST_HOUR_MS, now + REMIND_EVERY_MS);
    const left = subscription.authorizedUntilMs - now;
    const beforeTokenEnd = now + (left > 2 * REMIND_EVERY_MS ? left - REMIND_EVERY_MS : left / 2);
    this.remindAt(subscription.id, Math.min(beforeExpiry, beforeTokenEnd));
  }

  forget(id: string): void {
    this.reminders.get(id)?.();
    this.reminders.delete(id);
  }

  private remindAt(id: string, dueMs: number): void {
    const cancel = this.parts.schedule.at(dueMs, () => {
      const subscription = this.parts.store.get(id);
      if (subscription === undefined) return;
      this.lifecycle(subscription, 'reauthorizationRequired');
      this.remindAt(id, this.parts.tenant.clock.ms() + REMIND_EVERY_MS);
    });
    this.reminders.set(id, cancel);
  }
}
