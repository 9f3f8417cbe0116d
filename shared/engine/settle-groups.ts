import { contextOf } from './apply.ts';
import { decodeItems } from './decode-items.ts';
import { hintEffect, isDoubted, newHint } from './effects.ts';
import { hasEnded, membersOf } from './groups.ts';
import { isDeleting } from './leaving.ts';
import type { EngineRecord, Hint } from './model.ts';
import { kindOf, type Run } from './run.ts';
import type { Answered } from './settle-found.ts';
import { isShownOurs } from './whose-whole.ts';
import { isOutside } from './windows.ts';

/** The parts of these wholes are to be read again; answers the hints that stand for them. */
export async function hintMembers(run: Run, wholes: readonly Hint[]): Promise<Hint[]> {
  const { session } = run;
  const hints: Hint[] = [];
  for (const whole of wholes) {
    const kind = kindOf(run, whole.kind);
    if (kind.groupOf === undefined) continue;
    const ids = new Set<string>();
    for (const state = { ended: false }; !state.ended;) {
      await session.commit(async (chunk) => {
        const held = (await session.ports.store.readRecords(session.scope, [whole.id])).get(whole.id);
        const fields = held?.base ?? held?.fields;
        state.ended = fields !== undefined && kind.groupOf?.(fields, whole.graphId) !== whole.graphId;
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

/**
 * Of these those whose item was the whole of a group, and is found to be none any more: its parts go with what it was. And those
 * that are still there and that pages do not show any more, for they say that it was removed or it lies outside of the window: so
 * none of its parts need be in the window, and no page tells what became of them.
 */
export async function endedWholes(run: Run, answered: readonly Answered[]): Promise<Hint[]> {
  const { session } = run;
  const found = answered.flatMap(({ hint, answer }) => {
    const kind = kindOf(run, hint.kind);
    if (answer.outcome !== 'found' || kind.groupOf === undefined) return [];
    const [item] = decodeItems(kind, [answer.raw], true);
    if (item?.type !== 'item' || item.graphId !== hint.graphId) return [];
    // What is of a group by itself has not ended.
    const group = kind.groupOf(item.fields, item.graphId);
    const isUnshown =
      isDoubted(hint, 'removed') || isOutside({ kind, cursors: session.cursors }, hint.stream, item.fields);
    const isOut = group === item.graphId && isUnshown;
    return group === null || isOut ? [{ hint, kind, item, isOut }] : [];
  });
  if (found.length === 0) return [];
  const records = await session.ports.store.readRecords(
    session.scope,
    found.map(({ hint }) => hint.id),
  );
  const ended = found.map(async ({ hint, kind, item, isOut }): Promise<Hint[]> => {
    const record = records.get(hint.id);
    if (hasEnded(kind, record, item)) return [hint];
    if (record === undefined || !isOut) return [];
    // As our own write has left it, its parts came out by that (P9).
    const context = await contextOf(run, { kind, cause: hint.cause, authoritative: true });
    return [isShownOurs(context, record, item) ? { ...hint, cause: 'own-write' } : hint];
  });
  return (await Promise.all(ended)).flat();
}

/** How many things these records are: a group is one, however many parts it has. */
export function countThings(run: Run, held: ReadonlyMap<Hint, EngineRecord>): number {
  const things = [...held].map(
    ([{ kind, graphId }, { fields }]) => kindOf(run, kind).groupOf?.(fields, graphId) ?? graphId,
  );
  return new Set(things).size;
}
