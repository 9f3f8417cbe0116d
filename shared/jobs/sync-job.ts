import { z } from 'zod';
import type { VersionedConnection } from '../engine/connection.ts';
import { scopeOf, type SyncJob } from '../engine/directory-ports.ts';
import type { Domain } from '../engine/domain.ts';
import type { Scope } from '../engine/model.ts';
import { ConnectionError } from '../errors.ts';
import { failureOf } from './conclude.ts';
import { addCover, COVER_MS } from './cover.ts';
import { crashed } from './crashed.ts';
import { ofConnection } from './demand-rights.ts';
import { logOutcome } from './log-outcome.ts';
import { markConnection, needsUser } from './mark-connection.ts';
import { moveDue, moveRegular } from './move-due.ts';
import type { RunPorts } from './ports.ts';
import { watchStreams } from './subscriptions/health.ts';
import { judgeSilence } from './subscriptions/silence.ts';
import { syncOnce, type Ended } from './sync-once.ts';

/** The text of a `sync-jobs` message. */
export const syncJobSchema = z.object({
  connectionId: z.string().min(1),
  domain: z.string().min(1),
  part: z.string().optional(),
  why: z.enum(['notification', 'schedule', 'manual', 'connect', 'continue', 'lifecycle', 'retry']),
  firstPage: z.number().int().min(1).optional(),
  due: z.object({ kind: z.string(), at: z.string() }).nullable(),
});

/**
 * Syncs one domain of one connection. What may be expected to fail is recorded and rescheduled through `due`, and the
 * job ends well; a throw is a bug or dead storage, and the queue brings the message again.
 */
export async function runSyncJob(message: unknown, ports: RunPorts): Promise<void> {
  const { part, firstPage, ...rest } = syncJobSchema.parse(message);
  // The hint is for this run alone: what goes on or comes again in another job has lost its urgency.
  const job: SyncJob = part === undefined ? rest : { ...rest, part };
  const registered = ports.domains[job.domain];
  if (registered === undefined) {
    await moveDue(ports, job, null);
    return;
  }
  const began = ports.clock.now();
  const ended = await syncOnce(ports, job, { domain: registered.domain, firstPage });
  logOutcome(ports, job, ended, began);
  await follow(ports, job, registered.domain, ended);
}

/** What comes after the run: the next due time, the next message, and what the connection's people are told. */
async function follow(ports: RunPorts, job: SyncJob, domain: Domain, outcome: Ended): Promise<void> {
  const scope = scopeOf(job);
  const { read } = outcome;
  switch (outcome.outcome) {
    case 'taken':
      // The holder of the lease takes the row away when it has done the work.
      return;
    case 'lost':
      // Whoever took the lease may not know of this row: it costs an empty job at most.
      return;
    case 'closed':
    case 'absent':
      return moveDue(ports, job, null);
    case 'unwanted':
      await dropCovers(ports, job, outcome.covers);
      return moveDue(ports, job, null);
    case 'more': {
      const { kind, dueAt } = await addCover(ports, job.domain, job.connectionId);
      await ports.queues.sync({ ...job, why: 'continue', due: { kind, at: dueAt.toISOString() } });
      await dropCovers(ports, job, outcome.covers);
      return moveDue(ports, job, null);
    }
    case 'failed':
      // Storage did not tell whose domain it is: the queue brings the message again.
      if (read === null) throw outcome.error;
      return followFailure(ports, job, { read, domain }, outcome);
    case 'done':
      if (read === null) return;
      if (outcome.found.streams) await watchStreams(ports, read.connection, job.domain);
      if (job.why === 'schedule') await judgeSilence(ports, read.connection, { domain: job.domain, ...outcome });
      await markConnection(ports, { read, scope, status: outcome.status, error: null, well: true });
      await dropCovers(ports, job, outcome.covers);
      return moveRegular(ports, job, { before: outcome.regular, next: outcome.status.nextDueAt });
  }
}

/** Rows of jobs that found the lease taken, and whose work this run has done. */
async function dropCovers(ports: RunPorts, job: SyncJob, covers: readonly string[]): Promise<void> {
  for (const at of covers) {
    if (at !== job.due?.at)
      await ports.due.move({ kind: job.domain, connectionId: job.connectionId, dueAt: new Date(at) }, null);
  }
}

/** Goes on with a grant that was made anew while an older one failed. */
async function resumeIfMended(ports: RunPorts, scope: Scope, { connection }: VersionedConnection): Promise<void> {
  const now = (await ports.connections.read(scope.connectionId))?.connection;
  if (now?.status !== 'connected' || now.secret?.name === connection.secret?.name) return;
  // What woke it is still there, so nobody would send another message.
  const { kind, dueAt } = await addCover(ports, scope.domain, scope.connectionId);
  await ports.queues.sync({ ...scope, why: 'retry', due: { kind, at: dueAt.toISOString() } });
}

async function followFailure(
  ports: RunPorts,
  job: SyncJob,
  { read, domain }: { readonly read: VersionedConnection; readonly domain: Domain },
  ended: Extract<Ended, { outcome: 'failed' }>,
): Promise<void> {
  const { error, status, regular } = ended;
  const scope: Scope = scopeOf(job);
  const reason = error instanceof ConnectionError ? error : null;
  const told = ofConnection(reason, read.connection, domain);
  await markConnection(ports, { read, scope, status, error: told, well: false });
  if (failureOf(error) === null) throw crashed(ports, error);
  await dropCovers(ports, job, ended.covers);
  await moveRegular(ports, job, { before: regular, next: status.nextDueAt });
  // Nothing is tried before the user has signed in again, which starts the jobs anew; some may have found this one at work.
  if (reason !== null && needsUser.includes(reason.reason)) return resumeIfMended(ports, scope, read);
  // A short wait is spent in the queue; the due row covers the message, and alone brings the longer ones (P13).
  const wait = Date.parse(status.nextDueAt ?? '') - ports.clock.now().getTime();
  if (status.nextDueAt === null || !(wait <= COVER_MS)) return;
  await ports.queues.sync({ ...job, why: 'retry', due: { kind: job.domain, at: status.nextDueAt } }, Math.max(0, wait));
}
