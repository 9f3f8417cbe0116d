import { TooLargeError } from '../errors.ts';
import { sameJson, type Fields } from '../lib/json.ts';
import type { Effect } from './chunk.ts';
import type { EffectContext } from './effects.ts';
import { remoteRecordId } from './ids.ts';
import type { EngineRecord, IndexEntry, NewChange } from './model.ts';
import type { Write } from './ports.ts';

/** Records below this many bytes fit a change row twice, whatever they hold. */
const LARGE = 100_000;

/** A change of a record holds it before and after: what is kept of it must fit that row too, or the change could never be told. */
function toldTwice(kind: EffectContext['kind'], record: EngineRecord): Write {
  const row = createdRow({ kind, cause: 'resync' }, record);
  return { row: 'change', put: { ...row, before: row.after, seq: 0, domain: '', at: '' } };
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
    const largest = Math.max(...writes.map((write) => context.store.sizeOf(write)));
    if (context.kind.feed && largest > LARGE) context.store.sizeOf(toldTwice(context.kind, candidate));
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

/** The place of a record in a stream: one that the feed knows stays known where its new stream was never told of. */
export function movedTo(
  cursors: ReadonlyMap<string, { readonly generation: number; readonly baselined: boolean }>,
  record: EngineRecord,
  stream: string,
): Pick<EngineRecord, 'stream' | 'generation' | 'told'> {
  const generation = cursors.get(stream)?.generation ?? record.generation;
  const untold = cursors.get(stream)?.baselined === false;
  const told = untold && (record.told === true || cursors.get(record.stream)?.baselined === true);
  return { stream, generation, ...(told ? { told } : {}) };
}

/** Nobody was told of this record: it belongs to a stream that is being read for the first time. */
const isUntold = (cursors: EffectContext['cursors'], record: EngineRecord): boolean =>
  cursors.get(record.stream)?.baselined === false && record.told !== true;

/** The row that tells of a record that was not there. */
export function createdRow(context: Pick<EffectContext, 'kind' | 'cause'>, record: EngineRecord): NewChange {
  const after = context.kind.show(record);
  return {
    type: `${context.kind.name}.created`,
    id: record.id,
    graphId: record.graphId,
    cause: context.cause,
    changed: Object.keys(after).filter((key) => key !== 'id' && key !== 'graphId'),
    before: null,
    after,
  };
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
  // What was cut to fit a row differs from what came, but not from what stands.
  const changed = told.changed.filter(
    (field) => !kind.quietFields.includes(field) && !sameJson(old.fields[field], record.fields[field]),
  );
  if (context.silent || !kind.feed || (changed.length === 0 && told.losing === null)) return [];
  if (isUntold(context.cursors, old)) {
    // Out of a folder that nobody was told of, into one that was: here it is new.
    return isUntold(context.cursors, record) ? [] : [createdRow(context, record)];
  }
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
  const silent = details === null || context.silent || !kind.feed || isUntold(context.cursors, record);
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
