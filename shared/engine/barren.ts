import { ProtocolError } from '../errors.ts';
import type { Chunk } from './chunk.ts';
import type { Cursor } from './model.ts';
import type { RemotePage } from './ports.ts';

/** Pages in a row that name a next one and bring nothing new, after which a stream rests: a round may have no end. */
export const MOST_BARREN = 100;

/**
 * The cursor after a page, with the count of pages that led on and brought nothing. Beyond the limit it keeps its failures,
 * so that each rest is longer than the one before until something new comes.
 */
export function counted(chunk: Chunk, before: Cursor, after: Cursor, page: RemotePage): Cursor {
  const barren = page.next !== null && chunk.writes.length === 0 && chunk.feed.length === 0;
  const pages = barren ? (before.barren ?? 0) + 1 : 0;
  const failed = pages > MOST_BARREN ? { failures: before.failures, lastError: before.lastError } : {};
  return { ...after, ...failed, barren: pages };
}

/** The failure to end a turn with each time that so many pages more have brought nothing; where the round stands is kept. */
export const endlessRound = ({ barren = 0, kind }: Cursor): ProtocolError | null =>
  barren > 0 && barren % MOST_BARREN === 0
    ? new ProtocolError(
        'remote.round_endless',
        `${MOST_BARREN} pages of a stream of kind ${kind} lead on and bring nothing`,
      )
    : null;
