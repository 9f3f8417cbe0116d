import { sameJson, type Fields, type Json } from '../lib/json.ts';
import type { Decoded, Kind } from './domain.ts';
import type { EngineRecord, OwnWrite } from './model.ts';
import { mergeSet, type SetMerge } from './sets.ts';

type Item = Extract<Decoded, { type: 'item' }>;

/** How a merge is made. */
export interface MergeRules {
  readonly policy: 'remote' | 'local';
  /** The item comes from reading it itself, not from a page. */
  readonly authoritative: boolean;
  readonly sets?: Kind['sets'] | undefined;
  readonly units?: Kind['units'] | undefined;
  /**
   * Fields that an item which is read itself may show otherwise though it is in the version that is held: where it is, which its
   * version may not tell; and its slots, of which stands what the remote was believed to do.
   */
  readonly unversioned?: readonly string[];
  /** The item is the answer to this write, as it was sent: what it shows of its fields is what the remote made of them. */
  readonly answered?: Pick<OwnWrite, 'op' | 'fields'> | undefined;
}

/** What a remote item means for a record that we hold. */
export type Merge =
  /** Nothing new, or the item is older than what we hold. */
  | { readonly verdict: 'same' | 'stale' }
  /** It cannot be told from this item whether it shows an edit or an echo: read the item itself. */
  | { readonly verdict: 'ask' }
  | Merged;

/** Both sides as one. */
export interface Merged extends Settled {
  readonly verdict: 'merged';
  readonly base: Fields | null;
  readonly own: readonly OwnWrite[];
}

/** What became of the fields that differ. */
export interface Settled {
  readonly fields: Fields;
  /** Our fields that took a new value. */
  readonly changed: readonly string[];
  /** Fields that both sides had changed, with the value (of a list: the entries) that lost (P10); null = no conflict. */
  readonly losing: Fields | null;
  /** What we held in fields where ours lost; null = nothing of ours did. */
  readonly undo: Fields | null;
  /** Fields that own writes under way must no longer send, since the remote's value stands. */
  readonly withdrawn: readonly string[];
  /** Fields that own writes under way must send with these values: both sides' entries. */
  readonly amended: Fields;
}

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

/** It is in the version that is held. What a part has of its whole changes with that, and its own version stays. */
const isKnown = (record: EngineRecord, { etag, needs = null }: Item): boolean =>
  etag !== null && etag === record.etag && needs === null;

const isDisproved = (base: Fields, { fields }: Item, { unversioned = [], authoritative }: MergeRules): boolean =>
  authoritative && unversioned.some((field) => field in fields && !sameJson(fields[field], base[field]));

const holds = (writes: readonly OwnWrite[], field: string, value: Json): boolean =>
  writes.some((write) => field in write.fields && sameJson(write.fields[field], value));

/**
 * Three-way merge of what the remote says, what it said last (the base), and what stands here (P9, P10).
 * Values of own writes are ours: their echo is no edit.
 */
export function mergeRemote(record: EngineRecord, item: Item, rules: MergeRules): Merge {
  const { authoritative } = rules;
  const base = record.base ?? record.fields;
  if (isKnown(record, item) && !isDisproved(base, item, rules)) return { verdict: 'same' };
  const age = ageOf(record, item);
  const differing = Object.keys(item.fields).filter((field) => !sameJson(item.fields[field], base[field]));
  if (isStale(age, authoritative)) return ofOld(differing);
  const pending = record.own.filter((write) => !write.done);
  const done = record.own.filter((write) => write.done);
  // An item that cannot prove that it is newer than our own write may be a late picture of the time before it.
  const unsure = !authoritative && age !== 'newer' && record.own.length > 0;
  const ours = (field: string): boolean => record.own.some((write) => field in write.fields);
  if (unsure && differing.some(ours)) return { verdict: 'ask' };
  // What was done shows in the base; a value of it that comes after another one is an edit like any other.
  const sure = age === 'newer' || authoritative;
  const settled = settleFields(record, item, [...differing, ...sentOf(item, differing, rules)], {
    ...rules,
    base,
    pending,
    echoes: sure ? pending : record.own,
  });
  const nextBase: Fields = { ...base, ...item.fields };
  return mergedOf(settled, { base: nextBase, own: sure ? pending : [...done, ...pending] });
}

/** The merge that has come to this, of these own writes; `base` is what the remote says now. */
export const mergedOf = (settled: Settled, { base, own }: Pick<Merged, 'base' | 'own'>): Merged => ({
  verdict: 'merged',
  ...settled,
  base: sameJson(base, settled.fields) ? null : base,
  own: own
    .map((write) => (write.done ? write : adjusted(write, settled)))
    .filter((write) => write.done || sends(write)),
});

/** The merge with what changes nothing. */
export const unchanged = ({ fields, base, own }: EngineRecord): Merged =>
  mergedOf({ fields, changed: [], losing: null, undo: null, withdrawn: [], amended: {} }, { base, own });

/** A write that the remote has made what it held before differs from ours alone. */
const sentOf = (item: Item, differing: readonly string[], { answered }: MergeRules): string[] =>
  Object.keys(answered?.fields ?? {}).filter((field) => field in item.fields && !differing.includes(field));

