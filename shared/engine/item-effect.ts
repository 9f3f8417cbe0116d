import { unknownEffect } from './adopt.ts';
import { combine, noEffect, type Effect } from './chunk.ts';
import {
  dropHints,
  hintEffect,
  isDoubted,
  markSeen,
  newHint,
  strayEffect,
  type EffectContext,
  type Item,
} from './effects.ts';
import { heldInFull, toldOf } from './in-full.ts';
import { leavingItemEffect } from './leaving-moved.ts';
import { adjustEffect, isInFlight, mergedRecord, rulesOf } from './merge-effects.ts';
import { mergeRemote, type Merge, type Settled } from './merge.ts';
import type { Cause, EngineRecord } from './model.ts';
import { isOurDoing } from './own-doing.ts';
import { replaceRecord } from './record-rows.ts';
import { isWhole, listsMore } from './wholes.ts';
import { afterShown } from './whose-whole.ts';
import { showsBehind } from './windows.ts';

/**
 * A whole that is read because of what we did to a part of it: what it shows beside our slot others have done. That it does not
 * list our slot is no edit of others; they may have filled it again, or it is not told.
 */
function causeOf(
  { cause, authoritative, kind }: EffectContext,
  record: EngineRecord,
  { changed, fields }: Pick<Settled, 'changed' | 'fields'>,
): Cause {
  if (cause !== 'own-write' || !authoritative || record.own.length > 0 || !isWhole(kind, record)) return cause;
  return changed.some((field) => field !== kind.emptySlots) || listsMore(kind, record.fields, fields) ? 'poll' : cause;
}

/** The item does not tell what it means for the record: it must be read itself. */
function isUnclear(
  { kind, authoritative }: EffectContext,
  given: { readonly record: EngineRecord; readonly item: Item; readonly place: string; readonly merge: Merge },
): boolean {
  const { record, item, place, merge } = given;
  if (merge.verdict !== 'same') return merge.verdict === 'ask' || (item.partial && merge.verdict === 'merged');
  // A page of another place that shows it in the version that is held cannot tell which of the two is the present one.
  return !authoritative && kind.placed !== undefined && place !== (kind.placeOf(record.fields) ?? record.stream);
}

/**
 * Whether what waits to be read again is answered by this item. A whole in a version that is held is not news, and a page need not
 * show its slots: one that we believe empty, for a part of it was not found, is empty only if the whole itself says so (P7). One that
 * a page told the removal of is there, and what became of its parts it does not say.
 */
function tellsAll({ kind, authoritative, hints }: EffectContext, record: EngineRecord, { verdict }: Merge): boolean {
  if (!isWhole(kind, record)) return true;
  return authoritative
    ? hints.get(record.id)?.some((hint) => isDoubted(hint, 'removed')) !== true
    : verdict === 'merged';
}

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
  if (record.leaving !== undefined) return leavingItemEffect(context, record, item);
  const place = context.kind.placeOf({ ...record.fields, ...item.fields }) ?? stream;
  if (!context.cursors.has(place) || showsBehind(context, place, record, item.fields))
    return strayEffect(context, record);
  const held = heldInFull(context, record, item);
  const merge = mergeRemote(held, item, rulesOf(context));
  const shown = afterShown(context, record, item, merge);
  if (isUnclear(context, { record, item, place, merge }) || isInFlight(context, record.id, merge)) {
    const asked = hintEffect(context, newHint(context, record.stream, item.graphId, { id: record.id, why: 'thin' }));
    return shown === record ? asked : combine(asked, { ...noEffect, writes: [{ row: 'record', put: shown }] });
  }
  const seen = tellsAll(context, record, merge) ? dropHints(context, record.id) : noEffect;
  if (merge.verdict !== 'merged') return combine(seen, markSeen(context, record, shown));
  const ours = isOurDoing(context, held, item, merge);
  const next = mergedRecord(context, shown, item, ours ? { ...merge, changed: [] } : merge);
  const cause = ours ? 'own-write' : causeOf(context, record, merge);
  const told = replaceRecord({ ...context, cause }, record, next, toldOf(context, { record, held, merge }));
  return combine(seen, combine(told, adjustEffect(context, record.id, merge)));
}
