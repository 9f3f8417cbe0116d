import { nowhere } from './elsewhere.ts';
import type { Hint } from './model.ts';
import { throwIfThrottled } from './read-many.ts';
import { kindOf, type Plans, type Run } from './run.ts';
import { applyFound, type Answered } from './settle-found.ts';
import { endedWholes, hintMembers } from './settle-groups.ts';
import { deleteProved, markProved } from './settle-gone.ts';

const BATCH = 20;

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
  const idle = [...run.session.cursors.values()].filter((cursor) => cursor.held > 0 && !holding.has(cursor.stream));
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
  // Grows by what is of a group whose whole is proved gone.
  const open = hints.filter((hint) => !hint.held);
  const container = containerCheck(run, plans, stream);
  for (let start = 0; start < open.length;) {
    if (run.budget.spent()) {
      await markProved(run, proved);
      return false;
    }
    const some = open.slice(start, start + BATCH);
    start += some.length;
    const { epoch } = run.session;
    const answers = await run.source.getMany(
      some.map((hint) => kindOf(run, hint.kind).itemPath(hint.graphId, hint.stream)),
    );
    const answered = some.map((hint, index): Answered => ({
      hint,
      answer: answers[index] ?? { outcome: 'failed', error: new Error('no answer') },
    }));
    const ended = await hintMembers(run, await endedWholes(run, answered));
    await applyFound(run, answered, epoch);
    const missing = answered.filter(({ answer }) => answer.outcome === 'gone').map(({ hint }) => hint);
    throwIfThrottled(answers);
    const alsoAsked = (parts: readonly Hint[]): void => {
      const asked = new Set([...open, ...proved].map(({ id }) => id));
      open.push(...parts.filter((hint) => hint.stream === stream && !asked.has(hint.id)));
    };
    alsoAsked(ended);
    if (missing.length === 0 || !(await container())) continue;
    const gone = await nowhere(run, plans, missing);
    proved.push(...gone);
    alsoAsked(await hintMembers(run, gone));
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
