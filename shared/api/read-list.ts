import type { Scope } from '../engine/model.ts';
import type { IndexQuery } from '../engine/ports.ts';
import type { Fields } from '../lib/json.ts';
import type { ApiPorts } from './ports.ts';

/** A list of the index: its range, what the server filters by, and what is left to us. */
export interface ListPlan {
  readonly query: Pick<IndexQuery, 'from' | 'to' | 'where'>;
  readonly keep: (item: Fields) => boolean;
}

/** Store pages read for one answer where a filter leaves little of each: the answer may be short then, and goes on. */
const MOST_PAGES = 10;

/** Items of a list from the index alone: each row holds its item whole. */
export async function readList(
  ports: Pick<ApiPorts, 'store'>,
  scope: Scope,
  plan: ListPlan,
  page: { readonly limit: number; readonly after: string | null },
): Promise<{ items: Fields[]; next: string | null }> {
  const items: Fields[] = [];
  let after = page.after;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const read = await ports.store.list(scope, { ...plan.query, limit: page.limit - items.length, after });
    items.push(...read.entries.map((entry) => entry.item).filter(plan.keep));
    after = read.next;
    // A page that came without any entry was a search of several already: it goes on in the next request.
    if (after === null || items.length === page.limit || read.entries.length === 0) break;
  }
  return { items, next: after };
}

/** Whether a list holds this one; only for lists that are short (folders). */
export async function listHas(ports: Pick<ApiPorts, 'store'>, scope: Scope, plan: ListPlan): Promise<boolean> {
  let after: string | null = null;
  do {
    const read = await readList(ports, scope, plan, { limit: 200, after });
    if (read.items.length > 0) return true;
    after = read.next;
  } while (after !== null);
  return false;
}
