import { ClosedError, FenceLostError, StorageError } from '../errors.ts';
import { systemSleep } from '../lib/sleep.ts';
import { Chunk } from './chunk.ts';
import { finishChunk } from './commit.ts';
import type { Head } from './head.ts';
import type { NewChange, Scope } from './model.ts';
import type { EnginePorts } from './ports.ts';

/** How long a writer without a lease tries to pass the fence (P2). */
const PATIENCE_MS = 10_000;

/**
 * Commits without a lease (API writes, push results, rows of the feed): computes anew each time that another writer was
 * first, with jitter, up to 10 s; then StorageError. Throws ClosedError where the partition is closed or absent.
 */
export async function commitFree<T>(
  ports: EnginePorts,
  scope: Scope,
  build: (chunk: Chunk, head: Head) => Promise<T> | T,
  /** Names the commit, where it must be told again from others; by default each try has an id of its own. */
  named?: string,
): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (let losses = 0; ; losses++) {
    const current = await ports.store.readHead(scope);
    if (current === null || current.head.closed) throw new ClosedError('the partition is closed');
    const cursors = await ports.store.readCursors(scope);
    const chunk = new Chunk(ports.store, new Map(cursors.map((cursor) => [cursor.stream, cursor])));
    const result = await build(chunk, current.head);
    if (chunk.empty) return result;
    const commitId = named ?? ports.random.token(9);
    const { head, writes } = finishChunk(current.head, chunk, { scope, commitId, now: ports.clock.now() });
    try {
      await ports.store.commit(scope, { version: current.version, head, commitId, writes });
      return result;
    } catch (error) {
      if (!(error instanceof FenceLostError)) throw error;
      if (performance.now() > end)
        throw new StorageError('store.unavailable', 'the partition is busy; try again', { cause: error });
      await systemSleep(ports.random.fraction() * Math.min(400, 20 * 2 ** Math.min(losses, 5)));
    }
  }
}

/** What keeps rows from being appended twice. */
export interface AppendOnce {
  /** Nothing is appended where the last row, as the fence sees it, is of this type. */
  readonly unlessLast?: string;
  /** The id of the commit: nothing is appended where the head remembers it (one of its last 8). */
  readonly commitId?: string;
}

/** Appends rows to a partition's feed. */
export async function appendChanges(
  ports: EnginePorts,
  scope: Scope,
  changes: readonly NewChange[],
  { unlessLast, commitId }: AppendOnce = {},
): Promise<void> {
  await commitFree(
    ports,
    scope,
    async (chunk, head) => {
      if (commitId !== undefined && head.commits.includes(commitId)) return;
      const [last] = unlessLast === undefined ? [] : await ports.store.readChanges(scope, head.lastSeq - 1, 1);
      if (last === undefined || last.type !== unlessLast) chunk.feed.push(...changes);
    },
    commitId,
  );
}
