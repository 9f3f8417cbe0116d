import type { Subscription, VersionedSubscription } from '../../engine/connection.ts';
import { sameText } from '../../lib/hash.ts';
import type { JobPorts } from '../ports.ts';
import type { KnownSubscriptions } from './known-subscriptions.ts';
import { isSameId, lookupKinds, pairsOf, parseRowName, secretHash, type Pair } from '../subscriptions/pairs.ts';
import { isTouchDue, touchUnread } from './touch.ts';

/** What an item of a notification says about where it comes from. */
export interface Origin {
  readonly subscriptionId: string;
  readonly clientState?: string | null | undefined;
}

/** A subscription that an item was proved to come from; `current` = the one that is live, not one before it. */
export interface Located {
  readonly row: Subscription;
  /** Of the row, as it was read. */
  readonly version: string;
  readonly current: boolean;
}

export type Verdict = Located | 'unknown' | 'wrong-state';

/**
 * Subscriptions that are searched for in one request without a key of ours in its URL. Graph always sends the key; whoever
 * does not have it must not turn one request into thousands of reads.
 */
const MOST_WITHOUT_KEY = 20;

type LocatePorts = Pick<JobPorts, 'lookups' | 'subscriptions' | 'clock' | 'random'>;

/**
 * Finds rows by subscription id, or by the key of the notification URL where the id is not known yet: the first notification
 * can be here before the answer to the creation. One reading of each row for all items of a request; beyond the first few
 * subscriptions only with a key of ours. Every row is read anew, or written over by its version, which tells as much; `known`
 * spares the look-up of where it stands.
 */
export function locator(
  ports: LocatePorts,
  key: string | null,
  known: KnownSubscriptions,
): (origin: Origin) => Promise<Verdict> {
  const keyHash = key === null ? null : secretHash(key);
  const rows = new Map<string, Promise<VersionedSubscription[]>>();
  const once = (name: string, read: () => Promise<VersionedSubscription[]>): Promise<VersionedSubscription[]> => {
    const begun = rows.get(name) ?? read();
    rows.set(name, begun);
    return begun;
  };
  const rowsBy = (kind: string, value: string): Promise<VersionedSubscription[]> =>
    once(`${kind}/${value}`, () => readRows(ports, kind, value));
  const rowsOf = (origin: Origin): Promise<VersionedSubscription[]> =>
    once(`known/${origin.subscriptionId}`, () =>
      readKnown(ports, known, origin, () => rowsBy(lookupKinds.id, origin.subscriptionId)),
    );
  const isOurs = async (): Promise<boolean> =>
    keyHash !== null && match(await rowsBy(lookupKinds.key, keyHash), (pair) => pair.keyHash === keyHash) !== null;
  const ids = new Set<string>();
  return async (origin) => {
    const { subscriptionId: id } = origin;
    ids.add(id);
    if (ids.size > MOST_WITHOUT_KEY && !(await isOurs())) return 'unknown';
    const byId = match(await rowsOf(origin), (pair) => isSameId(pair.id, id));
    if (byId !== null) return judge(byId, origin, known);
    if (keyHash === null) return 'unknown';
    const byKey = match(
      await rowsBy(lookupKinds.key, keyHash),
      (pair) => pair.keyHash === keyHash && (pair.id === null || isSameId(pair.id, id)),
    );
    return byKey === null ? 'unknown' : judge(byKey, origin, known);
  };
}

/** The row where it was found before; where it is no longer that subscription's, it is looked up. */
async function readKnown(
  ports: LocatePorts,
  known: KnownSubscriptions,
  origin: Origin,
  lookUp: () => Promise<VersionedSubscription[]>,
): Promise<VersionedSubscription[]> {
  const { subscriptionId: id } = origin;
  const hint = known.get(id);
  if (hint !== null) {
    const { subscription } = hint;
    const touched = isLive(subscription, origin) ? await touchKnown(ports, known, hint) : null;
    const row = touched ?? (await ports.subscriptions.read(subscription, subscription.resource));
    if (row !== null && match([row], (pair) => isSameId(pair.id, id)) !== null) return [row];
  }
  known.forget(id);
  return lookUp();
}

/** Whether an item is proved to come from the live subscription of a row. Nothing is written for anything else. */
const isLive = (row: Subscription, origin: Origin): boolean =>
  isSameId(row.id, origin.subscriptionId) && pairsOf(row).some((pair) => pair.id === row.id && isProved(pair, origin));

/** Records the notification in the row as it is known, where it is to be recorded; null = read it. */
async function touchKnown(
  ports: LocatePorts,
  known: KnownSubscriptions,
  hint: VersionedSubscription,
): Promise<VersionedSubscription | null> {
  const isDue = isTouchDue(hint.subscription, ports.clock.now());
  if (!isDue || !known.expectsToStand(ports.random.fraction())) return null;
  const touched = await touchUnread(ports, hint);
  known.noteStood(touched !== null);
  return touched;
}

async function readRows(ports: LocatePorts, kind: string, value: string): Promise<VersionedSubscription[]> {
  const found: VersionedSubscription[] = [];
  for (const text of await ports.lookups.find(kind, value)) {
    const name = parseRowName(text);
    const row = name === null ? null : await ports.subscriptions.read(name.mailbox, name.resource);
    if (row !== null) found.push(row);
  }
  return found;
}

interface Match {
  readonly row: VersionedSubscription;
  readonly pair: Pair;
}

function match(rows: readonly VersionedSubscription[], fits: (pair: Pair) => boolean): Match | null {
  for (const row of rows) {
    const pair = pairsOf(row.subscription).find(fits);
    if (pair !== undefined) return { row, pair };
  }
  return null;
}

function judge({ row, pair }: Match, origin: Origin, known: KnownSubscriptions): Verdict {
  if (!isProved(pair, origin)) return 'wrong-state';
  const { subscription, version } = row;
  known.put(origin.subscriptionId, row);
  return { row: subscription, version, current: pair.keyHash === subscription.keyHash };
}

/** Compared in constant time, and as hashes: what is stored would not help who reads it. */
export function isProved(pair: Pair, { clientState }: Origin): boolean {
  return sameText(secretHash(typeof clientState === 'string' ? clientState : ''), pair.stateHash);
}
