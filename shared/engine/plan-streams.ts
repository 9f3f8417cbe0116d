import type { StreamPlan } from './domain.ts';
import { newCursor, restarted } from './cursor-moves.ts';
import type { EffectContext } from './effects.ts';
import { removeRecord, replaceRecord } from './record-rows.ts';
import { contextOf, knownBad } from './apply.ts';
import { isUntold } from './change-rows.ts';
import { noEffect, type Effect } from './chunk.ts';
import { kindIn, kindOf, type Plans, type Run } from './run.ts';
import type { Json } from '../lib/json.ts';
import { COMMIT_ROWS } from './ports.ts';
import type { Cursor, EngineRecord, NewChange } from './model.ts';

/** Asks the domain for its streams and gives each new one a cursor. */
export async function planStreams(run: Run, settings: Json): Promise<Plans> {
  const { session } = run;
  const before = session.head.notes;
  const noted: Json[] = [];
  const plans = await run.domain.plan({
    settings,
    source: run.source,
    get notes() {
      return noted.at(-1) ?? before;
    },
    note: (next) => {
      noted.push(next);
    },
    baselined: (stream) => session.cursors.get(stream)?.baselined ?? false,
    entries: (letter) => session.listed(letter),
  });
  // First the rows that lists are read by: after a crash in between the domain notes the same again.
  const notes = noted.at(-1);
  if (notes !== undefined && before !== null) await reindexRoots(run, plans, notes);
  await session.commit((chunk) => {
    if (notes !== undefined) chunk.headPatch = { ...chunk.headPatch, notes };
    const standing = new Map(chunk.allCursors().map((cursor) => [cursor.stream, cursor]));
    for (const plan of plans.slice(0, NEW_CURSORS)) {
      if (standing.has(plan.id)) continue;
      chunk.putCursor(newCursor(plan));
      run.found.streams = true;
    }
  });
  await addCursors(run, plans);
  return new Map(plans.map((plan) => [plan.id, plan]));
}

/** What the domain has noted anew shows in the lists of the records that come by root streams (the folders' own names). */
async function reindexRoots(run: Run, plans: readonly StreamPlan[], notes: Json): Promise<void> {
  const { session } = run;
  for (const plan of plans.filter(({ root }) => root)) {
    const kind = kindIn(run.domain, notes, plan.kind);
    for await (const records of session.ports.store.recordsOf(session.scope, plan.id)) {
      for (let start = 0; start < records.length; start += REINDEXED) {
        const ids = records.slice(start, start + REINDEXED).map(({ id }) => id);
        await session.commit(async (chunk) => {
          const current = await session.ports.store.readRecords(session.scope, ids);
          const entries = [...current.values()].flatMap((record) => kind.index(record));
          chunk.add({ ...noEffect, writes: entries.map((put) => ({ row: 'index', put })) });
        });
      }
    }
  }
}

/** Records whose index rows are written in one commit. */
const REINDEXED = 40;

/** New cursors in one commit. */
const NEW_CURSORS = 90;

async function addCursors(run: Run, plans: readonly StreamPlan[]): Promise<void> {
  for (let start = NEW_CURSORS; start < plans.length; start += NEW_CURSORS) {
    await run.session.commit((chunk) => {
      const standing = new Set(chunk.allCursors().map((cursor) => cursor.stream));
      for (const plan of plans.slice(start, start + NEW_CURSORS))
        if (!standing.has(plan.id)) chunk.putCursor(newCursor(plan));
    });
  }
}

/** Streams that stand but are no longer planned: deselected, or their container is gone. */
export function droppedStreams(run: Run, plans: Plans): readonly string[] {
  return [...run.session.cursors.keys()].filter((stream) => !plans.has(stream));
}

/**
 * Takes away the records of a stream that is no longer wanted: one row in the feed, none per record. False = budget spent.
 * A record with a write of ours under way stays until the next pass, and the stream with it (P8); so does one that the remote never had,
 * until the application has mended or deleted it.
 */
export async function dropStream(run: Run, stream: string): Promise<boolean> {
  const { session } = run;
  const cursor = session.cursors.get(stream);
  if (cursor === undefined) return true;
  const removed = session.head.baselined ? removedRow(cursor, await reasonOf(run, cursor)) : null;
  if (cursor.baselined || cursor.failures > 0) await closeStream(run, cursor, cursor.told ? removed : null);
  // Nobody was told of the stream; of what came to it from others they were, and hold it there.
  const untold = cursor.told ? null : removed;
  for await (const records of session.ports.store.recordsOf(session.scope, stream)) {
    if (run.budget.spent()) return false;
    for (let index = 0; index < records.length;) {
      const start = index;
      await session.commit(async (chunk) => {
        index = start;
        const some = records.slice(start, start + 50).map(({ id }) => id);
        const current = await session.ports.store.readRecords(session.scope, some);
        const kind = kindOf(run, cursor.kind);
        const context = await contextOf(run, { kind, cause: run.cause, authoritative: false });
        const isHeld = [...current.values()].some(
          (record) => record.stream === stream && record.told === true && !isUnborn(record),
        );
        if (untold !== null && isHeld) chunk.add({ ...noEffect, feed: [untold] });
        for (const id of some) {
          const effect = dropEffect(run, context, current.get(id), stream);
          if (!chunk.add(effect)) break;
          index++;
        }
      });
    }
  }
  await dropLeftovers(run, stream);
  await session.commit(async (chunk) => {
    for await (const records of session.ports.store.recordsOf(session.scope, stream)) if (records.length > 0) return;
    chunk.add({ ...noEffect, writes: [{ row: 'cursor', remove: stream }] });
    run.found.streams = true;
  });
  return true;
}

