import { sameJson } from '../lib/json.ts';
import type { EffectContext, Item } from './effects.ts';
import type { EngineRecord, OutboxOperation } from './model.ts';

/** What a push was answered, as it is to be merged. */
export interface InPlace {
  /** null = it cannot be read. */
  readonly item: Item | null;
  /** Others have moved the item to a place that is not synced: that it left is to be told once, by reading it again. */
  readonly left: boolean;
}

/**
 * The answer to a write of ours. One to an update that shows that others have moved the item out of all synced places is read as if
 * it were where it was: moves are told between synced places alone.
 */
export function inPlace(
  { kind, cursors }: Pick<EffectContext, 'kind' | 'cursors'>,
  record: EngineRecord,
  item: Item | null,
  { effect, fields: sent }: Pick<OutboxOperation, 'effect' | 'fields'>,
): InPlace {
  const place = item === null || effect !== undefined ? undefined : kind.placeOf(item.fields);
  if (item === null || place === undefined || cursors.has(place)) return { item, left: false };
  const held = record.base ?? record.fields;
  const isNew = (field: string): boolean =>
    field in item.fields && [held[field], sent[field]].every((known) => !sameJson(known, item.fields[field]));
  if (!kind.placeFields.some(isNew)) return { item, left: false };
  const others = Object.entries(item.fields).filter(([field]) => !kind.placeFields.includes(field));
  return { item: { ...item, fields: Object.fromEntries(others) }, left: true };
}
