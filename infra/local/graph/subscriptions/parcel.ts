import type { Random } from '../random.ts';
import type { Item } from './items.ts';
import type { Subscription } from './subscription.ts';

/** One item on its way. */
export interface Parcel {
  readonly subscription: Subscription;
  readonly item: Item;
  /** When the change happened: nothing is tried longer than four hours. */
  readonly sinceMs: number;
  readonly readyMs: number;
  readonly lifecycle?: string;
}

export function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
