import { noEffect, type Effect } from './chunk.ts';
import { operationsOf } from './ids.ts';
import type { EngineRecord, OutboxOperation } from './model.ts';
import type { EnginePorts } from './ports.ts';

/** Whether an operation was tried, or is being tried now. */
export const wasTried = ({ attempts, claim }: Pick<OutboxOperation, 'attempts' | 'claim'>): boolean =>
  attempts > 0 || claim !== null;

/** Whether a run sends it at this moment. */
export const isClaimed = ({ claim }: Pick<OutboxOperation, 'claim'>, now: Date): boolean =>
  claim !== null && Date.parse(claim.until) > now.getTime();

/** Whether the remote may have something of an operation: an attempt before this one was made, and its outcome is not known. */
export const mayHaveArrived = ({ triedOn }: Pick<OutboxOperation, 'triedOn'>): boolean => triedOn !== undefined;

/**
 * Whether an item may show something of an operation: it was tried, and the item is no longer in the version that it had then. One
 * that had no version of its own may be in any.
 */
export const isOtherThanTried = ({ triedOn }: Pick<OutboxOperation, 'triedOn'>, etag: string | null): boolean =>
  triedOn !== undefined && (triedOn === null || etag !== triedOn);

/** An operation that comes after all that wait for the same record, whatever the clocks of their writers said (P8). */
export function newOperation(
  ports: Pick<EnginePorts, 'clock' | 'random'>,
  record: Pick<EngineRecord, 'id' | 'kind' | 'graphId'>,
  write: Pick<OutboxOperation, 'action' | 'fields' | 'effect' | 'alone'> & { readonly last: number },
): OutboxOperation {
  const now = ports.clock.now();
  const { last, ...what } = write;
  return {
    op: `${operationsOf(record.id)}${ports.random.token(12)}`,
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

/** Takes these operations out of the outbox. */
export function dropOperations(operations: readonly OutboxOperation[]): Effect {
  if (operations.length === 0) return noEffect;
  return {
    ...noEffect,
    writes: operations.map(({ op }) => ({ row: 'outbox', remove: op })),
    counts: { outbox: -operations.length },
  };
}

/** An operation that stands already, as it is now. */
export const putOperation = (operation: OutboxOperation): Effect => ({
  ...noEffect,
  writes: [{ row: 'outbox', put: operation }],
});

/** One that is new. */
export const addOperation = (operation: OutboxOperation): Effect => ({
  ...putOperation(operation),
  counts: { outbox: 1 },
});
