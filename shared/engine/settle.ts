import { TooLargeError } from '../errors.ts';
import { sameJson } from '../lib/json.ts';
import { noEffect, type Chunk } from './chunk.ts';
import { badEffect, contextOf, decodeItems, knownBad, unfit } from './apply.ts';
import type { Decoded } from './domain.ts';
import { itemEffect, type EffectContext } from './effects.ts';
import { removeRecord } from './record-rows.ts';
import { findRecords } from './lookup.ts';
import type { EngineRecord, Hint } from './model.ts';
import type { ItemAnswer, Write } from './ports.ts';
import { throwIfThrottled } from './read-many.ts';
import { kindOf, type Plans, type Run } from './run.ts';

const BATCH = 20;

/** What re-reading said of one hint. */
interface Answered {
  readonly hint: Hint;
  readonly answer: ItemAnswer;
}

/**
 * Settles the hints of all streams whose round is complete by re-reading their items (P7). Returns false when the
 * budget ended first. One failing item, or a container that cannot be read, leaves its hints for the next pass.
 */
export async function settleHints(run: Run, plans: Plans, complete: ReadonlySet<string>): Promise<boolean> {
  const now = run.session.ports.clock.now();
  const ready = (await allHints(run)).filter(
    (hint) => complete.has(hint.stream) && (hint.notBefore === null || Date.parse(hint.notBefore) <= now.getTime()),
  );
  const byStream = Map.groupBy(ready, (hint) => hint.stream);
  for (const [stream, hints] of byStream) {
    if (!(await settleStream(run, plans, stream, hints))) return false;
  }
  await forgetHeld(run);
  return true;
}

/** A stream whose held deletions have all been settled otherwise holds none. */
async function forgetHeld(run: Run): Promise<void> {
  const holding = new Set((await allHints(run)).filter((hint) => hint.held).map((hint) => hint.stream));
  const idle = [...(await run.session.cursors()).values()].filter(
    (cursor) => cursor.held > 0 && !holding.has(cursor.stream),
  );
  if (idle.length === 0) return;
  await run.session.commit((chunk) => {
    for (const { stream } of idle) chunk.changeCursor(stream, (cursor) => ({ ...cursor, held: 0 }));
  });
}

async function allHints(run: Run): Promise<Hint[]> {
  return [...(await run.session.hints()).values()].flat();
}

async function settleStream(run: Run, plans: Plans, stream: string, hints: readonly Hint[]): Promise<boolean> {
  const proved: Hint[] = hints.filter((hint) => hint.held);
  const open = hints.filter((hint) => !hint.held);
  const container = containerCheck(run, plans, stream);
  for (let start = 0; start < open.length; start += BATCH) {
    if (run.budget.spent()) {
      await markProved(run, proved);
      return false;
    }
    const some = open.slice(start, start + BATCH);
    const { epoch } = run.session;
    const answers = await run.source.getMany(some.map((hint) => kindOf(run, hint.kind).itemPath(hint.graphId)));
    const answered = some.map((hint, index): Answered => ({
      hint,
      answer: answers[index] ?? { outcome: 'failed', error: new Error('no answer') },
    }));
    await applyFound(run, answered, epoch);
    const gone = answered.filter(({ answer }) => answer.outcome === 'gone').map(({ hint }) => hint);
    throwIfThrottled(answers);
    if (gone.length > 0 && (await container())) proved.push(...gone);
  }
  await deleteProved(run, stream, proved);
  return true;
}

/** Whether the container of a stream can be read: while it cannot, a 404 proves nothing (P7). Asked once, when needed. */
function containerCheck(run: Run, plans: Plans, stream: string): () => Promise<boolean> {
  let answer: boolean | undefined;
  return async () => {
    const path = plans.get(stream)?.containerPath ?? null;
    if (path === null) return plans.has(stream);
    if (answer !== undefined) return answer;
    const answers = await run.source.getMany([path]);
    throwIfThrottled(answers);
    answer = answers[0]?.outcome === 'found';
    return answer;
  };
}

/**
 * Items that are there: put where they are, or taken out because they left all synced places. `epoch` is when they were
 * read: what was written since by others may be younger than the answer.
 */
