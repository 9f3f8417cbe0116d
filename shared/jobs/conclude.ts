import type { Connection } from '../engine/connection.ts';
import type { Cursor, DomainStatus, NewChange } from '../engine/model.ts';
import type { Conclusion, RunResult } from '../engine/runner.ts';
import { settledStatus } from '../engine/status.ts';
import { AppError, codeOf, ConnectionError, RemoteError, ThrottledError } from '../errors.ts';
import type { RunPorts } from './ports.ts';

/** The failure if it is one that a job may meet (and records), or null for a bug. */
export const failureOf = (error: unknown): AppError | null => (error instanceof AppError ? error : null);

/** One short line for statuses and feeds: code and words of ours, never of the remote. */
export function describeError(error: unknown): string {
  const facts = error instanceof RemoteError && error.facts.remoteCode !== null ? ` (${error.facts.remoteCode})` : '';
  const text = error instanceof AppError ? error.message : 'unexpected failure';
  return `${codeOf(error)}: ${text}${facts}`.slice(0, 300);
}

/** Whose status it is, and when. */
interface Whose {
  readonly connection: Connection;
  readonly domain: string;
  readonly now: Date;
}

/** The domain's status and feed rows after a run (P17). */
export function concludeRun(
  ports: Pick<RunPorts, 'clock' | 'config'>,
  given: {
    readonly status: DomainStatus;
    readonly cursors: readonly Cursor[];
    readonly connection: Connection;
    readonly domain: string;
    readonly result: RunResult;
  },
): Conclusion {
  const { status, cursors, connection, domain, result } = given;
  const now = ports.clock.now();
  if (result.result === 'failed') {
    // A mailbox that asks for a rest is no failure.
    if (result.error instanceof ThrottledError) return { status, feed: [] };
    const reason = result.error instanceof ConnectionError ? result.error.reason : codeOf(result.error);
    const tellAfter = ports.config.sync.retries;
    return failedStatus(status, { connection, domain, now, reason, text: describeError(result.error), tellAfter });
  }
  const found = result.found.changes > 0 ? now.toISOString() : status.lastPollFoundAt;
  const ended = result.result === 'done' ? settledStatus(status, cursors, now) : status;
  return { status: { ...ended, lastPollFoundAt: found }, feed: [] };
}

/** The status after a message ended in the poison queue: told at once, unless this streak was told before. */
export const poisonedStatus = (status: DomainStatus, given: Whose & { readonly text: string }): Conclusion =>
  failedStatus(status, { ...given, reason: 'poison', tellAfter: 0 });

/** A status after one more failure; `sync.failed` once per streak. */
function failedStatus(
  status: DomainStatus,
  given: Whose & { readonly reason: string; readonly text: string; readonly tellAfter: number },
): Conclusion {
  const { reason, text } = given;
  const failures = status.failures + 1;
  const tell = !status.reported && failures >= given.tellAfter;
  return {
    status: {
      ...status,
      status: 'error',
      reason,
      failures,
      reported: status.reported || tell,
      lastErrorAt: given.now.toISOString(),
      lastError: text,
    },
    feed: tell ? [syncFailed(given, failures, text)] : [],
  };
}

const syncFailed = ({ connection, domain }: Whose, attempts: number, error: string): NewChange => ({
  type: 'sync.failed',
  id: null,
  graphId: null,
  cause: 'system',
  changed: [],
  before: null,
  after: null,
  details: {
    connectionId: connection.id,
    userId: connection.userId,
    workspaceId: connection.workspaceId,
    domain,
    attempts,
    error,
  },
});
