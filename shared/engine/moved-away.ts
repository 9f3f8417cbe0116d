import { sameJson, type Fields } from '../lib/json.ts';
import { changeRows } from './change-rows.ts';
import { combine, noEffect, type Effect } from './chunk.ts';
import type { EffectContext, Item } from './effects.ts';
import { adjustEffect } from './merge-effects.ts';
import { mergedOf, unchanged, type Merged } from './merge.ts';
import type { EngineRecord, OutboxOperation } from './model.ts';

/** What a push was answered, as it is to be merged. */
export interface InPlace {
  /** null = it cannot be read. */
  readonly item: Item | null;
  /** Others have moved the item to a place that is not synced: that it left is to be told once, by reading it again. */
  readonly left: boolean;
}

/** A write of ours, as it was answered. */
interface Answered extends Pick<OutboxOperation, 'effect' | 'fields'> {
  /** The remote has taken it: of a place that we had no name for (null) the answer shows the name. */
  readonly arrived: boolean;
}

/**
 * The answer to a write of ours. One to an update that shows that others have moved the item out of all synced places is read as if
 * it were where it was: moves are told between synced places alone.
 */
export function inPlace(
  { kind, cursors }: Pick<EffectContext, 'kind' | 'cursors'>,
  record: EngineRecord,
  item: Item | null,
  { effect, fields: sent, arrived }: Answered,
): InPlace {
  const place = item === null || effect !== undefined ? undefined : kind.placeOf(item.fields);
  if (item === null || place === undefined || cursors.has(place)) return { item, left: false };
  const held = record.base ?? record.fields;
  const isSent = (field: string): boolean =>
    sameJson(sent[field], item.fields[field]) || (arrived && sent[field] === null);
  const isNew = (field: string): boolean =>
    field in item.fields && !sameJson(held[field], item.fields[field]) && !isSent(field);
  if (!kind.placeFields.some(isNew)) return { item, left: false };
  const others = Object.entries(item.fields).filter(([field]) => !kind.placeFields.includes(field));
  return { item: { ...item, fields: Object.fromEntries(others) }, left: true };
}

/**
 * A merge with an item that others have moved out of all synced places: where we were to take it has lost (P10), is sent no more, and
 * the record is where it was until it is told that the item left.
 */
export function withoutMove({ kind }: Pick<EffectContext, 'kind'>, held: EngineRecord, merge: Merged): Merged {
  const was = held.base ?? held.fields;
  const moving = kind.placeFields.filter((field) => !sameJson(held.fields[field], was[field]));
  if (moving.length === 0) return merge;
  const placeIn = (all: Fields): Fields => Object.fromEntries(moving.map((field) => [field, all[field] ?? null]));
  const lost = placeIn(held.fields);
  const fields = { ...merge.fields, ...placeIn(was) };
  const withdrawn = [...merge.withdrawn, ...moving];
  const losing = { ...merge.losing, ...lost };
  const undo = { ...merge.undo, ...lost };
  return mergedOf({ ...merge, fields, changed: [...merge.changed, ...moving], losing, undo, withdrawn }, merge);
}

/**
 * The item is in no synced place. Where others have moved it there and a move of ours waits, that has lost (P10), is told, and is
 * sent no more. The record as it is then, before it is taken away, and what that takes beside it.
 */
export function lostMove(
  context: EffectContext,
  record: EngineRecord,
  item: Item,
): { readonly record: EngineRecord; readonly effect: Effect } {
  const merge = withoutMove(context, record, unchanged(record));
  // Where it was when we last saw it: it is the place that is synced no more.
  const isMoved = context.kind.placeFields.some((field) => !sameJson(item.fields[field], merge.fields[field]));
  if (context.policy !== 'remote' || !isMoved || merge.losing === null) return { record, effect: noEffect };
  const { fields, base, own } = merge;
  const stayed = { ...record, fields, base, own };
  const told = { ...noEffect, feed: changeRows(context, record, stayed, merge) };
  return { record: stayed, effect: combine(told, adjustEffect(context, record.id, merge)) };
}

/**
 * The item is where moves of ours were to take it: they are sent no more. One whose answer was lost would take it there again, out of
 * where others have put it since (P8).
 */
export function arrivedMove({ kind, outbox }: EffectContext, { id }: EngineRecord, item: Item): Effect {
  const isThere = ({ effect, fields }: OutboxOperation): boolean =>
    effect === undefined && kind.placeFields.some((field) => sameJson(fields[field], item.fields[field]));
  const arrived = new Map([...outbox].filter(([, operation]) => isThere(operation)));
  return adjustEffect({ outbox: arrived }, id, { withdrawn: kind.placeFields, amended: {} });
}
