import { readableContainers } from './containers.ts';
import { changeCursors } from './change-cursors.ts';
import { isDoubted } from './effects.ts';
import { lookingElsewhere } from './elsewhere.ts';
import type { Cursor, Hint } from './model.ts';
import { throwIfThrottled } from './read-many.ts';
import { kindOf, type Plans, type Run } from './run.ts';
import { applyFound, standingBefore, type Answered } from './settle-found.ts';
import { endedWholes, hintMembers } from './settle-groups.ts';
import { deleteProved, holdDeletions, holdsBack, isProved, markProved, removeLeft } from './settle-gone.ts';
import { lookingBeyond } from './unsynced.ts';

const BATCH = 20;
/** Items that have kept their hints so long, for no look at them was answered, are told of by the status. */
const UNSETTLED_MS = 6 * 3_600_000;

/**
 * Settles the hints of all streams whose round is complete by re-reading their items (P7). Returns false when the
 * budget ended first. One failing item, or a container that cannot be read, leaves its hints for the next pass.
 */
export async function settleHints(run: Run, plans: Plans, complete: ReadonlySet<string>): Promise<boolean> {
  const now = run.session.ports.clock.now();
  const ready = (await allHints(run)).filter(
    (hint) => complete.has(hint.stream) && (hint.notBefore === null || Date.parse(hint.notBefore) <= now.getTime()),
  );
  const unsettled: Hint[] = [];
  const byStream = Map.groupBy(ready, (hint) => hint.stream);
  for (const [stream, hints] of byStream) {
    if (!(await settleStream(run, plans, { stream, hints, unsettled }))) return false;
  }
  await noteHeld(run);
  await noteUnsettled(run, complete, unsettled);
  return true;
}

/** A failure proves nothing, however often it comes (P7): what keeps its hint for ever is counted, so that somebody looks. */
async function noteUnsettled(run: Run, complete: ReadonlySet<string>, unsettled: readonly Hint[]): Promise<void> {
  const { session } = run;
  const since = session.ports.clock.now().getTime() - UNSETTLED_MS;
  const old = Map.groupBy(
    unsettled.filter((hint) => Date.parse(hint.since) <= since),
    (hint) => hint.stream,
  );
  const countOf = (stream: string): number => old.get(stream)?.length ?? 0;
  const changed = [...session.cursors.values()].filter(
    ({ stream, unsettled: noted = 0 }) => complete.has(stream) && noted !== countOf(stream),
  );
  await changeCursors(run, namesOf(changed), (cursor) => ({ ...cursor, unsettled: countOf(cursor.stream) }));
}

/** A stream whose held deletions have all been settled otherwise holds none; what was approved and could not be read stays approved. */
async function noteHeld(run: Run): Promise<void> {
  const holding = new Set((await allHints(run)).filter((hint) => hint.held).map((hint) => hint.stream));
  const noted = (cursor: Cursor): Cursor =>
    holding.has(cursor.stream)
      ? { ...cursor, approved: cursor.approved === true || run.approved ? true : undefined }
      : { ...cursor, held: 0, approved: undefined };
  const changed = [...run.session.cursors.values()].filter((cursor) => {
    const { held, approved } = noted(cursor);
    return held !== cursor.held || approved !== cursor.approved;
  });
  await changeCursors(run, namesOf(changed), noted);
}

const namesOf = (cursors: readonly Cursor[]): string[] => cursors.map(({ stream }) => stream);

async function allHints(run: Run): Promise<Hint[]> {
  return [...(await run.session.hints()).values()].flat();
}

/** The hints of a stream that are to be settled; those whose items could not be read are added to `unsettled`. */
interface Due {
  readonly stream: string;
  readonly hints: readonly Hint[];
  readonly unsettled: Hint[];
}

async function settleStream(run: Run, plans: Plans, { stream, hints, unsettled }: Due): Promise<boolean> {
  const held = hints.filter((hint) => hint.held);
  // What the guard holds back is read again before it is deleted: what proved it gone was of another time.
  const waiting = (await holdsBack(run, stream, held)) ? held : [];
  const proved: Hint[] = hints.filter((hint) => isProved(run, hint));
  const settled = new Set([...waiting, ...proved]);
  // Grows by what is of a group whose whole is proved gone.
  const open = hints.filter((hint) => !settled.has(hint));
  const readable = readableContainers(run, plans);
  const elsewhere = lookingElsewhere(run, { plans, readable });
  const beyond = lookingBeyond(run, plans);
  for (let start = 0; start < open.length;) {
    if (run.budget.spent()) {
      await markProved(run, proved);
      return false;
    }
    const some = open.slice(start, start + BATCH);
    start += some.length;
    const before = await standingBefore(run, some);
    const answered = await askFor(run, some);
    const ended = await hintMembers(run, await endedWholes(run, answered));
    await applyFound(run, answered, before);
    const missing = answered.filter(({ answer }) => answer.outcome === 'gone').map(({ hint }) => goneBy(hint));
    throwIfThrottled(answered.map(({ answer }) => answer));
    unsettled.push(...answered.filter(({ answer }) => answer.outcome === 'failed').map(({ hint }) => hint));
    const alsoAsked = (parts: readonly Hint[]): void => {
      const asked = new Set([...open, ...proved, ...waiting].map(({ id }) => id));
      open.push(...parts.filter((hint) => hint.stream === stream && !asked.has(hint.id)));
    };
    alsoAsked(ended);
    if (missing.length === 0 || (await readable([stream])).get(stream) !== 'yes') continue;
    const { gone, left } = await beyond(await elsewhere(missing));
    proved.push(...gone);
    // What is of a whole that goes or leaves is asked for before nobody knows any more what was of it.
    alsoAsked(await hintMembers(run, [...gone, ...left.map(({ hint }) => hint)]));
    await removeLeft(run, left);
  }
  if (waiting.length > 0) await holdDeletions(run, stream, [...waiting, ...proved]);
  else await deleteProved(run, stream, proved.map(goneBy));
  return true;
}

/** What was to be read again for what we had written to it, and is gone: that others have done (P9). */
const goneBy = (hint: Hint): Hint =>
  isDoubted(hint, 'removed') || isDoubted(hint, 'unseen') || hint.cause !== 'own-write'
    ? hint
    : { ...hint, cause: 'poll' };

async function askFor(run: Run, hints: readonly Hint[]): Promise<Answered[]> {
  const paths = hints.map(({ kind, graphId, stream }) => kindOf(run, kind).itemPath(graphId, stream));
  const answers = await run.source.getMany(paths);
  return hints.map((hint, index): Answered => ({
    hint,
    answer: answers[index] ?? { outcome: 'failed', error: new Error('no answer') },
  }));
}
