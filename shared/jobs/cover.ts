import type { DueRow } from '../engine/directory-ports.ts';
import { plus } from '../lib/clock.ts';
import type { WakePorts } from './ports.ts';

/** How long after a wake-up or a write its due row lets a timer take it up, had its message been lost. */
export const COVER_MS = 60_000;
/** Rows of one moment are spread over this, lest each of them try the place of the others first. */
const SPREAD_MS = 10_000;

/**
 * The due row that stands before work whose message may be lost, one that nobody else holds: whoever finds the work done, or
 * in others' hands, may take it away. Throws StorageError where none could be written.
 */
export function addCover(
  ports: Pick<WakePorts, 'due' | 'clock' | 'random'>,
  kind: string,
  connectionId: string,
): Promise<DueRow> {
  const spread = Math.floor(ports.random.fraction() * SPREAD_MS);
  return ports.due.addOwn({ kind, connectionId, dueAt: plus(ports.clock.now(), COVER_MS + spread) });
}
