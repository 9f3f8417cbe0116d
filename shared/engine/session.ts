import { ClosedError, FenceLostError, LeaseLostError } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import { Chunk } from './chunk.ts';
import { finishChunk } from './commit.ts';
import type { Head, VersionedHead } from './head.ts';
import type { Cursor, Hint, OutboxOperation, Scope } from './model.ts';
import type { EnginePorts } from './ports.ts';

export interface SessionOptions {
  readonly owner: string;
  readonly leaseMs: number;
  /** The due row that covers this run; left in the head where another worker holds the lease. */
  readonly cover: string | null;
  /** A poll of all streams is wanted; left in the head where another worker holds the lease. */
  readonly all: boolean;
}

/** Due rows that a head remembers; those beyond cost an empty job each. */
const COVERS = 20;

/** How trying for a lease ended. */
export type Acquired =
  | { readonly outcome: 'held'; readonly session: Session }
  /** Another worker holds it; the again-flag is set, so that it will run once more (P3). */
  | { readonly outcome: 'taken' }
  | { readonly outcome: 'closed' | 'absent' };

const MAX_FENCE_LOSSES = 50;
/** Waiting cursors that one commit takes along. */
const WAITING = 50;

/**
 * The holder of a partition's sync lease. Reads made through it stay true as long as its own commits follow one
 * another without a gap: the head's version is the version of the whole partition (P2).
 */
export class Session {
  readonly scope: Scope;
  readonly ports: EnginePorts;
  readonly #options: SessionOptions;
  #current: VersionedHead;
  #stale = false;
  #writing: Promise<unknown> = Promise.resolve();
  #lastCommitAt: number;
  #heartbeat: NodeJS.Timeout | undefined;
  #epoch = 0;
  #ended = false;
  #cursors: Map<string, Cursor> | null = null;
  #hints: Map<string, Hint[]> | null = null;
  #outbox: Map<string, OutboxOperation> | null = null;
  /** Cursors that moved on without anything else to write. */
  readonly #waiting = new Map<string, Cursor>();
  /** Ids of all records, while that is known for certain; spares a look-up for each new item. */
  known: Set<string> | null = null;
  /** The holder before died with the lease in its hands: nobody knows what it had taken up. */
  readonly inherited: boolean;

  private constructor(scope: Scope, ports: EnginePorts, options: SessionOptions, current: VersionedHead) {
    this.scope = scope;
    this.ports = ports;
    this.#options = options;
    this.#current = current;
    this.#lastCommitAt = ports.clock.now().getTime();
    const { lease } = current.head;
    this.inherited = lease !== null && lease.owner !== options.owner;
  }

  /** Tries for the lease of a partition: by a commit, as everything. */
  static async acquire(ports: EnginePorts, scope: Scope, options: SessionOptions): Promise<Acquired> {
    for (let losses = 0; ; losses++) {
      const current = await ports.store.readHead(scope);
      if (current === null) return { outcome: 'absent' };
      if (current.head.closed) return { outcome: 'closed' };
      const session = new Session(scope, ports, options, current);
      const chunk = new Chunk(ports.store, new Map());
      const taken = session.#takenByOther(current.head);
      if (taken) chunk.headPatch = leftFor(current.head, options);
      try {
        await session.#write(chunk, taken ? current.head.lease : undefined);
        if (taken) return { outcome: 'taken' };
        session.#beat();
        return { outcome: 'held', session };
      } catch (error) {
        if (!(error instanceof FenceLostError) || losses > MAX_FENCE_LOSSES) throw error;
      }
    }
  }

  get head(): Head {
    return this.#current.head;
  }

