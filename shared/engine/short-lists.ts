import type { PlanContext } from './domain.ts';
import type { IndexEntry, Scope } from './model.ts';
import type { IndexPage, IndexQuery, PartitionStore } from './ports.ts';

/** Reads a short list (folders, calendars), all of it, by the letter that its orders begin with. */
export type ShortLists = PlanContext['entries'];

/** Entries that are asked for at once. */
const ENTRIES = 500;

/** All entries that a query of lists asks for, page by page. */
export async function allEntries(
  store: Pick<PartitionStore, 'list'>,
  scope: Scope,
  query: Omit<IndexQuery, 'limit' | 'after'>,
): Promise<IndexEntry[]> {
  const all: IndexEntry[] = [];
  for (let after: string | null = null; ;) {
    const page: IndexPage = await store.list(scope, { ...query, limit: ENTRIES, after });
    all.push(...page.entries);
    if (page.next === null) return all;
    after = page.next;
  }
}

/** The short lists of a partition as they stand in storage: for whoever does not hold its lease. */
export const storedLists =
  (store: Pick<PartitionStore, 'list'>, scope: Scope): ShortLists =>
  (letter) =>
    allEntries(store, scope, { from: `${letter}:`, to: `${letter};`, where: {} });
