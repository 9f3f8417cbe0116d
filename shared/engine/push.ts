import { ConflictError, LeaseLostError, RejectedError, ThrottledError, codeOf } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import { commitFree } from './append.ts';
import type { Domain } from './domain.ts';
import type { EngineRecord, OutboxOperation, Scope } from './model.ts';
import { putOperation } from './outbox-rows.ts';
import type { EnginePorts, Source } from './ports.ts';
import { HeldClaim } from './push-claim.ts';
import { pushOne } from './push-one.ts';
import { enterDenied, isDenied } from './push-denied.ts';
import { takeBack } from './push-refused.ts';
import { postponed, settlePush, type Pushed } from './push-settle.ts';
import type { Budget } from './settings.ts';

export interface PushRequest {
  readonly scope: Scope;
  readonly domain: Domain;
  readonly owner: string;
  /** How long a claim keeps others away once its worker is dead; while that one sends, it is extended. */
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
  /** Something was found, now or by a run that died, that only a pass can settle. */
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
  const waiting: string[] = [];
  while (!request.budget.spent()) {
    const claimed = await claimNext(ports, request, waiting);
    if (claimed.operation === null) {
      leftHints ||= claimed.hints && (await owesLook(ports, request));
      return { pushed, nextAt: claimed.nextAt, error: null, leftHints };
    }
    const held = new HeldClaim(ports, request, claimed.operation);
    try {
      source ??= await request.open();
      const { operation, record } = claimed;
      const outcome = await pushOne(ports, request, { operation, record }, held.over(source));
      leftHints ||= outcome === 'doubt';
      if (outcome === 'done') pushed++;
    } catch (error) {
      if (source === null && error instanceof ThrottledError) {
        await giveBack(ports, request, claimed.operation, error);
        return { pushed, nextAt: await nextDue(ports, request), error, leftHints };
      }
      const failure = { error, opened: source !== null, sent: held.sent };
      const settled = await settleFailure(ports, request, claimed.operation, failure);
      leftHints ||= settled === 'doubt';
      if (settled === null) return { pushed, nextAt: await nextDue(ports, request), error, leftHints };
    } finally {
      await held.stop();
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
  return earliest(firsts(await ports.store.readOutbox(request.scope)));
}

/** When the first of these operations is ready; null = there is none. */
const earliest = (operations: readonly OutboxOperation[]): Date | null =>
  operations.length === 0 ? null : new Date(Math.min(...operations.map(readyAt)));

/** An operation that is ours to send; null = none is ready, and when one will be. */
interface Claimed {
  readonly operation: OutboxOperation | null;
  /** What it is about, as it stood then. */
  readonly record?: EngineRecord | undefined;
  readonly nextAt: Date | null;
  /** Hints stand, of whatever cause. */
  readonly hints: boolean;
}

/** A push left a hint, and died perhaps before it could ask for the pass that is to settle it. */
async function owesLook(ports: EnginePorts, { scope }: PushRequest): Promise<boolean> {
  const hints = await ports.store.readHints(scope);
  return hints.some(({ asks, held, notBefore }) => asks === true && !held && notBefore === null);
}

/**
 * Claims the oldest operation that is ready. The outbox is read whole once: the records of others that were ready then are kept
 * in `waiting` and looked at one by one, so that a long outbox is not read again for each of its operations.
 */
async function claimNext(ports: EnginePorts, request: PushRequest, waiting: string[]): Promise<Claimed> {
  for (let recordId = waiting.shift(); recordId !== undefined; recordId = waiting.shift()) {
    const { claimed } = await claimReady(ports, request, recordId);
    if (claimed.operation !== null) return claimed;
  }
  const { claimed, others } = await claimReady(ports, request);
  waiting.push(...others);
  return claimed;
}

/** Claims the oldest operation that is ready, of a record or of all, counting the attempt before it is made. */
function claimReady(
  ports: EnginePorts,
  request: PushRequest,
  recordId?: string,
): Promise<{ readonly claimed: Claimed; readonly others: readonly string[] }> {
  return commitFree(ports, request.scope, async (chunk, head) => {
    const hints = head.counts.hints > 0;
    const operations = firsts(await ports.store.readOutbox(request.scope, recordId)).toSorted(byAge);
    const now = ports.clock.now();
    const [ready, ...others] = operations.filter((operation) => readyAt(operation) <= now.getTime());
    if (ready === undefined) return { claimed: { operation: null, nextAt: earliest(operations), hints }, others: [] };
    const record = (await ports.store.readRecords(request.scope, [ready.recordId])).get(ready.recordId);
    const claim = { owner: request.owner, until: plus(now, request.claimMs).toISOString() };
    const triedOn = ready.triedOn === undefined ? (record?.etag ?? null) : ready.triedOn;
    chunk.add(putOperation({ ...ready, claim, attempts: ready.attempts + 1, triedOn }));
    // What the domain is told are the attempts before this one.
    const claimed = { operation: { ...ready, claim }, record, nextAt: null, hints };
    return { claimed, others: others.map((operation) => operation.recordId) };
  });
}

/**
 * A failure that concerns this operation alone is settled here: what the remote refuses for good is taken back, what may pass later
 * is rescheduled, what another worker has claimed is left to that one. Null = everything else; it ends the run, with the operation
 * rescheduled.
 */
async function settleFailure(
  ports: EnginePorts,
  request: PushRequest,
  operation: OutboxOperation,
  { error, opened, sent }: { readonly error: unknown; readonly opened: boolean; readonly sent: boolean },
): Promise<Pushed | null> {
  if (opened && isDenied(error)) return enterDenied(ports, request, operation, error);
  if (error instanceof RejectedError) return takeBack(ports, request, operation, error);
  await settlePush(ports, request, operation, ({ row, chunk }) => {
    const waiting = postponed(ports, request, row, codeOf(error));
    chunk.add(putOperation(sent ? waiting : { ...waiting, triedOn: operation.triedOn }));
  });
  return error instanceof ConflictError || error instanceof LeaseLostError ? 'again' : null;
}

/** The mailbox did not open yet: nothing was sent, so this was no attempt, and it waits no longer than it was told to. */
async function giveBack(
  ports: EnginePorts,
  request: PushRequest,
  operation: OutboxOperation,
  wait: ThrottledError,
): Promise<void> {
  await settlePush(ports, request, operation, ({ row, chunk }) => {
    const nextAttemptAt = plus(ports.clock.now(), wait.retryAfterMs).toISOString();
    const { attempts, triedOn } = operation;
    chunk.add(putOperation({ ...row, claim: null, attempts, triedOn, nextAttemptAt, lastError: wait.code }));
  });
}
