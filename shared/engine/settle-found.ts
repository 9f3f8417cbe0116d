import { isDeepStrictEqual } from 'node:util';
import { TooLargeError } from '../errors.ts';
import { sameJson, type Fields } from '../lib/json.ts';
import { isBeingMade, mayBeRemade } from './adopt.ts';
import { badEffect, contextOf, knownBad, without } from './apply.ts';
import { decodeItems, placedAt, unfit, type BadItem, type DecodedItem } from './decode-items.ts';
import { deletedRows } from './change-rows.ts';
import { combine, noEffect, type Chunk, type Effect } from './chunk.ts';
import type { Decoded, Kind } from './domain.ts';
import type { EffectContext, Item } from './effects.ts';
import { heldInFull } from './in-full.ts';
import { isInFlight, rulesOf } from './merge-effects.ts';
import { itemEffect } from './item-effect.ts';
import { isDeleting, leftEffect } from './leaving.ts';
import { findRecords } from './lookup.ts';
import { mergeRemote } from './merge.ts';
import type { EngineRecord, Hint } from './model.ts';
import { arrivedMove, lostMove } from './moved-away.ts';
import type { ItemAnswer, Write } from './ports.ts';
import { removeRecord } from './record-rows.ts';
import { kindOf, type Run } from './run.ts';
import { renamedEffect } from './settle-renamed.ts';
import { isWhole, readWholes, type Wholes } from './wholes.ts';
import { isBehind, isLeftBehind, rolledOut, showsBehind } from './windows.ts';

/** What re-reading said of one hint. */
export interface Answered {
  readonly hint: Hint;
  readonly answer: ItemAnswer;
  /** Where it was looked for, if not at the place of the hint. */
  readonly stream?: string;
}

/** What stood here before items were read again: an answer may be older than what was written since. */
export interface Before {
  readonly epoch: number;
  /** By record id. */
  readonly records: ReadonlyMap<string, EngineRecord>;
}

/** Reads what stands of these; to be asked before their items are. */
export async function standingBefore({ session }: Run, hints: readonly Hint[]): Promise<Before> {
  const { epoch, scope, ports, known } = session;
  const ids = [...new Set(hints.map(({ id }) => id))].filter((id) => known?.has(id) !== false);
  return { epoch, records: await ports.store.readRecords(scope, ids) };
}

/** Items that are there: put where they are, or taken out because they left all synced places. */
export async function applyFound(run: Run, answered: readonly Answered[], before: Before): Promise<void> {
  const { session } = run;
  const found = answered.flatMap((entry): Found[] => {
    const { hint, answer } = entry;
    if (answer.outcome !== 'found') return [];
    const kind = kindOf(run, hint.kind);
    return [{ hint, kind, item: readFound(kind, entry, answer) }];
  });
  // An item may answer under another name than it was asked for by.
  const named = found.flatMap(({ item }) => (item?.type === 'item' ? [item.graphId] : []));
  const ids = [...new Set([...found.map(({ hint }) => hint.graphId), ...named])];
  for (let index = 0; index < found.length;) {
    const start = index;
    await session.commit(async (chunk) => {
      index = start;
      const records = await findRecords(session, ids);
      const bad = await knownBad(session, found[0]?.hint.stream ?? '');
      const known = { records, bad, before, wholes: await wholesAround(run, found, records) };
      for (let entry = found[index]; entry !== undefined; entry = found[index]) {
        if (!(await addFound(run, chunk, entry, known))) break;
        index++;
      }
      run.found.changes += chunk.feed.length;
    });
  }
}

/** A hint whose item is there, and what was read; undefined = it cannot be told what. */
interface Found {
  readonly hint: Hint;
  readonly kind: Kind;
  readonly item: DecodedItem | undefined;
}

/** The wholes that parts among these are merged with. */
async function wholesAround(
  { session }: Run,
  found: readonly Found[],
  records: ReadonlyMap<string, EngineRecord>,
): Promise<Wholes> {
  const { scope, head, ports } = session;
  const all = new Map<string, EngineRecord>();
  for (const [kind, of] of Map.groupBy(found, (one) => one.kind)) {
    const parts = of.flatMap(({ hint }) => records.get(hint.graphId) ?? []);
    for (const [graphId, whole] of await readWholes(ports.store, { scope, head, kind }, parts)) all.set(graphId, whole);
  }
  return all;
}

/** What was read for a commit before its effects are computed. */
interface KnownBefore {
  readonly records: ReadonlyMap<string, EngineRecord>;
  readonly wholes: Wholes;
  readonly bad: ReadonlySet<string>;
  readonly before: Before;
}

async function addFound(run: Run, chunk: Chunk, { hint, kind, item }: Found, known: KnownBefore): Promise<boolean> {
  const { wholes } = known;
  const found = await contextOf(run, { kind, cause: hint.cause, authoritative: true });
  const context = { ...without(found, chunk), wholes };
  const record = known.records.get(hint.graphId);
  run.named.delete(hint.graphId);
  if (isUnsure(run, kind, record, known.before)) return true;
  // Left when nobody knew whose item it was: the record's own hint settles it, once in a commit.
  if (record !== undefined && record.id !== hint.id && context.hints.has(record.id))
    return chunk.add(withoutHint(context, hint, noEffect));
  // An answer about something else says nothing of this item: the hint stays (P7).
  if (item === undefined || item.type === 'removed') return true;
  const bad = (one: BadItem): Effect => badEffect(context, hint.stream, one, known.bad);
  if (item.type === 'bad') return item.id !== hint.graphId || chunk.add(withoutHint(context, hint, bad(item)));
  try {
    const effect = effectOf(run, context, { hint, record, item, records: known.records });
    return effect === null || chunk.add(withoutHint(context, hint, effect));
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error;
    return chunk.add(withoutHint(context, hint, bad(unfit(hint.graphId, error))));
  }
}

