import { contextOf } from './apply.ts';
import { hintEffect, newHint } from './effects.ts';
import { membersOf } from './groups.ts';
import { isDeleting } from './leaving.ts';
import type { Hint } from './model.ts';
import { kindOf, type Run } from './run.ts';

/** The parts of wholes that are proved gone are to be read again; answers the hints that stand for them. */
export async function hintMembers(run: Run, gone: readonly Hint[]): Promise<Hint[]> {
  const { session } = run;
  const hints: Hint[] = [];
  for (const whole of gone) {
    const kind = kindOf(run, whole.kind);
    if (kind.groupOf === undefined) continue;
    const ids = new Set<string>();
    for (const state = { ended: false }; !state.ended;) {
      await session.commit(async (chunk) => {
        const held = (await session.ports.store.readRecords(session.scope, [whole.id])).get(whole.id);
        state.ended = held !== undefined && kind.groupOf?.(held.fields, whole.graphId) !== whole.graphId;
        if (state.ended) return;
        const cause = held?.leaving === undefined ? whole.cause : 'own-write';
        const context = await contextOf(run, { kind, cause, authoritative: false });
        const members = (await membersOf(session, kind, whole.graphId)).filter(
          (record) => record.id !== whole.id && record.graphId !== null && !isDeleting(context, record),
        );
        for (const { id } of members) ids.add(id);
        state.ended = members.every(({ id, stream, graphId }) =>
          chunk.add(hintEffect(context, newHint(context, stream, graphId ?? '', { id, why: 'unseen' }))),
        );
      });
    }
    const standing = await session.hints();
    hints.push(...[...ids].flatMap((id) => standing.get(id) ?? []));
  }
  return hints;
}

/** How many things these are: a group is one, however many parts it has. */
export async function countThings({ session, ...run }: Run, hints: readonly Hint[]): Promise<number> {
  const [first] = hints;
  const kind = first === undefined ? undefined : kindOf({ ...run, session }, first.kind);
  if (kind?.groupOf === undefined) return hints.length;
  const ids = hints.map(({ id }) => id);
  const records = await session.ports.store.readRecords(session.scope, ids);
  const things = hints.map(({ id, graphId }) => {
    const record = records.get(id);
    return (record === undefined ? null : kind.groupOf?.(record.fields, graphId)) ?? graphId;
  });
  return new Set(things).size;
}
