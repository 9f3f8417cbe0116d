import { combine, noEffect, type Effect } from './chunk.ts';
import { confirmEffect } from './confirm-effect.ts';
import type { PushOutcome } from './domain.ts';
import type { Item } from './effects.ts';
import { mayBeRenamed } from './heirs.ts';
import { remoteRecordId } from './ids.ts';
import { dropOperations, putOperation } from './outbox-rows.ts';
import type { Cause, EngineRecord, OutboxOperation } from './model.ts';
import { inPlace } from './moved-away.ts';
import type { EnginePorts, Source } from './ports.ts';
import type { PushRequest } from './push.ts';
import { mergeChanged } from './push-changed.ts';
import { refuse } from './push-refused.ts';
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
import { slotEffect, wholeIdOf } from './wholes.ts';
import { isHeldOurs } from './whose-whole.ts';

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

async function enterGone(ports: EnginePorts, request: PushRequest, state: StandingState): Promise<Pushed> {
  const { chunk, head, row, record } = state;
  if (row.effect === 'create') {
    // There is no item yet: it is the place where it was to be made that is gone.
    const refused = { at: state.context.now.toISOString(), code: 'remote.gone', message: 'its place is gone' };
    refuse(ports, state, refused);
    return 'done';
  }
  if (row.effect === 'delete' && isOutstanding(state)) {
    chunk.add(putOperation(postponed(ports, request, row, 'remote.gone')));
    return 'doubt';
  }
  if (row.effect === 'delete') {
    // Gone is what it was to be, whoever did it.
    await enterDeleted(ports, request, state);
    if (wholeIdOf(state.kind, record) === null)
      await leaveHint(ports, request, { chunk, head, record, why: 'removed' });
    return 'doubt';
  }
  await leaveHint(ports, request, { chunk, head, record, why: 'removed', cause: whoTook(state) });
  // A 404 may be a move in progress: the operation waits until the record is settled (P7, P8).
  chunk.add(putOperation(postponed(ports, request, row, 'remote.gone')));
  return 'doubt';
}

/**
 * Whose doing it is that an item which we meant to keep was not found: another's, who must be told of (P9). A part goes with what we
 * have made of its whole; a page that shows the whole tells better.
 */
function whoTook({ kind, record, context }: StandingState): Cause {
  const whole = context.wholes?.get(wholeIdOf(kind, record) ?? '');
  return whole !== undefined && (whole.leaving !== undefined || isHeldOurs(context, whole)) ? 'own-write' : 'poll';
}

/** A page is yet to show under which name a part stands that was not found by the one it had, if it does. */
const isOutstanding = ({ kind, row, record, context }: StandingState): boolean =>
  mayBeRenamed(kind, record) && (row.lastError !== 'remote.gone' || !context.authoritative);

/**
 * The record stays behind, for nobody to see, until the remote tells of the removal. Of a part it never does by itself: it is read
 * again. What it was a part of lists what it does not have any more: it tells by itself whether it does.
 */
async function enterDeleted(ports: EnginePorts, request: PushRequest, state: StandingState): Promise<Pushed> {
  const { chunk, head, row, record, kind, context } = state;
  chunk.add(combine(dropOperations([row]), slotEffect({ ...context, cause: 'own-write' }, record, 'done')));
  const wholeId = wholeIdOf(kind, record);
  if (wholeId === null) return 'done';
  await leaveHint(ports, request, { chunk, head, record, why: 'removed' });
  const whole = context.wholes?.get(wholeId);
  if (whole === undefined || kind.emptySlots === undefined || whole.leaving !== undefined) return 'doubt';
  await leaveHint(ports, request, { chunk, head, record: whole, why: 'thin' });
  return 'doubt';
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
  if (row.effect === 'delete') {
    return await enterDeleted(ports, request, state);
  }
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
