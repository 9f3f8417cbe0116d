import type { Subscription } from '../../engine/connection.ts';
import type { Scope } from '../../engine/model.ts';
import { mapLimit } from '../../lib/map-limit.ts';
import type { JobPorts } from '../ports.ts';
import { wakeDomain } from '../wake-domain.ts';
import { locator, type Origin } from './locate.ts';
import { touchSubscription } from './touch.ts';

/** What of a change notification counts here: where it comes from, and the item that it names. */
export interface Notification extends Origin {
  readonly itemId: string | null;
}

/** How many items were taken, and how many dropped and why. */
export interface Taken {
  readonly accepted: number;
  readonly unknown: number;
  readonly wrongState: number;
}

const AT_ONCE = 8;

/**
 * Turns notifications into rounds: each (connection, domain) that they are for is woken once, by the ids that they name.
 * Items of an unknown subscription or with a wrong clientState are dropped. Throws StorageError when a round could not be
 * promised: the sender is to come again. Never calls Graph.
 */
export async function takeNotifications(
  ports: JobPorts,
  key: string | null,
  items: readonly Notification[],
): Promise<Taken> {
  const locate = locator(ports, key);
  const counts = { accepted: 0, unknown: 0, wrongState: 0 };
  const wakes = new Map<string, { readonly scope: Scope; readonly ids: Set<string>; all: boolean }>();
  const touched = new Map<string, Subscription>();
  for (const item of items) {
    const verdict = await locate(item);
    if (verdict === 'unknown') counts.unknown++;
    else if (verdict === 'wrong-state') counts.wrongState++;
    else {
      counts.accepted++;
      note(wakes, verdict.row, item.itemId);
      // A late notification of an earlier subscription says nothing about the one that is live now.
      if (verdict.current) touched.set(`${verdict.row.objectId}/${verdict.row.resource}`, verdict.row);
    }
  }
  await mapLimit([...wakes.values()], AT_ONCE, (wake) =>
    wakeDomain(ports, wake.scope, wake.all ? null : [...wake.ids], 'notification'),
  );
  await mapLimit([...touched.values()], AT_ONCE, (row) => touchSubscription(ports, row));
  return counts;
}

function note(
  wakes: Map<string, { readonly scope: Scope; readonly ids: Set<string>; all: boolean }>,
  row: Subscription,
  itemId: string | null,
): void {
  for (const connectionId of row.connections) {
    const name = `${connectionId}/${row.domain}`;
    const wake = wakes.get(name) ?? { scope: { connectionId, domain: row.domain }, ids: new Set(), all: false };
    if (itemId === null) wake.all = true;
    else wake.ids.add(itemId);
    wakes.set(name, wake);
  }
}
