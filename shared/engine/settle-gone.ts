import type { Fields } from '../lib/json.ts';
import { mayBeRemade } from './adopt.ts';
import { contextOf } from './apply.ts';
import { combine, noEffect, type Chunk } from './chunk.ts';
import type { EffectContext } from './effects.ts';
import { isDeleting, leftEffect } from './leaving.ts';
import type { EngineRecord, Hint } from './model.ts';
import { dropOperations } from './outbox-rows.ts';
import { removeRecord } from './record-rows.ts';
import { kindOf, type Run } from './run.ts';
import { withoutHint } from './settle-found.ts';
import { countThings } from './settle-groups.ts';
import type { Left } from './unsynced.ts';
import { wholeIdOf } from './wholes.ts';

/** So long a proof is good that a budget kept from being followed: very many items are read over several jobs. */
const PROOF_MS = 6 * 3_600_000;

/** Whether an item was proved gone a short time ago, and is not held back. */
export const isProved = ({ session }: Run, { held, provedAt }: Hint): boolean =>
  !held && provedAt !== undefined && session.ports.clock.now().getTime() - Date.parse(provedAt) < PROOF_MS;

/** Deletes what is proved gone, unless it is too much at once: then these deletions alone wait for an approval (P7). */
export async function deleteProved(run: Run, stream: string, proved: readonly Hint[]): Promise<void> {
  const cursor = run.session.cursors.get(stream);
  if (cursor === undefined) return;
  if (await holdsBack(run, stream, proved)) return holdDeletions(run, stream, proved);
  await deleteEach(run, proved);
  if (cursor.held === 0) return;
  await run.session.commit((chunk) => {
    chunk.changeCursor(stream, (current) => ({ ...current, held: 0, approved: undefined }));
  });
}

/** Whether these are too many to be deleted at once without an approval. */
export async function holdsBack(run: Run, stream: string, hints: readonly Hint[]): Promise<boolean> {
  const cursor = run.session.cursors.get(stream);
  const { guardMinimum, guardPercent } = run.settings;
  if (cursor === undefined || run.approved || cursor.approved === true) return false;
  const isMany = (count: number): boolean => count >= guardMinimum && count * 100 > guardPercent * cursor.records;
  if (!isMany(hints.length)) return false;
  const others = await guarded(run, hints);
  // Whoever deletes a series deletes one thing.
  return isMany(others.size) && countThings(run, others) >= guardMinimum;
}

/** Keeps these for an approval; what the application has deleted itself goes, and what nobody holds is forgotten. */
export async function holdDeletions(run: Run, stream: string, hints: readonly Hint[]): Promise<void> {
  const others = await guarded(run, hints);
  const open = [...others.keys()].filter(({ held }) => !held);
  await markEach(run, open, (hint) => ({ ...hint, held: true, provedAt: undefined }));
  if (run.session.cursors.get(stream)?.held !== others.size)
    await run.session.commit((chunk) => {
      chunk.changeCursor(stream, (current) => ({ ...current, held: others.size }));
    });
  await deleteEach(
    run,
    hints.filter((hint) => !others.has(hint)),
  );
}

/** Those of records that stand, with these: no guard keeps what the application has deleted itself. */
async function guarded({ session }: Run, hints: readonly Hint[]): Promise<ReadonlyMap<Hint, EngineRecord>> {
  const ids = hints.map(({ id }) => id);
  const records = await session.ports.store.readRecords(session.scope, ids);
  return new Map(
    hints.flatMap((hint): [Hint, EngineRecord][] => {
      const record = records.get(hint.id);
      return record === undefined || record.leaving !== undefined ? [] : [[hint, record]];
    }),
  );
}

const deleteEach = (run: Run, hints: readonly Hint[]): Promise<void> =>
  commitEach(run, hints, async (chunk, hint, records) => {
    const kind = kindOf(run, hint.kind);
    const context = await contextOf(run, { kind, cause: hint.cause, authoritative: true });
    const cause = tookAway(context, hint) ? 'own-write' : hint.cause;
    return addGone(chunk, { ...context, cause }, { hint, record: records.get(hint.id), details: { reason: 'gone' } });
  });

/** Whether a write of ours that takes its item away has been sent, perhaps by a worker that died before it could tell. */
const tookAway = ({ kind, outbox }: EffectContext, { id }: Hint): boolean =>
  [...outbox.values()].some(
    (operation) => operation.recordId === id && operation.attempts > 0 && kind.takesAway?.(operation) === true,
  );

/** Takes away what has left all synced places, and says where it is. No guard holds it back: nothing of it is gone. */
export async function removeLeft(run: Run, left: readonly Left[]): Promise<void> {
  const places = new Map(left.map(({ hint, placed }) => [hint.id, placed]));
  const hints = left.map(({ hint }) => hint);
  await commitEach(run, hints, async (chunk, hint, records) => {
    const record = records.get(hint.id);
    // The application deletes it, wherever it is.
    if (record?.leaving !== undefined) return true;
    const kind = kindOf(run, hint.kind);
    const context = await contextOf(run, { kind, cause: hint.cause, authoritative: true });
    const fields = { ...record?.fields, ...places.get(hint.id) };
    const details = { reason: 'left', ...run.domain.leftDetails(fields, run.session.head.notes) };
    return addGone(chunk, context, { hint, record, details });
  });
}

function addGone(
  chunk: Chunk,
  context: EffectContext,
  given: { readonly hint: Hint; readonly record: EngineRecord | undefined; readonly details: Fields },
): boolean {
  const { hint, record, details } = given;
  // Settled meanwhile, or seen alive elsewhere since: the proof was of another state.
  const stands = context.hints.get(hint.id)?.some(({ stream }) => stream === hint.stream) ?? false;
  if (!stands) return true;
  if (record?.graphId !== hint.graphId || record.stream !== hint.stream)
    return chunk.add(withoutHint(context, hint, noEffect));
  // A part that is being deleted: the push finds it gone, and tells its whole.
  if (isDeleting(context, record) && wholeIdOf(context.kind, record) !== null) return true;
  if (mayBeRemade(context, record)) return true;
  if (record.leaving !== undefined) return chunk.add(leftEffect(context, record));
  // What is written to what has left is still meant; to what is gone nobody can write any more.
  const moot = details['reason'] === 'gone' ? [...context.outbox.values()] : [];
  const dropped = dropOperations(moot.filter(({ recordId }) => recordId === record.id));
  return chunk.add(combine(removeRecord(context, record, details), dropped));
}

/** Remembers which hints are proved, so that an ended budget does not forget it. */
export async function markProved(run: Run, proved: readonly Hint[]): Promise<void> {
  const provedAt = run.session.ports.clock.now().toISOString();
  const fresh = proved.filter((hint) => !isProved(run, hint));
  await markEach(run, fresh, (hint) => ({ ...hint, held: false, provedAt }));
}

const markEach = (run: Run, hints: readonly Hint[], marked: (hint: Hint) => Hint): Promise<void> =>
  commitEach(run, hints, async (chunk, hint) => {
    const stands = (await run.session.hints()).get(hint.id)?.find(({ stream }) => stream === hint.stream);
    if (stands === undefined) return true;
    return chunk.add({ ...noEffect, writes: [{ row: 'hint', put: marked(stands) }] });
  });

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
