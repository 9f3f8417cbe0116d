import type { Head, VersionedHead } from '../engine/head.ts';
import type { Scope } from '../engine/model.ts';
import { COMMIT_BYTES, COMMIT_ROWS, type Write } from '../engine/ports.ts';
import { ClosedError, FenceLostError, StorageError, TooLargeError } from '../errors.ts';
import { mapLimit } from '../lib/map-limit.ts';
import { pack, serialize } from './columns.ts';
import { failureOf, isMissing, isRefused, isStale, isTooLarge, storageError } from './failures.ts';
import { collapse, HEAD_KEY, partitionOf, type EncodedWrite } from './rows.ts';
import type { Table } from './table.ts';

/** Transactions sent for one commit, at most. */
const TRIES = 4;
/** Point reads under way at once. */
export const READS = 16;

export interface Commit {
  readonly version: string;
  readonly head: Head;
  readonly commitId: string;
  readonly writes: readonly Write[];
}

/** What a transaction that brought no success means. */
type Verdict =
  | { readonly outcome: 'committed'; readonly version: string }
  /** Nothing was written: send it again, without the removals that found no row. */
  | { readonly outcome: 'again'; readonly absent?: ReadonlySet<string> };

/** Head and rows in one transaction, or nothing at all. */
export class Committer {
  readonly #table: Table;
  readonly #readHead: (scope: Scope) => Promise<VersionedHead | null>;

  constructor(table: Table, readHead: (scope: Scope) => Promise<VersionedHead | null>) {
    this.#table = table;
    this.#readHead = readHead;
  }

  /** As `PartitionStore.commit` promises. */
  async commit(scope: Scope, commit: Commit): Promise<string> {
    let rows = collapse(commit.writes, { rows: COMMIT_ROWS - 1, bytes: COMMIT_BYTES });
    const partitionKey = partitionOf(scope);
    const fence = { rowKey: HEAD_KEY, members: serialize(pack(commit.head)), version: commit.version };
    let lastError: unknown;
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      try {
        const [version] = await this.#table.tryTransact(partitionKey, [fence, ...rows]);
        return version ?? (await this.newVersion(scope, commit));
      } catch (error) {
        lastError = error;
        const verdict = await this.judge(scope, { commit, rows, error });
        if (verdict.outcome === 'committed') return verdict.version;
        const { absent } = verdict;
        if (absent !== undefined) rows = rows.filter(({ rowKey }) => !absent.has(rowKey));
        else if (attempt < TRIES) await this.#table.pause(attempt);
      }
    }
    throw storageError('store.unavailable', 'Committing', lastError);
  }

  /** What became of a transaction whose answer is no success. Throws what the caller of `commit` must know. */
  private async judge(
    scope: Scope,
    { commit, rows, error }: { commit: Commit; rows: readonly EncodedWrite[]; error: unknown },
  ): Promise<Verdict> {
    const failure = failureOf(error);
    if (isTooLarge(failure)) throw new TooLargeError('The service finds a commit too large');
    // A 404 may be a removal that finds no row, or a head that is gone; any other refusal is final.
    if (isRefused(failure) && !isStale(failure) && !isMissing(failure)) {
      throw storageError('store.unavailable', 'Committing', error);
    }
    const stands = await this.#readHead(scope);
    if (stands === null) throw new ClosedError('The partition does not exist');
    if (stands.head.commits.includes(commit.commitId))
      return { outcome: 'committed', version: versionFor(commit, stands) };
    if (stands.version !== commit.version) throw new FenceLostError('Another writer was first');
    // The head stands as it was: it is the wake row that another one has changed.
    const conditional = rows.some(({ members, version }) => members === null && version !== undefined);
    if (isStale(failure) && conditional) throw new FenceLostError('Another wake-up came meanwhile');
    if (!isMissing(failure)) return { outcome: 'again' };
    const absent = await this.absentRemovals(partitionOf(scope), rows);
    return absent.size === 0 ? { outcome: 'again' } : { outcome: 'again', absent };
  }

  private async absentRemovals(partitionKey: string, rows: readonly EncodedWrite[]): Promise<ReadonlySet<string>> {
    const removals = rows.filter(({ members }) => members === null);
    const found = await mapLimit(removals, READS, ({ rowKey }) => this.#table.get(partitionKey, rowKey, ['RowKey']));
    return new Set(removals.filter((_, index) => found[index] === null).map(({ rowKey }) => rowKey));
  }

  /** For an answer that tells of success but names no version. */
  private async newVersion(scope: Scope, commit: Commit): Promise<string> {
    const stands = await this.#readHead(scope);
    if (stands?.head.commits.includes(commit.commitId) === true) return versionFor(commit, stands);
    throw new StorageError('store.unavailable', 'A commit was answered but does not stand');
  }
}

/**
 * The version that a head has which this commit has made. Where others have committed on top of it, theirs is not for the writer, who
 * does not know what they changed: it gets the one of before, and loses the fence with its next commit.
 */
const versionFor = (
  { commitId, version }: Pick<Commit, 'commitId' | 'version'>,
  stands: { readonly head: Pick<Head, 'commits'>; readonly version: string },
): string => (stands.head.commits.at(-1) === commitId ? stands.version : version);
