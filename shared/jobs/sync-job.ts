import { z } from 'zod';
import type { Connection } from '../engine/connection.ts';
import { scopeOf, type SyncJob } from '../engine/directory-ports.ts';
import type { Domain } from '../engine/domain.ts';
import type { Scope } from '../engine/model.ts';
import type { Source } from '../engine/ports.ts';
import { startBudget } from '../engine/budget.ts';
import { runSync, type SyncOutcome } from '../engine/runner.ts';
import { ConnectionError } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import { concludeRun, failureOf } from './conclude.ts';
import { crashed } from './crashed.ts';
import { watchFeed } from './deliveries/watch-feed.ts';
import { withFirstPage } from './first-page.ts';
import { markConnection, needsUser } from './mark-connection.ts';
import { openSource } from './open-source.ts';
import type { RunPorts } from './ports.ts';
import { logOutcome } from './log-outcome.ts';
import { moveDue, moveRegular } from './move-due.ts';
import { tellUntold } from './tell-connection.ts';
import { distrustSubscriptions, hasTrustedSubscriptions } from './subscriptions/health.ts';

/** The text of a `sync-jobs` message. */
export const syncJobSchema = z.object({
  connectionId: z.string().min(1),
  domain: z.string().min(1),
  part: z.string().optional(),
  why: z.enum(['notification', 'schedule', 'manual', 'connect', 'continue', 'lifecycle', 'retry']),
  firstPage: z.number().int().min(1).optional(),
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
  const { part, firstPage, ...rest } = syncJobSchema.parse(message);
  // The hint is for this run alone: what goes on or comes again in another job has lost its urgency.
  const job: SyncJob = part === undefined ? rest : { ...rest, part };
  const registered = ports.domains[job.domain];
  const connection = (await ports.connections.read(job.connectionId))?.connection ?? null;
  // What a crash kept from being told. Nobody else may come by soon where the connection waits for its user.
  if (connection !== null && isStaying(connection)) await tellUntold(ports, connection);
  if (registered === undefined || connection === null || !mayRun(connection)) {
    await moveDue(ports, job, null);
    return;
  }
  const began = ports.clock.now();
  const trusted = await hasTrustedSubscriptions(ports, connection, job.domain);
  const outcome = await sync(ports, job, { connection, domain: registered.domain, trusted, firstPage });
  logOutcome(ports, job, outcome, began);
  await follow(ports, job, connection, outcome);
}

/** A dead grant needs its user; asking again before that helps nobody. Reconnecting starts the jobs anew. */
const mayRun = (connection: Connection): boolean => connection.status === 'connected' || connection.status === 'error';

const isStaying = ({ status }: Connection): boolean => status !== 'disconnecting' && status !== 'disconnected';

/** The outcome, and where the domain's regular due row stood before. */
type Ended = SyncOutcome & { readonly regular: string | null };

async function sync(
  ports: RunPorts,
  job: SyncJob,
  given: {
    readonly connection: Connection;
    readonly domain: Domain;
    readonly trusted: boolean;
    readonly firstPage: number | undefined;
  },
): Promise<Ended> {
  const { connection, domain, trusted, firstPage } = given;
  const { sync: settings } = ports.config;
  const scope = scopeOf(job);
  const opened: { close: () => Promise<void> } = { close: () => Promise.resolve() };
  let regular: string | null = null;
  const owner = ports.random.token(12);
  const feed = watchFeed(ports, { connection, scope, owner });
  // What stands now counts, not what stood when the job began: a wake-up may tell of new settings or a new sign-in.
  const read = async (): Promise<Connection> =>
    (await ports.connections.read(job.connectionId))?.connection ?? connection;
  try {
    const outcome = await runSync(
      { ...ports, store: feed.store },
      {
        scope,
        domain,
        settings,
        domainSettings: async () => (await read()).settings[domain.name] ?? {},
        budget: startBudget(ports.clock, { ms: settings.budgetMs, pages: settings.budgetPages }),
        cause: job.why === 'notification' ? 'push' : 'poll',
        continues: job.why === 'continue',
        owner,
        cover: job.due?.kind === job.domain ? job.due.at : null,
        open: async (): Promise<Source> => {
          const { source, close } = await openSource(ports, await read());
          await opened.close();
          opened.close = close;
          return withFirstPage(source, firstPage);
        },
        conclude: (status, chunk, result) => {
          regular = status.nextDueAt;
          return concludeRun(ports, {
            status,
            cursors: chunk.allCursors(),
            connection,
            domain: domain.name,
            result,
            trusted,
          });
        },
      },
    );
    await feed.settle();
    return { ...outcome, regular };
  } finally {
    await opened.close();
  }
}

/** What comes after the run: the next due time, the next message, and what the connection's people are told. */
async function follow(ports: RunPorts, job: SyncJob, connection: Connection, outcome: Ended): Promise<void> {
  const scope = scopeOf(job);
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
    case 'more': {
      const dueAt = plus(ports.clock.now(), COVER_MS);
      await ports.due.add({ kind: job.domain, connectionId: job.connectionId, dueAt });
      await ports.queues.sync({ ...job, why: 'continue', due: { kind: job.domain, at: dueAt.toISOString() } });
      await dropCovers(ports, job, outcome.covers);
      return moveDue(ports, job, null);
    }
    case 'failed':
      return followFailure(ports, job, connection, outcome);
    case 'done':
      if (isUnannounced(ports, job, outcome.found.earliest)) await distrustSubscriptions(ports, connection, job.domain);
      await markConnection(ports, { connection, scope, status: outcome.status, error: null, well: true });
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

/** A safety poll found a change that notifications had ample time to tell. */
const isUnannounced = (ports: RunPorts, job: SyncJob, earliest: number | null): boolean =>
  job.why === 'schedule' && earliest !== null && earliest < ports.clock.now().getTime() - LATE_NOTIFICATION_MS;

async function followFailure(
  ports: RunPorts,
  job: SyncJob,
  connection: Connection,
  ended: Extract<SyncOutcome, { outcome: 'failed' }> & { readonly regular: string | null },
): Promise<void> {
  const { error, status, regular } = ended;
  const scope: Scope = scopeOf(job);
  const reason = error instanceof ConnectionError ? error : null;
  await markConnection(ports, { connection, scope, status, error: reason, well: false });
  if (failureOf(error) === null) throw crashed(ports, error);
  await dropCovers(ports, job, ended.covers);
  await moveRegular(ports, job, { before: regular, next: status.nextDueAt });
  // Nothing is tried before the user has signed in again, which starts the jobs anew.
  if (reason !== null && needsUser.includes(reason.reason)) return;
  // A short wait is spent in the queue; the due row covers the message, and alone brings the longer ones (P13).
  const wait = Date.parse(status.nextDueAt ?? '') - ports.clock.now().getTime();
  if (status.nextDueAt === null || !(wait <= COVER_MS)) return;
  await ports.queues.sync({ ...job, why: 'retry', due: { kind: job.domain, at: status.nextDueAt } }, Math.max(0, wait));
}
