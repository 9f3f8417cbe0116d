import { sameJson, type Json } from '../lib/json.ts';

/** A field that holds a list whose entries are merged one by one (P10): addresses, numbers, categories. */
export interface SetField {
  /** What tells an entry from others: the same on both sides, however the entry is written. */
  keyOf(entry: Json): string;
  /**
   * Of two entries with one key that differ: the one that says what both say. Undefined = they contradict each other, as they
   * always do without this.
   */
  join?(theirs: Json, ours: Json): Json | undefined;
  /**
   * Whether what an entry says now and said before differs in nothing that anybody edits, but in what came of it (an answer): it is
   * no edit that would beat a removal. Without this all that differs is one.
   */
  isUnedited?(entry: Json, before: Json): boolean;
  /** Most entries that the remote keeps. */
  readonly limit?: number;
  /** Where the remote keeps so many of each sort: the sort of an entry. */
  sortOf?(entry: Json): string;
  /** The entries are texts, which both sides hold in ascending order. */
  readonly ascending?: true;
}

/** A list field that both sides have changed, merged entry by entry. */
export interface SetMerge {
  readonly result: readonly Json[];
  /** Entries that stand on neither side any more though nobody removed them: they lost against another, or found no room. */
  readonly lost: readonly Json[];
}

/** What the two sides held and hold; anything but a list counts as an empty one. */
interface Sides {
  readonly base: Json;
  readonly ours: Json;
  readonly theirs: Json;
}

type Entries = ReadonlyMap<string, Json>;

/** Entries by their keys; a second one with the same key keeps a place of its own. */
function entriesOf(value: Json, field: SetField): Entries {
  const entries = new Map<string, Json>();
  const list: readonly Json[] = Array.isArray(value) ? value : [];
  for (const entry of list) {
    const key = field.keyOf(entry);
    let name = `${key}\u0000`;
    for (let copy = 2; entries.has(name); copy++) name = `${key}\u0000${copy}`;
    entries.set(name, entry);
  }
  return entries;
}

/**
 * Theirs, less what we removed since the base, and what we added since (P10). An entry that both sides changed follows the
 * policy; an edit beats a removal where the policy gives it the say. Ours beyond the limit find no room.
 */
export function mergeSet(sides: Sides, field: SetField, policy: 'remote' | 'local'): SetMerge {
  const base = entriesOf(sides.base, field);
  const ours = entriesOf(sides.ours, field);
  const theirs = entriesOf(sides.theirs, field);
  const lost: Json[] = [];
  const result: Json[] = [];
  for (const [key, entry] of theirs) {
    const kept = keptOfTheirs({ entry, mine: ours.get(key), before: base.get(key) }, { field, policy }, lost);
    if (kept !== undefined) result.push(kept);
  }
  for (const [key, entry] of ours) {
    if (theirs.has(key)) continue;
    const before = base.get(key);
    // They removed it. Only where we had changed it meanwhile is anything lost.
    if (before !== undefined && sameJson(before, entry)) continue;
    const stays = before === undefined || policy === 'local';
    if (stays && hasRoom(result, entry, field)) result.push(entry);
    else lost.push(entry);
  }
  return { result: field.ascending === true ? result.toSorted() : result, lost };
}

/** Whether the remote keeps one more entry of that sort. */
function hasRoom(entries: readonly Json[], entry: Json, field: SetField): boolean {
  const sort = field.sortOf?.(entry);
  return entries.filter((each) => field.sortOf?.(each) === sort).length < (field.limit ?? Infinity);
}

/** What stands of an entry that they hold; undefined = nothing, we removed it. */
function keptOfTheirs(
  { entry, mine, before }: { readonly entry: Json; readonly mine: Json | undefined; readonly before: Json | undefined },
  { field, policy }: { readonly field: SetField; readonly policy: 'remote' | 'local' },
  lost: Json[],
): Json | undefined {
  const edited = !sameJson(entry, before);
  if (mine === undefined) {
    if (before === undefined) return entry;
    if (!edited || field.isUnedited?.(entry, before) === true) return undefined;
    if (policy === 'remote') return entry;
    lost.push(entry);
    return undefined;
  }
  if (sameJson(mine, entry) || sameJson(mine, before)) return entry;
  if (!edited) return mine;
  const joined = field.join?.(entry, mine);
  if (joined !== undefined) return joined;
  lost.push(policy === 'remote' ? mine : entry);
  return policy === 'remote' ? entry : mine;
}

/** Both lists in one, theirs first: for two things that are found to be the same one, without a base. */
export function uniteSets(sides: Omit<Sides, 'base'>, field: SetField, policy: 'remote' | 'local'): SetMerge {
  return mergeSet({ ...sides, base: null }, field, policy);
}