async function applyFound(run: Run, answered: readonly Answered[], epoch: number): Promise<void> {
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

async function addFound(
  run: Run,
  chunk: Chunk,
  entry: Answered | undefined,
  known: {
    readonly records: ReadonlyMap<string, EngineRecord>;
    readonly bad: ReadonlySet<string>;
    readonly sure: boolean;
  },
): Promise<boolean> {
  if (entry?.answer.outcome !== 'found') return true;
  const { hint, answer } = entry;
  const kind = kindOf(run, hint.kind);
  const context = await contextOf(run, { kind, cause: hint.cause, authoritative: true });
  const [item] = decodeItems(kind, [answer.raw], true);
  const record = known.records.get(hint.graphId);
  run.named.delete(hint.graphId);
  // A push may have come between the reading and now: the hint stays, and the next pass reads again.
  if (!known.sure && record !== undefined && record.own.length > 0) return true;
  if (item === undefined || item.type === 'removed') return true;
  if (item.type === 'bad')
    return chunk.add(withoutHint(context, hint, badEffect(context, hint.stream, item, known.bad)));
  try {
    return chunk.add(withoutHint(context, hint, foundEffect(run, context, { hint, record, item })));
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error;
    const bad = badEffect(context, hint.stream, unfit(hint.graphId, error), known.bad);
    return chunk.add(withoutHint(context, hint, bad));
  }
}

function foundEffect(
  run: Run,
  context: EffectContext,
  given: {
    readonly hint: Hint;
    readonly record: EngineRecord | undefined;
    readonly item: Extract<Decoded, { type: 'item' }>;
  },
): ReturnType<typeof itemEffect> {
  const { hint, record, item } = given;
  const place = context.kind.placeOf(item.fields) ?? record?.stream ?? hint.stream;
  if (context.cursors.has(place)) return itemEffect(context, place, record, item);
  if (record === undefined) return noEffect;
  // We may have moved it there ourselves: then nobody else did (P9).
  const ours = context.kind.placeFields.some((field) =>
    record.own.some((write) => sameJson(write.fields[field], item.fields[field])),
  );
  const details = { reason: 'left', ...run.domain.leftDetails(item.fields, run.session.head.notes) };
  return removeRecord(ours ? { ...context, cause: 'own-write' } : context, record, details);
}

/** Whatever became of it, this hint is settled. */
function withoutHint(
  context: EffectContext,
  hint: Hint,
  effect: ReturnType<typeof itemEffect>,
): ReturnType<typeof itemEffect> {
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

/** Deletes what is proved gone, unless it is too much at once: then these deletions alone wait for an approval (P7). */
async function deleteProved(run: Run, stream: string, proved: readonly Hint[]): Promise<void> {
  const { session } = run;
  const cursor = (await session.cursors()).get(stream);
  if (cursor === undefined) return;
  const { guardMinimum, guardPercent } = run.settings;
  const tooMany = proved.length >= guardMinimum && proved.length * 100 > guardPercent * cursor.records;
  if (tooMany && !run.approved) {
    await markProved(run, proved);
    await session.commit((chunk) => {
      if (cursor.held !== proved.length) chunk.changeCursor(stream, (current) => ({ ...current, held: proved.length }));
    });
    return;
  }
  await commitEach(run, proved, async (chunk, hint, records) => {
    const kind = kindOf(run, hint.kind);
    const context = await contextOf(run, { kind, cause: hint.cause, authoritative: true });
    return addGone(chunk, context, hint, records.get(hint.id));
  });
  if (cursor.held > 0) {
    await session.commit((chunk) => {
      chunk.changeCursor(stream, (current) => ({ ...current, held: 0 }));
    });
  }
}

function addGone(chunk: Chunk, context: EffectContext, hint: Hint, record: EngineRecord | undefined): boolean {
  // Settled meanwhile, or seen alive elsewhere since: the proof was of another state.
  const stands = context.hints.get(hint.id)?.some(({ stream }) => stream === hint.stream) ?? false;
  if (!stands) return true;
  if (record === undefined || record.stream !== hint.stream) return chunk.add(withoutHint(context, hint, noEffect));
  return chunk.add(removeRecord(context, record, { reason: 'gone' }));
}

/** Remembers which hints are proved, so that neither the guard nor an ended budget forgets it. */
async function markProved(run: Run, proved: readonly Hint[]): Promise<void> {
  await commitEach(
    run,
    proved.filter((hint) => !hint.held),
    async (chunk, hint) => {
      const stands = (await run.session.hints()).get(hint.id)?.find(({ stream }) => stream === hint.stream);
      if (stands === undefined) return true;
      return chunk.add({ ...noEffect, writes: [{ row: 'hint', put: { ...stands, held: true } }] });
    },
  );
}

async function commitEach(
  run: Run,
  hints: readonly Hint[],
  add: (chunk: Chunk, hint: Hint, records: ReadonlyMap<string, EngineRecord>) => Promise<boolean>,
): Promise<void> {
  const { session } = run;
  for (let index = 0; index < hints.length;) {
    const start = index;
    await session.commit(async (chunk) => {
      index = start;
      const some = hints.slice(start, start + 50);
      const records = await session.ports.store.readRecords(
        session.scope,
        some.map(({ id }) => id),
      );
      for (const hint of some) {
        if (!(await add(chunk, hint, records))) break;
        index++;
      }
      run.found.changes += chunk.feed.length;
    });
  }
}
