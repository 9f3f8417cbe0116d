import { combine, noEffect, type Effect } from './chunk.ts';
import { confirmEffect } from './confirm-effect.ts';
import type { PushOutcome } from './domain.ts';
import type { Item } from './effects.ts';
import { remoteRecordId } from './ids.ts';
import { dropOperations, putOperation } from './outbox-rows.ts';
import type { EngineRecord, OutboxOperation } from './model.ts';
import { inPlace } from './moved-away.ts';
import type { EnginePorts, Source } from './ports.ts';
import type { PushRequest } from './push.ts';
import { mergeChanged } from './push-changed.ts';
import { enterDeleted, enterGone } from './push-gone.ts';
import {
  answered,
  leaveHint,
  postponed,
  readHints,
  settlePush,
  type Pushed,
  type StandingState,
} from './push-settle.ts';
import { removeRecord } from './record-rows.ts';

/** Sends an operation, with its record as it stood when it was claimed, and enters what became of it. */
export async function pushOne(
  ports: EnginePorts,
  request: PushRequest,
  { operation, record }: { readonly operation: OutboxOperation; readonly record?: EngineRecord | undefined },
  source: Source,
): Promise<Pushed> {
  const target = record ?? departed(operation);
  const outcome: PushOutcome =
    target === null ? { outcome: 'gone' } : await request.domain.push.push(operation, target, source);
  const pushed = await settlePush(ports, request, operation, async (state) => {
    const { record: current } = state;
    if (current === undefined) {
      state.chunk.add(dropOperations([state.row]));
      return 'done';
    }
    // A page or a re-read that has changed the record since may be younger than the answer.
    const authoritative = current.etag === record?.etag;
    const standing = { ...state, record: current, context: { ...state.context, authoritative } };
    if (outcome.outcome === 'changed') {
      if (isMoot(standing)) return dropMoot(standing);
      return mergeChanged(ports, request, standing, outcome.item);
    }
    if (outcome.outcome === 'gone') return enterGone(ports, request, standing);
    const alone = outcome.alone === true && authoritative;
    return enterDone(ports, request, standing, { operation, item: outcome.item, alone });
  });
  return pushed ?? 'done';
}

/**
 * An item that has left all synced streams is no record of ours any more, and what was written to it before is still meant:
 * enough of a record to reach it by, and nothing of what the remote holds. Null where the remote never knew it.
 */
function departed({ recordId, kind, graphId, fields }: OutboxOperation): EngineRecord | null {
  if (graphId === undefined || graphId === null) return null;
  const unknown = { etag: null, stream: '', generation: 0, modifiedAt: null, base: {}, own: [], truncated: false };
  return { id: recordId, kind, graphId, fields, ...unknown };
}

/** The item of an update is being deleted: what is left of the write nobody wants any more. */
const isMoot = ({ row, record }: StandingState): boolean => row.effect === undefined && record.leaving !== undefined;

/** The deletion waited for it, as it might have made the item anew, and it has not. */
function dropMoot({ chunk, row }: StandingState): Pushed {
  chunk.add(dropOperations([row]));
  return 'done';
}

/** A push that the remote has answered. */
interface Answer {
  /** As it was sent. */
  readonly operation: OutboxOperation;
  readonly item: unknown;
  readonly alone: boolean;
}

async function enterDone(
  ports: EnginePorts,
  request: PushRequest,
  state: StandingState,
  { operation, item: raw, alone }: Answer,
): Promise<Pushed> {
  const { chunk, head, row, record, context } = state;
  if (row.effect === 'delete') return enterDeleted(ports, request, state);
  const { item, left } = inPlace(context, record, answered(state, raw), { ...operation, arrived: true });
  if (row.effect === 'create' && item === null) {
    // It is there, but where is not known: the next try looks for it.
    chunk.add(putOperation(postponed(ports, request, row, 'remote.answer_unreadable')));
    return 'again';
  }
  const { authoritative } = context;
  const { effect, sure } = confirmEffect(context, { record, operation, item, authoritative, alone });
  chunk.add(combine(effect, await withoutDouble(ports, request, state, item)));
  if (left) {
    await leaveHint(ports, request, { chunk, head, record, why: 'removed', cause: 'poll' });
    return 'doubt';
  }
  if (sure && state.kind.remakesParts?.(operation, record) === true) {
    // What stands here of its parts is in doubt until a round has come that began after the write.
    const whole = { ...record, graphId: item?.graphId ?? record.graphId };
    await leaveHint(ports, request, { chunk, head, record: whole, why: 'thin', cause: 'poll' });
    return 'doubt';
  }
  if (sure) return 'done';
  await leaveHint(ports, request, { chunk, head, record, why: raw === null ? 'removed' : 'thin' });
  return 'doubt';
}

/** Of an item of our making that had been taken for somebody else's: one of the two records goes, the one that was not made here. */
async function withoutDouble(
  ports: EnginePorts,
  request: PushRequest,
  { context, head, record }: StandingState,
  item: Item | null,
): Promise<Effect> {
  if (item === null || item.graphId === record.graphId) return noEffect;
  const id = remoteRecordId(request.scope.connectionId, item.graphId);
  const double = (await ports.store.readRecords(request.scope, [id])).get(id);
  if (double === undefined || id === record.id) return noEffect;
  const hints = await readHints(ports, request, head);
  return removeRecord({ ...context, hints, cause: 'own-write' }, double, { reason: 'merged', into: record.id });
}
