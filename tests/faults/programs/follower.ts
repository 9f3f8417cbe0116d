import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { streamOfFolder } from '../../../shared/domains/mail/folder.ts';
import type { Change } from '../../../shared/engine/model.ts';
import type { Fields } from '../../../shared/lib/json.ts';

const removedStream = z.object({ stream: z.string() });
const lateStreams = z.object({ streams: z.array(z.object({ id: z.string() })) });

/** What an application sees of a message; the link holds the mutable id, whose changes are not told. */
const seen = (item: Fields): Fields => ({ ...item, webLink: null });

const text = (item: Fields | null, field: string): string => {
  const value = item?.[field];
  return typeof value === 'string' ? value : '';
};
const streamOf = (item: Fields): string => streamOfFolder(text(item, 'folderId'));

/**
 * An application that lists once and then follows the feed. Each row must fit what it holds: a change lost, told twice
 * or told wrongly shows as a fault.
 */
export class Follower {
  readonly faults: string[] = [];
  readonly #items = new Map<string, Fields>();
  #seq: number;

  constructor(items: readonly Fields[], seq: number) {
    for (const item of items) this.#items.set(text(item, 'id'), seen(item));
    this.#seq = seq;
  }

  get seq(): number {
    return this.#seq;
  }

  get items(): ReadonlyMap<string, Fields> {
    return this.#items;
  }

  /** Takes rows in; `list` is the list as it stands after them, read when a later folder was completed. */
  follow(rows: readonly Change[], list: readonly Fields[]): void {
    const completed = new Set<string>();
    for (const row of rows) {
      if (row.seq !== this.#seq + 1) this.faults.push(`row ${row.seq} follows row ${this.#seq}`);
      this.#seq = row.seq;
      if (row.type === 'sync.stream_removed') this.#drop(removedStream.parse(row.details).stream);
      else if (row.type === 'sync.baseline_completed') {
        for (const { id } of lateStreams.parse(row.details).streams) completed.add(id);
      } else if (row.type.startsWith('message.')) this.#take(row, completed);
    }
    if (completed.size > 0) this.#relist(completed, list);
  }

  /** Differences between what was followed and the list itself. */
  differences(list: readonly Fields[]): string[] {
    const found: string[] = [];
    const left = new Map(this.#items);
    for (const item of list) {
      const id = text(item, 'id');
      const held = left.get(id);
      left.delete(id);
      if (held === undefined) found.push(`never told: ${text(item, 'subject')}`);
      else if (!isDeepStrictEqual(held, seen(item)))
        found.push(`told as ${JSON.stringify(held)}, listed as ${JSON.stringify(item)}`);
    }
    for (const item of left.values()) found.push(`still held: ${text(item, 'subject')}`);
    return found;
  }

  #take(row: Change, completed: ReadonlySet<string>): void {
    const id = row.id ?? '';
    const held = this.#items.get(id);
    const name = `row ${row.seq} (${row.type} ${text(row.after ?? row.before, 'subject')}, ${row.cause})`;
    this.#fit(row, held, { name, completed });
    if (row.before !== null && row.after !== null && row.type !== 'message.conflict') this.#judge(row, name);
    if (row.after === null) this.#items.delete(id);
    else this.#items.set(id, seen(row.after));
  }

  /** A row must start from what is held. */
  #fit(
    row: Change,
    held: Fields | undefined,
    about: { readonly name: string; readonly completed: ReadonlySet<string> },
  ): void {
    const { name, completed } = about;
    if (row.before === null) {
      if (held !== undefined) this.faults.push(`${name} tells again of what is there`);
    } else if (held === undefined) {
      if (!completed.has(streamOf(row.before))) this.faults.push(`${name} tells of what was never told`);
    } else if (!isDeepStrictEqual(seen(row.before), held)) {
      this.faults.push(`${name} starts from ${JSON.stringify(row.before)} where ${JSON.stringify(held)} stood`);
    }
  }

  #judge(row: Change, name: string): void {
    const { before, after } = row;
    if (before === null || after === null) return;
    const differing = Object.keys(after).filter(
      (field) => field !== 'labels' && field !== 'webLink' && !isDeepStrictEqual(before[field], after[field]),
    );
    if (!isDeepStrictEqual(differing.toSorted(), row.changed.toSorted()))
      this.faults.push(`${name} names ${row.changed.join()} where ${differing.join()} differ`);
  }

  #drop(stream: string): void {
    for (const [id, item] of this.#items) if (streamOf(item) === stream) this.#items.delete(id);
  }

  #relist(streams: ReadonlySet<string>, list: readonly Fields[]): void {
    for (const stream of streams) this.#drop(stream);
    for (const item of list) if (streams.has(streamOf(item))) this.#items.set(text(item, 'id'), seen(item));
  }
}