interface Settling extends MergeRules {
  readonly base: Fields;
  readonly pending: readonly OwnWrite[];
  readonly echoes: readonly OwnWrite[];
}

function settleFields(record: EngineRecord, item: Item, differing: readonly string[], by: Settling): Settled {
  const out: Settlement = {
    fields: { ...record.fields },
    changed: [],
    losing: {},
    undo: {},
    withdrawn: [],
    amended: {},
  };
  for (const field of differing) {
    const theirs = item.fields[field] ?? null;
    const ours = record.fields[field] ?? null;
    // What nobody has said yet is as the remote says it.
    if (!(field in out.fields) && theirs === null) out.fields[field] = null;
    if (sameJson(theirs, ours) || holds(by.echoes, field, theirs)) continue;
    settleField(out, field, { theirs, ours, base: by.base[field] ?? null }, by);
  }
  if (by.policy === 'remote') for (const unit of by.units ?? []) settleUnit(out, unit, { ...by.base, ...item.fields });
  return { ...out, losing: unlessEmpty(out.losing), undo: unlessEmpty(out.undo) };
}

const unlessEmpty = (fields: Fields): Fields | null => (Object.keys(fields).length > 0 ? fields : null);

/** What `settleFields` puts together. */
interface Settlement {
  readonly fields: Record<string, Json>;
  readonly changed: string[];
  readonly losing: Record<string, Json>;
  readonly undo: Record<string, Json>;
  readonly withdrawn: string[];
  readonly amended: Record<string, Json>;
}

function settleField(
  out: Settlement,
  field: string,
  values: { readonly theirs: Json; readonly ours: Json; readonly base: Json },
  by: Settling,
): void {
  const { theirs, ours, base } = values;
  const { answered } = by;
  if (answered !== undefined && isOf(answered, field, by)) {
    // What we have written since is still to be sent, whatever the remote made of this one.
    if (!by.pending.some((write) => isAfter(write, field, answered))) take(out, field, theirs);
    return;
  }
  if (sameJson(ours, base)) {
    take(out, field, theirs);
    // The remote had come to hold what we were to send, and has moved on since.
    if (by.pending.some((write) => field in write.fields)) out.withdrawn.push(field);
    return;
  }
  const set = by.sets?.[field];
  if (set !== undefined) settleSet(out, field, mergeSet(values, set, by.policy), { ...values, policy: by.policy });
  else if (by.policy === 'remote') lose(out, field, values);
  else out.losing[field] = theirs;
}

function take(out: Settlement, field: string, value: Json): void {
  out.fields[field] = value;
  out.changed.push(field);
}

function lose(out: Settlement, field: string, { theirs, ours }: { readonly theirs: Json; readonly ours: Json }): void {
  out.losing[field] = ours;
  out.undo[field] = ours;
  take(out, field, theirs);
  out.withdrawn.push(field);
}

/** Where one field of a unit was lost the others are: with what the remote has of it they make what neither side wanted. */
function settleUnit(out: Settlement, unit: readonly string[], remote: Fields): void {
  if (!unit.some((field) => field in out.losing)) return;
  out.withdrawn.push(...unit);
  for (const field of unit) {
    const [theirs, ours] = [remote[field] ?? null, out.fields[field] ?? null];
    if (!sameJson(theirs, ours)) lose(out, field, { theirs, ours });
  }
}

/** Whether a write was of a field, or of one that is one with it: the remote is told, and tells, these together. */
const isOf = (write: Pick<OwnWrite, 'fields'>, field: string, { units = [] }: MergeRules): boolean =>
  [field, ...units.filter((unit) => unit.includes(field)).flat()].some((one) => one in write.fields);

/** Whether a write still has a field to send when this one was answered; one that a merge has changed meanwhile is sent again. */
const isAfter = (write: OwnWrite, field: string, { op, fields }: Pick<OwnWrite, 'op' | 'fields'>): boolean =>
  field in write.fields && !(write.op === op && sameJson(write.fields[field], fields[field]));

/** Of a list both sides' entries stand; what is under way sends them all, or nothing where the remote has them. */
function settleSet(
  out: Settlement,
  field: string,
  { result, lost }: SetMerge,
  { theirs, ours, policy }: { readonly theirs: Json; readonly ours: Json; readonly policy: 'remote' | 'local' },
): void {
  if (lost.length > 0) out.losing[field] = lost;
  if (lost.length > 0 && policy === 'remote') out.undo[field] = ours;
  if (!sameJson(result, ours)) {
    out.fields[field] = result;
    out.changed.push(field);
  }
  if (sameJson(result, theirs)) out.withdrawn.push(field);
  else if (!sameJson(result, ours)) out.amended[field] = result;
}

/** A write under way as it is after a merge. */
export function adjusted<T extends { readonly fields: Fields }>(
  write: T,
  { withdrawn, amended }: Pick<Settled, 'withdrawn' | 'amended'>,
): T {
  const left = Object.entries(write.fields).filter(([field]) => !withdrawn.includes(field));
  return { ...write, fields: Object.fromEntries(left.map(([field, value]) => [field, amended[field] ?? value])) };
}

/** Whether anything of a write is left. */
export const sends = ({ fields }: { readonly fields: Fields }): boolean => Object.keys(fields).length > 0;
