import type { Mailbox, Subscription, VersionedSubscription } from '../../engine/connection.ts';
import type { JobPorts } from '../ports.ts';
import { untilFirst } from '../until-first.ts';
import { lookupKinds, pairsOf, rowName } from './pairs.ts';

export type RowPorts = Pick<JobPorts, 'subscriptions' | 'lookups'>;

/** Which row is meant: one mailbox, one resource. */
export interface RowKey extends Mailbox {
  readonly resource: string;
}

/**
 * Compare and swap of one row, read anew each time another writer was first (`known` is how it was read already). `change`
 * answers null to leave the row as it is. Answers the row as it stands after, or null where there is none.
 */
export async function changeRow(
  ports: RowPorts,
  key: RowKey,
  change: (row: Subscription) => Subscription | null,
  known: VersionedSubscription | null = null,
): Promise<Subscription | null> {
  return untilFirst(async (isFirst) => {
    const found = isFirst && known !== null ? known : await ports.subscriptions.read(key, key.resource);
    if (found === null) return null;
    const changed = change(found.subscription);
    if (changed === null) return found.subscription;
    await ports.subscriptions.write(changed, found.version);
    await dropLookups(ports, found.subscription, changed);
    return changed;
  });
}

/** Takes away the look-ups of pairs that the row no longer knows; `after` null = of all. */
export async function dropLookups(ports: RowPorts, before: Subscription, after: Subscription | null): Promise<void> {
  const kept = after === null ? [] : pairsOf(after);
  const keys = new Set(kept.map((pair) => pair.keyHash));
  const ids = new Set(kept.map((pair) => pair.id));
  const name = rowName(before);
  for (const pair of pairsOf(before)) {
    if (!keys.has(pair.keyHash)) await ports.lookups.remove(lookupKinds.key, pair.keyHash, name);
    if (pair.id !== null && !ids.has(pair.id)) await ports.lookups.remove(lookupKinds.id, pair.id, name);
  }
}
