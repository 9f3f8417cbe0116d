import { TransientError } from '../errors.ts';
import type { Hint } from './model.ts';
import type { ItemAnswer } from './ports.ts';
import { isPassing, throwIfThrottled } from './read-many.ts';
import { kindOf, type Plans, type Run } from './run.ts';
import { applyFound, standingBefore } from './settle-found.ts';

/** Where an item that is gone from its place may be instead. */
interface Search {
  readonly hint: Hint;
  readonly stream: string;
}

/**
 * Of items that are gone from their places those that are in no synced one. Where the path of an item leads through its place, one that was
 * moved is not found there, and the page that brings it may be late, or its stream may have failed: it is looked for at the other
 * places first (P4, P7). One that is found is entered where it is; one that cannot be looked for now is left for the next pass.
 */
export async function nowhere(run: Run, plans: Plans, gone: readonly Hint[]): Promise<readonly Hint[]> {
  const searches = await searchesFor(run, plans, gone);
  if (searches.length === 0) return gone;
  const before = await standingBefore(
    run,
    searches.map(({ hint }) => hint),
  );
  const answers = await run.source.getMany(
    searches.map(({ hint, stream }) => kindOf(run, hint.kind).itemPath(hint.graphId, stream)),
  );
  const answered = searches.map((search, index) => ({ ...search, answer: answers[index] ?? unanswered }));
  const found = answered.filter(({ answer }) => answer.outcome === 'found');
  await applyFound(run, found, before);
  throwIfThrottled(answers);
  const open = new Set(answered.filter(({ answer }) => mayBeThere(answer)).map(({ hint }) => hint.id));
  return gone.filter(({ id }) => !open.has(id));
}

const unanswered: ItemAnswer = { outcome: 'failed', error: new TransientError('no answer') };

/** A place that refuses to be looked at holds nothing that was moved from here. */
const mayBeThere = (answer: ItemAnswer): boolean => answer.outcome === 'found' || isPassing(answer);

async function searchesFor(run: Run, plans: Plans, gone: readonly Hint[]): Promise<readonly Search[]> {
  const { session } = run;
  const places = gone.flatMap((hint) =>
    [...plans.values()]
      .filter(({ id, kind, root }) => !root && kind === hint.kind && id !== hint.stream && session.cursors.has(id))
      .filter(({ id }) => leadsElsewhere(run, hint, id))
      .map(({ id }): Search => ({ hint, stream: id })),
  );
  if (places.length === 0) return [];
  const ids = [...new Set(places.map(({ hint }) => hint.id))];
  const records = await session.ports.store.readRecords(session.scope, ids);
  return places.filter(({ hint }) => {
    const record = records.get(hint.id);
    if (record === undefined || record.leaving !== undefined) return false;
    // Parts go where their whole goes.
    const group = kindOf(run, hint.kind).groupOf?.(record.fields, hint.graphId) ?? null;
    return group === null || group === hint.graphId;
  });
}

function leadsElsewhere(run: Run, { kind: name, graphId, stream: place }: Hint, stream: string): boolean {
  const kind = kindOf(run, name);
  return kind.placed !== undefined && kind.itemPath(graphId, stream) !== kind.itemPath(graphId, place);
}