  /** Grows each time that what was read must be read again. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Cursors by stream, as of the last commit. */
  async cursors(): Promise<ReadonlyMap<string, Cursor>> {
    this.#cursors ??= new Map(
      (await this.ports.store.readCursors(this.scope)).map((cursor) => [cursor.stream, cursor]),
    );
    return this.#cursors;
  }

  /** Hints by record id, as of the last commit. */
  async hints(): Promise<ReadonlyMap<string, readonly Hint[]>> {
    if (this.#hints === null) {
      const rows = this.head.counts.hints > 0 ? await this.ports.store.readHints(this.scope) : [];
      this.#hints = Map.groupBy(rows, (hint) => hint.id);
    }
    return this.#hints;
  }

  /** Pending local writes, as of the last commit. */
  async outbox(): Promise<ReadonlyMap<string, OutboxOperation>> {
    if (this.#outbox === null) {
      const rows = this.head.counts.outbox > 0 ? await this.ports.store.readOutbox(this.scope) : [];
      this.#outbox = new Map(rows.map((row) => [row.op, row]));
    }
    return this.#outbox;
  }

  /**
   * Computes a chunk and commits it; when another writer was first, reads anew and computes anew, while the lease is
   * still its own. Throws LeaseLostError, ClosedError.
   */
  async commit(build: (chunk: Chunk) => Promise<void> | void): Promise<void> {
    for (let losses = 0; ; losses++) {
      if (this.#stale) await this.#refresh();
      const chunk = new Chunk(this.ports.store, await this.cursors());
      await build(chunk);
      if (chunk.empty) return;
      try {
        await this.#write(chunk, undefined);
        return;
      } catch (error) {
        if (!(error instanceof FenceLostError) || losses > MAX_FENCE_LOSSES) throw error;
      }
    }
  }

  /**
   * Moves a cursor on where there is nothing else to write: it is written with the last commit of the run at the latest.
   * Until then a crash or another writer takes it back, so that its page is read again, which changes nothing (P6).
   */
  async moveIdle(stream: string, change: (cursor: Cursor) => Cursor): Promise<void> {
    if (this.#stale) await this.#refresh();
    const cursor = (await this.cursors()).get(stream);
    if (cursor === undefined) return;
    const moved = change(cursor);
    this.#cursors?.set(stream, moved);
    this.#waiting.set(stream, moved);
    if (this.#waiting.size < WAITING) return;
    await this.commit((chunk) => {
      this.#takeAlong(chunk);
    });
  }

  #takeAlong(chunk: Chunk): void {
    for (const cursor of this.#waiting.values()) chunk.putCursor(cursor);
  }

  /**
   * The last commit of a run: gives the lease back, unless a wake-up came meanwhile (`again`, with the flag cleared) and
   * `stay` allows it. Whether it came is read under the fence, so none is lost (P3).
   */
  async finish(stay: boolean, build: (chunk: Chunk, releasing: boolean) => void): Promise<'released' | 'again'> {
    for (let losses = 0; ; losses++) {
      if (this.#stale) await this.#refresh();
      const chunk = new Chunk(this.ports.store, await this.cursors());
      const releasing = !(stay && this.head.again);
      this.#takeAlong(chunk);
      build(chunk, releasing);
      chunk.headPatch = { ...chunk.headPatch, again: false };
      try {
        // A heartbeat that waits for this commit must not take the lease anew.
        this.#ended = releasing;
        await this.#write(chunk, releasing ? null : undefined);
        if (releasing) this.stop();
        return releasing ? 'released' : 'again';
      } catch (error) {
        this.#ended = false;
        if (!(error instanceof FenceLostError) || losses > MAX_FENCE_LOSSES) throw error;
      }
    }
  }

  /** Stops the heartbeat. Does not give the lease back: that is a commit's work. */
  stop(): void {
    this.#ended = true;
    clearInterval(this.#heartbeat);
  }

  /**
   * Writes under the mutex that keeps heartbeats and commits apart. `lease` undefined = ours, extended; `unless` is asked
   * when it is the turn of this write.
   */
  async #write(chunk: Chunk, lease: Head['lease'] | undefined, unless = (): boolean => false): Promise<void> {
    const before = this.#writing;
    const write = (async (): Promise<void> => {
      await before.catch(() => undefined);
      if (unless()) return;
      if (this.#stale) throw new FenceLostError('another writer was first');
      const now = this.ports.clock.now();
      const commitId = this.ports.random.token(9);
      const own = { owner: this.#options.owner, until: plus(now, this.#options.leaseMs).toISOString() };
      const held: Head = { ...this.#current.head, lease: lease === undefined ? own : lease };
      const { head, writes } = finishChunk(held, chunk, { scope: this.scope, commitId, now });
      try {
        const version = await this.ports.store.commit(this.scope, {
          version: this.#current.version,
          head,
          commitId,
          writes,
        });
        this.#current = { version, head };
        this.#lastCommitAt = now.getTime();
        this.#remember(chunk);
      } catch (error) {
        this.#stale = true;
        throw error;
      }
    })();
    this.#writing = write;
    await write;
  }

  /** Keeps what was read in step with what was just committed. */
  #remember(chunk: Chunk): void {
    for (const cursor of chunk.cursors.values()) {
      this.#cursors?.set(cursor.stream, cursor);
      this.#waiting.delete(cursor.stream);
    }
    for (const write of chunk.writes) {
      if (write.row === 'cursor' && 'remove' in write) {
        this.#cursors?.delete(write.remove);
        this.#waiting.delete(write.remove);
      }
      if (write.row === 'record') this.#rememberRecord(write);
      if (write.row === 'hint') this.#rememberHint(write);
      if (write.row === 'outbox') {
        if ('put' in write) this.#outbox?.set(write.put.op, write.put);
        else this.#outbox?.delete(write.remove);
      }
    }
  }

  #rememberRecord(write: { readonly put: { readonly id: string } } | { readonly remove: string }): void {
    if ('put' in write) this.known?.add(write.put.id);
    else this.known?.delete(write.remove);
  }

  #rememberHint(
    write: { readonly put: Hint } | { readonly remove: { readonly stream: string; readonly id: string } },
  ): void {
    if (this.#hints === null) return;
    const key = 'put' in write ? write.put : write.remove;
    const others = (this.#hints.get(key.id) ?? []).filter((hint) => hint.stream !== key.stream);
    const left = 'put' in write ? [...others, write.put] : others;
    if (left.length > 0) this.#hints.set(key.id, left);
    else this.#hints.delete(key.id);
  }

  /** Reads the head anew after a lost fence; all that was read before it is forgotten. */
  async #refresh(): Promise<void> {
    const current = await this.ports.store.readHead(this.scope);
    if (current === null || current.head.closed) throw new ClosedError('the partition is closed');
    if (current.head.lease?.owner !== this.#options.owner)
      throw new LeaseLostError('the lease belongs to another worker');
    this.#current = current;
    this.#stale = false;
    this.#epoch++;
    this.known = null;
    this.#hints = null;
    this.#outbox = null;
    this.#waiting.clear();
    if (this.#cursors !== null) {
      this.#cursors = new Map(
        (await this.ports.store.readCursors(this.scope)).map((cursor) => [cursor.stream, cursor]),
      );
    }
  }

  #takenByOther(head: Head): boolean {
    if (head.lease === null || head.lease.owner === this.#options.owner) return false;
    return Date.parse(head.lease.until) > this.ports.clock.now().getTime();
  }

  /** Extends the lease while a long call is under way. A failure shows at the next commit, which must read the head anyway. */
  #beat(): void {
    const third = this.#options.leaseMs / 3;
    this.#heartbeat = setInterval(() => {
      const idle = (): boolean =>
        this.#ended || this.#stale || this.ports.clock.now().getTime() - this.#lastCommitAt < third;
      if (idle()) return;
      this.#write(new Chunk(this.ports.store, new Map()), undefined, idle).catch((error: unknown) => {
        this.ports.log.warn('lease.heartbeat_failed', {
          domain: this.scope.domain,
          'error.message': error instanceof Error ? error.name : 'unknown',
        });
      });
    }, third);
    this.#heartbeat.unref();
  }
}

/** What a job that finds the lease taken leaves for its holder. */
const leftFor = (head: Head, options: SessionOptions): Partial<Head> => ({
  again: true,
  covers: coversWith(head.covers, options.cover),
  ...(options.all ? { owed: true } : {}),
});

const coversWith = (covers: readonly string[], cover: string | null): string[] =>
  cover === null ? [...covers] : [...new Set([...covers, cover])].slice(-COVERS);
