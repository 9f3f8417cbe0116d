import { TooLargeError } from '../errors.ts';
import type { Chunk } from './chunk.ts';
import { lists } from './commit.ts';
import type { Head } from './head.ts';
import type { WaitingCreate } from './effects.ts';
import type { Cursor, EngineRecord, Hint, IndexEntry, Listing, OutboxOperation, Scope } from './model.ts';
import type { Front, PartitionStore, Write } from './ports.ts';

/**
 * Above this many records their ids are not held in memory (about 100 bytes each): look-ups are made one by one, which makes a
 * first sync several times slower from there on.
 */
export const KNOWN_LIMIT = 250_000;

/**
 * What the holder of a lease has read of its partition, kept in step with its own commits. Everything is forgotten when
 * another writer was first (P2).
 */
export class HeldRows {
  readonly #store: PartitionStore;
  readonly #scope: Scope;
  readonly #cursors = new Map<string, Cursor>();
  #hints: Map<string, Hint[]> | null = null;
  #outbox: Map<string, OutboxOperation> | null = null;
  /** Records whose creates wait: only a push, an item or another writer changes them, and then they are read no more. */
  #born: Map<string, EngineRecord> | null = null;
  #listing: Listing | null = null;
  /** A listing that was read and is not written yet; lists nothing that was changed since. */
  #fresh: Listing | null = null;
  /** Cursors that moved on without anything else to write. */
  readonly #waiting = new Map<string, Cursor>();
  /** Ids of all records, while that is known for certain; spares a look-up for each new item. */
  known: Set<string> | null = null;

  constructor(store: PartitionStore, scope: Scope, front: Front) {
    this.#store = store;
    this.#scope = scope;
    this.begin(front);
  }

  /** Forgets everything but what was just read with the head. */
  begin(front: Front): void {
    this.known = null;
    this.#hints = null;
    this.#outbox = null;
    this.#born = null;
    this.#fresh = null;
    this.#waiting.clear();
    this.#cursors.clear();
    for (const cursor of front.cursors) this.#cursors.set(cursor.stream, cursor);
    this.#listing = front.listing !== null && front.listing.id === front.head.listing?.id ? front.listing : null;
  }

  get cursors(): ReadonlyMap<string, Cursor> {
    return this.#cursors;
  }

  async hints(head: Head): Promise<ReadonlyMap<string, readonly Hint[]>> {
    if (this.#hints === null) {
      const rows = head.counts.hints > 0 ? await this.#store.readHints(this.#scope) : [];
      this.#hints = Map.groupBy(rows, (hint) => hint.id);
    }
    return this.#hints;
  }

  async outbox(head: Head): Promise<ReadonlyMap<string, OutboxOperation>> {
    if (this.#outbox === null) {
      const rows = head.counts.outbox > 0 ? await this.#store.readOutbox(this.#scope) : [];
      this.#outbox = new Map(rows.map((row) => [row.op, row]));
    }
    return this.#outbox;
  }

  /** Creates that wait, with their records. Costs nothing where none does. */
  async creates(head: Head): Promise<readonly WaitingCreate[]> {
    if (head.counts.outbox === 0) return [];
    const waiting = [...(await this.outbox(head)).values()].filter(({ effect }) => effect === 'create');
    if (waiting.length === 0) return [];
    this.#born ??= await this.#store.readRecords(
      this.#scope,
      waiting.map(({ recordId }) => recordId),
    );
    const born = this.#born;
    return waiting.flatMap((operation) => {
      const record = born.get(operation.recordId);
      return record === undefined ? [] : [{ operation, record }];
    });
  }

  /** All entries under a letter as they were kept; null where they must be read. */
  listed(letter: string): readonly IndexEntry[] | null {
    return (this.#fresh ?? this.#listing)?.entries[letter] ?? null;
  }

  /** Keeps what was just read of a list; it is written with the last commit of the run. */
  keepListed(id: string, letter: string, entries: readonly IndexEntry[]): void {
    this.#fresh = { id, entries: { ...(this.#fresh ?? this.#listing)?.entries, [letter]: entries } };
  }

  /** The cursor moves on, to be written later; answers how many wait. */
  moveIdle(cursor: Cursor): number {
    this.#cursors.set(cursor.stream, cursor);
    this.#waiting.set(cursor.stream, cursor);
    return this.#waiting.size;
  }

  /** Puts into the chunk what waits to be written. */
  takeAlong(chunk: Chunk): void {
    for (const cursor of this.#waiting.values()) chunk.putCursor(cursor);
    const put = this.#fresh;
    if (put === null) return;
    try {
      if (chunk.add({ writes: [{ row: 'listing', put }], feed: [], streams: {}, counts: {} }))
        chunk.headPatch = { ...chunk.headPatch, listing: { id: put.id, letters: Object.keys(put.entries) } };
    } catch (error) {
      // Too many entries for a row: they are read in each pass.
      if (!(error instanceof TooLargeError)) throw error;
      this.#fresh = null;
    }
  }

  /** Keeps what was read in step with what was just committed. */
  remember(chunk: Chunk): void {
    for (const cursor of chunk.cursors.values()) {
      this.#cursors.set(cursor.stream, cursor);
      this.#waiting.delete(cursor.stream);
    }
    if (this.#listing !== null && lists(Object.keys(this.#listing.entries), chunk.writes)) this.#listing = null;
    if (this.#fresh !== null && lists(Object.keys(this.#fresh.entries), chunk.writes)) this.#fresh = null;
    for (const write of chunk.writes) this.#rememberWrite(write);
  }

  #rememberWrite(write: Write): void {
    if (write.row === 'record') {
      this.#rememberRecord(write);
    } else if (write.row === 'hint') {
      this.#rememberHint(write);
    } else if (write.row === 'outbox') {
      if ('put' in write) this.#outbox?.set(write.put.op, write.put);
      else this.#outbox?.delete(write.remove);
    } else if (write.row === 'cursor' && 'remove' in write) {
      this.#cursors.delete(write.remove);
      this.#waiting.delete(write.remove);
    } else if (write.row === 'listing') {
      this.#listing = write.put;
      this.#fresh = null;
    }
  }

  #rememberRecord(write: Extract<Write, { readonly row: 'record' }>): void {
    if ('put' in write) this.known?.add(write.put.id);
    else this.known?.delete(write.remove);
    // However large the mailbox is, the worker's memory stays as it is.
    if (this.known !== null && this.known.size > KNOWN_LIMIT) this.known = null;
  }

  #rememberHint(write: Extract<Write, { readonly row: 'hint' }>): void {
    if (this.#hints === null) return;
    const key = 'put' in write ? write.put : write.remove;
    const others = (this.#hints.get(key.id) ?? []).filter((hint) => hint.stream !== key.stream);
    const left = 'put' in write ? [...others, write.put] : others;
    if (left.length > 0) this.#hints.set(key.id, left);
    else this.#hints.delete(key.id);
  }
}
