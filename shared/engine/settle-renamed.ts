import type { Effect } from './chunk.ts';
import type { EffectContext, Item } from './effects.ts';
import { heirEffect } from './heirs.ts';
import type { EngineRecord, Hint } from './model.ts';
import { removeRecord } from './record-rows.ts';
import { fillsSlotOf, noWholes } from './wholes.ts';

/**
 * What it means for a hint that its item answers under another name: what fills the slot of a part now is the same thing, whichever
 * page should have told it. The record goes on as that item; or it goes, where that item has a record of its own. Null = it
 * cannot be told, and the hint stays (P7).
 */
export function renamedEffect(
  context: EffectContext,
  given: {
    readonly hint: Hint;
    readonly record: EngineRecord | undefined;
    readonly item: Item;
    readonly records: ReadonlyMap<string, EngineRecord>;
  },
): Effect | null {
  const { hint, record, item, records } = given;
  if (record?.graphId !== hint.graphId || record.leaving !== undefined) return null;
  // What is under way is sent first, and may itself be answered by that item.
  if (record.own.some(({ done }) => !done)) return null;
  if (!fillsSlotOf(context.kind, context.wholes ?? noWholes, record, item)) return null;
  const double = records.get(item.graphId);
  return double === undefined
    ? heirEffect(context, record.stream, record, item)
    : removeRecord(context, record, { reason: 'merged', into: double.id });
}
