import { sameJson } from '../lib/json.ts';
import { combine, noEffect, type Effect } from './chunk.ts';
import type { Item } from './effects.ts';
import { heldInFull, toldOf } from './in-full.ts';
import { adjustEffect, mergedRecord, rulesOf, versionOf } from './merge-effects.ts';
import { isEdited, standAgain } from './leaving.ts';
import { mergeRemote, unchanged, type Merge } from './merge.ts';
import type { EngineRecord, OutboxOperation } from './model.ts';
import { inPlace, withoutMove } from './moved-away.ts';
import { dropOperations, putOperation } from './outbox-rows.ts';
import type { EnginePorts } from './ports.ts';
import type { PushRequest } from './push.ts';
import { answered, leaveHint, postponed, type Pushed, type StandingState } from './push-settle.ts';
import { replaceRecord } from './record-rows.ts';
import { changedByOthers } from './whose-whole.ts';

/** Tries that go on at once; the next ones wait. */
const AT_ONCE = 3;

/**
 * The remote has changed the item since we read it last, and has not taken our write (412): both sides are merged, and what is
 * left of the write is tried again at once (P10).
 */
export async function mergeChanged(
  ports: EnginePorts,
  request: PushRequest,
  state: StandingState,
  raw: unknown,
): Promise<Pushed> {
  const { chunk, head, row, record, kind, context } = state;
  const said = row.effect === 'create' ? null : answered(state, raw);
  const { item, left } = inPlace(context, record, said, { ...row, arrived: false });
  if (item === null) {
    chunk.add(putOperation(postponed(ports, request, row, 'remote.conflict')));
    return 'again';
  }
  // The item as it is now is merged: nothing of the write is still under way.
  const open = { ...row, triedOn: undefined };
  const again =
    row.attempts > AT_ONCE
      ? postponed(ports, request, open, 'remote.conflict')
      : { ...open, claim: null, nextAttemptAt: context.now.toISOString() };
  if (row.effect === 'delete') {
    chunk.add(deletionEffect(state, again, item));
    return 'again';
  }
  const held = heldInFull(context, record, item);
  const merge = mergeRemote(held, item, { ...rulesOf(context), unversioned: kind.placeFields });
  chunk.include(putOperation(again));
  if (merge.verdict === 'ask') {
    await leaveHint(ports, request, { chunk, head, record, why: 'thin' });
    return 'doubt';
  }
  const settled = left && context.policy === 'remote' ? stayed(context, held, merge) : merge;
  const next =
    settled.verdict === 'merged' ? mergedRecord(context, changedByOthers(kind, record, item), item, settled) : record;
  if (left) await leaveHint(ports, request, { chunk, head, record: next, why: 'removed', cause: 'poll' });
  const pushed = left ? 'doubt' : 'again';
  if (settled.verdict !== 'merged') return pushed;
  const outbox = new Map(context.outbox).set(again.op, again);
  const told = toldOf(context, { record, held, merge: settled });
  chunk.include(replaceRecord({ ...context, cause: 'poll' }, record, next, told));
  chunk.include(adjustEffect({ outbox }, record.id, settled));
  return pushed;
}

/** What stands of a merge where others have moved the item away, which its version need not show. */
function stayed(context: StandingState['context'], held: EngineRecord, merge: Merge): Merge {
  const merged = merge.verdict === 'same' && context.authoritative ? unchanged(held) : merge;
  return merged.verdict === 'merged' ? withoutMove(context, held, merged) : merge;
}

/** A delete that met a change: one that says nothing new is no reason to keep the item, and an edit is one by policy. */
function deletionEffect({ context, record, row }: StandingState, again: OutboxOperation, item: Item): Effect {
  if (context.policy === 'remote' && isEdited(context, record, item))
    return combine(dropOperations([row]), standAgain({ ...context, cause: 'poll' }, record, item));
  const base = { ...(record.base ?? record.fields), ...item.fields };
  const next: EngineRecord = {
    ...record,
    etag: versionOf(record, item),
    modifiedAt: item.modifiedAt ?? record.modifiedAt,
    base: sameJson(base, record.fields) ? null : base,
  };
  return combine({ ...noEffect, writes: [{ row: 'record', put: next }] }, putOperation(again));
}
