import type { Chunk } from './chunk.ts';
import type { Cursor } from './model.ts';
import type { Run } from './run.ts';

/** Cursors that one commit changes, at most. */
const CURSORS = 90;

/** Changes cursors, however many there are, in as many commits as that takes. What is to be said of the head goes with the last one. */
export async function changeCursors(
  { session }: Run,
  streams: readonly string[],
  change: (cursor: Cursor) => Cursor,
  head?: () => Chunk['headPatch'],
): Promise<void> {
  for (let start = 0; start < streams.length || (start === 0 && head !== undefined); start += CURSORS) {
    await session.commit((chunk) => {
      for (const stream of streams.slice(start, start + CURSORS)) chunk.changeCursor(stream, change);
      if (head !== undefined && start + CURSORS >= streams.length) chunk.headPatch = head();
    });
  }
}
