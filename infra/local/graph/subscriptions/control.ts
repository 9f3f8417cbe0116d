import { z } from 'zod';
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
    const { event } = readBody(req, lifecycleBody);
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
    const { count } = readBody(req, replayBody);
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

/** An empty body is `{}`. */
function readBody<T>(req: Req, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(req.body.length === 0 ? '{}' : req.body.toString('utf8'));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new ControlError(400, 'the body is not JSON');
    throw cause;
  }
  const read = schema.safeParse(json);
  if (!read.success) throw new ControlError(400, z.prettifyError(read.error));
  return read.data;
}
