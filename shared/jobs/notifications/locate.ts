import type { Subscription } from '../../engine/connection.ts';
import { sameText } from '../../lib/hash.ts';
import type { JobPorts } from '../ports.ts';
import { lookupKinds, pairsOf, parseRowName, secretHash, type Pair } from '../subscriptions/pairs.ts';

/** What an item of a notification says about where it comes from. */
export interface Origin {
  readonly subscriptionId: string;
  readonly clientState?: string | null | undefined;
}

/** A subscription that an item was proved to come from; `current` = the one that is live, not one before it. */
export interface Located {
  readonly row: Subscription;
  readonly current: boolean;
}

export type Verdict = Located | 'unknown' | 'wrong-state';

/**
 * Subscriptions that are searched for in one request without a key of ours in its URL. Graph always sends the key; whoever
 * does not have it must not turn one request into thousands of reads.
 */
const MOST_WITHOUT_KEY = 20;

type LocatePorts = Pick<JobPorts, 'lookups' | 'subscriptions'>;

/**
 * Finds rows by subscription id, or by the key of the notification URL where the id is not known yet: the first notification
 * can be here before the answer to the creation. One reading of each row for all items of a request; beyond the first few
 * subscriptions only with a key of ours.
 */
export function locator(ports: LocatePorts, key: string | null): (origin: Origin) => Promise<Verdict> {
  const keyHash = key === null ? null : secretHash(key);
  const rows = new Map<string, Promise<Subscription[]>>();
  const rowsBy = (kind: string, value: string): Promise<Subscription[]> => {
    const name = `${kind}/${value}`;
    const known = rows.get(name) ?? readRows(ports, kind, value);
    rows.set(name, known);
    return known;
  };
  const isOurs = async (): Promise<boolean> =>
    keyHash !== null && match(await rowsBy(lookupKinds.key, keyHash), (pair) => pair.keyHash === keyHash) !== null;
  const ids = new Set<string>();
  return async (origin) => {
    ids.add(origin.subscriptionId);
    if (ids.size > MOST_WITHOUT_KEY && !(await isOurs())) return 'unknown';
    const byId = match(
      await rowsBy(lookupKinds.id, origin.subscriptionId),
      (pair) => pair.id === origin.subscriptionId,
    );
    if (byId !== null) return judge(byId, origin);
    if (keyHash === null) return 'unknown';
    const byKey = match(
      await rowsBy(lookupKinds.key, keyHash),
      (pair) => pair.keyHash === keyHash && (pair.id === null || pair.id === origin.subscriptionId),
    );
    return byKey === null ? 'unknown' : judge(byKey, origin);
  };
}

async function readRows(ports: LocatePorts, kind: string, value: string): Promise<Subscription[]> {
  const found: Subscription[] = [];
  for (const text of await ports.lookups.find(kind, value)) {
    const name = parseRowName(text);
    const row = name === null ? null : await ports.subscriptions.read(name.mailbox, name.resource);
    if (row !== null) found.push(row.subscription);
  }
  return found;
}

interface Match {
  readonly row: Subscription;
  readonly pair: Pair;
}

function match(rows: readonly Subscription[], fits: (pair: Pair) => boolean): Match | null {
  for (const row of rows) {
    const pair = pairsOf(row).find(fits);
    if (pair !== undefined) return { row, pair };
  }
  return null;
}

/** Compared in constant time, and as hashes: what is stored would not help who reads it. */
function judge(found: Match, origin: Origin): Verdict {
  const given = typeof origin.clientState === 'string' ? origin.clientState : '';
  if (!sameText(secretHash(given), found.pair.stateHash)) return 'wrong-state';
  return { row: found.row, current: found.pair.keyHash === found.row.keyHash };
}
