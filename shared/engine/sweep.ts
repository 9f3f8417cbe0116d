import { contextOf } from './apply.ts';
import { noEffect, type Effect } from './chunk.ts';
import { comparedBy, completed } from './cursor-moves.ts';
import { hintEffect } from './effects.ts';
import { isDeleting } from './leaving.ts';
import type { Cursor, EngineRecord } from './model.ts';
import { kindOf, type Run } from './run.ts';
import { isLeftBehind, rolledOut } from './windows.ts';

/**
 * What a complete round that compares did not bring becomes hints, or goes where it rolled out of the window; only then is the
 * round done (P5, P18).
 */
export async function sweep(run: Run, cursor: Cursor): Promise<void> {
  const { session } = run;
  const kind = kindOf(run, cursor.kind);
  for await (const records of session.ports.store.recordsBefore(session.scope, cursor.stream, cursor.generation)) {
    const { epoch } = session;
    for (let index = 0; index < records.length;) {
      const start = index;
      await session.commit(async (chunk) => {
        index = start;
        // Read before another writer's commit they prove nothing (P2).
        const unseen = session.epoch === epoch ? records : await readAgain(run, cursor, records);
        const cause = comparedBy(cursor, run.cause);
        const context = await contextOf(run, { kind, cause, authoritative: false });
        while (index < records.length && chunk.add(unseenEffect(context, cursor, unseen[index]))) index++;
      });
    }
  }
  await dropUnseenBad(run, cursor);
  await session.commit((chunk) => {
    chunk.changeCursor(cursor.stream, completed);
  });
}

/** These records as they stand now, where they still are unseen; in the same order. */
async function readAgain(
  { session }: Run,
  cursor: Cursor,
  records: readonly EngineRecord[],
): Promise<readonly (EngineRecord | undefined)[]> {
  const ids = records.map(({ id }) => id);
  const now = await session.ports.store.readRecords(session.scope, ids);
  return ids.map((id) => {
    const record = now.get(id);
    return record?.stream === cursor.stream && record.generation < cursor.generation ? record : undefined;
  });
}

function unseenEffect(
  context: Awaited<ReturnType<typeof contextOf>>,
  cursor: Cursor,
  record: EngineRecord | undefined,
): Effect {
  // A record that Graph does not know yet is on its way there: no round can have brought it.
  if (record?.graphId === undefined || record.graphId === null) return noEffect;
  // Nor need it bring one that we are deleting.
  if (isDeleting(context, record)) return noEffect;
  if (isLeftBehind(context, record)) return rolledOut(context, record);
  return hintEffect(context, {
    stream: cursor.stream,
    id: record.id,
    kind: record.kind,
    graphId: record.graphId,
    why: 'unseen',
    cause: context.cause,
    since: context.now.toISOString(),
    notBefore: null,
    held: false,
  });
}

/** Items kept aside that such a round did not bring are no longer there: nothing but the row that tells of them goes. */
async function dropUnseenBad(run: Run, cursor: Cursor): Promise<void> {
  const { session } = run;
  const unseen = async (): Promise<Effect[]> => {
    if (session.head.counts.bad === 0) return [];
    const rows = await session.ports.store.readBad(session.scope, cursor.stream);
    return rows
      .filter(({ generation = 0 }) => generation < cursor.generation)
      .map(({ stream, id }) => ({
        ...noEffect,
        writes: [{ row: 'bad', remove: { stream, id } }],
        counts: { bad: -1 },
      }));
  };
  while ((await unseen()).length > 0) {
    await session.commit(async (chunk) => {
      for (const effect of await unseen()) if (!chunk.add(effect)) break;
    });
  }
}
