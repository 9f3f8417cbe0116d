import { unknownEffect } from './adopt.ts';
import { combine, noEffect, type Effect } from './chunk.ts';
import { dropHints, hintEffect, markSeen, newHint, strayEffect, type EffectContext, type Item } from './effects.ts';
import { leavingEffect } from './leaving.ts';
import { adjustEffect, isInFlight, mergedRecord, rulesOf } from './merge-effects.ts';
import { mergeRemote } from './merge.ts';
import type { EngineRecord } from './model.ts';
import { replaceRecord } from './record-rows.ts';
import { showsOutside } from './windows.ts';

/** An item that a page of `stream`, or a re-read, brought. */
export function itemEffect(
  context: EffectContext,
  stream: string,
  record: EngineRecord | undefined,
  item: Item,
): Effect {
  if (record === undefined) return unknownEffect(context, stream, item);
  // What it was before it was made anew elsewhere.
  if (record.graphId !== item.graphId) return noEffect;
  if (record.leaving !== undefined) return leavingEffect(context, record, item);
  const place = context.kind.placeOf({ ...record.fields, ...item.fields }) ?? stream;
  if (!context.cursors.has(place) || showsOutside(context, place, record, item.fields))
    return strayEffect(context, record);
  const merge = mergeRemote(record, item, rulesOf(context));
  const unclear = item.unclear === true && merge.verdict === 'merged';
  if (unclear || merge.verdict === 'ask' || isInFlight(context, record.id, merge)) {
    return hintEffect(context, newHint(context, record.stream, item.graphId, { id: record.id, why: 'thin' }));
  }
  const seen = dropHints(context, record.id);
  if (merge.verdict !== 'merged') return combine(seen, markSeen(context, record));
  const next = mergedRecord(context, record, item, merge);
  return combine(seen, combine(replaceRecord(context, record, next, merge), adjustEffect(context, record.id, merge)));
}
