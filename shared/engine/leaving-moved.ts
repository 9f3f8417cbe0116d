import type { Fields } from '../lib/json.ts';
import { combine, noEffect, type Effect } from './chunk.ts';
import { dropHints, type EffectContext, type Item } from './effects.ts';
import { isEdited, leavingEffect, standAgain } from './leaving.ts';
import { versionOf } from './merge-effects.ts';
import type { EngineRecord, OutboxOperation } from './model.ts';
import { dropOperations, isClaimed, putOperation } from './outbox-rows.ts';
import { wholeIdOf } from './wholes.ts';

/** Whether an item that is not where it is held to be may be in another synced place: its path leads through its place. */
export const mayBeElsewhere = ({ kind, cursors }: Pick<EffectContext, 'kind' | 'cursors'>): boolean =>
  kind.placed !== undefined && [...cursors.values()].filter((cursor) => cursor.kind === kind.name).length > 1;

/** What an item means for a record that is being deleted. */
export const leavingItemEffect = (context: EffectContext, record: EngineRecord, item: Item): Effect =>
  movedLeaving(context, record, item) ?? leavingEffect(context, record, item);

/**
 * An item that the application deletes, and that others have moved to another synced place before that was sent: it is no more found
 * where it was to be deleted. Null where it was not moved, or is being deleted at this moment.
 */
function movedLeaving(context: EffectContext, record: EngineRecord, item: Item): Effect | null {
  const { kind, cursors, outbox, policy, now } = context;
  const operation = outbox.get(record.leaving ?? '');
  const place = kind.placeOf(item.fields);
  if (operation === undefined || place === undefined || !context.authoritative || !mayBeElsewhere(context)) return null;
  if (place === record.stream || !cursors.has(place) || isClaimed(operation, now)) return null;
  const placed = takenTo(context, record, { stream: place, fields: item.fields });
  // What is a part goes where its whole goes: nobody has done that to it.
  const held = wholeIdOf(kind, record) === null ? record : placed;
  if (policy === 'remote' && isEdited(context, held, item))
    return [dropOperations([operation]), dropHints(context, record.id)].reduce(
      combine,
      standAgain({ ...context, cause: 'poll' }, record, item),
    );
  const { modifiedAt } = item;
  const put = { ...placed, etag: versionOf(record, item), modifiedAt: modifiedAt ?? record.modifiedAt };
  return combine(dropHints(context, record.id), sentThere(put, operation));
}

/** The record of what is being deleted, in the place where it is now. */
export function takenTo(
  { kind, cursors }: Pick<EffectContext, 'kind' | 'cursors'>,
  record: EngineRecord,
  { stream, fields }: { readonly stream: string; readonly fields: Fields },
): EngineRecord {
  const place = Object.fromEntries(kind.placeFields.map((field) => [field, fields[field] ?? null]));
  return {
    ...record,
    stream,
    generation: cursors.get(stream)?.generation ?? record.generation,
    fields: { ...record.fields, ...place },
    base: record.base === null ? null : { ...record.base, ...place },
  };
}

/** The deletion is sent to where the item is now; nothing of it was done where it was. */
export const sentThere = (record: EngineRecord, operation: OutboxOperation): Effect =>
  combine(
    { ...noEffect, writes: [{ row: 'record', put: record }] },
    putOperation({ ...operation, claim: null, triedOn: undefined, lastError: null }),
  );
