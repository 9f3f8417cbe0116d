import type { Chunk } from './chunk.ts';
import type { DomainStatus } from './head.ts';
import type { Cursor } from './model.ts';

/** Within a round that compares all, what it has brought; else what is held. */
const reached = (cursor: Cursor): number => (cursor.phase === 'full' ? cursor.seen : cursor.records);

const isBehind = (cursor: Cursor): boolean => !cursor.baselined || cursor.phase === 'full';

/** How far the first sync, or a round that compares all, is: against what the containers say they hold. */
export function progressOf(chunk: Pick<Chunk, 'allCursors'>): NonNullable<DomainStatus['progress']> {
  const counted = chunk.allCursors().filter((cursor) => cursor.expected !== null);
  return {
    done: counted.reduce((total, cursor) => total + reached(cursor), 0),
    total: counted.reduce((total, cursor) => total + Math.max(cursor.expected ?? 0, reached(cursor)), 0),
    streams: counted.length,
    streamsDone: counted.filter((cursor) => !isBehind(cursor)).length,
  };
}

/** What a domain's status becomes when a run has ended well. */
export function settledStatus(status: DomainStatus, cursors: readonly Cursor[], now: Date): DomainStatus {
  const held = cursors.some((cursor) => cursor.held > 0);
  const failing = cursors.find((cursor) => cursor.failures > 0);
  const unsettled = cursors.some((cursor) => (cursor.unsettled ?? 0) > 0);
  const reason = held ? 'delete_guard' : failing !== undefined ? 'stream_failed' : unsettled ? 'items_unsettled' : null;
  return {
    ...status,
    status: reason === null ? 'ok' : 'degraded',
    reason,
    lastSyncedAt: now.toISOString(),
    lastErrorAt: failing === undefined ? status.lastErrorAt : now.toISOString(),
    lastError: failing?.lastError ?? (reason === null ? null : status.lastError),
    failures: 0,
    reported: false,
    progress: null,
  };
}
