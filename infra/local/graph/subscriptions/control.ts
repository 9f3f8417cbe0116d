import { z } from 'zod';
import { readJson } from '../control/input.ts';
import { ControlError, type Req, type Routes } from '../http.ts';
import type { Delivery } from './delivery.ts';
import type { Notifier } from './notifier.ts';
import type { SubscriptionStore } from './store.ts';
import { viewOf, type Subscription } from './subscription.ts';

const lifecycleBody = z.strictObject({ event: z.enum(['reauthorizationRequired', 'subscriptionRemoved', 'missed']) });
const replayBody = z.strictObject({ count: z.number().int().min(1).max(50).default(1) });

/** The control routes of subscriptions and notifications. What they do is done silently but where they say so. */
export function mountSubscriptionControl(
  routes: Routes,
  parts: { store: SubscriptionStore; notifier: Notifier; delivery: Delivery },
): void {
  const { store, notifier, delivery } = parts;
  const one = (req: Req): Subscription => {
    const found = store.get(req.params['id'] ?? '');
    if (found === undefined) throw new ControlError(404, 'no such subscription');
    return found;
  };
  const drop = (subscription: Subscription): void => {
    store.remove(subscription.id);
    notifier.forget(subscription.id);
  };
  routes.on('GET', '/control/subscriptions', () => ({ status: 200, body: store.all().map(truth) }));
  routes.on('GET', '/control/notifications', () => ({ status: 200, body: delivery.log.lines }));
  routes.on('POST', '/control/subscriptions/{id}/lifecycle', (req) => {
    const { event } = readJson(req, lifecycleBody);
    const subscription = one(req);
    // The subscription is gone before its removal is told.
    if (event === 'subscriptionRemoved') drop(subscription);
    return { status: 200, body: { sent: notifier.lifecycle(subscription, event) } };
  });
  routes.on('POST', '/control/subscriptions/{id}/expire', (req) => {
    drop(one(req));
    return { status: 204 };
  });
  routes.on('DELETE', '/control/subscriptions/{id}', (req) => {
    drop(one(req));
    return { status: 204 };
  });
  routes.on('POST', '/control/subscriptions/{id}/replay', (req) => {
    const { count } = readJson(req, replayBody);
    return { status: 200, body: { sent: notifier.replay(one(req), count) } };
  });
}

function truth(subscription: Subscription): Record<string, unknown> {
  const { target, idKind, authorizedUntilMs } = subscription;
  const authorizedUntil = Number.isFinite(authorizedUntilMs) ? new Date(authorizedUntilMs).toISOString() : null;
  return {
    ...viewOf(subscription, true),
    userId: target.userId,
    folder: target.folder ?? null,
    idKind,
    authorizedUntil,
  };
}
