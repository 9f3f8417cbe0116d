import type { Connection } from '../../engine/connection.ts';
import type { Head } from '../../engine/head.ts';
import type { Scope } from '../../engine/model.ts';
import type { PartitionStore } from '../../engine/ports.ts';
import { codeOf } from '../../errors.ts';
import type { JobPorts } from '../ports.ts';
import { announce } from './announce.ts';
import type { AnnouncePorts } from './ports.ts';

/** Rows that a long run commits are announced this often, at most. */
const EVERY_MS = 2_000;

/** A run's store, and what is left to be announced when it ends. */
export interface FeedWatch {
  readonly store: PartitionStore;
  /** Announces what was committed and not announced yet. Throws StorageError: the job must not drop its due row then. */
  settle(): Promise<void>;
}

/**
 * Watches the commits of one run over one feed, so that endpoints are told of new rows. The head keeps up to which row they
 * were announced (`handed`), and moves on with commits that the run makes anyway: a run that finds the feed where it was
 * announced costs no call of storage more. A run that finds more announces it first, so that a crash between a commit and its
 * announcement is made good by the next run, which the due row of the job that crashed brings.
 */
export function watchFeed(
  ports: AnnouncePorts & Pick<JobPorts, 'store'>,
  given: {
    /** Whose feed it is; null = nobody's any more. */
    readonly connection: () => Promise<Pick<Connection, 'id' | 'workspaceId'> | null>;
    readonly scope: Scope;
    /** The run works under a lease of this owner: what it commits without it (for the holder to see) is none of its rows. */
    readonly owner?: string;
  },
): FeedWatch {
  const watch = new Watch(ports, given);
  const own: Partial<PartitionStore> = {
    readHead: async (scope) => {
      const found = await ports.store.readHead(scope);
      if (found !== null) watch.saw(found.head);
      return found;
    },
    readFront: async (scope) => {
      const found = await ports.store.readFront(scope);
      if (found !== null) watch.saw(found.head);
      return found;
    },
    commit: async (scope, change) => {
      if (!watch.isOurs(change.head)) return ports.store.commit(scope, change);
      // The last commit of a run, or one without a lease: what it says was announced must have been.
      if (change.head.lease === null) await watch.tell();
      const head = watch.noted(change.head);
      const version = await ports.store.commit(scope, { ...change, head });
      watch.committed(head);
      return version;
    },
  };
  return { store: over(ports.store, own), settle: () => watch.settle() };
}

class Watch {
  readonly #ports: AnnouncePorts;
  readonly #given: Parameters<typeof watchFeed>[1];
  /** The last row that is known to stand, and the last that was announced. */
  #last = 0;
  #handed = 0;
  #announcedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> = Promise.resolve();
  #took = false;

  constructor(ports: AnnouncePorts, given: Parameters<typeof watchFeed>[1]) {
    this.#ports = ports;
    this.#given = given;
  }

  isOurs(head: Head): boolean {
    const { owner } = this.#given;
    return owner === undefined || head.lease === null || head.lease.owner === owner;
  }

  saw(head: Head): void {
    this.#last = Math.max(this.#last, head.lastSeq);
    this.#handed = Math.max(this.#handed, head.handed ?? 0);
  }

  noted(head: Head): Head {
    return this.#handed > (head.handed ?? 0) ? { ...head, handed: this.#handed } : head;
  }

  committed(head: Head): void {
    this.saw(head);
    this.#took = true;
    const waited = this.#ports.clock.now().getTime() - this.#announcedAt;
    if (waited >= EVERY_MS) void this.tell();
  }

  /** Announces what stands, one announcement after the other; a failure is left to the end of the run. */
  tell(): Promise<void> {
    this.#running = this.#running
      .then(() => this.#announce())
      .catch((error: unknown) => {
        this.#ports.log.warn('deliveries.not_announced', { 'error.code': codeOf(error) });
      });
    return this.#running;
  }

  async settle(): Promise<void> {
    await this.#running;
    // A run that found the lease taken has nothing of its own: the holder announces, or whoever comes after it.
    if (this.#took || this.#given.owner === undefined) await this.#announce();
  }

  async #announce(): Promise<void> {
    const last = this.#last;
    if (last <= this.#handed) return;
    this.#announcedAt = this.#ports.clock.now().getTime();
    const connection = await this.#given.connection();
    if (connection !== null) await announce(this.#ports, connection, this.#given.scope);
    this.#handed = Math.max(this.#handed, last);
  }
}

/** The store with some of its methods in other hands. */
function over(store: PartitionStore, own: Partial<PartitionStore>): PartitionStore {
  return new Proxy(store, {
    get(target, member) {
      const value: unknown = Reflect.get(own, member) ?? Reflect.get(target, member, target);
      return typeof value === 'function' ? (...args: unknown[]): unknown => Reflect.apply(value, target, args) : value;
    },
  });
}
