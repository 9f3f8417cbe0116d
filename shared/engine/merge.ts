import { sameJson, type Fields, type Json } from '../lib/json.ts';
import type { Decoded } from './domain.ts';
import type { EngineRecord, OwnWrite } from './model.ts';

type Item = Extract<Decoded, { type: 'item' }>;

/** What a remote item means for a record that we hold. */
export type Merge =
  /** Nothing new, or the item is older than what we hold. */
  | { readonly verdict: 'same' | 'stale' }
  /** It cannot be told from this item whether it shows an edit or an echo: read the item itself. */
  | { readonly verdict: 'ask' }
  | {
      readonly verdict: 'merged';
      readonly fields: Fields;
      readonly base: Fields | null;
      readonly own: readonly OwnWrite[];
      /** Our fields that took a new remote value. */
      readonly changed: readonly string[];
      /** Fields that both sides had changed, with the value that lost (P10); null = no conflict. */
      readonly losing: Fields | null;
      /** Fields that own writes under way must no longer send, since the remote's value won. */
      readonly withdrawn: readonly string[];
    };

/** How the age of an item compares with what we hold. */
function ageOf(record: EngineRecord, item: Item): 'older' | 'equal' | 'newer' | 'unknown' {
  if (item.modifiedAt === null || record.modifiedAt === null) return 'unknown';
  const [theirs, ours] = [Date.parse(item.modifiedAt), Date.parse(record.modifiedAt)];
  if (Number.isNaN(theirs) || Number.isNaN(ours)) return 'unknown';
  return theirs < ours ? 'older' : theirs > ours ? 'newer' : 'equal';
}

/** A page may come late; an item that was read itself is as it is now, whatever its clock says. */
const isStale = (age: ReturnType<typeof ageOf>, authoritative: boolean): boolean => age === 'older' && !authoritative;

/** A late picture; or the remote's clock was set back, and it is the newest: the item itself tells. */
const ofOld = (differing: readonly string[]): Merge => ({ verdict: differing.length > 0 ? 'ask' : 'stale' });

const holds = (writes: readonly OwnWrite[], field: string, value: Json): boolean =>
  writes.some((write) => field in write.fields && sameJson(write.fields[field], value));

/**
 * Three-way merge of what the remote says, what it said last (the base), and what stands here (P9, P10).
 * Values of own writes are ours: their echo is no edit. `authoritative` items come from re-reading the item itself.
 */
export function mergeRemote(
  record: EngineRecord,
  item: Item,
  policy: 'remote' | 'local',
  authoritative: boolean,
): Merge {
  if (item.etag !== null && item.etag === record.etag) return { verdict: 'same' };
  const age = ageOf(record, item);
  const base = record.base ?? record.fields;
  const differing = Object.keys(item.fields).filter((field) => !sameJson(item.fields[field], base[field]));
  if (isStale(age, authoritative)) return ofOld(differing);
  const pending = record.own.filter((write) => !write.done);
  const done = record.own.filter((write) => write.done);
  // An item that cannot prove that it is newer than our own write may be a late picture of the time before it.
  const unsure = !authoritative && age !== 'newer' && record.own.length > 0;
  const ours = (field: string): boolean => record.own.some((write) => field in write.fields);
  if (unsure && (item.partial ? differing.length > 0 : differing.some(ours))) return { verdict: 'ask' };
  // What was done shows in the base; a value of it that comes after another one is an edit like any other.
  const echoes = age === 'newer' || authoritative ? pending : record.own;
  return settleFields({
    record,
    item,
    base,
    differing,
    pending,
    echoes,
    done: age === 'newer' || authoritative ? [] : done,
    policy,
  });
}

function settleFields(given: {
  readonly record: EngineRecord;
  readonly item: Item;
  readonly base: Fields;
  readonly differing: readonly string[];
  readonly pending: readonly OwnWrite[];
  readonly echoes: readonly OwnWrite[];
  readonly done: readonly OwnWrite[];
  readonly policy: 'remote' | 'local';
}): Merge {
  const { record, item, base, differing, pending, echoes, policy } = given;
  const fields: Record<string, Json> = { ...record.fields };
  const changed: string[] = [];
  const losing: Record<string, Json> = {};
  const withdrawn: string[] = [];
  for (const field of differing) {
    const theirs = item.fields[field] ?? null;
    const ours = record.fields[field] ?? null;
    if (sameJson(theirs, ours) || holds(echoes, field, theirs)) continue;
    if (sameJson(ours, base[field] ?? null)) {
      fields[field] = theirs;
      changed.push(field);
    } else if (policy === 'remote') {
      losing[field] = ours;
      fields[field] = theirs;
      changed.push(field);
      withdrawn.push(field);
    } else {
      losing[field] = theirs;
    }
  }
  const nextBase: Fields = { ...base, ...item.fields };
  const kept = pending
    .map((write) => without(write, withdrawn))
    .filter((write) => Object.keys(write.fields).length > 0);
  return {
    verdict: 'merged',
    fields,
    base: sameJson(nextBase, fields) ? null : nextBase,
    own: [...given.done, ...kept],
    changed,
    losing: Object.keys(losing).length > 0 ? losing : null,
    withdrawn,
  };
}

/** The own write with some fields taken out. */
export function without<T extends { readonly fields: Fields }>(write: T, fields: readonly string[]): T {
  if (fields.length === 0) return write;
  return {
    ...write,
    fields: Object.fromEntries(Object.entries(write.fields).filter(([field]) => !fields.includes(field))),
  };
}