/** A stream that is read no more fails no more, and waits for nothing. */
const unread = { failures: 0, lastError: null, notBefore: null, held: 0, unsettled: undefined } as const;

/** Tells that the stream is no more, first: should it be wanted again before all is gone, it is read and told anew. */
async function closeStream(run: Run, cursor: Cursor, removed: NewChange | null): Promise<void> {
  const { session } = run;
  await session.commit(async (chunk) => {
    if (removed !== null) {
      chunk.feed.push(removed);
      for (const put of await ownMoves(run, cursor))
        if (!chunk.add({ ...noEffect, writes: [{ row: 'record', put }] })) break;
    }
    const closed = { ...restarted(cursor), ...unread, phase: 'baseline', baselined: false, told: false } as const;
    chunk.changeCursor(cursor.stream, (current) => ({ ...current, ...closed, records: current.records }));
  });
}

/**
 * Records that a write of ours is moving into a stream which is told to be no more, or out of it: whoever follows the feed holds
 * them where they go, and lets go of them with the stream, or does not. As many as fit the commit.
 */
async function ownMoves({ session, domain }: Run, { stream, kind: name }: Cursor): Promise<EngineRecord[]> {
  const kind = kindIn(domain, session.head.notes, name);
  const moves = [...(await session.outbox()).values()].filter(
    (operation) => operation.kind === name && kind.placeFields.some((field) => field in operation.fields),
  );
  const ids = [...new Set(moves.map(({ recordId }) => recordId))].slice(0, COMMIT_ROWS);
  const records = await session.ports.store.readRecords(session.scope, ids);
  return [...records.values()].flatMap((record) => {
    const isHeldThere = kind.placeOf(record.fields) === stream;
    if (record.leaving !== undefined || (!isHeldThere && record.stream !== stream)) return [];
    return [{ ...record, told: !isHeldThere }];
  });
}

function dropEffect(run: Run, context: EffectContext, record: EngineRecord | undefined, stream: string): Effect {
  if (record?.stream !== stream) return noEffect;
  const under = [...context.outbox.values()].some((operation) => operation.recordId === record.id);
  if (under && !context.hints.has(record.id)) return noEffect;
  if (isUnborn(record)) return keepUnborn(context, record);
  const place = context.kind.placeOf(record.fields) ?? stream;
  if (place === stream) return removeRecord(context, record, null);
  // We moved it out, to a folder that is not synced: whoever follows the feed holds it there.
  const details = { reason: 'left', ...run.domain.leftDetails(record.fields, run.session.head.notes) };
  return removeRecord({ ...context, cursors: new Map(), cause: 'own-write' }, record, details);
}

/** The remote has refused to make it: nobody has it but us. */
const isUnborn = ({ graphId, leaving }: EngineRecord): boolean => graphId === null && leaving === undefined;

/**
 * It stays, for the application to make it elsewhere or to delete it, and its stream with it. Whoever follows the feed has let go of it
 * with the stream: it is told of once more, with why it was refused.
 */
function keepUnborn(context: EffectContext, record: EngineRecord): Effect {
  if (!isUntold(context.cursors, record)) return noEffect;
  const told = { changed: [], losing: { created: true }, refused: record.refused };
  return replaceRecord({ ...context, cause: 'system' }, record, { ...record, told: true }, told);
}

/** Takes away what else stands under a stream's name: hints of items that we do not hold, and items kept aside. */
async function dropLeftovers(run: Run, stream: string): Promise<void> {
  const { session } = run;
  const leftovers = async (): Promise<Effect[]> => {
    const hints = [...(await session.hints()).values()].flat().filter((hint) => hint.stream === stream);
    const bad: readonly string[] = [...(await knownBad(session, stream))];
    return [
      ...hints.map(({ id }): Effect => ({
        ...noEffect,
        writes: [{ row: 'hint', remove: { stream, id } }],
        counts: { hints: -1 },
      })),
      ...bad.map((id): Effect => ({
        ...noEffect,
        writes: [{ row: 'bad', remove: { stream, id } }],
        counts: { bad: -1 },
      })),
    ];
  };
  while ((await leftovers()).length > 0) {
    await session.commit(async (chunk) => {
      for (const effect of await leftovers()) if (!chunk.add(effect)) break;
    });
  }
}

/** Why a stream is no more: its place is gone, or is still there and not wanted. Undefined where no list tells. */
async function reasonOf(run: Run, { stream }: Cursor): Promise<'deselected' | 'gone' | undefined> {
  const { places } = run.domain;
  if (places === undefined) return undefined;
  const entries = await run.session.listed(places.letter);
  return entries.some(({ item }) => places.streamOf(item) === stream) ? 'deselected' : 'gone';
}

const removedRow = (cursor: Cursor, reason: 'deselected' | 'gone' | undefined): NewChange => ({
  type: 'sync.stream_removed',
  id: null,
  graphId: null,
  cause: 'system',
  changed: [],
  before: null,
  after: null,
  details: {
    ...{ stream: cursor.stream, kind: cursor.kind, name: cursor.label, records: cursor.records, ...cursor.place },
    ...(reason === undefined ? {} : { reason }),
  },
});
