import type { AppendOnce } from '../../shared/engine/append.ts';
import type { Head, VersionedHead } from '../../shared/engine/head.ts';
import type { Change, NewChange, Scope, StoredAnswer } from '../../shared/engine/model.ts';
import type { Front, PartitionStore, WakeStore, Write } from '../../shared/engine/ports.ts';
import { ClosedError, FenceLostError } from '../../shared/errors.ts';
import type { Clock } from '../../shared/lib/clock.ts';

const nameOf = (scope: Scope): string => `${scope.connectionId} ${scope.domain} ${scope.part ?? ''}`;
const unused = (): never => {
  throw new Error('not part of this stand-in');
};

interface Partition {
  head: VersionedHead;
  changes: Change[];
  others: Write[];
}

/** Heads and feeds of partitions, fenced as the real store's; records are only kept to be erased. */
export class MemoryPartitions implements PartitionStore {
  readonly partitions = new Map<string, Partition>();
  #version = 0;

  readHead(scope: Scope): Promise<VersionedHead | null> {
    return Promise.resolve(this.partitions.get(nameOf(scope))?.head ?? null);
  }
  async readFront(scope: Scope): Promise<Front | null> {
    const head = await this.readHead(scope);
    return head === null ? null : { ...head, cursors: [], listing: null, wake: null };
  }
  createHead(scope: Scope, head: Head): Promise<VersionedHead> {
    const known = this.partitions.get(nameOf(scope));
    if (known !== undefined) return Promise.resolve(known.head);
    const made = { version: String(++this.#version), head };
    this.partitions.set(nameOf(scope), { head: made, changes: [], others: [] });
    return Promise.resolve(made);
  }
  commit(scope: Scope, change: Parameters<PartitionStore['commit']>[1]): Promise<string> {
    return Promise.resolve().then(() => {
      const partition = this.partitions.get(nameOf(scope));
      if (partition?.head.version !== change.version) throw new FenceLostError('another writer was first');
      const version = String(++this.#version);
      partition.head = { version, head: change.head };
      for (const write of change.writes) {
        if (write.row === 'change') partition.changes.push(write.put);
        else partition.others.push(write);
      }
      return version;
    });
  }
  readChanges(scope: Scope, after: number, limit: number): Promise<Change[]> {
    const changes = this.partitions.get(nameOf(scope))?.changes ?? [];
    return Promise.resolve(changes.filter((change) => change.seq > after).slice(0, limit));
  }
  dropChanges(scope: Scope, below: number): Promise<number> {
    const partition = this.partitions.get(nameOf(scope));
    const kept = partition?.changes.filter((change) => change.seq >= below) ?? [];
    const dropped = (partition?.changes.length ?? 0) - kept.length;
    if (partition !== undefined) partition.changes = kept;
    return Promise.resolve(dropped);
  }
  firstChangeSince(scope: Scope, at: Date): Promise<number | null> {
    const changes = this.partitions.get(nameOf(scope))?.changes ?? [];
    return Promise.resolve(changes.find((change) => change.at >= at.toISOString())?.seq ?? null);
  }
  readAnswer(scope: Scope, key: string): Promise<StoredAnswer | null> {
    return Promise.resolve(this.answers(scope).get(key) ?? null);
  }
  answersBefore(scope: Scope, time: Date, limit: number): Promise<string[]> {
    const old = [...this.answers(scope).values()].filter((answer) => answer.at < time.toISOString());
    return Promise.resolve(old.slice(0, limit).map((answer) => answer.key));
  }
  erase(scope: Scope): Promise<void> {
    this.partitions.delete(nameOf(scope));
    return Promise.resolve();
  }
  eraseRows(scope: Scope): Promise<void> {
    const partition = this.partitions.get(nameOf(scope));
    if (partition !== undefined) [partition.changes, partition.others] = [[], []];
    return Promise.resolve();
  }
  sizeOf = unused;
  readCursors = unused;
  readRecords = unused;
  readRemotes = unused;
  recordIds = unused;
  recordsBefore = unused;
  recordsOf = unused;
  readHints = unused;
  readOutbox = unused;
  readBad = unused;
  list = unused;

  private answers(scope: Scope): Map<string, StoredAnswer> {
    const answers = new Map<string, StoredAnswer>();
    for (const write of this.partitions.get(nameOf(scope))?.others ?? []) {
      if (write.row !== 'answer') continue;
      if ('put' in write) answers.set(write.put.key, write.put);
      else answers.delete(write.remove);
    }
    return answers;
  }

  /** Appends to a feed, as another writer does between two steps of the one that is tested. */
  appendNow(scope: Scope, changes: readonly NewChange[], clock: Clock, once: AppendOnce = {}): void {
    const partition = this.partitions.get(nameOf(scope));
    if (partition === undefined || partition.head.head.closed) throw new ClosedError('closed');
    const { commits } = partition.head.head;
    const { unlessLast, commitId } = once;
    if (commitId !== undefined && commits.includes(commitId)) return;
    if (unlessLast !== undefined && partition.changes.at(-1)?.type === unlessLast) return;
    let seq = partition.head.head.lastSeq;
    for (const change of changes)
      partition.changes.push({ ...change, seq: ++seq, domain: scope.domain, at: clock.now().toISOString() });
    const head = {
      ...partition.head.head,
      lastSeq: seq,
      commits: commitId === undefined ? commits : [...commits, commitId],
    };
    partition.head = { version: String(++this.#version), head };
  }

  append(scope: Scope, changes: readonly NewChange[], clock: Clock, once?: AppendOnce): Promise<void> {
    return Promise.resolve().then(() => {
      this.appendNow(scope, changes, clock, once);
    });
  }
}

const STALE_MS = 60_000;

export class MemoryWake implements WakeStore {
  readonly rows = new Map<string, { ids: string[] | 'all'; at: number; version: string }>();
  readonly #clock: Clock;
  #version = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  raise(scope: Scope, ids: readonly string[] | null): Promise<'send' | 'coalesced'> {
    const now = this.#clock.now().getTime();
    const stands = this.rows.get(nameOf(scope));
    const fresh = stands !== undefined && Math.abs(now - stands.at) <= STALE_MS;
    const all = ids === null || stands?.ids === 'all';
    const known = stands === undefined || stands.ids === 'all' ? [] : stands.ids;
    const merged = all ? 'all' : [...new Set([...known, ...ids])];
    const at = fresh ? stands.at : now;
    this.rows.set(nameOf(scope), { ids: merged, at, version: String(++this.#version) });
    return Promise.resolve(fresh ? 'coalesced' : 'send');
  }
  read(scope: Scope): ReturnType<WakeStore['read']> {
    return Promise.resolve(this.rows.get(nameOf(scope)) ?? null);
  }
  clear(scope: Scope, version?: string): Promise<boolean> {
    const stands = this.rows.get(nameOf(scope));
    if (version !== undefined && stands?.version !== version) return Promise.resolve(false);
    this.rows.delete(nameOf(scope));
    return Promise.resolve(true);
  }
}
