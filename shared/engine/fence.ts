import { FenceLostError } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import { Chunk } from './chunk.ts';
import { finishChunk } from './commit.ts';
import type { Head, VersionedHead } from './head.ts';
import type { LeaseOptions } from './lease.ts';
import type { Scope } from './model.ts';
import type { EnginePorts } from './ports.ts';

/**
 * The fence of a partition as one holder of its lease passes it: commits and heartbeats one after another, each against the
 * head that the one before left (P2). Once a write has failed nothing is written before the head was read anew (`renew`).
 */
export class Fence {
  readonly #scope: Scope;
  readonly #ports: EnginePorts;
  readonly #lease: Pick<LeaseOptions, 'owner' | 'leaseMs'>;
  #current: VersionedHead;
  #stale = false;
  #writing: Promise<unknown> = Promise.resolve();
  #lastCommitAt: number;
  #heartbeat: NodeJS.Timeout | undefined;
  /** No heartbeat may take the lease anew. */
  ended = false;

  constructor(scope: Scope, ports: EnginePorts, lease: Pick<LeaseOptions, 'owner' | 'leaseMs'>, head: VersionedHead) {
    this.#scope = scope;
    this.#ports = ports;
    this.#lease = lease;
    this.#current = head;
    this.#lastCommitAt = ports.clock.now().getTime();
  }

  get head(): Head {
    return this.#current.head;
  }

  /** A write has failed: what was read may be out of date. */
  get stale(): boolean {
    return this.#stale;
  }

  /** The head was read anew. */
  renew(head: VersionedHead): void {
    this.#current = head;
    this.#stale = false;
  }

  /**
   * Writes when it is its turn. `lease` undefined = ours, extended; `unless` is asked when it is the turn of this write, and
   * `written` is called before the next one has its turn.
   */
  async write(
    chunk: Chunk,
    lease: Head['lease'] | undefined,
    { unless, written }: { readonly unless?: () => boolean; readonly written?: () => void } = {},
  ): Promise<void> {
    const before = this.#writing;
    const write = (async (): Promise<void> => {
      await before.catch(() => undefined);
      if (unless?.() === true) return;
      if (this.#stale) throw new FenceLostError('another writer was first');
      const now = this.#ports.clock.now();
      const commitId = this.#ports.random.token(9);
      const own = { owner: this.#lease.owner, until: plus(now, this.#lease.leaseMs).toISOString() };
      const held: Head = { ...this.#current.head, lease: lease === undefined ? own : lease };
      const { head, writes } = finishChunk(held, chunk, { scope: this.#scope, commitId, now });
      try {
        const fence = this.#current.version;
        const version = await this.#ports.store.commit(this.#scope, { version: fence, head, commitId, writes });
        this.#current = { version, head };
        this.#lastCommitAt = now.getTime();
        written?.();
      } catch (error) {
        this.#stale = true;
        throw error;
      }
    })();
    this.#writing = write;
    await write;
  }

  /** Extends the lease while a long call is under way. A failure shows at the next commit, which must read the head anyway. */
  beat(): void {
    const third = this.#lease.leaseMs / 3;
    this.#heartbeat = setInterval(() => {
      const unless = (): boolean =>
        this.ended || this.#stale || this.#ports.clock.now().getTime() - this.#lastCommitAt < third;
      if (unless()) return;
      this.write(new Chunk(this.#ports.store, new Map()), undefined, { unless }).catch((error: unknown) => {
        this.#ports.log.warn('lease.heartbeat_failed', {
          domain: this.#scope.domain,
          'error.message': error instanceof Error ? error.name : 'unknown',
        });
      });
    }, third);
    this.#heartbeat.unref();
  }

  /** Stops the heartbeat. Does not give the lease back: that is a commit's work. */
  stop(): void {
    this.ended = true;
    clearInterval(this.#heartbeat);
  }
}
