import { sameJson, type Fields } from '../lib/json.ts';
import { noEffect, type Chunk } from './chunk.ts';
import type { Domain, Kind } from './domain.ts';
import type { Head } from './head.ts';
import type { Intent, LocalWritten } from './local-write.ts';
import type { Cursor, EngineRecord, OutboxOperation, Scope } from './model.ts';
import type { EnginePorts } from './ports.ts';
import { movedTo, replaceRecord } from './record-rows.ts';
import { kindIn } from './run.ts';

/** Where a local write goes: what was read under its fence, and the chunk that it becomes. */
export interface Place {
  readonly domain: Domain;
  readonly scope: Scope;
  readonly chunk: Chunk;
  readonly head: Head;
  readonly cursors: ReadonlyMap<string, Cursor>;
}

/** Puts the rows of an intent into the chunk. */
export async function applyIntent(ports: EnginePorts, place: Place, intent: Intent): Promise<LocalWritten> {
  if (intent.type !== 'update') throw new Error(`${intent.type} is not known`);
  return updateRecord(ports, place, intent);
}

async function updateRecord(
  ports: EnginePorts,
  place: Place,
  intent: Extract<Intent, { type: 'update' }>,
): Promise<LocalWritten> {
  const { chunk, cursors, head, scope } = place;
  const { record } = intent;
  const differing = Object.entries(intent.fields).filter(([field, value]) => !sameJson(record.fields[field], value));
  if (differing.length === 0) return { record, operation: null };
  const kind = kindIn(place.domain, head.notes, record.kind);
  const waiting = head.counts.outbox > 0 ? await ports.store.readOutbox(scope) : [];
  const last = Math.max(0, ...waiting.filter((row) => row.recordId === record.id).map((row) => row.seq));
  const operation = newOperation(ports, record, { action: intent.action, fields: Object.fromEntries(differing), last });
  const next = withOwnWrite(record, operation, { kind, cursors });
  const told = { changed: differing.map(([field]) => field), losing: intent.losing ?? null };
  const context = { store: ports.store, kind, silent: false, cursors, cause: 'own-write' } as const;
  chunk.add(replaceRecord(context, record, next, told));
  chunk.add({ ...noEffect, writes: [{ row: 'outbox', put: operation }], counts: { outbox: 1 } });
  return { record: next, operation };
}

/** An operation that comes after all that wait for the same record, whatever the clocks of their writers said (P8). */
export function newOperation(
  ports: Pick<EnginePorts, 'clock' | 'random'>,
  record: Pick<EngineRecord, 'id' | 'kind' | 'graphId'>,
  write: Pick<OutboxOperation, 'action' | 'fields' | 'effect' | 'alone'> & { readonly last: number },
): OutboxOperation {
  const now = ports.clock.now();
  const { last, ...what } = write;
  return {
    op: `${String(now.getTime()).padStart(14, '0')}-${ports.random.token(9)}`,
    kind: record.kind,
    recordId: record.id,
    graphId: record.graphId,
    ...what,
    seq: Math.max(now.getTime() * 100, last + 1),
    attempts: 0,
    nextAttemptAt: now.toISOString(),
    claim: null,
    createdAt: now.toISOString(),
    lastError: null,
  };
}

/** The record as it stands with us now, remembering what the remote was last known to hold. */
function withOwnWrite(
  record: EngineRecord,
  operation: OutboxOperation,
  { kind, cursors }: { readonly kind: Kind; readonly cursors: ReadonlyMap<string, Cursor> },
): EngineRecord {
  const fields: Fields = { ...record.fields, ...operation.fields };
  const base = record.base ?? record.fields;
  const before = Object.fromEntries(Object.keys(operation.fields).map((field) => [field, base[field] ?? null]));
  const place = kind.placeOf(fields);
  return {
    ...record,
    fields,
    base,
    own: [...record.own, { op: operation.op, fields: operation.fields, before, done: false }],
    ...(place === undefined || !cursors.has(place) ? {} : movedTo(cursors, record, place)),
  };
}
