import { sameJson, type Fields, type Json } from '../lib/json.ts';
import { mayHaveMadeOne } from './adopt.ts';
import { createdRow } from './change-rows.ts';
import { combine, noEffect, type Chunk, type Effect } from './chunk.ts';
import type { Domain, Kind } from './domain.ts';
import type { Head } from './head.ts';
import { readAs, wholesOf } from './in-full.ts';
import { bornRecordId } from './ids.ts';
import { leaveEffect } from './leaving.ts';
import type { Intent, LocalWritten } from './local-write.ts';
import type { Cursor, EngineRecord, OutboxOperation, Scope, Undo } from './model.ts';
import { addOperation, dropOperations, newOperation } from './outbox-rows.ts';
import type { EnginePorts } from './ports.ts';
import { movedTo, recordWrites, removeRecord, replaceRecord } from './record-rows.ts';
import { kindIn } from './run.ts';
import { demandRoom, superseded } from './waiting-writes.ts';
import { readWholes, slotEffect } from './wholes.ts';

/** Where a local write goes: what was read under its fence, and the chunk that it becomes. */
export interface Place {
  readonly domain: Domain;
  readonly scope: Scope;
  readonly chunk: Chunk;
  readonly head: Head;
  readonly cursors: ReadonlyMap<string, Cursor>;
}

type Of<T extends Intent['type']> = Extract<Intent, { readonly type: T }>;

/** Puts the rows of an intent into the chunk. */
export async function applyIntent(ports: EnginePorts, place: Place, intent: Intent): Promise<LocalWritten> {
  if (intent.type === 'create') return createRecord(ports, place, intent);
  const waiting = place.head.counts.outbox > 0 ? await ports.store.readOutbox(place.scope, intent.record.id) : [];
  return intent.type === 'update'
    ? updateRecord(ports, place, { intent, waiting })
    : deleteRecord(ports, place, { intent, waiting });
}

/** A write of an application to a record, and what waits to be sent of it already. */
interface Asked<T extends Intent['type']> {
  readonly intent: Of<T>;
  readonly waiting: readonly OutboxOperation[];
}

function createRecord(ports: EnginePorts, place: Place, intent: Of<'create'>): LocalWritten {
  const { stream, action, alone } = intent;
  const kind = kindIn(place.domain, place.head.notes, intent.kind);
  const fields = { ...kind.defaults, ...intent.fields };
  const born = { id: bornRecordId(ports.random), kind: kind.name, graphId: null };
  const how = { action, fields, effect: 'create', ...(alone === undefined ? {} : { alone }), last: 0 } as const;
  const operation = newOperation(ports, born, how);
  const cursor = place.cursors.get(stream);
  const { record, writes } = recordWrites(
    { store: ports.store, kind },
    {
      ...born,
      etag: null,
      stream,
      generation: cursor?.generation ?? 0,
      modifiedAt: null,
      fields,
      base: null,
      own: [ownCreate(operation)],
      truncated: false,
      // Whoever follows the feed is told of it now, whether or not it was told of the stream.
      ...(cursor?.told === true ? {} : { told: true }),
    },
  );
  const feed = kind.feed ? [createdRow({ kind, cause: 'own-write' }, record)] : [];
  const effect: Effect = { writes, feed, streams: { [stream]: 1 }, counts: { records: 1 } };
  place.chunk.add(combine(effect, addOperation(operation)));
  return { record, operation };
}

/** A create under way: all that the record holds is being sent, and there was nothing before. */
export const ownCreate = ({ op }: OutboxOperation): EngineRecord['own'][number] => ({
  op,
  fields: {},
  before: {},
  done: false,
});

async function updateRecord(
  ports: EnginePorts,
  place: Place,
  { intent, waiting }: Asked<'update'>,
): Promise<LocalWritten> {
  const { record, action } = intent;
  const kind = kindIn(place.domain, place.head.notes, record.kind);
  const from = readAs({ kind, wholes: await wholesOf(ports.store, { ...place, kind }, record) }, record);
  // What a part has of its whole it does not hold itself: it may be taken away from it all the same.
  const differs = (field: string, value: Json): boolean =>
    !sameJson(record.fields[field], value) || !sameJson(from[field], value);
  const written = Object.fromEntries(Object.entries(intent.fields).filter(([field, value]) => differs(field, value)));
  // Refused when it was to be made: with this change it may be taken.
  const unborn = record.graphId === null && !waiting.some(({ effect }) => effect === 'create');
  if (Object.keys(written).length === 0 && !unborn) return keepRecord(ports, place, kind, intent);
  const former = unborn ? undefined : superseded(waiting, kind, intent);
  if (former === undefined) demandRoom(waiting);
  const last = Math.max(0, ...waiting.map((row) => row.seq));
  const fields: Fields = { ...record.fields, ...written };
  // What the former one was to say and this one leaves as it is, is said by this one.
  const said = pick(fields, Object.keys({ ...former?.fields, ...written }));
  const how = unborn ? ({ action: 'create', fields, effect: 'create' } as const) : { action, fields: said };
  const operation = newOperation(ports, record, { ...how, last });
  const own = record.own.filter(({ op }) => op !== former?.op);
  const next = {
    ...withOwnWrite({ ...record, own }, operation, { kind, cursors: place.cursors, stream: intent.stream }),
    refused: undefined,
    undo: undoAfter(record, { asked: intent.fields, written }, intent.undo === true ? operation.createdAt : null),
  };
  const told = { changed: Object.keys(written), losing: intent.losing ?? null, from };
  const rows = combine(dropOperations(former === undefined ? [] : [former]), addOperation(operation));
  place.chunk.add(combine(replaceRecord(contextIn(ports, place, kind), record, next, told), rows));
  return { record: next, operation };
}

