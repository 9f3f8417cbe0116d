import { ClosedError, FenceLostError, LeaseLostError } from '../errors.ts';
import { Chunk } from './chunk.ts';
import { headAfter } from './commit.ts';
import type { WaitingCreate } from './effects.ts';
import { Fence } from './fence.ts';
import type { Head } from './head.ts';
import { HeldRows } from './held-rows.ts';
import { isTaken, leftFor, takeIn, type LeaseOptions } from './lease.ts';
import type { Cursor, Hint, IndexEntry, OutboxOperation, Scope } from './model.ts';
import type { EnginePorts, Front } from './ports.ts';
import { storedLists } from './short-lists.ts';

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
  readonly #owner: string;
  readonly #fence: Fence;
  readonly #rows: HeldRows;
  #epoch = 0;
  /** The chunk that is being written while the next one is computed. */
  #under: Chunk | null = null;
  /** The holder before died with the lease in its hands: nobody knows what it had taken up. */
  readonly inherited: boolean;

  private constructor(scope: Scope, ports: EnginePorts, options: LeaseOptions, front: Front) {
    this.scope = scope;
    this.ports = ports;
    this.#owner = options.owner;
    this.#fence = new Fence(scope, ports, options, front);
    this.#rows = new HeldRows(ports.store, scope, front);
    const { lease } = front.head;
    this.inherited = lease !== null && lease.owner !== options.owner;
  }

  /**
   * Tries for the lease of a partition: by a commit, as everything. The same commit takes the wake-up in, so that what comes
   * later is for another round (P3); and it proves that all that was read with the head still stood then (P2).
   */
  static async acquire(ports: EnginePorts, scope: Scope, options: LeaseOptions): Promise<Acquired> {
    for (let losses = 0; ; losses++) {
      const front = await ports.store.readFront(scope);
      if (front === null) return { outcome: 'absent' };
      const { head, wake } = front;
      if (head.closed) return { outcome: 'closed' };
      const session = new Session(scope, ports, options, front);
      const chunk = new Chunk(ports.store, new Map());
      const taken = isTaken(head, options.owner, ports.clock.now());
      if (taken) chunk.headPatch = leftFor(head, options);
      else if (wake !== null) takeIn(chunk, head, wake);
      try {
        await session.#fence.write(chunk, taken ? head.lease : undefined);
        if (taken) return { outcome: 'taken' };
        session.#fence.beat();
        return { outcome: 'held', session };
      } catch (error) {
        if (!(error instanceof FenceLostError) || losses > MAX_FENCE_LOSSES) throw error;
      }
    }
  }

  /** As it stands, or will once what is being written is. */
  get head(): Head {
    const { head } = this.#fence;
    return this.#under === null ? head : headAfter(head, this.#under);
  }

  /** Grows each time that what was read must be read again. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Ids of all records, while that is known for certain; spares a look-up for each new item. */
  get known(): Set<string> | null {
    return this.#rows.known;
  }
  set known(ids: Set<string> | null) {
    this.#rows.known = ids;
  }

  /** Cursors by stream, as of the last commit. */
  get cursors(): ReadonlyMap<string, Cursor> {
    return this.#rows.cursors;
  }

  /** Hints by record id, as of the last commit. */
  hints(): Promise<ReadonlyMap<string, readonly Hint[]>> {
    return this.#rows.hints(this.head);
  }

  /** Pending local writes, as of the last commit. */
  outbox(): Promise<ReadonlyMap<string, OutboxOperation>> {
    return this.#rows.outbox(this.head);
  }

  /** Creates that wait, with their records, as of the last commit. */
  creates(): Promise<readonly WaitingCreate[]> {
    return this.#rows.creates(this.head);
  }

  /** The entries of a short list: as they were kept while none of them has changed since, else as they are read. */
  async listed(letter: string): Promise<readonly IndexEntry[]> {
    const kept = this.#rows.listed(letter);
    if (kept !== null) return kept;
    const entries = await storedLists(this.ports.store, this.scope)(letter);
    this.#rows.keepListed(this.ports.random.token(9), letter, entries);
    return entries;
  }

  /**
   * Computes a chunk and commits it; when another writer was first, reads anew and computes anew, while the lease is
   * still its own. Throws LeaseLostError, ClosedError.
   */
  async commit(build: (chunk: Chunk) => Promise<void> | void): Promise<void> {
    for (let losses = 0; ; losses++) {
      if (this.#fence.stale) await this.renew();
      const chunk = new Chunk(this.ports.store, this.cursors);
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
   * Computes chunks one after another and commits them in that order, each while the next one is computed from what will stand then.
   * `build` puts into a chunk what comes from this place on, and answers where the next chunk begins; null = that was all. When
   * another writer was first, all that was not committed is computed anew. Throws as `commit` does.
   */
  async commitEach(build: (chunk: Chunk, from: number) => Promise<number | null>): Promise<void> {
    let from = 0;
    let open = 0;
    let under: Promise<void> = Promise.resolve();
    for (let losses = 0; ;) {
      try {
        if (this.#fence.stale) await this.renew();
        const chunk = new Chunk(this.ports.store, this.cursors);
        const next = await build(chunk, from);
        await under;
        open = from;
        if (!chunk.empty) under = this.#send(chunk);
        if (next === null) {
          await under;
          return;
        }
        from = next;
      } catch (error) {
        await under.catch(() => undefined);
        if (!(error instanceof FenceLostError) || losses++ > MAX_FENCE_LOSSES) throw error;
        from = open;
        under = Promise.resolve();
      }
    }
  }

  /** Begins to write a chunk, and goes on from what it makes of the partition. Where it fails all is read anew. */
  #send(chunk: Chunk): Promise<void> {
    const settled = (): void => {
      this.#under = null;
    };
    this.#under = chunk;
    this.#rows.remember(chunk);
    const sent = this.#fence.write(chunk, undefined, { written: settled });
    // Whoever waits for it meets its failure, later perhaps.
    sent.catch(settled);
    return sent;
  }

  /**
   * Moves a cursor on where there is nothing else to write: it is written with the last commit of the run at the latest.
   * Until then a crash or another writer takes it back, so that its page is read again, which changes nothing (P6).
   */
  async moveIdle(stream: string, change: (cursor: Cursor) => Cursor): Promise<void> {
    if (this.#fence.stale) await this.renew();
    const cursor = this.cursors.get(stream);
    if (cursor === undefined || this.#rows.moveIdle(change(cursor)) < WAITING) return;
    await this.commit((chunk) => {
      this.#rows.takeAlong(chunk);
    });
  }

  /**
   * The last commit of a run: gives the lease back, unless a wake-up came meanwhile (`again`, with the flag cleared) and
   * `stay` allows it. Whether it came is read under the fence, so none is lost (P3).
   */
  async finish(stay: boolean, build: (chunk: Chunk, releasing: boolean) => void): Promise<'released' | 'again'> {
    for (let losses = 0; ; losses++) {
      if (this.#fence.stale) await this.renew();
      const chunk = new Chunk(this.ports.store, this.cursors);
      const releasing = !(stay && this.head.again);
      this.#rows.takeAlong(chunk);
      build(chunk, releasing);
      chunk.headPatch = { ...chunk.headPatch, again: false };
      try {
        // A heartbeat that waits for this commit must not take the lease anew.
        this.#fence.ended = releasing;
        await this.#write(chunk, releasing ? null : undefined);
        if (releasing) this.stop();
        return releasing ? 'released' : 'again';
      } catch (error) {
        this.#fence.ended = false;
        if (!(error instanceof FenceLostError) || losses > MAX_FENCE_LOSSES) throw error;
      }
    }
  }

  /** Stops the heartbeat. Does not give the lease back: that is a commit's work. */
  stop(): void {
    this.#fence.stop();
  }

  #write(chunk: Chunk, lease: Head['lease'] | undefined): Promise<void> {
    const written = (): void => {
      this.#rows.remember(chunk);
    };
    return this.#fence.write(chunk, lease, { written });
  }

  /** Reads the head anew; all that was read before it is forgotten. Throws as `commit` does. */
  async renew(): Promise<void> {
    const front = await this.ports.store.readFront(this.scope);
    if (front === null || front.head.closed) throw new ClosedError('the partition is closed');
    if (front.head.lease?.owner !== this.#owner) throw new LeaseLostError('the lease belongs to another worker');
    this.#under = null;
    this.#fence.renew(front);
    this.#epoch++;
    this.#rows.begin(front);
  }
}
