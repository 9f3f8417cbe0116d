import { combine } from './chunk.ts';
import { mayBeRenamed } from './heirs.ts';
import { mayBeElsewhere, sentThere, takenTo } from './leaving-moved.ts';
import type { Cause, EngineRecord } from './model.ts';
import { dropOperations, putOperation } from './outbox-rows.ts';
import type { EnginePorts } from './ports.ts';
import type { PushRequest } from './push.ts';
import { refuse } from './push-refused.ts';
import { leaveHint, postponed, readHints, type Pushed, type StandingState } from './push-settle.ts';
import { slotEffect, wholeIdOf } from './wholes.ts';
import { isHeldOurs } from './whose-whole.ts';

/** Enters that an item was not found by a write of ours. */
export async function enterGone(ports: EnginePorts, request: PushRequest, state: StandingState): Promise<Pushed> {
  const { chunk, head, row, record, kind, context } = state;
  if (row.effect === 'create') {
    // There is no item yet: it is the place where it was to be made that is gone.
    const refused = { at: context.now.toISOString(), code: 'remote.gone', message: 'its place is gone' };
    refuse(ports, state, refused);
    return 'done';
  }
  const isPart = wholeIdOf(kind, record) !== null;
  if (row.effect === 'delete' && isPart) return enterPartGone(ports, request, state);
  if (row.effect === 'delete' && !mayBeElsewhere(context)) {
    // Gone is what it was to be, whoever did it.
    await enterDeleted(ports, request, state);
    await leaveHint(ports, request, { chunk, head, record, why: 'removed' });
    return 'doubt';
  }
  const cause = row.effect === 'delete' ? 'own-write' : whoTook(state);
  await leaveHint(ports, request, { chunk, head, record, why: 'removed', cause });
  // A 404 may be a move in progress: the operation waits until the record is settled (P7, P8).
  chunk.add(putOperation(postponed(ports, request, row, 'remote.gone')));
  return 'doubt';
}

/** A part that was to be deleted is gone, or goes by another name, or is where its whole was moved to. */
async function enterPartGone(ports: EnginePorts, request: PushRequest, state: StandingState): Promise<Pushed> {
  const { chunk, head, row, record, kind, context } = state;
  const whole = context.wholes?.get(wholeIdOf(kind, record) ?? '');
  const isElsewhere = whole !== undefined && whole.stream !== record.stream && context.cursors.has(whole.stream);
  if (isElsewhere && mayBeElsewhere(context)) {
    chunk.add(sentThere(takenTo(context, record, whole), { ...row, nextAttemptAt: context.now.toISOString() }));
    return 'again';
  }
  if (isOutstanding(state) || (whole !== undefined && (await mayHaveMoved(ports, request, state, whole)))) {
    chunk.add(putOperation(postponed(ports, request, row, 'remote.gone')));
    if (whole !== undefined && whole.leaving === undefined && mayBeElsewhere(context))
      await leaveHint(ports, request, { chunk, head, record: whole, why: 'thin' });
    return 'doubt';
  }
  return enterDeleted(ports, request, state);
}

/** A page is yet to show under which name a part stands that was not found by the one it had, if it does. */
const isOutstanding = ({ kind, row, record, context }: StandingState): boolean =>
  mayBeRenamed(kind, record) && (row.lastError !== 'remote.gone' || !context.authoritative);

/** Where the whole of a part is nobody has looked since the part was not found, or it is yet to be settled. */
async function mayHaveMoved(
  ports: EnginePorts,
  request: PushRequest,
  { head, row, context }: StandingState,
  whole: EngineRecord,
): Promise<boolean> {
  if (whole.leaving !== undefined || !mayBeElsewhere(context)) return false;
  return row.lastError !== 'remote.gone' || (await readHints(ports, request, head)).has(whole.id);
}

/**
 * Whose doing it is that an item which we meant to keep was not found: another's, who must be told of (P9). A part goes with what we
 * have made of its whole; a page that shows the whole tells better.
 */
function whoTook({ kind, record, context }: StandingState): Cause {
  const whole = context.wholes?.get(wholeIdOf(kind, record) ?? '');
  return whole !== undefined && (whole.leaving !== undefined || isHeldOurs(context, whole)) ? 'own-write' : 'poll';
}

/**
 * Enters that an item was deleted. The record stays behind, for nobody to see, until the remote tells of the removal. Of a part it
 * never does by itself: it is read again. What it was a part of lists what it does not have any more: it tells by itself whether it
 * does.
 */
export async function enterDeleted(ports: EnginePorts, request: PushRequest, state: StandingState): Promise<Pushed> {
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
