import { ConflictError, RejectedError, codeOf } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import { sameJson, type Fields } from '../lib/json.ts';
import { commitFree } from './append.ts';
import { decodeItems } from './apply.ts';
import { noEffect, type Chunk } from './chunk.ts';
import type { Domain, PushOutcome } from './domain.ts';
import { replaceRecord } from './effects.ts';
import { mergeRemote } from './merge.ts';
import type { EngineRecord, Head, Hint, OutboxOperation, Scope } from './model.ts';
import type { EnginePorts, Source } from './ports.ts';
import { kindIn } from './run.ts';
import type { Budget } from './settings.ts';

export interface PushRequest {
  readonly scope: Scope;
  readonly domain: Domain;
  readonly owner: string;
  /** How long a claim keeps others away. */
  readonly claimMs: number;
  readonly budget: Budget;
  readonly open: () => Promise<Source>;
  /** Waiting time after so many attempts. */
  readonly backoffMs: (attempts: number) => number;
}

export interface PushResult {
  readonly pushed: number;
  /** When the next operation is due; null = the outbox is empty. */
  readonly nextAt: Date | null;
  /** The failure that ended the run early; the operation itself was rescheduled. */
  readonly error: unknown;
}

/**
 * Sends what the outbox holds. Needs no sync lease: each operation is claimed through the fence, and the operations of
 * one record go in order (P8). Throws ClosedError where the partition is closed.
 */
export async function runPush(ports: EnginePorts, request: PushRequest): Promise<PushResult> {
  let pushed = 0;
  let source: Source | null = null;
  while (!request.budget.spent()) {
    const claimed = await claimNext(ports, request);
    if (claimed.operation === null) return { pushed, nextAt: claimed.nextAt, error: null };
    try {
      source ??= await request.open();
      await pushOne(ports, request, claimed.operation, source);
      pushed++;
    } catch (error) {
      const settled = await settleFailure(ports, request, claimed.operation, error);
      if (!settled) return { pushed, nextAt: await nextDue(ports, request), error };
    }
  }
  return { pushed, nextAt: await nextDue(ports, request), error: null };
}

const byAge = (a: OutboxOperation, b: OutboxOperation): number => a.seq - b.seq || (a.op < b.op ? -1 : 1);

/** The first operation of each record. */
const firsts = (operations: readonly OutboxOperation[]): OutboxOperation[] => [
  ...new Map(
    operations
      .toSorted(byAge)
      .toReversed()
      .map((operation) => [operation.recordId, operation]),
  ).values(),
];

const readyAt = (operation: OutboxOperation): number =>
  Math.max(Date.parse(operation.nextAttemptAt), operation.claim === null ? 0 : Date.parse(operation.claim.until));

async function nextDue(ports: EnginePorts, request: PushRequest): Promise<Date | null> {
  const times = firsts(await ports.store.readOutbox(request.scope)).map(readyAt);
  return times.length === 0 ? null : new Date(Math.min(...times));
}

/** Claims the oldest operation that is ready, counting the attempt before it is made. */
async function claimNext(
  ports: EnginePorts,
  request: PushRequest,
): Promise<{ operation: OutboxOperation | null; nextAt: Date | null }> {
  return commitFree(ports, request.scope, async (chunk) => {
    const operations = firsts(await ports.store.readOutbox(request.scope)).toSorted(byAge);
    const now = ports.clock.now();
    const ready = operations.find((operation) => readyAt(operation) <= now.getTime());
    if (ready === undefined) {
      const times = operations.map(readyAt);
      return { operation: null, nextAt: times.length === 0 ? null : new Date(Math.min(...times)) };
    }
    const claim = { owner: request.owner, until: plus(now, request.claimMs).toISOString() };
    chunk.add({ ...noEffect, writes: [{ row: 'outbox', put: { ...ready, claim, attempts: ready.attempts + 1 } }] });
    // What the domain is told are the attempts before this one: none means that nothing can have reached the remote.
    return { operation: { ...ready, claim }, nextAt: null };
  });
}

async function pushOne(
  ports: EnginePorts,
  request: PushRequest,
  operation: OutboxOperation,
  source: Source,
): Promise<void> {
  const record = (await ports.store.readRecords(request.scope, [operation.recordId])).get(operation.recordId);
  const outcome: PushOutcome =
    record === undefined ? { outcome: 'gone' } : await request.domain.push.push(operation, record, source);
  await commitFree(ports, request.scope, async (chunk, head) => {
    if (!(await stillClaimed(ports, request, operation))) return;
    const current = (await ports.store.readRecords(request.scope, [operation.recordId])).get(operation.recordId);
    chunk.add({ ...noEffect, writes: [{ row: 'outbox', remove: operation.op }], counts: { outbox: -1 } });
    if (current === undefined) return;
    if (outcome.outcome === 'gone') leaveHint(ports, chunk, current);
    else confirm(ports, request, { chunk, head, record: current, operation, item: outcome.item });
  });
}

async function stillClaimed(ports: EnginePorts, request: PushRequest, operation: OutboxOperation): Promise<boolean> {
  const rows = await ports.store.readOutbox(request.scope);
  return rows.find((row) => row.op === operation.op)?.claim?.owner === request.owner;
}

