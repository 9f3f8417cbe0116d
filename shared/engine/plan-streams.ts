import type { StreamPlan } from './domain.ts';
import { newCursor } from './round.ts';
import { removeRecord } from './record-rows.ts';
import { contextOf, knownBad } from './apply.ts';
import { noEffect, type Effect } from './chunk.ts';
import { kindOf, type Plans, type Run } from './run.ts';
import type { Json } from '../lib/json.ts';
import type { IndexPage } from './ports.ts';
import type { Cursor, IndexEntry, NewChange } from './model.ts';

/** Asks the domain for its streams and gives each new one a cursor. */
export async function planStreams(run: Run, settings: Json): Promise<Plans> {
  const { session } = run;
  let notes: Json = session.head.notes;
  let noted = false;
  const plans = await run.domain.plan({
    settings,
    source: run.source,
    get notes() {
      return notes;
    },
    note: (next) => {
      notes = next;
      noted = true;
    },
    baselined: async (stream) => (await session.cursors()).get(stream)?.baselined ?? false,
    entries: (letter) => entriesOf(run, letter),
  });
  await session.commit((chunk) => {
    if (noted) chunk.headPatch = { ...chunk.headPatch, notes };
    const standing = new Map(chunk.allCursors().map((cursor) => [cursor.stream, cursor]));
    for (const plan of plans.slice(0, NEW_CURSORS)) {
      if (!standing.has(plan.id)) chunk.putCursor(newCursor(plan));
    }
  });
  await addCursors(run, plans);
  return new Map(plans.map((plan) => [plan.id, plan]));
}

async function entriesOf({ session }: Run, letter: string): Promise<IndexEntry[]> {
  const all: IndexEntry[] = [];
  const range = { from: `${letter}:`, to: `${letter};`, where: {}, limit: ENTRIES };
  for (let after: string | null = null; ;) {
    const page: IndexPage = await session.ports.store.list(session.scope, { ...range, after });
    all.push(...page.entries);
    if (page.next === null) return all;
    after = page.next;
  }
}

/** Entries of a list that are asked for at once. */
const ENTRIES = 500;

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
export async function droppedStreams(run: Run, plans: Plans): Promise<readonly string[]> {
  return [...(await run.session.cursors()).keys()].filter((stream) => !plans.has(stream));
}

/** Takes away the records of a stream that is no longer wanted: one row in the feed, none per record. False = budget spent. */
export async function dropStream(run: Run, stream: string): Promise<boolean> {
  const { session } = run;
  const cursor = (await session.cursors()).get(stream);
  if (cursor === undefined) return true;
  for await (const records of session.ports.store.recordsOf(session.scope, stream)) {
    if (run.budget.spent()) return false;
    for (let index = 0; index < records.length;) {
      const start = index;
      await session.commit(async (chunk) => {
        index = start;
        const current = await session.ports.store.readRecords(
          session.scope,
          records.slice(start, start + 50).map(({ id }) => id),
        );
        const context = await contextOf(run, {
          kind: kindOf(run, cursor.kind),
          cause: run.cause,
          authoritative: false,
        });
        for (const { id } of records.slice(start, start + 50)) {
          const record = current.get(id);
          if (record?.stream === stream && !chunk.add(removeRecord(context, record, null))) break;
          index++;
        }
      });
    }
  }
  await dropLeftovers(run, stream);
  await session.commit((chunk) => {
    chunk.add({
      ...noEffect,
      writes: [{ row: 'cursor', remove: stream }],
      feed: session.head.baselined && cursor.baselined ? [removedRow(cursor)] : [],
    });
  });
  return true;
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

const removedRow = (cursor: Cursor): NewChange => ({
  type: 'sync.stream_removed',
  id: null,
  graphId: null,
  cause: 'system',
  changed: [],
  before: null,
  after: null,
  details: { stream: cursor.stream, kind: cursor.kind, name: cursor.label, records: cursor.records },
});
