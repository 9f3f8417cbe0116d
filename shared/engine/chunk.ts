import { TooLargeError } from '../errors.ts';
import type { Head } from './head.ts';
import type { Cursor, NewChange } from './model.ts';
import { COMMIT_BYTES, COMMIT_ROWS, type PartitionStore, type Write } from './ports.ts';

/** What one step does to the rows of a partition; steps are put together into chunks. */
export interface Effect {
  readonly writes: readonly Write[];
  readonly feed: readonly NewChange[];
  /** How many records each stream gains or loses. */
  readonly streams: Readonly<Record<string, number>>;
  /** How many rows of each sort come or go. */
  readonly counts: Readonly<Partial<Record<keyof Head['counts'], number>>>;
}

export const noEffect: Effect = { writes: [], feed: [], streams: {}, counts: {} };

/** Both effects, in this order. */
export function combine(first: Effect, second: Effect): Effect {
  if (first === noEffect) return second;
  if (second === noEffect) return first;
  return {
    writes: [...first.writes, ...second.writes],
    feed: [...first.feed, ...second.feed],
    streams: sum(first.streams, second.streams),
    counts: sum(first.counts, second.counts),
  };
}

function sum(
  first: Readonly<Record<string, number>>,
  second: Readonly<Record<string, number>>,
): Record<string, number> {
  const total = { ...first };
  for (const [key, value] of Object.entries(second)) total[key] = (total[key] ?? 0) + value;
  return total;
}

/** Bytes that a change row takes before it is written; generous, since its fields are compressed later. */
const changeBytes = (change: NewChange): number =>
  512 + JSON.stringify([change.before, change.after, change.details]).length;

/** One transaction in the making: at most 100 rows and 3.5 MiB, a row once. */
export class Chunk {
  readonly writes: Write[] = [];
  readonly feed: NewChange[] = [];
  readonly cursors = new Map<string, Cursor>();
  counts: Record<string, number> = {};
  headPatch: Partial<Head> = {};
  #bytes = 0;
  readonly #store: PartitionStore;
  readonly #current: ReadonlyMap<string, Cursor>;

  constructor(store: PartitionStore, current: ReadonlyMap<string, Cursor>) {
    this.#store = store;
    this.#current = current;
  }

  get rows(): number {
    return 1 + this.writes.length + this.feed.length + this.cursors.size;
  }

  /** Nothing but the head would be written. */
  get empty(): boolean {
    return this.rows === 1 && Object.keys(this.headPatch).length === 0;
  }

  /** Takes the effect in, unless the chunk would grow too large; one row is kept free for a cursor. */
  add(effect: Effect): boolean {
    const cursors = Object.keys(effect.streams).filter((stream) => !this.cursors.has(stream));
    const bytes = this.#bytesOf(effect);
    const rows = this.rows + effect.writes.length + effect.feed.length + cursors.length + 1;
    if (this.rows > 1 && (rows > COMMIT_ROWS || this.#bytes + bytes > COMMIT_BYTES)) return false;
    this.writes.push(...effect.writes);
    this.feed.push(...effect.feed);
    for (const [stream, more] of Object.entries(effect.streams)) {
      this.changeCursor(stream, (cursor) => ({ ...cursor, records: Math.max(0, cursor.records + more) }));
    }
    this.counts = sum(this.counts, effect.counts);
    this.#bytes += bytes;
    return true;
  }

  /** Takes the effect in, which belongs to what is in the chunk already: throws TooLargeError where there is no room for it. */
  include(effect: Effect): void {
    if (!this.add(effect)) throw new TooLargeError('what belongs together does not fit one commit');
  }

  /** Changes a cursor that stands; one that does not is left alone. */
  changeCursor(stream: string, change: (cursor: Cursor) => Cursor): void {
    const cursor = this.cursors.get(stream) ?? this.#current.get(stream);
    if (cursor !== undefined) this.cursors.set(stream, change(cursor));
  }

  /** All cursors as they will stand after the chunk. */
  allCursors(): readonly Cursor[] {
    return [...new Map([...this.#current, ...this.cursors]).values()];
  }

  /** Puts a cursor that may be new. */
  putCursor(cursor: Cursor): void {
    this.cursors.set(cursor.stream, cursor);
  }

  #bytesOf(effect: Effect): number {
    let bytes = 0;
    for (const write of effect.writes) bytes += this.#store.sizeOf(write);
    for (const change of effect.feed) bytes += changeBytes(change);
    return bytes;
  }
}
