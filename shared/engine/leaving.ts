import { sameJson } from '../lib/json.ts';
import { conflictRow, createdRow, deletedRows, isUntold } from './change-rows.ts';
import type { Effect } from './chunk.ts';
import { noEffect, combine } from './chunk.ts';
import { dropHints, hintEffect, newHint, type EffectContext, type Item } from './effects.ts';
import { heldInFull } from './in-full.ts';
import type { EngineRecord, OutboxOperation } from './model.ts';
import { withoutSent } from './only-sent.ts';
import type { Write } from './ports.ts';
import { dropOperations } from './outbox-rows.ts';
import { versionOf } from './merge-effects.ts';
import { recordWrites, removeRecord } from './record-rows.ts';
import { slotEffect } from './wholes.ts';

/** What a deletion is computed from. */
type LeavingContext = Pick<
  EffectContext,
  'connectionId' | 'store' | 'kind' | 'cursors' | 'cause' | 'silent' | 'wholes'
>;

/** A deletion by the application, entered at once: the row stays, out of all lists and counts, until the remote has followed. */
export function leaveEffect(
  context: Pick<LeavingContext, 'kind' | 'cursors'>,
  record: EngineRecord,
  operation: OutboxOperation,
): Effect {
  const { kind, cursors } = context;
  const left = { ...record, leaving: operation.op, refused: undefined, undo: undefined };
  return {
    writes: [
      // What waits to be sent is not sent any more, but for what may have made an item, which holds itself what it sends.
      { row: 'record', put: withoutSent(kind, left, []) },
      ...kind.index(record).map(({ order, id }): Write => ({ row: 'index', remove: { order, id } })),
      { row: 'outbox', put: operation },
    ],
    feed: deletedRows({ kind, cursors, silent: false, cause: 'own-write' }, record, { reason: 'deleted' }),
    streams: { [record.stream]: -1 },
    counts: { records: -1, leaving: 1, outbox: 1 },
  };
}

/** Whether the remote was not told yet. */
export const isDeleting = ({ outbox }: Pick<EffectContext, 'outbox'>, { leaving }: EngineRecord): boolean =>
  leaving !== undefined && outbox.has(leaving);

/** An item of a record that is being deleted: no concern of ours before that is done; then its being there must be proved. */
export function leavingEffect(context: EffectContext, record: EngineRecord, item: Item): Effect {
  if (isDeleting(context, record)) return noEffect;
  const place = context.kind.placeOf({ ...record.fields, ...item.fields }) ?? record.stream;
  if (!context.authoritative || !context.cursors.has(place))
    return hintEffect(context, newHint(context, record.stream, item.graphId, { id: record.id, why: 'thin' }));
  const { effect, record: back } = returned(context, record, item, place);
  const silent = !context.kind.feed || isUntold(context.cursors, back);
  return combine(dropHints(context, record.id), { ...effect, feed: silent ? [] : [createdRow(context, back)] });
}

/** The rows of a record that stands again, as the remote holds it. */
function returned(
  context: Pick<LeavingContext, 'store' | 'kind' | 'cursors'>,
  record: EngineRecord,
  item: Item | null,
  place: string,
): { readonly effect: Effect; readonly record: EngineRecord } {
  const stream = context.cursors.has(place) ? place : record.stream;
  const { record: back, writes } = recordWrites(context, {
    ...record,
    leaving: undefined,
    told: record.told === false ? undefined : record.told,
    etag: versionOf(record, item),
    modifiedAt: item?.modifiedAt ?? record.modifiedAt,
    stream,
    generation: context.cursors.get(stream)?.generation ?? record.generation,
    fields: { ...(record.base ?? record.fields), ...item?.fields },
    base: null,
    own: [],
  });
  return {
    record: back,
    effect: { writes, feed: [], streams: { [stream]: 1 }, counts: { records: 1, leaving: -1 } },
  };
}

/**
 * A deletion that is not to be: the remote refuses it, or somebody has edited the item meanwhile. The record stands again as
 * the remote holds it.
 */
export function standAgain(
  context: LeavingContext,
  record: EngineRecord,
  item: Item | null,
  refused?: EngineRecord['refused'],
): Effect {
  const { kind } = context;
  const place = kind.placeOf({ ...(record.base ?? record.fields), ...item?.fields }) ?? record.stream;
  const { effect, record: back } = returned(context, { ...record, refused }, item, place);
  const silent = !kind.feed || isUntold(context.cursors, back);
  const told = { changed: [], losing: { deleted: true }, refused };
  const feed = silent ? [] : [{ ...conflictRow(context, { old: back, record: back, told }), before: null }];
  return combine({ ...effect, feed }, slotEffect(context, record, 'undone'));
}

/** A record whose deletion is settled: its row goes, and what still waits for it. */
export function leftEffect(
  context: Pick<EffectContext, 'kind' | 'cursors' | 'hints' | 'connectionId' | 'outbox' | 'cause' | 'silent'>,
  record: EngineRecord,
): Effect {
  const waiting = [...context.outbox.values()].filter(({ recordId }) => recordId === record.id);
  return combine(removeRecord(context, record, null), dropOperations(waiting));
}

/** Whether an item shows that somebody else has edited it since we read it last; our own writes are none. */
export function isEdited(context: Pick<EffectContext, 'kind' | 'wholes'>, record: EngineRecord, item: Item): boolean {
  const { kind } = context;
  const held = heldInFull(context, record, item);
  const base = held.base ?? held.fields;
  return Object.entries(item.fields).some(
    ([field, theirs]) =>
      !kind.quietFields.includes(field) &&
      !sameJson(theirs, base[field]) &&
      !sameJson(theirs, held.fields[field]) &&
      !record.own.some(({ fields }) => field in fields && sameJson(fields[field], theirs)),
  );
}
