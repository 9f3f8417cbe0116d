import { contextOf } from './apply.ts';
import { noEffect, type Effect } from './chunk.ts';
import { completed } from './cursor-moves.ts';
import { hintEffect } from './effects.ts';
import { isDeleting } from './leaving.ts';
import type { Cursor, EngineRecord } from './model.ts';
import { kindOf, type Run } from './run.ts';

/** What a complete round that compares did not bring becomes hints; only then is the round done (P5). */
export async function sweep(run: Run, cursor: Cursor): Promise<void> {
  const { session } = run;
  const kind = kindOf(run, cursor.kind);
  for await (const records of session.ports.store.recordsBefore(session.scope, cursor.stream, cursor.generation)) {
    for (let index = 0; index < records.length;) {
      const start = index;
      await session.commit(async (chunk) => {
        index = start;
        const context = await contextOf(run, { kind, cause: 'resync', authoritative: false });
        while (index < records.length && chunk.add(unseenEffect(context, cursor, records[index]))) index++;
      });
    }
  }
  await dropUnseenBad(run, cursor);
  await session.commit((chunk) => {
    chunk.changeCursor(cursor.stream, completed);
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
