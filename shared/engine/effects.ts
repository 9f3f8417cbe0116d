import { combine, noEffect, type Effect } from './chunk.ts';
import type { Decoded, Kind } from './domain.ts';
import { remoteRecordId } from './ids.ts';
import { mergeRemote, without, type Merge } from './merge.ts';
import { createdRow, movedTo, recordWrites, replaceRecord } from './record-rows.ts';
import type { Cause, Cursor, EngineRecord, Hint, OutboxOperation } from './model.ts';
import type { PartitionStore, Write } from './ports.ts';

export type Item = Extract<Decoded, { type: 'item' }>;

/** What effects are computed from; all of it read under the same head. */
export interface EffectContext {
  readonly connectionId: string;
  readonly store: Pick<PartitionStore, 'sizeOf'>;
  readonly kind: Kind;
  readonly cursors: ReadonlyMap<string, Cursor>;
  readonly hints: ReadonlyMap<string, readonly Hint[]>;
  readonly outbox: ReadonlyMap<string, OutboxOperation>;
  readonly policy: 'remote' | 'local';
  readonly cause: Cause;
  /** The domain's first sync is not complete: nothing is told of single records. */
  readonly silent: boolean;
  readonly now: Date;
  /** The item comes from re-reading it, not from a page. */
  readonly authoritative: boolean;
}

/** Removes the hints of a record that was just seen alive. */
function dropHints(context: EffectContext, id: string): Effect {
  const hints = context.hints.get(id) ?? [];
  if (hints.length === 0) return noEffect;
  return {
    writes: hints.map(({ stream }): Write => ({ row: 'hint', remove: { stream, id } })),
    feed: [],
    streams: {},
    counts: { hints: -hints.length },
  };
}

/** Leaves a hint, unless the same one stands. */
export function hintEffect(context: Pick<EffectContext, 'hints'>, hint: Hint): Effect {
  const known = context.hints.get(hint.id)?.find(({ stream }) => stream === hint.stream);
  if (known !== undefined && (known.why === hint.why || hint.why === 'named')) return noEffect;
  return {
    writes: [{ row: 'hint', put: hint }],
    feed: [],
    streams: {},
    counts: known === undefined ? { hints: 1 } : {},
  };
}

function newHint(context: EffectContext, stream: string, graphId: string, details: Pick<Hint, 'id' | 'why'>): Hint {
  return {
    ...details,
    stream,
    graphId,
    kind: context.kind.name,
    cause: context.cause,
    since: context.now.toISOString(),
    notBefore: null,
    held: false,
  };
}

/** A removal told by the delta of `stream`: a hint, settled later by re-reading (P7). */
export function removedEffect(context: EffectContext, stream: string, record: EngineRecord | undefined): Effect {
  // Unknown, or already seen elsewhere: the leaving half of a move whose arriving half came first (P4).
  if (record?.graphId === undefined || record.graphId === null || record.stream !== stream) return noEffect;
  return hintEffect(context, newHint(context, stream, record.graphId, { id: record.id, why: 'removed' }));
}

/** An item that a page of `stream`, or a re-read, brought. */
export function itemEffect(
  context: EffectContext,
  stream: string,
  record: EngineRecord | undefined,
  item: Item,
): Effect {
  if (record === undefined)
    return item.partial ? thinEffect(context, stream, item) : createEffect(context, stream, item);
  const place = context.kind.placeOf({ ...record.fields, ...item.fields }) ?? stream;
  if (!context.cursors.has(place)) return strayEffect(context, record);
  const merge = mergeRemote(record, item, context.policy, context.authoritative);
  if (merge.verdict === 'ask') {
    return hintEffect(context, newHint(context, record.stream, item.graphId, { id: record.id, why: 'thin' }));
  }
  if (isInFlight(context, record.id, merge)) {
    return hintEffect(context, newHint(context, record.stream, item.graphId, { id: record.id, why: 'thin' }));
  }
  const seen = dropHints(context, record.id);
  if (merge.verdict !== 'merged') return combine(seen, markSeen(context, record));
  const next = mergedRecord(context, record, item, merge);
  return combine(
    seen,
    combine(replaceRecord(context, record, next, merge), withdrawEffect(context, record.id, merge.withdrawn)),
  );
}

/**
 * The remote's value wins over one that is being sent at this moment, and that may still get there after it: what becomes of
 * both shows when the sending is over, by reading the item (P9, P10).
 */
