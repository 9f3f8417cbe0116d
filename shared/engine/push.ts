import { ConflictError, RejectedError, codeOf } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import { sameJson, type Fields } from '../lib/json.ts';
import { commitFree } from './append.ts';
import { noEffect } from './chunk.ts';
import type { Domain, PushOutcome } from './domain.ts';
import { replaceRecord } from './record-rows.ts';
import { confirm, leaveHint } from './push-confirm.ts';
import type { EngineRecord, OutboxOperation, Scope } from './model.ts';
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
  /** Something was found that only a pass can settle. */
  readonly leftHints: boolean;
}

/**
 * Sends what the outbox holds. Needs no sync lease: each operation is claimed through the fence, and the operations of
 * one record go in order (P8). Throws ClosedError where the partition is closed.
 */
export async function runPush(ports: EnginePorts, request: PushRequest): Promise<PushResult> {
  let pushed = 0;
  let leftHints = false;
  let source: Source | null = null;
  while (!request.budget.spent()) {
    const claimed = await claimNext(ports, request);
    if (claimed.operation === null) return { pushed, nextAt: claimed.nextAt, error: null, leftHints };
    try {
      source ??= await request.open();
      const outcome = await pushOne(ports, request, claimed.operation, source);
      leftHints ||= outcome === 'doubt';
      if (outcome === 'done') pushed++;
    } catch (error) {
      const settled = await settleFailure(ports, request, claimed.operation, error);
      if (!settled) return { pushed, nextAt: await nextDue(ports, request), error, leftHints };
    }
  }
  return { pushed, nextAt: await nextDue(ports, request), error: null, leftHints };
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

/** `doubt` = a hint was left: what became of the record is for the next pass to find out. */
async function pushOne(
  ports: EnginePorts,
  request: PushRequest,
  operation: OutboxOperation,
  source: Source,
): Promise<'done' | 'doubt'> {
  const record = (await ports.store.readRecords(request.scope, [operation.recordId])).get(operation.recordId);
  const target = record ?? departed(operation);
  const outcome: PushOutcome =
    target === null ? { outcome: 'gone' } : await request.domain.push.push(operation, target, source);
  return commitFree(ports, request.scope, async (chunk, head) => {
    const row = await claimedRow(ports, request, operation);
    if (row === null) return 'done';
    const current = (await ports.store.readRecords(request.scope, [operation.recordId])).get(operation.recordId);
    if (outcome.outcome === 'gone' && current !== undefined) {
      // A 404 may be a move in progress: the operation waits until the record is settled (P7, P8).
      await leaveHint(ports, request, { chunk, head, record: current, why: 'removed' });
      chunk.add({ ...noEffect, writes: [{ row: 'outbox', put: postponed(ports, request, row, 'remote.gone') }] });
      return 'doubt';
    }
    chunk.add({ ...noEffect, writes: [{ row: 'outbox', remove: operation.op }], counts: { outbox: -1 } });
    if (current === undefined || outcome.outcome === 'gone') return 'done';
    const changed = current.etag !== record?.etag;
    return confirm(ports, request, { chunk, head, record: current, operation, item: outcome.item, changed });
  });
}

/**
 * An item that has left all synced streams is no record of ours any more, and what was written to it before is still meant:
 * enough of a record to reach it by. Null where the remote never knew it.
 */
function departed({ recordId, kind, graphId, fields }: OutboxOperation): EngineRecord | null {
  if (graphId === undefined || graphId === null) return null;
  const unknown = { etag: null, stream: '', generation: 0, modifiedAt: null, base: null, own: [], truncated: false };
  return { id: recordId, kind, graphId, fields, ...unknown };
}

/** The operation's row while the claim on it is ours; null when another took it or a conflict withdrew it. */
async function claimedRow(
  ports: EnginePorts,
  request: PushRequest,
  operation: OutboxOperation,
): Promise<OutboxOperation | null> {
  const row = (await ports.store.readOutbox(request.scope)).find(({ op }) => op === operation.op);
  return row?.claim?.owner === request.owner ? row : null;
}

function postponed(ports: EnginePorts, request: PushRequest, row: OutboxOperation, lastError: string): OutboxOperation {
  const nextAttemptAt = plus(ports.clock.now(), request.backoffMs(row.attempts)).toISOString();
  return { ...row, claim: null, nextAttemptAt, lastError };
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
    const row = await claimedRow(ports, request, operation);
    if (row === null) return;
    chunk.add({ ...noEffect, writes: [{ row: 'outbox', put: postponed(ports, request, row, codeOf(error)) }] });
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
    if ((await claimedRow(ports, request, operation)) === null) return;
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
