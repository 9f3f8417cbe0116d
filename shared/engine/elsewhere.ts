import { TransientError } from '../errors.ts';
import type { ReadableOf } from './containers.ts';
import type { Hint } from './model.ts';
import type { ItemAnswer } from './ports.ts';
import { isPassing, throwIfThrottled } from './read-many.ts';
import { kindOf, type Plans, type Run } from './run.ts';
import { isDeleting } from './leaving.ts';
import { applyFound, standingBefore } from './settle-found.ts';

/** Where an item that is gone from its place may be instead. */
interface Search {
  readonly hint: Hint;
  readonly stream: string;
}

/** So long a place is waited for that refuses to be looked at: then an item is gone that is in no other one (P11). */
const WAIT_MS = 24 * 3_600_000;

/**
 * Of items that are gone from their places those that are in no synced one. Where the path of an item leads through its place, one that was
 * moved is not found there, and the page that brings it may be late, or its stream may have failed: it is looked for at the other
 * places first (P4, P7). One that is found is entered where it is; one that cannot be looked for now is left for the next pass.
 */
export async function nowhere(
  run: Run,
  { plans, readable }: { readonly plans: Plans; readonly readable: ReadableOf },
  gone: readonly Hint[],
): Promise<readonly Hint[]> {
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
  const misses = answered.filter(({ answer }) => answer.outcome !== 'found' && !isPassing(answer));
  const places = await readable(misses.map(({ stream }) => stream));
  const since = run.session.ports.clock.now().getTime() - WAIT_MS;
  const counts = ({ hint, stream }: Search): boolean =>
    places.get(stream) === 'yes' || (places.get(stream) === 'no' && Date.parse(hint.since) <= since);
  const missed = new Set(misses.filter(counts));
  const open = new Set(answered.filter((one) => !missed.has(one)).map(({ hint }) => hint.id));
  return gone.filter(({ id }) => !open.has(id));
}

const unanswered: ItemAnswer = { outcome: 'failed', error: new TransientError('no answer') };

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
  const outbox = await session.outbox();
  return places.filter(({ hint }) => {
    const record = records.get(hint.id);
    // What is yet to be deleted, may have been moved from where that will be tried.
    if (record === undefined || (record.leaving !== undefined && !isDeleting({ outbox }, record))) return false;
    // Parts go where their whole goes.
    const group = kindOf(run, hint.kind).groupOf?.(record.fields, hint.graphId) ?? null;
    return group === null || group === hint.graphId;
  });
}

function leadsElsewhere(run: Run, { kind: name, graphId, stream: place }: Hint, stream: string): boolean {
  const kind = kindOf(run, name);
  return kind.placed !== undefined && kind.itemPath(graphId, stream) !== kind.itemPath(graphId, place);
}
