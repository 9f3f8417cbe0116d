import { sameJson, type Fields } from '../lib/json.ts';
import type { Told } from './change-rows.ts';
import { combine, noEffect, type Effect } from './chunk.ts';
import type { Kind } from './domain.ts';
import type { EffectContext, Item } from './effects.ts';
import { hasEnded } from './groups.ts';
import { heldInFull, toldOf } from './in-full.ts';
import { adjustEffect, mergedRecord } from './merge-effects.ts';
import { mergeRemote, sends } from './merge.ts';
import type { EngineRecord, OutboxOperation, OwnWrite } from './model.ts';
import { dropOperations, putOperation } from './outbox-rows.ts';
import { withoutSent } from './only-sent.ts';
import { renamed, replaceRecord } from './record-rows.ts';

export type ConfirmContext = Pick<
  EffectContext,
  'connectionId' | 'store' | 'kind' | 'cursors' | 'outbox' | 'policy' | 'now' | 'wholes'
>;

/** A write of ours that is known to have reached the remote. */
export interface Confirmed {
  readonly record: EngineRecord;
  /** As it was sent. */
  readonly operation: OutboxOperation;
  /** What the remote made of it; null = that cannot be read. */
  readonly item: Item | null;
  /** The item is as new as the record. */
  readonly authoritative: boolean;
  /** Nobody else has changed it since we read it: all that it shows is our doing. */
  readonly alone?: boolean;
}

/**
 * The remote's answer becomes the base, its values of what was sent become ours (it may have written them its own way), and
 * what else it shows is a remote edit like any other (P9, P10). `sure` false = the item itself must tell.
 */
export function confirmEffect(
  context: ConfirmContext,
  confirmed: Confirmed,
): { readonly effect: Effect; readonly sure: boolean } {
  const { record, operation, item, alone = false } = confirmed;
  const { kind } = context;
  const { fields: answered } = operation;
  const held = item === null ? record : heldInFull(context, record, item);
  const merge = mergeAnswer(context, held, confirmed);
  const rest = restOf(context, operation);
  const own = (writes: readonly OwnWrite[]): OwnWrite[] => (rest === null ? doneWith(writes, operation) : [...writes]);
  const settled = rest === null ? dropOperations([operation]) : putOperation(rest);
  const others = new Map([...context.outbox].filter(([op]) => op !== operation.op));
  const waiting = [...others.values(), rest].filter((one) => one !== null);
  if (item === null || merge?.verdict !== 'merged') {
    const known = { ...record, own: own(record.own), ...ownVersion(kind, item) };
    const next = withoutSent(kind, withUntold(kind, known, { sent: answered, item }), waiting);
    const effect = combine(settled, replace(context, { old: record, record: next }, { changed: [], losing: null }));
    return { effect, sure: merge?.verdict === 'same' || merge?.verdict === 'stale' };
  }
  const ours = alone
    ? merge.changed
    : [...Object.keys(answered), ...(kind.follows?.(operation, held, item.fields) ?? [])];
  const theirs = { ...merge, changed: merge.changed.filter((field) => !ours.includes(field)) };
  const merged = withUntold(kind, mergedRecord(context, record, item, theirs), { sent: answered, item });
  const next = withoutSent(kind, { ...merged, own: own(merge.own), ...ownVersion(kind, item) }, waiting);
  return {
    effect: [
      replace(context, { old: record, record: next }, toldOf(context, { record, held, merge }), ours),
      renamed(context.connectionId, record, item.graphId),
      adjustEffect({ outbox: others }, record.id, merge),
    ].reduce(combine, settled),
    sure: true,
  };
}

/**
 * What the answer means for the record. Null where it cannot be read, or where the whole of a group is none any more: its parts go
 * with what it was, and whoever reads the item itself finds both.
 */
function mergeAnswer(
  { kind, policy }: ConfirmContext,
  held: EngineRecord,
  { record, operation, item, authoritative }: Confirmed,
): ReturnType<typeof mergeRemote> | null {
  if (item === null || hasEnded(kind, record, item)) return null;
  const { sets, units } = kind;
  return mergeRemote(held, item, { policy, authoritative, sets, units, answered: operation });
}

/** The parts of a group come and go with what we have made of its whole (P9). */
const ownVersion = (kind: Kind, item: Item | null): Pick<EngineRecord, 'ownEtag'> =>
  kind.groupOf === undefined || item === null || item.etag === null ? {} : { ownEtag: item.etag };

/** What the remote has no member for and so never tells (an id of the application) is as it was written: there is no other side. */
function withUntold(
  kind: Pick<Kind, 'placeFields'>,
  record: EngineRecord,
  { sent, item }: { readonly sent: Fields; readonly item: Item | null },
): EngineRecord {
  if (item === null || record.base === null) return record;
  const untold = Object.entries(sent).filter(([field]) => !(field in item.fields) && !kind.placeFields.includes(field));
  if (untold.length === 0) return record;
  const base = { ...record.base, ...Object.fromEntries(untold) };
  return { ...record, base: sameJson(base, record.fields) ? null : base };
}

/** Puts the record in place of the old one. What it shows of our own values is our doing, whatever the remote made of them. */
function replace(
  context: ConfirmContext,
  { old, record }: { readonly old: EngineRecord; readonly record: EngineRecord },
  told: Told,
  ourFields: readonly string[] = [],
): Effect {
  // Nobody is to see it any more.
  if (old.leaving !== undefined) return { ...noEffect, writes: [{ row: 'record', put: record }] };
  // Of what had no version of its own nobody else can be told apart: all that the answer shows, our write has made of it.
  const { store, kind, cursors } = context;
  const isOurs = (field: string): boolean => ourFields.includes(field) || field === kind.emptySlots;
  const ours = told.losing === null && (old.etag === null || told.changed.every(isOurs));
  return replaceRecord({ store, kind, cursors, silent: false, cause: ours ? 'own-write' : 'poll' }, old, record, told);
}

/** What a merge has changed in the operation while it was being sent: that is still to be sent. */
function restOf({ outbox, now }: ConfirmContext, sent: OutboxOperation): OutboxOperation | null {
  const row = outbox.get(sent.op);
  if (row === undefined || sent.effect !== undefined) return null;
  const fields = Object.fromEntries(
    Object.entries(row.fields).filter(([name, value]) => !sameJson(sent.fields[name], value)),
  );
  return sends({ fields })
    ? { ...row, fields, claim: null, triedOn: undefined, nextAttemptAt: now.toISOString() }
    : null;
}

/** Most own writes that are done and remembered. */
const REMEMBERED = 8;

/** All own writes under way, and the last of those done. No picture of the time before a create can come late. */
function doneWith(writes: readonly OwnWrite[], { op, effect }: OutboxOperation): OwnWrite[] {
  const own = writes
    .filter((write) => write.op !== op || effect === undefined)
    .map((write) => (write.op === op ? { ...write, done: true } : write));
  const done = own.filter((write) => write.done).slice(-REMEMBERED);
  return own.filter((write) => !write.done || done.includes(write));
}
