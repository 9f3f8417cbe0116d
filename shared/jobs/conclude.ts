import type { Connection } from '../engine/connection.ts';
import type { DomainStatus } from '../engine/head.ts';
import type { Cursor, NewChange } from '../engine/model.ts';
import type { Conclusion, RunResult } from '../engine/runner.ts';
import { settledStatus } from '../engine/status.ts';
import { AppError, codeOf, ConnectionError, RemoteError, ThrottledError } from '../errors.ts';
import { plus } from '../lib/clock.ts';
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
  ports: Pick<RunPorts, 'clock' | 'config' | 'random'>,
  given: {
    /** Notifications tell of changes: a poll is only a safety net. */
    readonly trusted: boolean;
    readonly status: DomainStatus;
    readonly cursors: readonly Cursor[];
    readonly connection: Connection;
    readonly domain: string;
    readonly result: RunResult;
    /** The longest that a stream of the domain may go without a poll; absent = as long as the safety poll lets it. */
    readonly pollAtLeastEveryMs?: number | undefined;
  },
): Conclusion {
  const { status, cursors, connection, domain, result } = given;
  const now = ports.clock.now();
  const after = (ms: number): string => plus(now, ms).toISOString();
  if (result.result === 'failed') {
    // A mailbox that asks for a rest is no failure.
    if (result.error instanceof ThrottledError)
      return { status: { ...status, nextDueAt: after(result.error.retryAfterMs) }, feed: [] };
    const reason = result.error instanceof ConnectionError ? result.error.reason : codeOf(result.error);
    const tellAfter = ports.config.sync.retries;
    const failed = failedStatus(status, {
      connection,
      domain,
      now,
      reason,
      text: describeError(result.error),
      tellAfter,
    });
    return { ...failed, status: { ...failed.status, nextDueAt: after(backoff(ports, failed.status.failures)) } };
  }
  const found = result.found.changes > 0 ? now.toISOString() : status.lastPollFoundAt;
  if (result.result === 'more') return { status: { ...status, lastPollFoundAt: found }, feed: [] };
  const nextDueAt = nextPoll(cursors, {
    now,
    ms: given.trusted ? ports.config.sync.safetyPollMs : 0,
    everyMs: given.pollAtLeastEveryMs ?? Infinity,
    lookAgainAt: result.lookAgainAt,
  });
  return {
    status: { ...settledStatus(status, cursors, now), lastPollFoundAt: found, nextDueAt, trusted: given.trusted },
    feed: [],
  };
}

/**
 * The next poll: at once (which is the next run of the timer) without notifications, and no later than a failing stream's
 * next try, the next look at what could not be settled, or the time at which a stream has gone without a poll for as long as
 * the domain lets it: a run that a notification brought has not polled all of them.
 */
function nextPoll(
  cursors: readonly Cursor[],
  when: { readonly now: Date; readonly ms: number; readonly everyMs: number; readonly lookAgainAt: Date | null },
): string {
  const { now, ms, everyMs, lookAgainAt } = when;
  const rests = cursors.flatMap(({ notBefore, baselined, lastPolledAt }) => {
    if (notBefore !== null) return [Date.parse(notBefore)];
    // One that is being dropped is polled no more, and is not baselined.
    return baselined && lastPolledAt !== null ? [Date.parse(lastPolledAt) + everyMs] : [];
  });
  if (lookAgainAt !== null) rests.push(lookAgainAt.getTime());
  return new Date(Math.max(now.getTime(), Math.min(now.getTime() + ms, ...rests))).toISOString();
}

const LONGEST_BACKOFF_MS = 3_600_000;

/** Grows with each failure in a row, with jitter. */
export function backoff(ports: Pick<RunPorts, 'config' | 'random'>, failures: number): number {
  const { retryBackoffMs, jitterMs } = ports.config.sync;
  const grown = Math.min(LONGEST_BACKOFF_MS, retryBackoffMs * 2 ** Math.max(0, failures - 1));
  return Math.round(grown + ports.random.fraction() * jitterMs);
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
