import { ClosedError } from '../errors.ts';
import { Chunk } from './chunk.ts';
import { finishChunk } from './commit.ts';
import type { Head } from './head.ts';
import type { NewChange, Scope } from './model.ts';
import { passFence } from './pass-fence.ts';
import type { EnginePorts } from './ports.ts';

/**
 * Commits without a lease (API writes, push results, rows of the feed): computes anew each time that another writer was
 * first, with jitter, up to 10 s; then StorageError. Throws ClosedError where the partition is closed or absent.
 */
export function commitFree<T>(
  ports: EnginePorts,
  scope: Scope,
  build: (chunk: Chunk, head: Head) => Promise<T> | T,
  /** Names the commit, where it must be told again from others; by default each try has an id of its own. */
  named?: string,
): Promise<T> {
  return passFence(ports, async () => {
    const front = await ports.store.readFront(scope);
    if (front === null || front.head.closed) throw new ClosedError('the partition is closed');
    const chunk = new Chunk(ports.store, new Map(front.cursors.map((cursor) => [cursor.stream, cursor])));
    const result = await build(chunk, front.head);
    if (chunk.empty) return result;
    const commitId = named ?? ports.random.token(9);
    const { head, writes } = finishChunk(front.head, chunk, { scope, commitId, now: ports.clock.now() });
    await ports.store.commit(scope, { version: front.version, head, commitId, writes });
    return result;
  });
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
