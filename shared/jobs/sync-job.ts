import { z } from 'zod';
import type { Connection } from '../engine/connection.ts';
import { scopeOf, type SyncJob } from '../engine/directory-ports.ts';
import type { Domain } from '../engine/domain.ts';
import type { DomainStatus, Scope } from '../engine/model.ts';
import type { Source } from '../engine/ports.ts';
import { startBudget } from '../engine/budget.ts';
import { runSync, type SyncOutcome } from '../engine/runner.ts';
import { ConnectionError, ThrottledError } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import { concludeRun, failureOf } from './conclude.ts';
import { markConnection } from './mark-connection.ts';
import { openSource } from './open-source.ts';
import type { RunPorts } from './ports.ts';
import { moveDue } from './move-due.ts';
import { distrustSubscriptions, hasTrustedSubscriptions } from './subscriptions/health.ts';

/** The text of a `sync-jobs` message. */
export const syncJobSchema = z.object({
  connectionId: z.string().min(1),
  domain: z.string().min(1),
  part: z.string().optional(),
  why: z.enum(['notification', 'schedule', 'manual', 'connect', 'continue', 'lifecycle', 'retry']),
  due: z.object({ kind: z.string(), at: z.string() }).nullable(),
});

/** A change that no notification told within this time was not merely late. */
const LATE_NOTIFICATION_MS = 5 * 60_000;
/** How long a job that goes on elsewhere is covered by `due`. */
const COVER_MS = 60_000;

/**
 * Syncs one domain of one connection. What may be expected to fail is recorded and rescheduled through `due`, and the
 * job ends well; a throw is a bug or dead storage, and the queue brings the message again.
 */
export async function runSyncJob(message: unknown, ports: RunPorts): Promise<void> {
  const { part, ...rest } = syncJobSchema.parse(message);
  const job: SyncJob = part === undefined ? rest : { ...rest, part };
  const registered = ports.domains[job.domain];
  const connection = (await ports.connections.read(job.connectionId))?.connection ?? null;
  if (registered === undefined || connection === null || !mayRun(connection)) {
    await moveDue(ports, job, null);
    return;
  }
  const outcome = await sync(ports, job, connection, registered.domain);
  await follow(ports, job, connection, outcome);
}

/** A dead grant needs its user; asking again before that helps nobody. Reconnecting starts the jobs anew. */
const mayRun = (connection: Connection): boolean => connection.status === 'connected' || connection.status === 'error';

async function sync(ports: RunPorts, job: SyncJob, connection: Connection, domain: Domain): Promise<SyncOutcome> {
  const { sync: settings } = ports.config;
  const scope = scopeOf(job);
  const opened: { close: () => Promise<void> } = { close: () => Promise.resolve() };
  try {
    return await runSync(ports, {
      scope,
      domain,
      settings,
      domainSettings: connection.settings[domain.name] ?? {},
      budget: startBudget(ports.clock, { ms: settings.budgetMs, pages: settings.budgetPages }),
      cause: job.why === 'notification' ? 'push' : 'poll',
      owner: ports.random.token(12),
      open: async (): Promise<Source> => {
        const { source, close } = await openSource(ports, connection);
        await opened.close();
        opened.close = close;
        return source;
      },
      conclude: (status, _chunk, result) =>
        concludeRun(ports, { status, cursors: _chunk.allCursors(), connection, domain: domain.name, result }),
    });
  } finally {
    await opened.close();
  }
}

/** What comes after the run: the next due time, the next message, and what the connection's people are told. */
async function follow(ports: RunPorts, job: SyncJob, connection: Connection, outcome: SyncOutcome): Promise<void> {
  const scope = scopeOf(job);
  switch (outcome.outcome) {
    case 'taken':
    case 'lost':
    case 'closed':
    case 'absent':
      // The holder of the lease is covered by a row of its own.
      return moveDue(ports, job, null);
    case 'more': {
      const dueAt = plus(ports.clock.now(), COVER_MS);
      await ports.due.add({ kind: job.domain, connectionId: job.connectionId, dueAt });
      await ports.queues.sync({ ...job, why: 'continue', due: { kind: job.domain, at: dueAt.toISOString() } });
      return moveDue(ports, job, null);
    }
    case 'failed':
      return followFailure(ports, job, connection, { error: outcome.error, status: outcome.status });
    case 'done': {
      const trusted = await hasTrustedSubscriptions(ports, connection, job.domain);
      if (trusted && isUnannounced(ports, job, outcome.found.earliest))
        await distrustSubscriptions(ports, connection, job.domain);
      await markConnection(ports, { connection, scope, status: outcome.status, error: null });
      const now = ports.clock.now();
      return moveDue(ports, job, trusted ? plus(now, ports.config.sync.safetyPollMs) : now);
    }
  }
}

/** A safety poll found a change that notifications had ample time to tell. */
const isUnannounced = (ports: RunPorts, job: SyncJob, earliest: number | null): boolean =>
  job.why === 'schedule' && earliest !== null && earliest < ports.clock.now().getTime() - LATE_NOTIFICATION_MS;

async function followFailure(
  ports: RunPorts,
  job: SyncJob,
  connection: Connection,
  failed: { readonly error: unknown; readonly status: DomainStatus },
): Promise<void> {
  const failure = failureOf(failed.error);
  if (failure === null) throw failed.error;
  const scope: Scope = scopeOf(job);
  await markConnection(ports, {
    connection,
    scope,
    status: failed.status,
    error: failed.error instanceof ConnectionError ? failed.error : null,
  });
  const wait =
    failed.error instanceof ThrottledError ? failed.error.retryAfterMs : backoff(ports, failed.status.failures);
  const dueAt = plus(ports.clock.now(), wait);
  await moveDue(ports, job, dueAt);
  // A short wait is spent in the queue; `due` covers the message, and alone brings the long ones.
  if (wait <= COVER_MS)
    await ports.queues.sync({ ...job, why: 'retry', due: { kind: job.domain, at: dueAt.toISOString() } }, wait);
}

const LONGEST_BACKOFF_MS = 3_600_000;

/** Grows with each failure in a row, with jitter. */
export function backoff(ports: Pick<RunPorts, 'config' | 'random'>, failures: number): number {
  const { retryBackoffMs, jitterMs } = ports.config.sync;
  return Math.round(
    Math.min(LONGEST_BACKOFF_MS, retryBackoffMs * 2 ** Math.max(0, failures - 1)) + ports.random.fraction() * jitterMs,
  );
}
