import { TooLargeError } from '../errors.ts';
import { sameJson } from '../lib/json.ts';
import { mayBeRemade } from './adopt.ts';
import { badEffect, contextOf, knownBad, without } from './apply.ts';
import { decodeItems, unfit, type DecodedItem } from './decode-items.ts';
import { noEffect, type Chunk, type Effect } from './chunk.ts';
import type { Decoded, Kind } from './domain.ts';
import type { EffectContext, Item } from './effects.ts';
import { isInFlight, rulesOf } from './merge-effects.ts';
import { itemEffect } from './item-effect.ts';
import { isDeleting, leftEffect } from './leaving.ts';
import { findRecords } from './lookup.ts';
import { mergeRemote } from './merge.ts';
import type { EngineRecord, Hint } from './model.ts';
import type { ItemAnswer, Write } from './ports.ts';
import { removeRecord } from './record-rows.ts';
import { kindOf, type Run } from './run.ts';
import { isWhole } from './wholes.ts';
import { isBehind, isLeftBehind, rolledOut, showsBehind } from './windows.ts';

/** What re-reading said of one hint. */
export interface Answered {
  readonly hint: Hint;
  readonly answer: ItemAnswer;
  /** Where it was looked for, if not at the place of the hint. */
  readonly stream?: string;
}

/**
 * Items that are there: put where they are, or taken out because they left all synced places. `epoch` is when they were
 * read: what was written since by others may be younger than the answer.
 */
export async function applyFound(run: Run, answered: readonly Answered[], epoch: number): Promise<void> {
  const found = answered.filter(({ answer }) => answer.outcome === 'found');
  const { session } = run;
  for (let index = 0; index < found.length;) {
    const start = index;
    await session.commit(async (chunk) => {
      index = start;
      const records = await findRecords(
        session,
        found.map(({ hint }) => hint.graphId),
      );
      const bad = await knownBad(session, found[0]?.hint.stream ?? '');
      const known = { records, bad, sure: session.epoch === epoch };
      while (index < found.length && (await addFound(run, chunk, found[index], known))) index++;
      run.found.changes += chunk.feed.length;
    });
  }
}

/** What was read for a commit before its effects are computed. */
interface KnownBefore {
  readonly records: ReadonlyMap<string, EngineRecord>;
  readonly bad: ReadonlySet<string>;
  readonly sure: boolean;
}

async function addFound(run: Run, chunk: Chunk, entry: Answered | undefined, known: KnownBefore): Promise<boolean> {
  if (entry?.answer.outcome !== 'found') return true;
  const { hint } = entry;
  const kind = kindOf(run, hint.kind);
  const context = without(await contextOf(run, { kind, cause: hint.cause, authoritative: true }), chunk);
  const item = readFound(kind, entry, entry.answer);
  const record = known.records.get(hint.graphId);
  run.named.delete(hint.graphId);
  if (isUnsure(kind, record, known)) return true;
  // An answer about something else says nothing of this item: the hint stays (P7).
  if (item === undefined || item.type === 'removed' || idOf(item) !== hint.graphId) return true;
  if (item.type === 'bad')
    return chunk.add(withoutHint(context, hint, badEffect(context, hint.stream, item, known.bad)));
  if (waitsForPush(context, record, item)) return true;
  try {
    return chunk.add(withoutHint(context, hint, foundEffect(run, context, { hint, record, item })));
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error;
    const bad = badEffect(context, hint.stream, unfit(hint.graphId, error), known.bad);
    return chunk.add(withoutHint(context, hint, bad));
  }
}

/** The item as it was found, with what the place says of it where it was looked for elsewhere. */
function readFound(
  kind: Kind,
  { stream }: Answered,
  { raw }: Extract<ItemAnswer, { outcome: 'found' }>,
): DecodedItem | undefined {
  const [item] = decodeItems(kind, [raw], true);
  if (stream === undefined || item?.type !== 'item') return item;
  return { ...item, fields: { ...item.fields, ...kind.placed?.(stream) } };
}

/**
 * A push may have come between the reading and now, of a whole one to a part of it: the hint stays, and the next pass reads
 * again.
 */
const isUnsure = (kind: Kind, record: EngineRecord | undefined, { sure }: KnownBefore): boolean =>
  !sure && record !== undefined && (record.own.length > 0 || isWhole(kind, record));

const idOf = (item: DecodedItem): string => (item.type === 'bad' ? item.id : item.graphId);

/** A write of ours is being sent that the item as it is now would beat: the hint stays until it is known what became of it. */
const waitsForPush = (
  context: EffectContext,
  record: EngineRecord | undefined,
  item: Extract<Decoded, { type: 'item' }>,
): boolean =>
  isBeingRemade(context, record, item) ||
  (record !== undefined &&
    record.graphId === item.graphId &&
    record.leaving === undefined &&
    isInFlight(context, record.id, mergeRemote(record, item, rulesOf(context))));

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
  // We may have moved it there ourselves: then nobody else did (P9).
  const ours = behind ? isBehind(context, place, record.fields) : isPlacedByUs(context, record, item);
  return removeRecord(causedBy(context, ours), record, details);
}

const causedBy = (context: EffectContext, ours: boolean): EffectContext =>
  ours ? { ...context, cause: 'own-write' } : context;

const isPlacedByUs = ({ kind }: EffectContext, record: EngineRecord, item: Item): boolean =>
  kind.placeFields.some((field) => record.own.some((write) => sameJson(write.fields[field], item.fields[field])));

/** Whatever became of it, this hint is settled. */
export function withoutHint(context: EffectContext, hint: Hint, effect: Effect): Effect {
  const dropped = effect.writes.some(
    (write) => write.row === 'hint' && 'remove' in write && write.remove.stream === hint.stream,
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
