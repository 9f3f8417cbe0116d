import { decodeItems, type DecodedItem } from './apply.ts';
import type { Chunk } from './chunk.ts';
import { hintEffect, mergedRecord, withdrawEffect } from './effects.ts';
import { replaceRecord } from './record-rows.ts';
import { mergeRemote } from './merge.ts';
import type { Head } from './head.ts';
import type { EngineRecord, Hint, OutboxOperation, OwnWrite } from './model.ts';
import type { EnginePorts } from './ports.ts';
import type { PushRequest } from './push.ts';
import { kindIn } from './run.ts';

/** The next pass re-reads the record and settles what became of it (P7). */
export async function leaveHint(
  ports: EnginePorts,
  request: PushRequest,
  given: { readonly chunk: Chunk; readonly head: Head; readonly record: EngineRecord; readonly why: Hint['why'] },
): Promise<void> {
  const { chunk, head, record, why } = given;
  const { stream, id, kind, graphId } = record;
  if (graphId === null) return;
  const since = ports.clock.now().toISOString();
  const rows = head.counts.hints > 0 ? await ports.store.readHints(request.scope) : [];
  const hints = Map.groupBy(rows, (hint) => hint.id);
  const details = { cause: 'own-write', since, notBefore: null, held: false } as const;
  chunk.add(hintEffect({ hints }, { stream, id, kind, graphId, why, ...details }));
}

/** A push whose outcome is known, to be entered where the record stands. */
interface Confirmation {
  readonly chunk: Chunk;
  readonly head: Head;
  readonly record: EngineRecord;
  readonly operation: OutboxOperation;
  readonly item: unknown;
  /** A page or a re-read has changed the record since it was pushed: it may be younger than the answer. */
  readonly changed: boolean;
}

/** The remote's answer becomes the base; what else it shows is a remote edit like any other (P9, P10). */
export async function confirm(
  ports: EnginePorts,
  request: PushRequest,
  given: Confirmation,
): Promise<'done' | 'doubt'> {
  const { chunk, head, record, operation, changed } = given;
  const kind = kindIn(request.domain, head.notes, record.kind);
  const item = answered(record, decodeItems(kind, [given.item], true)[0]);
  const merge = item?.type === 'item' ? mergeRemote(record, item, request.domain.policy, !changed) : null;
  const cursors = new Map(chunk.allCursors().map((cursor) => [cursor.stream, cursor]));
  const context = { store: ports.store, kind, silent: false, cursors, cause: 'poll' } as const;
  const done = (own: readonly OwnWrite[]): OwnWrite[] =>
    lately(own.map((write) => (write.op === operation.op ? { ...write, done: true } : write)));
  if (item?.type !== 'item' || merge === null || merge.verdict !== 'merged') {
    chunk.add(replaceRecord(context, record, { ...record, own: done(record.own) }, { changed: [], losing: null }));
    if (merge?.verdict === 'same' || merge?.verdict === 'stale') return 'done';
    await leaveHint(ports, request, { chunk, head, record, why: 'thin' });
    return 'doubt';
  }
  const next = mergedRecord({ kind, cursors }, record, item, merge);
  chunk.add(replaceRecord(context, record, { ...next, own: done(merge.own) }, merge));
  await withdraw(ports, request, { chunk, operation, fields: merge.withdrawn });
  return 'done';
}

/** What the remote answered about this very item; an answer about another one tells nothing. */
const answered = (record: EngineRecord, item: DecodedItem | undefined): DecodedItem | undefined =>
  item?.type === 'item' && record.graphId !== null && item.graphId !== record.graphId ? undefined : item;

/** Most own writes that are done and remembered. */
const REMEMBERED = 8;

/** All own writes under way, and the last of those done. */
function lately(own: readonly OwnWrite[]): OwnWrite[] {
  const done = own.filter((write) => write.done).slice(-REMEMBERED);
  return own.filter((write) => !write.done || done.includes(write));
}

/** Later operations of the record must not send again what lost against the remote (P10). */
async function withdraw(
  ports: EnginePorts,
  request: PushRequest,
  given: { readonly chunk: Chunk; readonly operation: OutboxOperation; readonly fields: readonly string[] },
): Promise<void> {
  const { chunk, operation, fields } = given;
  if (fields.length === 0) return;
  const later = (await ports.store.readOutbox(request.scope)).filter((row) => row.op !== operation.op);
  const outbox = new Map(later.map((row) => [row.op, row]));
  chunk.add(withdrawEffect({ outbox }, operation.recordId, fields));
}
