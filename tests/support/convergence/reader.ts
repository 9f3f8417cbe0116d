import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../../../shared/engine/model.ts';
import type { Fields } from '../../../shared/lib/json.ts';

/** What the feed does not tell: whether Outlook has it, what Outlook calls it, and the link that changes with each move. */
const seen = (item: Fields): Fields => ({ ...item, pushed: null, graphId: null, webLink: null });

const namesOf = (value: unknown): string[] => (typeof value === 'object' && value !== null ? Object.keys(value) : []);

const idOf = (item: Fields): string => (typeof item['id'] === 'string' ? item['id'] : '');

/** What is told, and how. */
export interface Telling {
  /** What the types of the rows begin with. */
  readonly rows: string;
  /** Whether an item may come and go without a word. */
  readonly isQuiet?: (item: Fields) => boolean;
  /** Is shown every item as it is listed or told. */
  readonly hear?: (item: Fields) => void;
  /** Whether a field that is not named is no change though both sides show another value, and may be one though they show the same. */
  readonly isShared?: (before: Fields, after: Fields, field: string) => boolean;
}

/**
 * An application that lists items once and then follows the feed: each row must begin where the one before it ended, so
 * that a change that is lost, told twice or told wrongly shows.
 */
export class FeedReader {
  readonly faults: string[] = [];
  readonly rows: Change[] = [];
  readonly #items = new Map<string, Fields>();
  readonly #types: string;
  readonly #isQuiet: (item: Fields) => boolean;
  readonly #telling: Telling;
  #seq: number;

  constructor(items: readonly Fields[], seq: number, telling: Telling) {
    for (const item of items) this.#items.set(idOf(item), seen(item));
    for (const item of items) telling.hear?.(item);
    this.#seq = seq;
    this.#types = telling.rows;
    this.#isQuiet = telling.isQuiet ?? (() => false);
    this.#telling = telling;
  }

  get seq(): number {
    return this.#seq;
  }

  follow(rows: readonly Change[]): void {
    for (const row of rows) {
      if (row.seq !== this.#seq + 1) this.faults.push(`row ${row.seq} follows row ${this.#seq}`);
      this.#seq = row.seq;
      this.rows.push(row);
      if (row.type.startsWith(this.#types) && !row.type.endsWith('.match_ambiguous')) this.#take(row);
    }
  }

  /** Differences between what was followed and the list itself. */
  differences(items: readonly Fields[]): string[] {
    const left = new Map(this.#items);
    const found = items.flatMap((item) => {
      const held = left.get(idOf(item));
      left.delete(idOf(item));
      if (held === undefined) return this.#isQuiet(item) ? [] : [`never told: ${JSON.stringify(item)}`];
      return isDeepStrictEqual(held, seen(item))
        ? []
        : [`told as ${JSON.stringify(held)}, listed as ${JSON.stringify(item)}`];
    });
    const staying = [...left.values()].filter((item) => !this.#isQuiet(item));
    return [...found, ...staying.map((item) => `still held: ${JSON.stringify(item)}`)];
  }

  #take(row: Change): void {
    const id = row.id ?? '';
    const held = this.#items.get(id);
    const name = `row ${row.seq} (${row.type} of ${id}, ${row.cause})`;
    if (row.before === null && held !== undefined) this.faults.push(`${name} tells again of what is there`);
    const unheard = row.before !== null && held === undefined && this.#isQuiet(row.before);
    if (row.before !== null && !unheard && !isDeepStrictEqual(held, seen(row.before)))
      this.faults.push(`${name} starts from ${JSON.stringify(row.before)} where ${JSON.stringify(held)} stood`);
    if (row.before !== null && row.after !== null) this.#judge(row, row.before, row.after);
    if (row.after !== null) this.#telling.hear?.(row.after);
    if (row.after === null) this.#items.delete(id);
    else this.#items.set(id, seen(row.after));
  }

  #judge({ seq, type, changed, details }: Change, before: Fields, after: Fields): void {
    const [old, now] = [seen(before), seen(after)];
    const differing = Object.keys(now).filter((field) => !isDeepStrictEqual(old[field], now[field]));
    // What lost is told, though the list never showed it otherwise.
    const losing = type.endsWith('.conflict') ? namesOf(details?.['losing']) : [];
    const isShared = (field: string): boolean => this.#telling.isShared?.(before, after, field) === true;
    const untold = differing.filter((field) => !changed.includes(field) && !isShared(field));
    const idle = changed.filter((field) => !differing.includes(field) && !losing.includes(field) && !isShared(field));
    if (untold.length + idle.length > 0)
      this.faults.push(
        `row ${seq} (${type}) names ${changed.join()} where ${differing.join()} differ: ${JSON.stringify({ before, after })}`,
      );
  }
}
