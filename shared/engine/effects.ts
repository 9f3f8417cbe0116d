import { TooLargeError } from '../errors.ts';
import { sameJson, type Fields } from '../lib/json.ts';
import { combine, noEffect, type Effect } from './chunk.ts';
import type { Decoded, Kind } from './domain.ts';
import { remoteRecordId } from './ids.ts';
import { mergeRemote, without } from './merge.ts';
import type { Cause, Cursor, EngineRecord, Hint, IndexEntry, NewChange, OutboxOperation } from './model.ts';
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

/** The rows of a record, cut where it would not fit. Throws TooLargeError when even that does not help. */
export function recordWrites(
  context: Pick<EffectContext, 'store' | 'kind'>,
  record: EngineRecord,
): { record: EngineRecord; writes: Write[]; entries: readonly IndexEntry[] } {
  const rowsOf = (candidate: EngineRecord): { writes: Write[]; entries: readonly IndexEntry[] } => {
    const entries = context.kind.index(candidate);
    const writes: Write[] = [
      { row: 'record', put: candidate },
      ...entries.map((put): Write => ({ row: 'index', put })),
    ];
    for (const write of writes) context.store.sizeOf(write);
    return { writes, entries };
  };
  try {
    return { record, ...rowsOf(record) };
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error;
    const cut = {
      ...record,
      fields: context.kind.shrink(record.fields),
      base: record.base === null ? null : context.kind.shrink(record.base),
      truncated: true,
    };
    return { record: cut, ...rowsOf(cut) };
  }
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
  const seen = dropHints(context, record.id);
  if (merge.verdict !== 'merged') return combine(seen, markSeen(context, record));
  const target = context.kind.placeOf(merge.fields) ?? record.stream;
  const next: EngineRecord = {
    ...record,
    graphId: item.graphId,
    etag: item.etag ?? record.etag,
    modifiedAt: item.modifiedAt ?? record.modifiedAt,
    stream: context.cursors.has(target) ? target : record.stream,
    generation: context.cursors.get(target)?.generation ?? record.generation,
    fields: merge.fields,
    base: merge.base,
    own: merge.own,
    truncated: false,
  };
  return combine(
    seen,
    combine(replaceRecord(context, record, next, merge), withdrawEffect(context, record, merge.withdrawn)),
  );
}

/** A record whose item was found unchanged: only its generation may be behind (P5). */
function markSeen(context: EffectContext, record: EngineRecord): Effect {
  const generation = context.cursors.get(record.stream)?.generation ?? record.generation;
  if (generation === record.generation) return noEffect;
  return { ...noEffect, writes: [{ row: 'record', put: { ...record, generation } }] };
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
  const after = context.kind.show(record);
  const feed: NewChange[] = silent
    ? []
    : [
        {
          type: `${context.kind.name}.created`,
          id,
          graphId: item.graphId,
          cause: context.cause,
          changed: Object.keys(after).filter((key) => key !== 'id' && key !== 'graphId'),
          before: null,
          after,
        },
      ];
  return combine(dropHints(context, id), { writes, feed, streams: { [place]: 1 }, counts: { records: 1 } });
}

/** Puts a changed record in place of the old one, with its index rows and its change row. */
export function replaceRecord(
  context: Pick<EffectContext, 'store' | 'kind' | 'silent' | 'cursors' | 'cause'>,
  old: EngineRecord,
  candidate: EngineRecord,
  told: { readonly changed: readonly string[]; readonly losing: Fields | null },
): Effect {
  const { kind } = context;
  const { record, writes, entries } = recordWrites(context, candidate);
  const stale = kind
    .index(old)
    .filter((entry) => !entries.some((next) => next.order === entry.order && next.id === entry.id));
  const moved = old.stream !== record.stream;
  const unchanged =
    told.changed.length === 0 && !moved && sameJson(old.fields, record.fields) && old.graphId === record.graphId;
  const rows = unchanged ? writes.filter((write) => write.row === 'record') : writes;
  const feed = unchanged && told.losing === null ? [] : changeRows(context, old, record, told);
  return {
    writes: [...stale.map(({ order, id }): Write => ({ row: 'index', remove: { order, id } })), ...rows],
    feed,
    streams: moved ? { [old.stream]: -1, [record.stream]: 1 } : {},
    counts: {},
  };
}

/** The row that tells of a changed record, if there is anything to tell. */
function changeRows(
  context: Pick<EffectContext, 'kind' | 'silent' | 'cursors' | 'cause'>,
  old: EngineRecord,
  record: EngineRecord,
  told: { readonly changed: readonly string[]; readonly losing: Fields | null },
): NewChange[] {
  const { kind } = context;
  const changed = told.changed.filter((field) => !kind.quietFields.includes(field));
  const silent = context.silent || !kind.feed || context.cursors.get(old.stream)?.baselined === false;
  if (silent || (changed.length === 0 && told.losing === null)) return [];
  const moved = kind.placeFields.some((field) => changed.includes(field));
  const type = told.losing !== null ? 'conflict' : moved ? 'moved' : 'updated';
  return [
    {
      type: `${kind.name}.${type}`,
      id: record.id,
      graphId: record.graphId,
      cause: context.cause,
      changed,
      before: kind.show(old),
      after: kind.show(record),
      ...(told.losing === null ? {} : { details: { losing: told.losing } }),
    },
  ];
}

/** Takes a record away. `feed` null = nothing is told of it alone. */
export function removeRecord(
  context: Pick<EffectContext, 'kind' | 'silent' | 'cause' | 'cursors' | 'hints' | 'connectionId'>,
  record: EngineRecord,
  details: Fields | null,
): Effect {
  const { kind } = context;
  const hints = context.hints.get(record.id) ?? [];
  const remote =
    record.graphId !== null && remoteRecordId(context.connectionId, record.graphId) !== record.id
      ? record.graphId
      : null;
  const silent =
    details === null || context.silent || !kind.feed || context.cursors.get(record.stream)?.baselined === false;
  return {
    writes: [
      { row: 'record', remove: record.id },
      ...kind.index(record).map(({ order, id }): Write => ({ row: 'index', remove: { order, id } })),
      ...hints.map(({ stream, id }): Write => ({ row: 'hint', remove: { stream, id } })),
      ...(remote === null ? [] : [{ row: 'remote', remove: remote } satisfies Write]),
    ],
    feed: silent
      ? []
      : [
          {
            type: `${kind.name}.deleted`,
            id: record.id,
            graphId: record.graphId,
            cause: context.cause,
            changed: [],
            before: kind.show(record),
            after: null,
            details,
          },
        ],
    streams: { [record.stream]: -1 },
    counts: { records: -1, hints: -hints.length, remotes: remote === null ? 0 : -1 },
  };
}

/** Takes the fields that lost a conflict out of the operations that would still send them. */
function withdrawEffect(context: EffectContext, record: EngineRecord, fields: readonly string[]): Effect {
  if (fields.length === 0) return noEffect;
  const writes: Write[] = [];
  let gone = 0;
  for (const operation of context.outbox.values()) {
    if (operation.recordId !== record.id) continue;
    const left = without(operation, fields);
    if (Object.keys(left.fields).length > 0) writes.push({ row: 'outbox', put: left });
    else {
      writes.push({ row: 'outbox', remove: operation.op });
      gone++;
    }
  }
  return { writes, feed: [], streams: {}, counts: { outbox: -gone } };
}
