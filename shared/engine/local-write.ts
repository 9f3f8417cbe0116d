import type { Fields } from '../lib/json.ts';
import { sameJson } from '../lib/json.ts';
import { commitFree } from './append.ts';
import { noEffect } from './chunk.ts';
import type { Domain } from './domain.ts';
import { AnsweredError, readFreshAnswer, type RequestOnce } from './idempotency.ts';
import { movedTo, replaceRecord } from './record-rows.ts';
import type { EngineRecord, OutboxOperation, Scope } from './model.ts';
import type { EnginePorts, Write } from './ports.ts';
import { kindIn } from './run.ts';

/** A write by the application to a record that stands. */
export interface LocalWrite {
  readonly recordId: string;
  /** A word of the domain's push plan: `update` ... */
  readonly action: string;
  readonly fields: Fields;
  /** Where the request carried an Idempotency-Key: what it is told, of the record as it stands after. */
  readonly once?: AnswerOnce;
}

/** A request that must have its effect once, and its answer. */
export interface AnswerOnce extends RequestOnce {
  readonly answer: (record: EngineRecord) => { readonly status: number; readonly body: string };
}

export interface LocalWritten {
  readonly record: EngineRecord;
  /** Null when the record held these values already: nothing is to be sent. */
  readonly operation: OutboxOperation | null;
}

/**
 * Changes a record at once and puts the operation into the outbox, in one transaction with the change row (cause
 * `own-write`). Null where there is no such record. Needs no lease; throws StorageError after 10 s of contention (P2).
 * The answer of a request with an Idempotency-Key is part of the transaction, also where nothing is to be changed: of
 * several with one key, at once or after a crash, one writes, and the others throw AnsweredError with its answer.
 */
export async function writeLocally(
  ports: EnginePorts,
  domain: Domain,
  scope: Scope,
  write: LocalWrite,
): Promise<LocalWritten | null> {
  return commitFree(ports, scope, async (chunk, head) => {
    const { once } = write;
    // Under the fence: whoever commits this key after this reading makes this commit fail, and the reading be done again.
    const stored = once === undefined ? null : await readFreshAnswer(ports, scope, once.key);
    if (stored !== null) throw new AnsweredError(stored);
    const record = (await ports.store.readRecords(scope, [write.recordId])).get(write.recordId);
    if (record === undefined) return null;
    const differing = Object.entries(write.fields).filter(([field, value]) => !sameJson(record.fields[field], value));
    if (differing.length === 0) {
      chunk.add({ ...noEffect, writes: answerRows(ports, once, record) });
      return { record, operation: null };
    }
    const kind = kindIn(domain, head.notes, record.kind);
    const cursors = new Map(chunk.allCursors().map((cursor) => [cursor.stream, cursor]));
    const waiting = head.counts.outbox > 0 ? await ports.store.readOutbox(scope) : [];
    const last = Math.max(0, ...waiting.filter((row) => row.recordId === record.id).map((row) => row.seq));
    const operation = newOperation(ports, record, {
      action: write.action,
      fields: Object.fromEntries(differing),
      last,
    });
    const next = withOwnWrite(record, operation, (fields) => {
      const place = kind.placeOf(fields);
      return place === undefined || !cursors.has(place) ? undefined : movedTo(cursors, record, place);
    });
    const told = { changed: differing.map(([field]) => field), losing: null };
    chunk.add(
      replaceRecord({ store: ports.store, kind, silent: false, cursors, cause: 'own-write' }, record, next, told),
    );
    const rows: Write[] = [{ row: 'outbox', put: operation }, ...answerRows(ports, once, next)];
    chunk.add({ ...noEffect, writes: rows, counts: { outbox: 1 } });
    return { record: next, operation };
  });
}

function answerRows(ports: EnginePorts, once: AnswerOnce | undefined, record: EngineRecord): Write[] {
  if (once === undefined) return [];
  const { key, bodyHash, answer } = once;
  return [{ row: 'answer', put: { key, bodyHash, ...answer(record), at: ports.clock.now().toISOString() } }];
}

/** An operation that comes after all that wait for the same record, whatever the clocks of their writers said (P8). */
function newOperation(
  ports: EnginePorts,
  record: EngineRecord,
  write: { readonly action: string; readonly fields: Fields; readonly last: number },
): OutboxOperation {
  const now = ports.clock.now();
  return {
    op: `${String(now.getTime()).padStart(14, '0')}-${ports.random.token(9)}`,
    kind: record.kind,
    recordId: record.id,
    graphId: record.graphId,
    action: write.action,
    fields: write.fields,
    seq: Math.max(now.getTime() * 100, write.last + 1),
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
  placeOf: (fields: Fields) => ReturnType<typeof movedTo> | undefined,
): EngineRecord {
  const fields = { ...record.fields, ...operation.fields };
  const base = record.base ?? record.fields;
  const before = Object.fromEntries(Object.keys(operation.fields).map((field) => [field, base[field] ?? null]));
  return {
    ...record,
    fields,
    base,
    own: [...record.own, { op: operation.op, fields: operation.fields, before, done: false }],
    ...placeOf(fields),
  };
}
