import type { Fields } from '../lib/json.ts';
import { commitFree } from './append.ts';
import { noEffect, type Chunk } from './chunk.ts';
import type { Domain } from './domain.ts';
import type { Head } from './head.ts';
import { AnsweredError, readFreshAnswer, type RequestOnce } from './idempotency.ts';
import { applyIntent } from './local-effects.ts';
import type { Cursor, EngineRecord, OutboxOperation, Scope } from './model.ts';
import type { EnginePorts, IndexPage, IndexQuery } from './ports.ts';
import { readStandings } from './standing.ts';

/** What stands, as a local write sees it: all of it read under the fence that the write must pass (P2). */
export interface LocalRows {
  /** Null where there is none, or where it is being deleted. */
  record(id: string): Promise<EngineRecord | null>;
  /** Those of these records that stand. */
  records(ids: readonly string[]): Promise<Map<string, EngineRecord>>;
  list(query: IndexQuery): Promise<IndexPage>;
  readonly head: Head;
  readonly cursors: ReadonlyMap<string, Cursor>;
}

/** What an application wants done. `action` is a word of the domain's push plan: `update`, `create` ... */
export type Intent =
  | {
      readonly type: 'update';
      readonly record: EngineRecord;
      readonly action: string;
      readonly fields: Fields;
      /** Where it takes the record, where its fields do not say. */
      readonly stream?: string;
      /** The record remembers the former values of what changes, to be taken back by the application. */
      readonly undo?: boolean;
      /** Values of the application that lost against what the record held: the change is told as a conflict. */
      readonly losing?: Fields;
    }
  | {
      readonly type: 'create';
      readonly kind: string;
      readonly action: string;
      readonly fields: Fields;
      readonly stream: string;
      /** The record is never linked with an item that arrives. */
      readonly alone?: boolean;
    }
  | {
      readonly type: 'delete';
      readonly record: EngineRecord;
      readonly action: string;
      /** What the remote is told with it; names no field of the record. */
      readonly fields?: Fields;
    };

/** A write by the application. */
export interface LocalWrite {
  /**
   * Says what is to be done, from what stands; asked anew each time that another writer was first. Null = there is no such
   * record. What it throws ends the write, with nothing written.
   */
  readonly intend: (rows: LocalRows) => Promise<Intent | null>;
  /** Where the request carried an Idempotency-Key: what it is told, of the record as it stands after. */
  readonly once?: AnswerOnce;
}

/** A request that must have its effect once, and its answer. */
export interface AnswerOnce extends RequestOnce {
  readonly answer: (record: EngineRecord) => { readonly status: number; readonly body: string };
}

export interface LocalWritten {
  /** As it stands after; of a delete, as it was. */
  readonly record: EngineRecord;
  /** Null when nothing is to be sent: the record held these values already, or the remote never heard of what is deleted. */
  readonly operation: OutboxOperation | null;
}

/** What was committed. */
export interface LocalCommitted extends LocalWritten {
  /** The feed tells of it. */
  readonly told: boolean;
}

/**
 * Does at once what is intended and puts the operation into the outbox, in one transaction with the change row (cause
 * `own-write`). Null where there is no such record. Needs no lease; throws StorageError after 10 s of contention (P2).
 * The answer of a request with an Idempotency-Key is part of the transaction, also where nothing is to be changed: of
 * several with one key, at once or after a crash, one writes, and the others throw AnsweredError with its answer.
 */
export async function writeLocally(
  ports: EnginePorts,
  domain: Domain,
  scope: Scope,
  write: LocalWrite,
): Promise<LocalCommitted | null> {
  const { once, intend } = write;
  let tried: Tried | null = null;
  return commitFree(ports, scope, async (chunk, head) => {
    if (tried !== null && (await stands(ports, scope, head, tried))) return tried.written;
    // Under the fence: whoever commits this key after this reading makes this commit fail, and the reading be done again.
    const stored = once === undefined ? null : await readFreshAnswer(ports, scope, once.key);
    if (stored !== null) throw new AnsweredError(stored);
    const cursors = new Map(chunk.allCursors().map((cursor) => [cursor.stream, cursor]));
    const intent = await intend(rowsOf(ports, scope, { head, cursors }));
    if (intent === null) return null;
    const applied = await applyIntent(ports, { domain, scope, chunk, head, cursors }, intent);
    const written = { ...applied, told: chunk.feed.length > 0 };
    tried = { written, born: intent.type === 'create' };
    if (once !== undefined) addAnswer(ports, chunk, once, written.record);
    return written;
  });
}

/** What a try whose commit did not come through would have written. */
interface Tried {
  readonly written: LocalCommitted;
  /** Its record was to be made by it. */
  readonly born: boolean;
}

/**
 * Whether it did come through: where its answer was lost and so many others have committed since that the head has forgotten
 * the commit, what it wrote tells. Done again, it would be two writes, or none that anybody sends (P1, P8).
 */
async function stands(ports: EnginePorts, scope: Scope, head: Head, { written, born }: Tried): Promise<boolean> {
  const { id } = written.record;
  const op = written.operation?.op;
  if (op === undefined) return false;
  const [records, waiting] = await Promise.all([
    ports.store.readRecords(scope, [id]),
    head.counts.outbox > 0 ? ports.store.readOutbox(scope, id) : [],
  ]);
  const record = records.get(id);
  return waiting.some((one) => one.op === op) || (record !== undefined && (born || record.leaving === op));
}

/** An update of one record, whatever it holds. */
export const updateOf =
  (recordId: string, action: string, fields: Fields) =>
  async (rows: LocalRows): Promise<Intent | null> => {
    const record = await rows.record(recordId);
    return record === null ? null : { type: 'update', record, action, fields };
  };

function rowsOf(ports: EnginePorts, scope: Scope, front: Pick<LocalRows, 'head' | 'cursors'>): LocalRows {
  const records = (ids: readonly string[]): ReturnType<LocalRows['records']> => readStandings(ports.store, scope, ids);
  return {
    ...front,
    records,
    record: async (id) => (await records([id])).get(id) ?? null,
    list: (query) => ports.store.list(scope, query),
  };
}

function addAnswer(ports: EnginePorts, chunk: Chunk, once: AnswerOnce, record: EngineRecord): void {
  const { key, bodyHash, answer } = once;
  const put = { key, bodyHash, ...answer(record), at: ports.clock.now().toISOString() };
  chunk.add({ ...noEffect, writes: [{ row: 'answer', put }] });
}
