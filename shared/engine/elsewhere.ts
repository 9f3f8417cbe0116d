import { TransientError } from '../errors.ts';
import type { ReadableOf } from './containers.ts';
import { isDeleting } from './leaving.ts';
import { findRecords } from './lookup.ts';
import type { EngineRecord, Hint } from './model.ts';
import type { ItemAnswer } from './ports.ts';
import { isPassing, throwIfThrottled } from './read-many.ts';
import { kindOf, type Plans, type Run } from './run.ts';
import { applyFound, standingBefore } from './settle-found.ts';

/** Where an item that is gone from its place may be instead. */
interface Search {
  readonly hint: Hint;
  readonly stream: string;
  /** The Graph id that is looked for there: the item's, or that of the whole that it is a part of. */
  readonly graphId: string;
}

/** So long a place is waited for that refuses to be looked at: then an item is gone that is in no other one (P11). */
const WAIT_MS = 24 * 3_600_000;

/** Of items that are gone from their places those that are in no synced one. */
export type LookElsewhere = (gone: readonly Hint[]) => Promise<readonly Hint[]>;

/**
 * Looks for items that are gone from their places. Where the path of an item leads through its place, one that was moved is not found
 * there, and the page that brings it may be late, or its stream may have failed: it is looked for at the other places first (P4, P7).
 * One that is found is entered where it is; one that cannot be looked for now is left for the next pass, and so is a part whose whole
 * is found at another place.
 */
export function lookingElsewhere(
  run: Run,
  { plans, readable }: { readonly plans: Plans; readonly readable: ReadableOf },
): LookElsewhere {
  const lost = new Set<string>();
  return async (gone) => {
    const searches = await searchesFor(run, plans, { gone, lost });
    if (searches.length === 0) return gone;
    const before = await standingBefore(
      run,
      searches.map(({ hint }) => hint),
    );
    const answered = await askFor(run, searches);
    const found = answered.filter(({ answer }) => answer.outcome === 'found');
    await applyFound(
      run,
      found.filter(({ hint, graphId }) => hint.graphId === graphId),
      before,
    );
    throwIfThrottled(answered.map(({ answer }) => answer));
    const misses = answered.filter(({ answer }) => answer.outcome !== 'found' && !isPassing(answer));
    const places = await readable(misses.map(({ stream }) => stream));
    const since = run.session.ports.clock.now().getTime() - WAIT_MS;
    const counts = ({ hint, stream }: Search): boolean =>
      places.get(stream) === 'yes' || (places.get(stream) === 'no' && Date.parse(hint.since) <= since);
    const missed = new Set<Search>(misses.filter(counts));
    const open = new Set(answered.filter((one) => !missed.has(one)).map(({ hint }) => hint.id));
    // Of a whole that is at none of its other places no other part need ask.
    for (const { hint, graphId } of answered) if (!open.has(hint.id)) lost.add(graphId);
    return gone.filter(({ id }) => !open.has(id));
  };
}

const unanswered: ItemAnswer = { outcome: 'failed', error: new TransientError('no answer') };

/** Asks for each item once at each place, however many parts it has. */
async function askFor(run: Run, searches: readonly Search[]): Promise<(Search & { readonly answer: ItemAnswer })[]> {
  const pathOf = ({ hint, stream, graphId }: Search): string => kindOf(run, hint.kind).itemPath(graphId, stream);
  const paths = [...new Set(searches.map(pathOf))];
  const answers = await run.source.getMany(paths);
  const byPath = new Map(paths.map((path, index) => [path, answers[index]]));
  return searches.map((search) => ({ ...search, answer: byPath.get(pathOf(search)) ?? unanswered }));
}

async function searchesFor(
  run: Run,
  plans: Plans,
  { gone, lost }: { readonly gone: readonly Hint[]; readonly lost: ReadonlySet<string> },
): Promise<readonly Search[]> {
  const { session } = run;
  const places = new Map(gone.map((hint) => [hint, placesBeside(run, plans, hint)]));
  const movable = gone.filter((hint) => (places.get(hint)?.length ?? 0) > 0);
  if (movable.length === 0) return [];
  const ids = [...new Set(movable.map(({ id }) => id))];
  const records = await session.ports.store.readRecords(session.scope, ids);
  const outbox = await session.outbox();
  const wholeOf = (hint: Hint): string | null => {
    const record = records.get(hint.id);
    const group = record === undefined ? null : kindOf(run, hint.kind).groupOf?.(record.fields, hint.graphId);
    return group === hint.graphId ? null : (group ?? null);
  };
  const wholes = await findRecords(session, [...new Set(movable.flatMap((hint) => wholeOf(hint) ?? []))]);
  return movable.flatMap((hint): Search[] => {
    const record = records.get(hint.id);
    // What is yet to be deleted may have been moved from where that will be tried.
    if (record === undefined || (record.leaving !== undefined && !isDeleting({ outbox }, record))) return [];
    const beside = places.get(hint) ?? [];
    const wholeId = wholeOf(hint);
    if (wholeId === null) return beside.map((stream) => ({ hint, stream, graphId: hint.graphId }));
    return lost.has(wholeId) ? [] : searchesForPart({ hint, beside, whole: wholes.get(wholeId) });
  });
}

/** Parts are where their whole is: it is known to have moved, or may be found to have. */
function searchesForPart({
  hint,
  beside,
  whole,
}: {
  readonly hint: Hint;
  readonly beside: readonly string[];
  readonly whole: EngineRecord | undefined;
}): Search[] {
  if (whole === undefined || whole.leaving !== undefined || whole.graphId === null) return [];
  const { graphId, stream: now } = whole;
  if (now === hint.stream) return beside.map((stream) => ({ hint, stream, graphId }));
  return beside.includes(now) ? [{ hint, stream: now, graphId: hint.graphId }] : [];
}

/** The other places where an item may be, and is not found by the path that leads through its own. */
const placesBeside = (run: Run, plans: Plans, hint: Hint): string[] =>
  [...plans.values()]
    .filter(({ id, kind, root }) => !root && kind === hint.kind && id !== hint.stream && run.session.cursors.has(id))
    .filter(({ id }) => leadsElsewhere(run, hint, id))
    .map(({ id }) => id);

function leadsElsewhere(run: Run, { kind: name, graphId, stream: place }: Hint, stream: string): boolean {
  const kind = kindOf(run, name);
  return kind.placed !== undefined && kind.itemPath(graphId, stream) !== kind.itemPath(graphId, place);
}
