import { randomUUID } from 'node:crypto';
import type { GraphContext, Reply, Site } from '../http.ts';
import { listLink, readListToken } from '../links.ts';
import { handshake } from './handshake.ts';
import { grantedExpiry, readChange, readChangeTypes, readCreation } from './input.ts';
import type { Notifier } from './notifier.ts';
import { readTarget, subscribing } from './resource.ts';
import type { SubscriptionStore } from './store.ts';
import { viewOf, type Subscription } from './subscription.ts';

export interface SubscriptionParts {
  readonly site: Site;
  readonly store: SubscriptionStore;
  readonly notifier: Notifier;
  readonly closing: AbortSignal;
  /** When an access token ends, in ms since the epoch. */
  readonly tokenEnd: (token: string) => number;
}

const PAGE = 100;
const CONTEXT = '/v1.0/$metadata#subscriptions';

/** `/subscriptions`: any permission to read what can be subscribed to will do; creation asks for the resource's own. */
export function mountRoutes(parts: SubscriptionParts): void {
  const { graph } = parts.site;
  const read = subscribing;
  graph.on('POST', '/subscriptions', read, (context) => create(parts, context));
  graph.on('GET', '/subscriptions', read, (context) => list(parts, context));
  graph.on('GET', '/subscriptions/{id}', read, (context) => {
    const found = parts.store.own(context.req.params['id'] ?? '', context.caller);
    return { status: 200, body: entity(context, viewOf(found)) };
  });
  graph.on('PATCH', '/subscriptions/{id}', read, (context) => update(parts, context));
  graph.on('DELETE', '/subscriptions/{id}', read, (context) => {
    const found = parts.store.own(context.req.params['id'] ?? '', context.caller);
    parts.store.remove(found.id);
    parts.notifier.forget(found.id);
    return { status: 204 };
  });
  graph.on('POST', '/subscriptions/{id}/reauthorize', read, (context) => {
    const found = parts.store.own(context.req.params['id'] ?? '', context.caller);
    authorize(parts, context, found);
    return { status: 204 };
  });
}

/** The handshake of both addresses happens while the caller waits. */
async function create(parts: SubscriptionParts, context: GraphContext): Promise<Reply> {
  const { tenant, caller, req } = context;
  const input = readCreation(req.body);
  const changeTypes = readChangeTypes(input.changeType);
  const target = readTarget(input.resource, context);
  const wanted = { clientId: caller.app.clientId, target, changeTypes };
  const longest = tenant.settings.maxSubscriptionMinutes;
  grantedExpiry(input.expirationDateTime, tenant.clock.ms(), longest);
  parts.store.checkRoom(wanted);
  const urls = [input.notificationUrl, input.lifecycleNotificationUrl].filter((url) => typeof url === 'string');
  await Promise.all(urls.map((url) => handshake(url, tenant.settings.handshakeSeconds, parts.closing)));
  // Another call may have made the same one while the addresses were asked.
  parts.store.checkRoom(wanted);
  const subscription: Subscription = {
    ...wanted,
    id: randomUUID(),
    creator: caller.user?.id,
    resource: input.resource,
    changeType: input.changeType,
    notificationUrl: input.notificationUrl,
    lifecycleNotificationUrl: input.lifecycleNotificationUrl ?? undefined,
    clientState: input.clientState ?? undefined,
    latestSupportedTlsVersion: input.latestSupportedTlsVersion ?? 'v1_2',
    idKind: context.idKind,
    expiresMs: grantedExpiry(input.expirationDateTime, tenant.clock.ms(), longest),
    authorizedUntilMs: Number.POSITIVE_INFINITY,
  };
  parts.store.add(subscription);
  authorize(parts, context, subscription);
  return { status: 201, body: entity(context, viewOf(subscription, true)) };
}

async function update(parts: SubscriptionParts, context: GraphContext): Promise<Reply> {
  const { tenant, caller, req } = context;
  const found = parts.store.own(req.params['id'] ?? '', caller);
  const change = readChange(req.body);
  const longest = tenant.settings.maxSubscriptionMinutes;
  const expiresMs =
    change.expirationDateTime === undefined
      ? found.expiresMs
      : grantedExpiry(change.expirationDateTime, tenant.clock.ms(), longest);
  if (change.notificationUrl !== undefined && change.notificationUrl !== found.notificationUrl) {
    await handshake(change.notificationUrl, tenant.settings.handshakeSeconds, parts.closing);
    found.notificationUrl = change.notificationUrl;
  }
  // It may have been deleted, or have ended, during the handshake.
  parts.store.own(found.id, caller);
  found.expiresMs = expiresMs;
  authorize(parts, context, found);
  return { status: 200, body: entity(context, viewOf(found)) };
}

function list(parts: SubscriptionParts, { req, caller }: GraphContext): Reply {
  const all = parts.store.visibleTo(caller);
  const start = readListToken(req.query.get('$skiptoken') ?? '') ?? 0;
  const more = all.length > start + PAGE ? { '@odata.nextLink': listLink(req, start + PAGE) } : {};
  const value = all.slice(start, start + PAGE).map((one) => viewOf(one));
  return { status: 200, body: { '@odata.context': `${req.origin}${CONTEXT}`, value, ...more } };
}

/** The token of this call now stands behind the subscription; app-only ones need none. */
function authorize(parts: SubscriptionParts, { caller, req }: GraphContext, subscription: Subscription): void {
  const token = (req.headers['authorization'] ?? '').replace(/^Bearer\s+/i, '');
  const delegated = subscription.creator !== undefined && caller.user !== undefined;
  subscription.authorizedUntilMs = delegated ? parts.tokenEnd(token) : Number.POSITIVE_INFINITY;
  parts.notifier.remind(subscription);
}

function entity({ req }: GraphContext, view: Record<string, unknown>): Record<string, unknown> {
  return { '@odata.context': `${req.origin}${CONTEXT}/$entity`, ...view };
}
