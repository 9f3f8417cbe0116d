import { sameJson } from '../lib/json.ts';
import type { EffectContext, Item } from './effects.ts';
import type { Settled } from './merge.ts';
import type { EngineRecord, OutboxOperation } from './model.ts';

/**
 * Whether all that an item shows to have changed goes back to writes of ours: they were sent by a worker that died before it could
 * tell, and the item holds what they wrote. Of a write of what is never shown (a body) nobody can say here whether it has arrived (P9).
 */
export function isOurDoing(
  { kind, outbox }: Pick<EffectContext, 'kind' | 'outbox'>,
  held: EngineRecord,
  item: Item,
  { changed, losing }: Pick<Settled, 'changed' | 'losing'>,
): boolean {
  const { follows, quietFields } = kind;
  const told = changed.filter((field) => !quietFields.includes(field));
  if (follows === undefined || told.length === 0 || losing !== null) return false;
  const ours = [...outbox.values()].flatMap((operation) => {
    if (operation.recordId !== held.id || operation.attempts === 0) return [];
    const fields = follows(operation, held, item.fields);
    return hasArrived(operation, held, item, [...fields, ...quietFields]) ? fields : [];
  });
  return told.every((field) => ours.includes(field));
}

/** The item holds all that was sent, and did not before: a value that it held already proves nothing, nor does one that follows. */
function hasArrived(
  operation: OutboxOperation,
  { base, fields }: EngineRecord,
  item: Item,
  but: readonly string[],
): boolean {
  const sent = Object.entries(operation.fields).filter(([field]) => field in item.fields && !but.includes(field));
  const before = base ?? fields;
  return (
    sent.every(([field, value]) => sameJson(item.fields[field], value)) &&
    sent.some(([field, value]) => !sameJson(before[field], value))
  );
}
