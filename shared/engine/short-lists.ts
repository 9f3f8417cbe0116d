import type { PlanContext } from './domain.ts';
import type { IndexEntry, Scope } from './model.ts';
import type { IndexPage, PartitionStore } from './ports.ts';

/** Reads a short list (folders, calendars), all of it, by the letter that its orders begin with. */
export type ShortLists = PlanContext['entries'];

/** Entries that are asked for at once. */
const ENTRIES = 500;

/** The short lists of a partition as they stand in storage: for whoever does not hold its lease. */
export const storedLists =
  (store: Pick<PartitionStore, 'list'>, scope: Scope): ShortLists =>
  async (letter) => {
    const all: IndexEntry[] = [];
    const range = { from: `${letter}:`, to: `${letter};`, where: {}, limit: ENTRIES };
    for (let after: string | null = null; ;) {
      const page: IndexPage = await store.list(scope, { ...range, after });
      all.push(...page.entries);
      if (page.next === null) return all;
      after = page.next;
    }
  };
