import { plus } from '../lib/clock.ts';
import { commitFree } from './append.ts';
import { decodeItems } from './decode-items.ts';
import type { Chunk } from './chunk.ts';
import type { Kind } from './domain.ts';
import { hintEffect, type EffectContext, type Item } from './effects.ts';
import type { Head } from './head.ts';
import type { EngineRecord, Hint, OutboxOperation } from './model.ts';
import type { EnginePorts } from './ports.ts';
import type { PushRequest } from './push.ts';
import { kindIn } from './run.ts';
import { fillsSlotOf, noWholes, readWholes } from './wholes.ts';

/** What stands when the outcome of a push is entered, all of it read under one head. */
export interface PushState {
  readonly chunk: Chunk;
  readonly head: Head;
  /** The operation as it stands now, claimed by this run. */
  readonly row: OutboxOperation;
  /** The operations of its record. */
  readonly outbox: ReadonlyMap<string, OutboxOperation>;
  readonly record: EngineRecord | undefined;
  readonly kind: Kind;
  readonly context: Omit<EffectContext, 'hints' | 'creates' | 'cause'>;
}

/** A state with the record that the operation is about. */
export type StandingState = PushState & { readonly record: EngineRecord };

/** What a push came to: `doubt` = a hint was left, the next pass finds out; `again` = it was not done and is tried again. */
export type Pushed = 'done' | 'doubt' | 'again';

/**
 * Enters the outcome of a push, computed anew each time that another writer was first. Undefined, and nothing done, where the
 * operation is no longer ours: another run has claimed it, a conflict has withdrawn it, or its item was found.
 */
export function settlePush<T>(
  ports: EnginePorts,
  request: PushRequest,
  operation: OutboxOperation,
  settle: (state: PushState) => Promise<T> | T,
): Promise<T | undefined> {
  const { scope, domain } = request;
  return commitFree(ports, scope, async (chunk, head) => {
    const outbox = new Map((await ports.store.readOutbox(scope, operation.recordId)).map((one) => [one.op, one]));
    const row = outbox.get(operation.op);
    if (row?.claim?.owner !== request.owner) return undefined;
    const record = (await ports.store.readRecords(scope, [operation.recordId])).get(operation.recordId);
    const kind = kindIn(domain, head.notes, operation.kind);
    const wholes = record === undefined ? undefined : await readWholes(ports.store, { scope, head, kind }, [record]);
    const context = {
      wholes,
      connectionId: scope.connectionId,
      store: ports.store,
      kind,
      cursors: new Map(chunk.allCursors().map((cursor) => [cursor.stream, cursor])),
      outbox,
      policy: domain.policy,
      silent: false,
      now: ports.clock.now(),
      authoritative: true,
    };
    return settle({ chunk, head, row, outbox, record, kind, context });
  });
}

/** The operation waits for another try. */
export function postponed(
  ports: EnginePorts,
  request: Pick<PushRequest, 'backoffMs'>,
  row: OutboxOperation,
  lastError: string,
): OutboxOperation {
  const nextAttemptAt = plus(ports.clock.now(), request.backoffMs(row.attempts)).toISOString();
  return { ...row, claim: null, nextAttemptAt, lastError };
}

/**
 * What the remote answered about this very item, or about the one that the operation has made; an answer about another one, or
 * one that cannot be read, tells nothing.
 */
export function answered({ kind, record, row, context }: StandingState, raw: unknown): Item | null {
  const [item] = decodeItems(kind, [raw], true);
  if (item?.type !== 'item') return null;
  const same = record.graphId === null || item.graphId === record.graphId;
  const remade = kind.remakes === true && item.origin === row.op;
  // A part may be made anew by a write to it: it is known by the slot that it fills.
  return same || remade || fillsSlotOf(kind, context.wholes ?? noWholes, record, item) ? item : null;
}

/** Hints of the partition by record. */
export async function readHints(
  ports: EnginePorts,
  request: Pick<PushRequest, 'scope'>,
  head: Head,
): Promise<ReadonlyMap<string, readonly Hint[]>> {
  const rows = head.counts.hints > 0 ? await ports.store.readHints(request.scope) : [];
  return Map.groupBy(rows, (hint) => hint.id);
}

/** The next pass re-reads the record and settles what became of it (P7). */
export async function leaveHint(
  ports: EnginePorts,
  request: PushRequest,
  given: Pick<Hint, 'why'> & Partial<Pick<Hint, 'cause'>> & Pick<StandingState, 'chunk' | 'head' | 'record'>,
): Promise<void> {
  const { chunk, head, record, why, cause = 'own-write' } = given;
  const { stream, id, kind, graphId } = record;
  if (graphId === null) return;
  const since = ports.clock.now().toISOString();
  const details = { cause, since, notBefore: null, held: false, asks: true } as const;
  const hints = await readHints(ports, request, head);
  chunk.include(hintEffect({ hints }, { stream, id, kind, graphId, why, ...details }));
}
