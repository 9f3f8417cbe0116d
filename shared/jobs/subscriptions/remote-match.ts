import type { Subscription } from '../../engine/connection.ts';
import type { RemoteSubscription, RemoteSubscriptions } from '../../engine/remote-ports.ts';
import { pairsOf, secretHash, type Pair } from './pairs.ts';

/** Where Graph is told to send to; the key in the query tells our subscriptions from all others. */
export const notificationUrls = (
  publicBaseUrl: string,
  key: string,
): { readonly notificationUrl: string; readonly lifecycleUrl: string } => {
  const base = `${publicBaseUrl}/api/webhooks/graph`;
  const query = `?k=${encodeURIComponent(key)}`;
  return { notificationUrl: `${base}${query}`, lifecycleUrl: `${base}/lifecycle${query}` };
};

/** Paths as Graph may spell them: with or without a slash, by `me`, `users/{id}` or `users('{id}')`. */
function plainResource(resource: string, objectId: string): string {
  const text = resource.toLowerCase().replace(/^\//, '');
  const id = objectId.toLowerCase();
  return text.replace(`users('${id}')`, 'me').replace(`users/${id}`, 'me');
}

const kinds = (changeType: string): string => changeType.toLowerCase().split(',').toSorted().join(',');

/** Graph's own subscriptions for the row's resource and these kinds of change, and the one that a 409 named. */
export async function listedFor(
  row: Subscription,
  wantedFor: { readonly changeType: string; readonly existingId: string | null },
  remote: RemoteSubscriptions,
): Promise<RemoteSubscription[]> {
  const found: RemoteSubscription[] = [];
  const wanted = plainResource(row.resource, row.objectId);
  for await (const page of remote.list()) {
    for (const one of page) {
      const same = plainResource(one.resource, row.objectId) === wanted;
      const asked = same && kinds(one.changeType) === kinds(wantedFor.changeType);
      if (asked || one.id.toLowerCase() === wantedFor.existingId) found.push(one);
    }
  }
  return found;
}

/**
 * The pair of a listed subscription, if it is one of ours: its notification URL is where we are reached now, and its key is
 * one whose hash the row knows. The clientState is never listed, so without a known key it could not be checked.
 */
export function pairOfListed(row: Subscription, listed: RemoteSubscription, publicBaseUrl: string): Pair | null {
  if (listed.notificationUrl === null || !URL.canParse(listed.notificationUrl)) return null;
  const key = new URL(listed.notificationUrl).searchParams.get('k');
  if (key === null || notificationUrls(publicBaseUrl, key).notificationUrl !== listed.notificationUrl) return null;
  const keyHash = secretHash(key);
  return pairsOf(row).find((pair) => pair.keyHash === keyHash) ?? null;
}
