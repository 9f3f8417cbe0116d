import type { Fields } from '../../../shared/lib/json.ts';

export interface Room {
  readonly id: string;
  readonly name: string;
  readonly etag: string;
}

/** A single lesson, or a series of them, as the remote keeps it. */
export interface Thing {
  readonly id: string;
  readonly room: string;
  readonly text: string;
  /** Of a single lesson. */
  readonly day: number | null;
  /** Of a series: the days of its lessons. */
  readonly days: readonly number[] | null;
  /** Grows when a series moves: all its lessons are others then. */
  readonly version: number;
  /** Of a series: the slots (days) whose lessons were deleted by themselves, in order. */
  readonly off: readonly string[];
  /** Of a series: lessons that were edited by themselves, by slot; each edit makes one anew. */
  readonly alone: ReadonlyMap<number, Alone>;
  readonly etag: string;
  readonly modifiedAt: string;
  readonly marker: string | null;
}

/** A lesson of a series that was edited by itself. */
export interface Alone {
  readonly day: number;
  readonly tick: number;
  readonly modifiedAt: string;
}

/** Days, the end exclusive. */
export interface Days {
  readonly from: number;
  readonly to: number;
}

const within = ({ from, to }: Days, day: number): boolean => day >= from && day < to;

/** Days on which lessons of a series are that were moved by themselves. */
const alsoOf = ({ alone }: Thing): number[] => [...alone.values()].map(({ day }) => day);

/** What may be held: whoever looks at a series alone sees the days of lessons, though they were moved or deleted by themselves. */
export const inWindow = (thing: Thing, window: Days): boolean =>
  [...(thing.days ?? []), ...alsoOf(thing), ...(thing.day === null ? [] : [thing.day])].some((day) =>
    within(window, day),
  );

/** What a delta shows: a series as long as one of its lessons is within the window. */
export const isShown = (thing: Thing, window: Days): boolean =>
  thing.days === null ? inWindow(thing, window) : partsWithin(thing, window).length > 0;

export const shownRoom = ({ id, name, etag }: Room): Fields => ({ id, name, etag });

export function shownThing(thing: Thing): Fields {
  const { id, room, text, day, days, off, etag, modifiedAt, marker } = thing;
  return {
    ...{ id, room, text, etag, modifiedAt, marker },
    ...(days === null ? { type: 'single', day } : { type: 'head', days, off, also: alsoOf(thing) }),
  };
}

/** One lesson of a series; of one that was not edited by itself no more than when it is. Null where the series has none then. */
export function shownPart({ id, room, version, days, off, alone }: Thing, slot: number): Fields | null {
  if (days?.includes(slot) !== true || off.includes(String(slot))) return null;
  const common = { type: 'part', room, head: id };
  const own = alone.get(slot);
  if (own === undefined) return { ...common, id: `${id}~${version}~${slot}`, day: slot };
  const { day, tick, modifiedAt } = own;
  return { ...common, id: `${id}~${version}~${slot}~${tick}`, day, slot, etag: `p${tick}`, modifiedAt };
}

/** The lessons of a series within a window. */
export const partsWithin = (thing: Thing, window: Days): Fields[] =>
  (thing.days ?? []).flatMap((slot) => {
    const part = shownPart(thing, slot);
    return part === null || !within(window, Number(part['day'])) ? [] : [part];
  });

/** What a delta shows of a thing. */
export function shownWithin(thing: Thing, window: Days, headLast: boolean): Fields[] {
  const [head, parts] = [shownThing(thing), partsWithin(thing, window)];
  return headLast ? [...parts, head] : [head, ...parts];
}

/** Pages of so many items; those of one series are parted only where it is harsh. */
export function chopped(items: readonly Fields[], perPage: number, harsh: boolean): Fields[][] {
  const pages: Fields[][] = [[]];
  let group: unknown = null;
  for (const item of items) {
    const of = item['head'] ?? item['id'];
    const full = (pages.at(-1)?.length ?? 0) >= perPage;
    if (full && (harsh || of !== group)) pages.push([]);
    pages.at(-1)?.push(item);
    group = of;
  }
  return pages;
}