export function isInFlight(context: Pick<EffectContext, 'outbox' | 'now'>, recordId: string, merge: Merge): boolean {
  if (merge.verdict !== 'merged' || merge.withdrawn.length === 0) return false;
  return [...context.outbox.values()].some(
    ({ recordId: of, claim, fields }) =>
      of === recordId &&
      claim !== null &&
      Date.parse(claim.until) > context.now.getTime() &&
      merge.withdrawn.some((field) => field in fields),
  );
}

/** The record after a merge, in the stream where it now is. */
export function mergedRecord(
  context: Pick<EffectContext, 'kind' | 'cursors'>,
  record: EngineRecord,
  item: Item,
  merge: Extract<Merge, { verdict: 'merged' }>,
): EngineRecord {
  const target = context.kind.placeOf(merge.fields) ?? record.stream;
  const stream = context.cursors.has(target) ? target : record.stream;
  return {
    ...record,
    graphId: item.graphId,
    etag: item.etag ?? record.etag,
    modifiedAt: item.modifiedAt ?? record.modifiedAt,
    ...movedTo(context.cursors, record, stream),
    fields: merge.fields,
    base: merge.base,
    own: merge.own,
    truncated: false,
  };
}

/**
 * A record whose item was found unchanged: only its generation may be behind (P5), or its stream, where its folder was no
 * stream when we moved it there.
 */
function markSeen(context: EffectContext, record: EngineRecord): Effect {
  const target = context.kind.placeOf(record.fields) ?? record.stream;
  const stream = context.cursors.has(target) ? target : record.stream;
  const moved = movedTo(context.cursors, record, stream);
  if (moved.generation === record.generation && stream === record.stream) return noEffect;
  return {
    ...noEffect,
    writes: [{ row: 'record', put: { ...record, ...moved } }],
    streams: stream === record.stream ? {} : { [record.stream]: -1, [stream]: 1 },
  };
}

/** The item is in a place that is not synced: whether it left, the item itself must tell. */
function strayEffect(context: EffectContext, record: EngineRecord): Effect {
  if (record.graphId === null) return noEffect;
  return hintEffect(context, newHint(context, record.stream, record.graphId, { id: record.id, why: 'removed' }));
}

/** Some fields of an item that we do not hold: it is read whole when the round is complete. */
function thinEffect(context: EffectContext, stream: string, item: Item): Effect {
  const place = context.kind.placeOf(item.fields) ?? stream;
  if (!context.cursors.has(place)) return noEffect;
  return hintEffect(
    context,
    newHint(context, place, item.graphId, { id: remoteRecordId(context.connectionId, item.graphId), why: 'thin' }),
  );
}

function createEffect(context: EffectContext, stream: string, item: Item): Effect {
  const place = context.kind.placeOf(item.fields) ?? stream;
  const cursor = context.cursors.get(place);
  const id = remoteRecordId(context.connectionId, item.graphId);
  if (cursor === undefined) return dropHints(context, id);
  const { record, writes } = recordWrites(context, {
    id,
    kind: context.kind.name,
    graphId: item.graphId,
    etag: item.etag,
    stream: place,
    generation: cursor.generation,
    modifiedAt: item.modifiedAt,
    fields: { ...context.kind.defaults, ...item.fields },
    base: null,
    own: [],
    truncated: false,
  });
  const silent = context.silent || !cursor.baselined || !context.kind.feed;
  const feed = silent ? [] : [createdRow(context, record)];
  return combine(dropHints(context, id), { writes, feed, streams: { [place]: 1 }, counts: { records: 1 } });
}

/** Takes the fields that lost a conflict out of the operations that would still send them. */
export function withdrawEffect(
  context: Pick<EffectContext, 'outbox'>,
  recordId: string,
  fields: readonly string[],
): Effect {
  if (fields.length === 0) return noEffect;
  const writes: Write[] = [];
  let gone = 0;
  for (const operation of context.outbox.values()) {
    if (operation.recordId !== recordId) continue;
    const left = without(operation, fields);
    if (Object.keys(left.fields).length > 0) writes.push({ row: 'outbox', put: left });
    else {
      writes.push({ row: 'outbox', remove: operation.op });
      gone++;
    }
  }
  return { writes, feed: [], streams: {}, counts: { outbox: -gone } };
}
