import type { RejectedError } from '../errors.ts';
import { sameJson, type Fields } from '../lib/json.ts';
import { isUntold } from './change-rows.ts';
import { combine, type Effect } from './chunk.ts';
import { ownCreate } from './local-effects.ts';
import { leftEffect, standAgain } from './leaving.ts';
import type { EngineRecord, OutboxOperation, Refusal } from './model.ts';
import { addOperation, dropOperations, newOperation } from './outbox-rows.ts';
import { withoutSent } from './only-sent.ts';
import type { EnginePorts } from './ports.ts';
import type { PushRequest } from './push.ts';
import { leaveHint, settlePush, type Pushed, type PushState, type StandingState } from './push-settle.ts';
import { replaceRecord } from './record-rows.ts';

/** Most characters that are kept of why a write was refused. */
const MESSAGE = 300;

/** The remote refuses a write for good: the record goes back to what the remote holds, and the feed says so. */
export async function takeBack(
  ports: EnginePorts,
  request: PushRequest,
  operation: OutboxOperation,
  error: RejectedError,
): Promise<Pushed> {
  const { remoteCode, requestId } = error.facts;
  ports.log.warn('push.rejected', {
    domain: request.domain.name,
    'error.code': error.code,
    'graph.code': remoteCode,
    'graph.request_id': requestId,
  });
  const pushed = await settlePush(ports, request, operation, (state) =>
    enterRefused(ports, request, state, { code: remoteCode ?? error.code, message: error.message }),
  );
  return pushed ?? 'again';
}

/** The same under the fence; of a record that is gone nothing is left to be taken back. */
export async function enterRefused(
  ports: EnginePorts,
  request: PushRequest,
  state: PushState,
  { code, message }: Pick<Refusal, 'code' | 'message'>,
): Promise<Pushed> {
  const { record, row, chunk, head, context } = state;
  if (record === undefined) {
    chunk.add(dropOperations([row]));
    return 'done';
  }
  refuse(ports, { ...state, record }, { at: context.now.toISOString(), code, message: message.slice(0, MESSAGE) });
  if (row.effect !== 'delete') return 'done';
  // What others made of it while it was to be deleted was no concern of ours.
  await leaveHint(ports, request, { chunk, head, record, why: 'thin', cause: 'poll' });
  return 'doubt';
}

/** Enters that the remote has refused an operation for good. */
export function refuse(ports: EnginePorts, state: StandingState, refused: Refusal): void {
  const { chunk, row, record, context, kind, outbox } = state;
  const system = { ...context, cause: 'system' } as const;
  if (row.effect === 'create') chunk.add(refusedCreate(ports, state, refused));
  else if (row.effect === 'delete')
    chunk.add(combine(dropOperations([row]), standAgain(system, record, null, refused)));
  // It is being deleted, and nobody wants any more what was written to it.
  else if (record.leaving !== undefined) chunk.add(dropOperations([row]));
  else {
    const waiting = [...outbox.values()].filter(({ op }) => op !== row.op);
    const back = withoutSent(kind, placed(state, reverted(record, row)), waiting);
    // A write that waits behind it is the last one then, and may be taken.
    const next = waiting.length > 0 ? back : { ...back, refused };
    const changed = Object.keys(row.fields).filter((field) => !sameJson(record.fields[field], next.fields[field]));
    const told = { changed, losing: lostOf(record, row), refused };
    chunk.add(combine(dropOperations([row]), replaceRecord(system, record, next, told)));
  }
}

/**
 * The record stays, for the application to mend: what is only sent (a body) it must send again. What it has changed since may have
 * mended it already.
 */
function refusedCreate(ports: EnginePorts, state: StandingState, refused: Refusal): Effect {
  const { context, outbox, record, row, kind } = state;
  const system = { ...context, cause: 'system' } as const;
  if (record.leaving !== undefined) return leftEffect({ ...system, hints: new Map() }, record);
  const all = [...outbox.values()].filter(({ recordId }) => recordId === record.id);
  const dropped = dropOperations(all);
  if (all.length === 1) {
    const told = { changed: [], losing: { created: true }, refused };
    // It stays, though it went from the feed with its stream.
    const heard = isUntold(context.cursors, record) ? { ...record, told: true } : record;
    const next = { ...withoutSent(kind, { ...heard, own: [], base: null }, []), refused };
    return combine(dropped, replaceRecord(system, record, next, told));
  }
  const { action, alone } = row;
  const how = { action, fields: record.fields, effect: 'create', ...(alone === undefined ? {} : { alone }) } as const;
  const operation = newOperation(ports, record, { ...how, last: Math.max(...all.map(({ seq }) => seq)) });
  const next = { ...record, own: [ownCreate(operation)], base: null };
  const effect = replaceRecord(system, record, next, { changed: [], losing: null });
  return [effect, addOperation(operation)].reduce(combine, dropped);
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

/** What is lost of a write: not what the remote is known to hold. */
function lostOf({ base, fields }: EngineRecord, { fields: sent }: OutboxOperation): Fields {
  const lost = Object.entries(sent).filter(([field, value]) => !sameJson((base ?? fields)[field], value));
  return lost.length === 0 ? sent : Object.fromEntries(lost);
}

/** Where the record stands with what it holds now. */
function placed({ context, kind }: StandingState, record: EngineRecord): EngineRecord {
  const stream = kind.placeOf(record.fields) ?? record.stream;
  const cursor = context.cursors.get(stream);
  return cursor === undefined ? record : { ...record, stream, generation: cursor.generation };
}