/** What an item means for its hint, whatever it is called now; null = the hint stays. */
function effectOf(run: Run, context: EffectContext, given: Parameters<typeof renamedEffect>[1]): Effect | null {
  const { hint, record, item } = given;
  if (item.graphId !== hint.graphId) return renamedEffect(context, given);
  return waitsForPush(context, record, item) ? null : foundEffect(run, context, given);
}

/** The item as it was found, with what the place says of it where it was looked for elsewhere. */
function readFound(
  kind: Kind,
  { stream }: Answered,
  { raw }: Extract<ItemAnswer, { outcome: 'found' }>,
): DecodedItem | undefined {
  const [item] = decodeItems(kind, [raw], true);
  return stream === undefined || item?.type !== 'item' ? item : placedAt(kind, stream, item);
}

/**
 * The record was changed between the reading and now, by a push perhaps, of a whole by one to a part of it: the hint stays, and the
 * next pass reads again. What others wrote to other records says nothing.
 */
const isUnsure = ({ session }: Run, kind: Kind, record: EngineRecord | undefined, before: Before): boolean =>
  session.epoch !== before.epoch &&
  record !== undefined &&
  (record.own.length > 0 || isWhole(kind, record)) &&
  !isDeepStrictEqual(record, before.records.get(record.id));

/** A write of ours is being sent that the item as it is now would beat, or has made it: the hint stays until its end is known. */
const waitsForPush = (
  context: EffectContext,
  record: EngineRecord | undefined,
  item: Extract<Decoded, { type: 'item' }>,
): boolean =>
  (record === undefined && isBeingMade(context, item)) ||
  isBeingRemade(context, record, item) ||
  (record !== undefined &&
    record.graphId === item.graphId &&
    record.leaving === undefined &&
    isInFlight(context, record.id, mergeRemote(heldInFull(context, record, item), item, rulesOf(context))));

/** It has left all synced places, and a move of ours may have done that: the hint stays until the move has come to its end. */
function isBeingRemade(
  context: EffectContext,
  record: EngineRecord | undefined,
  item: Extract<Decoded, { type: 'item' }>,
): boolean {
  const place = context.kind.placeOf(item.fields);
  if (record === undefined || place === undefined || context.cursors.has(place)) return false;
  return mayBeRemade(context, record);
}

function foundEffect(
  run: Run,
  context: EffectContext,
  given: {
    readonly hint: Hint;
    readonly record: EngineRecord | undefined;
    readonly item: Extract<Decoded, { type: 'item' }>;
  },
): Effect {
  const { hint, record, item } = given;
  const place = context.kind.placeOf(item.fields) ?? record?.stream ?? hint.stream;
  const behind = showsBehind(context, place, record, item.fields);
  if (context.cursors.has(place) && !behind) return itemEffect(context, place, record, item);
  if (record?.graphId !== item.graphId || isDeleting(context, record)) return noEffect;
  if (record.leaving !== undefined) return leftEffect(context, record);
  if (behind && isLeftBehind(context, record)) return rolledOut(context, record);
  // Behind the window it is in its place still, which it need not say itself.
  const shown = behind ? { ...record.fields, ...item.fields } : item.fields;
  const details = { reason: 'left', ...run.domain.leftDetails(shown, run.session.head.notes) };
  // We may have taken it there ourselves: then nobody else did (P9).
  if (behind) return removeRecord(causedBy(context, isBehind(context, place, record.fields)), record, details);
  return movedEffect(context, { record, item, details });
}

/** The item is in a place that is not synced. */
function movedEffect(
  context: EffectContext,
  { record, item, details }: { readonly record: EngineRecord; readonly item: Item; readonly details: Fields },
): Effect {
  if (isPlacedByUs(context, record, item))
    return combine(removeRecord(causedBy(context, true), record, details), arrivedMove(context, record, item));
  const lost = lostMove(context, record, item);
  const removed = { ...removeRecord(context, record, null), feed: deletedRows(context, lost.record, details) };
  return combine(lost.effect, removed);
}

const causedBy = (context: EffectContext, ours: boolean): EffectContext =>
  ours ? { ...context, cause: 'own-write' } : context;

const isPlacedByUs = ({ kind }: EffectContext, record: EngineRecord, item: Item): boolean =>
  kind.placeFields.some((field) => record.own.some((write) => sameJson(write.fields[field], item.fields[field])));

/** Whatever became of it, this hint is settled. */
export function withoutHint(context: EffectContext, hint: Hint, effect: Effect): Effect {
  const dropped = effect.writes.some(
    (write) =>
      write.row === 'hint' && 'remove' in write && write.remove.stream === hint.stream && write.remove.id === hint.id,
  );
  const renewed = effect.writes.some((write) => write.row === 'hint' && 'put' in write);
  const known = context.hints.get(hint.id)?.some(({ stream }) => stream === hint.stream) ?? false;
  if (dropped || renewed || !known) return effect;
  const remove: Write = { row: 'hint', remove: { stream: hint.stream, id: hint.id } };
  return {
    ...effect,
    writes: [...effect.writes, remove],
    counts: { ...effect.counts, hints: (effect.counts.hints ?? 0) - 1 },
  };
}
