import { TooLargeError } from '../errors.ts';
import type { Json } from '../lib/json.ts';
import type { Earlier } from './brought.ts';
import type { Chunk, Effect } from './chunk.ts';
import { combine, noEffect } from './chunk.ts';
import { unfit, type BadItem, type DecodedItem } from './decode-items.ts';
import type { Kind } from './domain.ts';
import { hintEffect, removedEffect, type EffectContext } from './effects.ts';
import { groupHints, partContext, type Groups } from './groups.ts';
import { heirEffect } from './heirs.ts';
import { itemEffect } from './item-effect.ts';
import type { Cause } from './model.ts';
import { PageLookup, type Known } from './page-lookup.ts';
import type { Run } from './run.ts';
import type { Session } from './session.ts';
import { cameWithWindow } from './windows.ts';

/** Items of one stream on their way into the store. */
export interface Batch {
  readonly kind: Kind;
  readonly stream: string;
  readonly cause: Cause;
  readonly authoritative: boolean;
  /** The session's epoch when the items were read: after another writer's commit they prove nothing of own writes. */
  readonly readAt?: number;
  readonly decoded: readonly DecodedItem[];
  /** Of a page of a round that brings whole groups. */
  readonly earlier?: Earlier;
  /** What the items have taught the domain: noted with the first of them. */
  readonly notes?: Json;
}

/**
 * Brings items into the store, chunk by chunk; `finish` adds to the last chunk what must stand or fall with it (the
 * cursor). Each chunk is computed from what stands under the head that it is committed against (P1, P2, P6).
 */
export async function applyItems(run: Run, batch: Batch, finish?: (chunk: Chunk) => void): Promise<void> {
  const { session } = run;
  const lookUp = new PageLookup(session, batch);
  const bad = await knownBad(session, batch.stream);
  await session.commitEach(async (chunk, from) => {
    let index = from;
    if (batch.notes !== undefined) chunk.headPatch = { notes: batch.notes };
    const context = await contextOf(run, batch);
    const told: DecodedItem[] = [];
    // Rows and bytes bound a chunk: items that say nothing new are none.
    for (let item = batch.decoded[index]; item !== undefined; item = batch.decoded[++index]) {
      const known = { ...(await lookUp.of(context, index)), bad };
      const effect = effectOf(without(context, chunk), batch, item, known);
      if (!chunk.add(effect)) break;
      // That it left a place where we do not hold it says nothing of where it is (P4).
      if (item.type === 'item' || (item.type === 'removed' && effect !== noEffect)) run.named.delete(item.graphId);
      if (effect.feed.length > 0) told.push(item);
    }
    const ended = index >= batch.decoded.length && addHints(chunk, context, (await lookUp.whole(context)).groups);
    if (ended) finish?.(chunk);
    run.found.changes += chunk.feed.length;
    noteEarliest(run, context, batch.stream, told);
    return ended ? null : index;
  });
}

/** Adds what is to be read again; those that stand already cost nothing. False = the chunk is full. */
const addHints = (chunk: Chunk, context: EffectContext, groups: Groups): boolean =>
  groupHints(context, groups).every((hint) => chunk.add(hintEffect(context, hint)));

/** Effects are computed from this. */
export async function contextOf(
  run: Run,
  batch: Pick<Batch, 'kind' | 'cause' | 'authoritative' | 'readAt'>,
): Promise<EffectContext> {
  const { session } = run;
  return {
    connectionId: session.scope.connectionId,
    store: session.ports.store,
    kind: batch.kind,
    cursors: session.cursors,
    hints: await session.hints(),
    outbox: await session.outbox(),
    creates: (await session.creates()).filter(({ operation }) => operation.kind === batch.kind.name),
    policy: run.domain.policy,
    cause: batch.cause,
    silent: !session.head.baselined,
    now: session.ports.clock.now(),
    authoritative: batch.authoritative && (batch.readAt === undefined || batch.readAt === session.epoch),
  };
}

/** Creates that the chunk has found the items of are not there for the next one. */
export function without(context: EffectContext, chunk: Chunk): EffectContext {
  if (context.creates.length === 0) return context;
  const settled = new Set(
    chunk.writes.flatMap((write) => (write.row === 'outbox' ? ['put' in write ? write.put.op : write.remove] : [])),
  );
  return { ...context, creates: context.creates.filter(({ operation }) => !settled.has(operation.op)) };
}

/** Items of a stream that are kept aside. */
export async function knownBad(session: Session, stream: string): Promise<ReadonlySet<string>> {
  if (session.head.counts.bad === 0) return new Set();
  return new Set((await session.ports.store.readBad(session.scope, stream)).map(({ id }) => id));
}

function effectOf(
  context: EffectContext,
  batch: Batch,
  item: DecodedItem,
  known: Known & { readonly bad: ReadonlySet<string> },
): Effect {
  if (item.type === 'bad') return badEffect(context, batch.stream, item, known.bad);
  const record = known.records.get(item.graphId);
  try {
    const effect =
      item.type === 'removed'
        ? removedEffect(context, batch.stream, record, item.graphId)
        : broughtEffect(contextFor(context, item, known), batch, item, known);
    return known.bad.has(item.graphId) ? combine(effect, readable(batch.stream, item.graphId)) : effect;
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error;
    return badEffect(context, batch.stream, unfit(item.graphId, error), known.bad);
  }
}

/** What an item of a page is merged with: the wholes were looked up with the records. */
const contextFor = (
  context: EffectContext,
  item: Extract<DecodedItem, { type: 'item' }>,
  known: Known,
): EffectContext => partContext({ ...context, wholes: known.records }, known.groups, item, known.records);

function broughtEffect(
  context: EffectContext,
  { stream }: Batch,
  item: Extract<DecodedItem, { type: 'item' }>,
  { groups, records }: Known,
): Effect {
  const heir = groups.heirs.get(item.graphId);
  if (heir !== undefined) return heirEffect(context, stream, heir, item);
  return itemEffect(context, stream, records.get(item.graphId), item);
}

const readable = (stream: string, id: string): Effect => ({
  ...noEffect,
  writes: [{ row: 'bad', remove: { stream, id } }],
  counts: { bad: -1 },
});

/** Keeps an item aside; `known` are those of its stream that are already. */
export function badEffect(context: EffectContext, stream: string, item: BadItem, known: ReadonlySet<string>): Effect {
  const generation = context.cursors.get(stream)?.generation;
  const put = { stream, id: item.id, raw: item.raw, error: item.error, at: context.now.toISOString(), generation };
  return { ...noEffect, writes: [{ row: 'bad', put }], counts: known.has(item.id) ? {} : { bad: 1 } };
}

/**
 * When the first of these changes was made, for judging whether notifications told of it in time. What only the window has come to
 * changed long ago, and nobody was to tell of it.
 */
function noteEarliest(run: Run, context: EffectContext, stream: string, told: readonly DecodedItem[]): void {
  for (const item of told) {
    if (item.type !== 'item' || item.modifiedAt === null) continue;
    const at = Date.parse(item.modifiedAt);
    const place = context.kind.placeOf(item.fields) ?? stream;
    if (Number.isNaN(at) || cameWithWindow(context, place, item)) continue;
    run.found.earliest.set(place, Math.min(run.found.earliest.get(place) ?? at, at));
  }
}
