import { noEffect, type Effect } from './chunk.ts';
import type { EffectContext, Item } from './effects.ts';
import { adjusted, sends, type Merge, type Merged, type MergeRules, type Settled } from './merge.ts';
import type { EngineRecord, Undo } from './model.ts';
import { isClaimed } from './outbox-rows.ts';
import type { Write } from './ports.ts';
import { movedTo } from './record-rows.ts';

/** How items are merged in this context. */
export const rulesOf = ({
  policy,
  authoritative,
  kind,
}: Pick<EffectContext, 'policy' | 'authoritative' | 'kind'>): MergeRules => ({
  policy,
  authoritative,
  sets: kind.sets,
  units: kind.units,
  unversioned: [...kind.placeFields, ...(kind.emptySlots === undefined ? [] : [kind.emptySlots])],
});

/**
 * The remote's value beats or changes one that is being sent at this moment, and that may still get there after it: what
 * becomes of both shows when the sending is over, by reading the item (P9, P10).
 */
export function isInFlight(context: Pick<EffectContext, 'outbox' | 'now'>, recordId: string, merge: Merge): boolean {
  if (merge.verdict !== 'merged') return false;
  const touched = [...merge.withdrawn, ...Object.keys(merge.amended)];
  if (touched.length === 0) return false;
  return [...context.outbox.values()].some(
    (operation) =>
      operation.recordId === recordId &&
      isClaimed(operation, context.now) &&
      touched.some((field) => field in operation.fields),
  );
}

/**
 * The version of a record whose item was seen. An item that tells none has the one that it had; but a part that has none lost it
 * when it became again what its whole says.
 */
export const versionOf = ({ etag }: Pick<EngineRecord, 'etag'>, item: Item | null): string | null =>
  item?.etag ?? ((item?.needs ?? null) === null ? etag : null);

/**
 * The record after a merge, in the stream where it now is. What others have changed of it is not taken back with what an older merge
 * overwrote.
 */
export function mergedRecord(
  context: Pick<EffectContext, 'kind' | 'cursors' | 'now'>,
  record: EngineRecord,
  item: Item,
  merge: Merged,
): EngineRecord {
  const target = context.kind.placeOf(merge.fields) ?? record.stream;
  const stream = context.cursors.has(target) ? target : record.stream;
  return {
    ...record,
    graphId: item.graphId,
    etag: versionOf(record, item),
    modifiedAt: item.modifiedAt ?? record.modifiedAt,
    ...movedTo(context.cursors, record, stream),
    fields: merge.fields,
    base: merge.base,
    own: merge.own,
    truncated: false,
    undo:
      merge.undo === null ? undoWithout(record, merge.changed) : { fields: merge.undo, at: context.now.toISOString() },
  };
}

/** What can be taken back of a record, but for these fields. */
function undoWithout({ undo }: EngineRecord, fields: readonly string[]): Undo | undefined {
  if (undo === undefined) return undefined;
  const left = Object.entries(undo.fields).filter(([field]) => !fields.includes(field));
  return left.length === 0 ? undefined : { ...undo, fields: Object.fromEntries(left) };
}

/** Has the operations of a record send what a merge left of them: not what lost, and of lists both sides' entries. */
export function adjustEffect(
  context: Pick<EffectContext, 'outbox'>,
  recordId: string,
  merge: Pick<Settled, 'withdrawn' | 'amended'>,
): Effect {
  const touched = new Set([...merge.withdrawn, ...Object.keys(merge.amended)]);
  if (touched.size === 0) return noEffect;
  const writes: Write[] = [];
  let gone = 0;
  for (const operation of context.outbox.values()) {
    if (operation.recordId !== recordId || !Object.keys(operation.fields).some((field) => touched.has(field))) continue;
    const left = adjusted(operation, merge);
    if (sends(left)) writes.push({ row: 'outbox', put: left });
    else {
      writes.push({ row: 'outbox', remove: operation.op });
      gone++;
    }
  }
  return { writes, feed: [], streams: {}, counts: { outbox: -gone } };
}
