import { combine, noEffect, type Effect } from './chunk.ts';
import type { Decoded, Kind } from './domain.ts';
import { remoteRecordId } from './ids.ts';
import { createdRow } from './change-rows.ts';
import { movedTo, recordWrites } from './record-rows.ts';
import type { Cause, Cursor, Doubt, EngineRecord, Hint, OutboxOperation } from './model.ts';
import type { PartitionStore, Write } from './ports.ts';
import { isWhole, type Wholes } from './wholes.ts';
import { cameByRolling } from './windows.ts';

export type Item = Extract<Decoded, { type: 'item' }>;

/** A create on its way to the remote, and its record. */
export interface WaitingCreate {
  readonly operation: OutboxOperation;
  readonly record: EngineRecord;
}

/** What effects are computed from; all of it read under the same head. */
export interface EffectContext {
  readonly connectionId: string;
  readonly store: Pick<PartitionStore, 'sizeOf'>;
  readonly kind: Kind;
  readonly cursors: ReadonlyMap<string, Cursor>;
  readonly hints: ReadonlyMap<string, readonly Hint[]>;
  readonly outbox: ReadonlyMap<string, OutboxOperation>;
  /** Creates of this kind that wait: an unknown item may be one of them. */
  readonly creates: readonly WaitingCreate[];
  readonly policy: 'remote' | 'local';
  readonly cause: Cause;
  /** The domain's first sync is not complete: nothing is told of single records. */
  readonly silent: boolean;
  readonly now: Date;
  /** The item comes from re-reading it, not from a page. */
  readonly authoritative: boolean;
  /** The wholes of parts that the application deletes, or that are to be merged in full; absent where nobody has looked for them. */
  readonly wholes?: Wholes | undefined;
}

/** Whether an item was read itself, and no page asked for that: of a whole no page has told its parts. */
export const isReadAlone = ({ authoritative, hints }: EffectContext, id: string): boolean =>
  authoritative && hints.get(id)?.some((hint) => isDoubted(hint, 'thin')) !== true;

/** Removes the hints of a record that was just seen alive. */
export function dropHints(context: Pick<EffectContext, 'hints'>, id: string): Effect {
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
  const put = known === undefined || known.graphId !== hint.graphId ? hint : joined(known, hint);
  if (put === known) return noEffect;
  return { writes: [{ row: 'hint', put }], feed: [], streams: {}, counts: known === undefined ? { hints: 1 } : {} };
}

/** Two doubts about one item. Another sort is added to what stands: it has waited since the first, and what others took is not ours. */
function joined(known: Hint, hint: Hint): Hint {
  if (hint.why === 'named' || isDoubted(known, hint.why))
    return hint.asks === true && known.asks !== true ? { ...known, asks: true } : known;
  const byOthers = isGoing(known) && !isGoing(hint) && hint.cause === 'own-write';
  const cause = byOthers ? known.cause : hint.cause;
  return { ...hint, cause, since: known.since, also: [known.why, ...(known.also ?? [])] };
}

const isGoing = (hint: Hint): boolean => isDoubted(hint, 'removed') || isDoubted(hint, 'unseen');

/** Whether the item is doubted in this way, perhaps among others. */
export const isDoubted = ({ why, also }: Pick<Hint, 'why' | 'also'>, doubt: Doubt): boolean =>
  why === doubt || also?.includes(doubt) === true;

export function newHint(
  context: EffectContext,
  stream: string,
  graphId: string,
  details: Pick<Hint, 'id' | 'why'>,
): Hint {
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
export function removedEffect(
  context: EffectContext,
  stream: string,
  record: EngineRecord | undefined,
  graphId: string,
): Effect {
  // Unknown, or already seen elsewhere: the leaving half of a move whose arriving half came first (P4).
  if (record?.graphId !== graphId) return noEffect;
  // One that we delete may have been moved before: nobody follows it any more.
  if (record.stream !== stream && record.leaving === undefined) return noEffect;
  return hintEffect(context, newHint(context, record.stream, graphId, { id: record.id, why: 'removed' }));
}

/**
 * A record whose item was found unchanged: only its generation may be behind (P5), or its stream, where its folder was no
 * stream when we moved it there. `next` is what else is to be noted of it.
 */
export function markSeen(context: EffectContext, record: EngineRecord, next: EngineRecord = record): Effect {
  const target = context.kind.placeOf(record.fields) ?? record.stream;
  const stream = context.cursors.has(target) ? target : record.stream;
  const moved = movedTo(context.cursors, record, stream);
  if (moved.generation === record.generation && stream === record.stream && next === record) return noEffect;
  return {
    ...noEffect,
    writes: [{ row: 'record', put: { ...next, ...moved } }],
    streams: stream === record.stream ? {} : { [record.stream]: -1, [stream]: 1 },
  };
}

/** The item is in a place that is not synced, or behind the window: whether it left, the item itself must tell. */
export function strayEffect(context: EffectContext, record: EngineRecord): Effect {
  if (record.graphId === null) return noEffect;
  return hintEffect(context, newHint(context, record.stream, record.graphId, { id: record.id, why: 'removed' }));
}

/** An item that we do not hold, of which too little is known: it is read whole when the round is complete. */
export function thinEffect(context: EffectContext, stream: string, item: Item): Effect {
  const place = context.kind.placeOf(item.fields) ?? stream;
  if (!context.cursors.has(place)) return noEffect;
  return hintEffect(
    context,
    newHint(context, place, item.graphId, { id: remoteRecordId(context.connectionId, item.graphId), why: 'thin' }),
  );
}

export function createEffect(context: EffectContext, stream: string, item: Item): Effect {
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
    fields: { ...context.kind.defaults, ...context.kind.placed?.(place), ...item.fields },
    base: null,
    own: [],
    truncated: false,
    ...(isWhole(context.kind, item) && isReadAlone(context, id) ? { unshown: true } : {}),
  });
  const untold = !cursor.told || cameByRolling(context, place, item);
  const silent = context.silent || untold || !context.kind.feed;
  const feed = silent ? [] : [createdRow(context, record)];
  return combine(dropHints(context, id), { writes, feed, streams: { [place]: 1 }, counts: { records: 1 } });
}
