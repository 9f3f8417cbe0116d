import { isDeepStrictEqual } from 'node:util';
import { TooLargeError } from '../errors.ts';
import { sameJson, type Fields } from '../lib/json.ts';
import { changeRows, createdRow, deletedRows, isUntold, type Told } from './change-rows.ts';
import { combine, noEffect, type Effect } from './chunk.ts';
import type { EffectContext } from './effects.ts';
import { remoteRecordId } from './ids.ts';
import type { EngineRecord, IndexEntry } from './model.ts';
import { COMMIT_BYTES, type Write } from './ports.ts';

/** Records below this many bytes fit a change row twice, whatever they hold. */
const LARGE = 100_000;

/** Bytes of a record and its index rows, each of which holds it again: with a change row of two pictures they fit a commit. */
const MOST_BYTES = COMMIT_BYTES / 2;

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
    const sizes = writes.map((write) => context.store.sizeOf(write));
    const largest = Math.max(...sizes);
    const all = sizes.reduce((sum, size) => sum + size, 0);
    if (all > MOST_BYTES) throw new TooLargeError('the rows of a record are too large for one commit');
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
  cursors: ReadonlyMap<string, { readonly generation: number; readonly told: boolean }>,
  record: EngineRecord,
  stream: string,
): Pick<EngineRecord, 'stream' | 'generation' | 'told'> {
  const generation = cursors.get(stream)?.generation ?? record.generation;
  const untold = cursors.get(stream)?.told === false;
  const told = untold && record.told !== false && (record.told === true || cursors.get(record.stream)?.told === true);
  return { stream, generation, ...(told ? { told } : {}) };
}

/** Puts a changed record in place of the old one, with its index rows and its change row; one that is as it was makes no row. */
export function replaceRecord(
  context: Pick<EffectContext, 'store' | 'kind' | 'silent' | 'cursors' | 'cause'>,
  old: EngineRecord,
  candidate: EngineRecord,
  told: Told,
): Effect {
  const { kind } = context;
  if (told.losing === null && isSameRecord(old, candidate)) return noEffect;
  const heard = heardAgain(context, old, candidate);
  const { record, writes, entries } = recordWrites(context, heard);
  const before = kind.index(old);
  const stale = before.filter((entry) => !entries.some((next) => isSameRow(next, entry)));
  const moved = old.stream !== record.stream;
  const unchanged =
    told.changed.length === 0 && !moved && sameJson(old.fields, record.fields) && old.graphId === record.graphId;
  const feed = unchanged && told.losing === null && heard === candidate ? [] : changeRows(context, old, record, told);
  return {
    writes: [
      ...stale.map(({ order, id }): Write => ({ row: 'index', remove: { order, id } })),
      ...(unchanged ? writes.filter((write) => isNews(write, before)) : writes),
    ],
    feed,
    streams: moved ? { [old.stream]: -1, [record.stream]: 1 } : {},
    counts: {},
  };
}

/** What went from the feed with a stream comes back by a change that leaves it in a stream that is told of. */
function heardAgain(
  { cursors }: Pick<EffectContext, 'cursors'>,
  { told }: EngineRecord,
  candidate: EngineRecord,
): EngineRecord {
  const heard = { ...candidate, told: undefined };
  return told === false && !isUntold(cursors, heard) ? heard : candidate;
}

/** All that a row of a record holds; absent and undefined are one. */
const isSameRecord = (left: EngineRecord, right: EngineRecord): boolean =>
  left === right || (left.generation === right.generation && isDeepStrictEqual(whole(left), whole(right)));

const whole = (record: EngineRecord): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

const isSameRow = (left: IndexEntry, right: IndexEntry): boolean => left.order === right.order && left.id === right.id;

/** Index rows that show what they showed before need not be written: an item may tell whether its writes are done. */
function isNews(write: Write, before: readonly IndexEntry[]): boolean {
  if (write.row !== 'index' || !('put' in write)) return true;
  const known = before.find((entry) => isSameRow(entry, write.put));
  return known === undefined || !sameJson(known.item, write.put.item) || !sameJson(known.columns, write.put.columns);
}

/** Takes a record away. One that was leaving is in no list and no count any more, and the feed has told of it. */
export function removeRecord(
  context: Pick<EffectContext, 'kind' | 'silent' | 'cause' | 'cursors' | 'hints' | 'connectionId'>,
  record: EngineRecord,
  details: Fields | null,
): Effect {
  const hints = context.hints.get(record.id) ?? [];
  const { graphId } = record;
  const remote = graphId !== null && remoteRecordId(context.connectionId, graphId) !== record.id ? graphId : null;
  const left = record.leaving !== undefined;
  const entries = left ? [] : context.kind.index(record);
  return {
    writes: [
      { row: 'record', remove: record.id },
      ...entries.map(({ order, id }): Write => ({ row: 'index', remove: { order, id } })),
      ...hints.map(({ stream, id }): Write => ({ row: 'hint', remove: { stream, id } })),
      ...(remote === null ? [] : [{ row: 'remote', remove: remote } satisfies Write]),
    ],
    feed: left ? [] : deletedRows(context, record, details),
    streams: left ? {} : { [record.stream]: -1 },
    counts: {
      ...(left ? { leaving: -1 } : { records: -1 }),
      hints: -hints.length,
      remotes: remote === null ? 0 : -1,
    },
  };
}

/** The row by which a record is found whose id is not the hash of its Graph id. */
export function remoteRow(connectionId: string, record: Pick<EngineRecord, 'id'>, graphId: string): Effect {
  if (remoteRecordId(connectionId, graphId) === record.id) return noEffect;
  return { ...noEffect, writes: [{ row: 'remote', put: { graphId, id: record.id } }], counts: { remotes: 1 } };
}

/** The rows by which a record is found that has got its item, or another one than it had. */
export function renamed(connectionId: string, record: Pick<EngineRecord, 'id' | 'graphId'>, graphId: string): Effect {
  const { graphId: former } = record;
  if (former === graphId) return noEffect;
  const named = remoteRow(connectionId, record, graphId);
  if (former === null || remoteRecordId(connectionId, former) === record.id) return named;
  return combine(named, { ...noEffect, writes: [{ row: 'remote', remove: former }], counts: { remotes: -1 } });
}
