import type { Chunk } from './chunk.ts';
import type { Head } from './head.ts';
import type { Change, Scope } from './model.ts';
import type { Write } from './ports.ts';

/** How many commit ids a head remembers. */
const REMEMBERED_COMMITS = 8;

/** The commit ids of a head after one more commit, newest last. */
export const remembered = (head: Pick<Head, 'commits'>, commitId: string): string[] =>
  [...head.commits, commitId].slice(-REMEMBERED_COMMITS);

/** Whether one of these writes changes what is listed under one of these letters. */
export const lists = (letters: readonly string[], writes: readonly Write[]): boolean =>
  letters.length > 0 &&
  writes.some((write) => {
    if (write.row !== 'index') return false;
    const { order } = 'put' in write ? write.put : write.remove;
    return letters.some((letter) => order.startsWith(`${letter}:`));
  });

/** Whether one of these writes may change what is shown of a record. */
const shows = (writes: readonly Write[]): boolean => writes.some(({ row }) => row === 'record' || row === 'index');

/** The head as it stands after the chunk, but for the commit's id. */
export function headAfter(head: Head, chunk: Chunk): Head {
  const counts = { ...head.counts };
  for (const key of ['records', 'remotes', 'hints', 'outbox', 'bad', 'leaving'] as const) {
    const more = chunk.counts[key] ?? 0;
    if (more !== 0) counts[key] = Math.max(0, (counts[key] ?? 0) + more);
  }
  const patched = { ...head, ...chunk.headPatch };
  return {
    ...patched,
    listing: lists(patched.listing?.letters ?? [], chunk.writes) ? null : (patched.listing ?? null),
    lastSeq: head.lastSeq + chunk.feed.length,
    counts,
  };
}

/** The head as it stands after the chunk, and all rows of the transaction. */
export function finishChunk(
  head: Head,
  chunk: Chunk,
  commit: { readonly scope: Scope; readonly commitId: string; readonly now: Date },
): { head: Head; writes: Write[] } {
  const { scope, commitId } = commit;
  const at = commit.now.toISOString();
  let seq = head.lastSeq;
  const changes: Change[] = chunk.feed.map((change) => ({ ...change, seq: ++seq, domain: scope.domain, at }));
  return {
    head: {
      ...headAfter(head, chunk),
      commits: remembered(head, commitId),
      ...(shows(chunk.writes) ? { edition: commitId } : {}),
    },
    writes: [
      ...chunk.writes,
      ...changes.map((put): Write => ({ row: 'change', put })),
      ...[...chunk.cursors.values()].map((put): Write => ({ row: 'cursor', put })),
    ],
  };
}
