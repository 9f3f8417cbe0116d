import type { Mailbox, Subscription } from '../../engine/connection.ts';
import { plus } from '../../lib/clock.ts';
import { hash } from '../../lib/hash.ts';

/** A key in a notification URL and the clientState beside it, as hashes: what an incoming notification is checked by. */
export interface Pair {
  readonly id: string | null;
  readonly keyHash: string;
  readonly stateHash: string;
}

/** Whether an id names a subscription: GUIDs are the same in capitals. */
export const isSameId = (id: string | null, other: string): boolean => id?.toLowerCase() === other.toLowerCase();

/** Late notifications are retried for 4 h; a forgotten subscription lives as long as the longest life. */
const REMEMBER_MS = (10_080 + 240) * 60_000;
const MOST_REMEMBERED = 8;

/** What is stored of a key or a clientState. */
export const secretHash = (text: string): string => hash(['subscription', text]);

/** Under which lookups find a subscription's row. */
export const lookupKinds = { id: 'subscription-id', key: 'subscription-key' } as const;

/** A subscription row's name in lookups. */
export const rowName = (row: Mailbox & { readonly resource: string }): string =>
  `${row.tenantId}/${row.objectId}/${row.resource}`;

/** The row that a lookup names; null where the name is none of ours. */
export function parseRowName(name: string): { readonly mailbox: Mailbox; readonly resource: string } | null {
  const [tenantId, objectId, ...resource] = name.split('/');
  if (tenantId === undefined || objectId === undefined || resource.length === 0) return null;
  return { mailbox: { tenantId, objectId }, resource: resource.join('/') };
}

/** The row of a mailbox and resource before anything was asked of Graph. */
export const newSubscription = (
  mailbox: Mailbox,
  watched: { readonly domain: string; readonly resource: string },
): Subscription => ({
  tenantId: mailbox.tenantId,
  objectId: mailbox.objectId,
  domain: watched.domain,
  resource: watched.resource,
  id: null,
  keyHash: null,
  stateHash: null,
  connections: [],
  createdAt: null,
  expiresAt: null,
  renewAt: null,
  lastNotificationAt: null,
  replaced: [],
  failures: 0,
  trouble: null,
  nextProbeAt: null,
  distrusted: false,
});

/** All pairs that notifications are taken for, the current one first. */
export function pairsOf(row: Subscription): readonly Pair[] {
  const earlier = row.replaced.map((pair) => ({ ...pair, id: pair.id === '' ? null : pair.id }));
  if (row.keyHash === null || row.stateHash === null) return earlier;
  return [{ id: row.id, keyHash: row.keyHash, stateHash: row.stateHash }, ...earlier];
}

/**
 * The row with its current pair put aside and no live subscription. A pair whose creation is not known to have failed is
 * remembered too (without id): Graph may hold a subscription of that key, and it is met again by a 409.
 */
export function withoutLive(row: Subscription, now: Date): Subscription {
  const kept = row.replaced.filter((pair) => pair.until > now.toISOString());
  const current =
    row.keyHash === null || row.stateHash === null
      ? []
      : [
          {
            id: row.id ?? '',
            keyHash: row.keyHash,
            stateHash: row.stateHash,
            until: plus(now, REMEMBER_MS).toISOString(),
          },
        ];
  const replaced = [...kept.filter((pair) => pair.keyHash !== row.keyHash), ...current].slice(-MOST_REMEMBERED);
  return { ...row, id: null, keyHash: null, stateHash: null, expiresAt: null, renewAt: null, replaced };
}

/** The row with this pair, which has to be known to it, as the live one. */
export function withLive(
  row: Subscription,
  live: { readonly id: string; readonly keyHash: string; readonly stateHash: string },
  facts: { readonly now: Date; readonly expiresAt: string; readonly renewAt: string; readonly sentTo: string },
): Subscription {
  const base = row.keyHash === live.keyHash ? row : withoutLive(row, facts.now);
  return {
    ...base,
    id: live.id,
    keyHash: live.keyHash,
    stateHash: live.stateHash,
    createdAt: facts.now.toISOString(),
    expiresAt: facts.expiresAt,
    renewAt: facts.renewAt,
    sentTo: facts.sentTo,
    replaced: base.replaced.filter((pair) => pair.keyHash !== live.keyHash),
    failures: 0,
    trouble: null,
    nextProbeAt: null,
  };
}
