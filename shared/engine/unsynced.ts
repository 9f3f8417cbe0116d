import type { Fields } from '../lib/json.ts';
import { decodeItems } from './decode-items.ts';
import type { Domain, Kind } from './domain.ts';
import type { EngineRecord, Hint } from './model.ts';
import type { ItemAnswer } from './ports.ts';
import { isPassing, throwIfThrottled } from './read-many.ts';
import { kindOf, type Plans, type Run } from './run.ts';

/** An item that has left all synced places, and the fields of the place where it is. */
export interface Left {
  readonly hint: Hint;
  readonly placed: Fields;
}

/** What became of items that are in no synced place. */
export interface Whereabouts {
  /** They are nowhere. */
  readonly gone: readonly Hint[];
  readonly left: readonly Left[];
}

/** So long it is waited for a place that is not synced and cannot be looked at: then an item is gone that is in no other one. */
const WAIT_MS = 3_600_000;

/** Looks for items in the places that are listed and not synced. */
export type LookBeyond = (lost: readonly Hint[]) => Promise<Whereabouts>;

/**
 * Whether items that are in no synced place are gone, or have left for another one (P7). Where the paths of items lead through
 * their places, these are looked into, once for each thing: parts of a whole are where it is. A failure is no answer; those that
 * may be where nobody could look are left for the next pass.
 */
export function lookingBeyond(run: Run, plans: Plans): LookBeyond {
  const known = new Map<string, Fields | null>();
  return async (lost) => {
    const things = await thingsOf(run, lost);
    const open = await lookFor(run, plans, { things: new Set(things.values()), known });
    const since = run.session.ports.clock.now().getTime() - WAIT_MS;
    const left: Left[] = [];
    const gone: Hint[] = [];
    for (const hint of lost) {
      const thing = things.get(hint.id) ?? '';
      const placed = known.get(thing) ?? null;
      if (placed !== null) left.push({ hint, placed });
      else if (!open.has(thing) || Date.parse(hint.since) <= since) gone.push(hint);
    }
    // What was waited for long enough is not waited for part by part.
    for (const { id } of gone) known.set(things.get(id) ?? '', null);
    return { gone, left };
  };
}

/** What is to be looked for by hint: the item, or the whole that it is a part of, as a Graph id. Reads nothing where no place is listed. */
async function thingsOf(run: Run, lost: readonly Hint[]): Promise<ReadonlyMap<string, string>> {
  const { session, domain } = run;
  const movable = lost.filter(({ kind }) => kindOf(run, kind).placed !== undefined);
  if (domain.places?.itemIn === undefined || movable.length === 0) return new Map();
  const ids = movable.map(({ id }) => id);
  const records = await session.ports.store.readRecords(session.scope, ids);
  return new Map(
    movable.flatMap(({ id, kind, graphId }): [string, string][] => {
      const thing = thingOf(kindOf(run, kind), records.get(id), graphId);
      return thing === null ? [] : [[id, thing]];
    }),
  );
}

/** Null = nobody is told of it, wherever it is. */
const thingOf = (kind: Kind, record: EngineRecord | undefined, graphId: string): string | null =>
  record?.graphId !== graphId || record.leaving !== undefined
    ? null
    : (kind.groupOf?.(record.fields, graphId) ?? graphId);

/** Notes in `known` where things are, null = nowhere; answers those that may be where nobody could look. */
async function lookFor(
  run: Run,
  plans: Plans,
  { things, known }: { readonly things: ReadonlySet<string>; readonly known: Map<string, Fields | null> },
): Promise<ReadonlySet<string>> {
  const open = new Set<string>();
  const wanted = [...things].filter((thing) => !known.has(thing));
  const places = wanted.length === 0 ? [] : await placesBeyond(run, plans);
  if (places.length === 0) return open;
  const kind = kindOf(run, run.domain.namedKind);
  const looks = wanted.flatMap((thing) => places.map((itemIn) => ({ thing, ...itemIn(thing) })));
  const answers = await run.source.getMany(looks.map(({ path }) => path));
  throwIfThrottled(answers);
  for (const [index, { thing, placed }] of looks.entries()) {
    const answer = answers[index];
    if (shows(kind, answer, thing)) known.set(thing, placed);
    // A place that refuses to be looked at holds nothing that was moved from here.
    else if (answer === undefined || isPassing(answer)) open.add(thing);
  }
  for (const thing of wanted) if (!open.has(thing) && !known.has(thing)) known.set(thing, null);
  return open;
}

type ItemIn = (graphId: string) => { readonly path: string; readonly placed: Fields };

/** The listed places that no stream is planned for. */
async function placesBeyond({ session, domain }: Run, plans: Plans): Promise<readonly ItemIn[]> {
  const { places } = domain;
  if (places === undefined) return [];
  const entries = await session.listed(places.letter);
  return entries.flatMap(({ item }) => itemInOf(places, plans, item));
}

function itemInOf(places: NonNullable<Domain['places']>, plans: Plans, place: Fields): ItemIn[] {
  const { itemIn } = places;
  return itemIn === undefined || plans.has(places.streamOf(place)) ? [] : [(graphId) => itemIn(place, graphId)];
}

/** An answer about something else says nothing of the item. */
function shows(kind: Kind, answer: ItemAnswer | undefined, graphId: string): boolean {
  if (answer?.outcome !== 'found') return false;
  const [item] = decodeItems(kind, [answer.raw], true);
  return item !== undefined && (item.type === 'bad' ? item.id : item.graphId) === graphId && item.type !== 'removed';
}