/** The remote says that the record is gone: the next pass re-reads it and settles that (P7). */
function leaveHint(ports: EnginePorts, chunk: Chunk, record: EngineRecord): void {
  if (record.graphId === null) return;
  const { stream, id, kind, graphId } = record;
  const since = ports.clock.now().toISOString();
  const put: Hint = {
    stream,
    id,
    kind,
    graphId,
    why: 'removed',
    cause: 'own-write',
    since,
    notBefore: null,
    held: false,
  };
  chunk.add({ ...noEffect, writes: [{ row: 'hint', put }], counts: { hints: 1 } });
}

/** The remote's answer becomes the base; what else it shows is a remote edit like any other (P9, P10). */
function confirm(
  ports: EnginePorts,
  request: PushRequest,
  given: {
    readonly chunk: Chunk;
    readonly head: Head;
    readonly record: EngineRecord;
    readonly operation: OutboxOperation;
    readonly item: unknown;
  },
): void {
  const { chunk, head, record, operation } = given;
  const kind = kindIn(request.domain, head.notes, record.kind);
  const [item] = decodeItems(kind, [given.item], true);
  if (item?.type !== 'item') return;
  const merge = mergeRemote(record, item, request.domain.policy, true);
  const merged =
    merge.verdict === 'merged'
      ? merge
      : { fields: record.fields, base: record.base, own: record.own, changed: [], losing: null };
  const own = merged.own.map((write) => (write.op === operation.op ? { ...write, done: true } : write));
  const stale = merge.verdict === 'stale';
  const next: EngineRecord = {
    ...record,
    etag: stale ? record.etag : (item.etag ?? record.etag),
    modifiedAt: stale ? record.modifiedAt : (item.modifiedAt ?? record.modifiedAt),
    fields: merged.fields,
    base: merged.base,
    own: own.slice(-8),
  };
  const cursors = new Map(chunk.allCursors().map((cursor) => [cursor.stream, cursor]));
  chunk.add(replaceRecord({ store: ports.store, kind, silent: false, cursors, cause: 'poll' }, record, next, merged));
}

/**
 * A failure that concerns this operation alone is settled here (true = go on with others): what the remote refuses for
 * good is taken back, what may pass later is rescheduled. Everything else ends the run, with the operation rescheduled.
 */
async function settleFailure(
  ports: EnginePorts,
  request: PushRequest,
  operation: OutboxOperation,
  error: unknown,
): Promise<boolean> {
  if (error instanceof RejectedError) {
    await takeBack(ports, request, operation, error);
    return true;
  }
  await commitFree(ports, request.scope, async (chunk) => {
    const row = (await ports.store.readOutbox(request.scope)).find(({ op }) => op === operation.op);
    if (row?.claim?.owner !== request.owner) return;
    const nextAttemptAt = plus(ports.clock.now(), request.backoffMs(row.attempts)).toISOString();
    chunk.add({
      ...noEffect,
      writes: [{ row: 'outbox', put: { ...row, claim: null, nextAttemptAt, lastError: codeOf(error) } }],
    });
  });
  return error instanceof ConflictError;
}

/** The remote refuses the write for good: the record goes back to what the remote holds, and the feed says so. */
async function takeBack(
  ports: EnginePorts,
  request: PushRequest,
  operation: OutboxOperation,
  error: RejectedError,
): Promise<void> {
  ports.log.warn('push.rejected', {
    domain: request.domain.name,
    'error.code': error.code,
    'graph.code': error.facts.remoteCode,
    'graph.request_id': error.facts.requestId,
  });
  await commitFree(ports, request.scope, async (chunk, head) => {
    if (!(await stillClaimed(ports, request, operation))) return;
    chunk.add({ ...noEffect, writes: [{ row: 'outbox', remove: operation.op }], counts: { outbox: -1 } });
    const record = (await ports.store.readRecords(request.scope, [operation.recordId])).get(operation.recordId);
    if (record === undefined) return;
    const kind = kindIn(request.domain, head.notes, record.kind);
    const next = reverted(record, operation);
    const cursors = new Map(chunk.allCursors().map((cursor) => [cursor.stream, cursor]));
    const stream = kind.placeOf(next.fields) ?? record.stream;
    const placed = cursors.has(stream)
      ? { ...next, stream, generation: cursors.get(stream)?.generation ?? next.generation }
      : next;
    const changed = Object.keys(operation.fields).filter(
      (field) => !sameJson(record.fields[field], next.fields[field]),
    );
    chunk.add(
      replaceRecord({ store: ports.store, kind, silent: false, cursors, cause: 'system' }, record, placed, {
        changed,
        losing: operation.fields,
      }),
    );
  });
}

/** The fields that only this operation had changed go back to the base. */
function reverted(record: EngineRecord, operation: OutboxOperation): EngineRecord {
  const own = record.own.filter((write) => write.op !== operation.op);
  const base = record.base ?? record.fields;
  const later = (field: string): boolean => own.some((write) => !write.done && field in write.fields);
  const back = Object.keys(operation.fields).filter((field) => !later(field));
  const fields: Fields = { ...record.fields, ...Object.fromEntries(back.map((field) => [field, base[field] ?? null])) };
  return { ...record, fields, base: sameJson(fields, base) ? null : base, own };
}
