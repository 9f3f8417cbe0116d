import type { IdKind } from '../ids.ts';
import type { LogEntry } from '../model.ts';

/** Entries of one page that concern one item. */
export interface Touched {
  num: number;
  slot: number;
  entries: LogEntry[];
}

/**
 * The items that a folder's log names from `at` on, `size` of them at most, in the order in which they are first named, and
 * the place where the page ended. With default ids each stay in the folder is an item of its own; an immutable id names
 * them all.
 */
export function logPage(
  log: readonly LogEntry[],
  from: { at: number; size: number; idKind: IdKind },
): { touched: Touched[]; at: number } {
  const touched = new Map<number, Touched>();
  let { at } = from;
  for (; at < log.length; at += 1) {
    const entry = log[at];
    if (entry === undefined) break;
    const key = from.idKind === 'immutable' ? entry.num : entry.slot;
    const known = touched.get(key);
    if (known === undefined && touched.size === from.size) break;
    if (known === undefined) touched.set(key, { num: entry.num, slot: entry.slot, entries: [entry] });
    else known.entries.push(entry);
  }
  return { touched: [...touched.values()], at };
}