const pick = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));

const contextIn = (ports: EnginePorts, { cursors }: Place, kind: Kind) =>
  ({ store: ports.store, kind, silent: false, cursors, cause: 'own-write' }) as const;

/** A write that changes nothing: what was refused before is no longer wanted, and what gave way is told all the same. */
function keepRecord(ports: EnginePorts, place: Place, kind: Kind, intent: Of<'update'>): LocalWritten {
  const { record, losing = null } = intent;
  const undo = undoAfter(record, { asked: intent.fields, written: {} }, null);
  if (record.refused === undefined && losing === null && sameJson(undo?.fields ?? null, record.undo?.fields ?? null))
    return { record, operation: null };
  const next = { ...record, refused: undefined, undo };
  place.chunk.add(replaceRecord(contextIn(ports, place, kind), record, next, { changed: [], losing }));
  return { record: next, operation: null };
}

/** What can be taken back after a local write. `at` null = the write itself is not to be taken back. */
function undoAfter(
  record: EngineRecord,
  { asked, written }: { readonly asked: Fields; readonly written: Fields },
  at: string | null,
): Undo | undefined {
  const former = pick(record.fields, Object.keys(written));
  if (at !== null) return { fields: former, at };
  if (record.undo === undefined) return undefined;
  const left = Object.entries(record.undo.fields).filter(([field]) => !(field in asked));
  return left.length === 0 ? undefined : { fields: Object.fromEntries(left), at: record.undo.at };
}

async function deleteRecord(
  ports: EnginePorts,
  place: Place,
  { intent, waiting }: Asked<'delete'>,
): Promise<LocalWritten> {
  const { record, action, fields = {} } = intent;
  const { chunk, cursors } = place;
  const kind = kindIn(place.domain, place.head.notes, record.kind);
  const making = waiting.filter((row) => mayHaveMadeOne(kind, row));
  if (record.graphId === null && making.length === 0) {
    const { connectionId } = place.scope;
    const context = { ...contextIn(ports, place, kind), connectionId, hints: new Map() };
    chunk.add(combine(removeRecord(context, record, { reason: 'deleted' }), dropOperations(waiting)));
    return { record, operation: null };
  }
  const last = Math.max(0, ...waiting.map((row) => row.seq));
  const operation = newOperation(ports, record, { action, fields, effect: 'delete', last });
  // What may have made an item must come to its end first: only then is it known what is to be deleted.
  const dropped = dropOperations(waiting.filter((row) => !making.includes(row)));
  const wholes = await readWholes(ports.store, { ...place, kind }, [record]);
  const emptied = slotEffect({ ...contextIn(ports, place, kind), wholes }, record, 'asked');
  chunk.add([dropped, leaveEffect({ kind, cursors }, record, operation), emptied].reduce(combine, noEffect));
  return { record, operation };
}

/** The record as it stands with us now, remembering what the remote was last known to hold. */
function withOwnWrite(
  record: EngineRecord,
  operation: OutboxOperation,
  { kind, cursors, stream }: Pick<Place, 'cursors'> & { readonly kind: Kind; readonly stream: string | undefined },
): EngineRecord {
  const fields: Fields = { ...record.fields, ...operation.fields };
  const place = kind.placeOf(fields) ?? stream;
  const placed = place === undefined || !cursors.has(place) ? {} : movedTo(cursors, record, place);
  if (operation.effect === 'create') return { ...record, fields, base: null, own: [ownCreate(operation)], ...placed };
  const base = record.base ?? record.fields;
  const before = Object.fromEntries(Object.keys(operation.fields).map((field) => [field, base[field] ?? null]));
  const own = [...record.own, { op: operation.op, fields: operation.fields, before, done: false }];
  return { ...record, fields, base, own, ...placed };
}
