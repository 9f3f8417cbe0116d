import type { VersionedSubscription } from '../../engine/connection.ts';
import type { Scope } from '../../engine/model.ts';
import { mapLimit } from '../../lib/map-limit.ts';
import type { JobPorts } from '../ports.ts';
import { isSameId, pairsOf } from '../subscriptions/pairs.ts';
import { KnownSubscriptions } from './known-subscriptions.ts';
import { isProved, locator, type Located, type Origin } from './locate.ts';
import { touchSubscription } from './touch.ts';
import { WakeUps, type WakeUp } from './wake-ups.ts';

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

/** What a worker keeps between requests. Losing it costs calls, nothing else. */
export interface NotificationMemory {
  readonly known: KnownSubscriptions;
  readonly wakeUps: WakeUps;
}
export const newMemory = (): NotificationMemory => ({ known: new KnownSubscriptions(), wakeUps: new WakeUps() });

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
  memory: NotificationMemory = newMemory(),
): Promise<Taken> {
  const opened = new OpenedWakeUps(ports, memory.wakeUps);
  try {
    for (const scope of expectedScopes(items, memory.known)) opened.open(scope);
    const locate = locator(ports, key, memory.known);
    const counts = { accepted: 0, unknown: 0, wrongState: 0 };
    const found = new Found();
    for (const item of items) {
      const verdict = await locate(item);
      if (verdict === 'unknown') counts.unknown++;
      else if (verdict === 'wrong-state') counts.wrongState++;
      else {
        counts.accepted++;
        found.note(verdict, item.itemId);
      }
    }
    const touching = mapLimit([...found.touched.values()], AT_ONCE, (row) => touch(ports, row, memory.known));
    await mapLimit([...found.wakes.values()], AT_ONCE, (wake) =>
      opened.send(wake.scope, wake.all ? null : [...wake.ids]),
    ).finally(() => touching);
    return counts;
  } finally {
    await opened.leaveRest();
  }
}

async function touch(ports: JobPorts, seen: VersionedSubscription, known: KnownSubscriptions): Promise<void> {
  const row = await touchSubscription(ports, seen);
  if (row !== null && row.subscription.id !== null) known.put(row.subscription.id, row);
}

/** Who will be woken if all is as it last was: their due rows are written while the subscription is read. */
function expectedScopes(items: readonly Notification[], known: KnownSubscriptions): Scope[] {
  const scopes = new Map<string, Scope>();
  for (const item of items) {
    const row = known.get(item.subscriptionId)?.subscription ?? null;
    const pair = row === null ? undefined : pairsOf(row).find(({ id }) => isSameId(id, item.subscriptionId));
    if (row === null || pair === undefined || !isProved(pair, item)) continue;
    for (const connectionId of row.connections)
      scopes.set(nameOf({ connectionId, domain: row.domain }), { connectionId, domain: row.domain });
  }
  return [...scopes.values()];
}

const nameOf = ({ connectionId, domain }: Scope): string => `${connectionId}/${domain}`;

/** The wake-ups that a request has its share in. */
class OpenedWakeUps {
  readonly #ports: JobPorts;
  readonly #wakeUps: WakeUps;
  readonly #mine = new Map<string, WakeUp>();

  constructor(ports: JobPorts, wakeUps: WakeUps) {
    this.#ports = ports;
    this.#wakeUps = wakeUps;
  }

  open(scope: Scope): void {
    this.#mine.set(nameOf(scope), this.#wakeUps.open(this.#ports, scope));
  }

  async send(scope: Scope, ids: readonly string[] | null): Promise<void> {
    const mine = this.#mine.get(nameOf(scope));
    this.#mine.delete(nameOf(scope));
    if ((await mine?.send(ids)) === true) return;
    // A new one is raised no earlier than in the next turn of the event loop: it is not too late for it.
    await this.#wakeUps.open(this.#ports, scope).send(ids);
  }

  async leaveRest(): Promise<void> {
    await mapLimit([...this.#mine.values()], AT_ONCE, (wakeUp) => wakeUp.leave());
  }
}

/** What the items of a request come to. */
class Found {
  readonly wakes = new Map<string, { readonly scope: Scope; readonly ids: Set<string>; all: boolean }>();
  readonly touched = new Map<string, VersionedSubscription>();

  note({ row, version, current }: Located, itemId: string | null): void {
    for (const connectionId of row.connections) {
      const scope = { connectionId, domain: row.domain };
      const wake = this.wakes.get(nameOf(scope)) ?? { scope, ids: new Set(), all: false };
      if (itemId === null) wake.all = true;
      else wake.ids.add(itemId);
      this.wakes.set(nameOf(scope), wake);
    }
    // A late notification of an earlier subscription says nothing about the one that is live now.
    if (current) this.touched.set(`${row.objectId}/${row.resource}`, { subscription: row, version });
  }
}
