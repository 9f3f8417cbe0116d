import { z } from 'zod';
import { startBudget } from '../engine/budget.ts';
import type { Connection, VersionedConnection } from '../engine/connection.ts';
import { scopeOf, type PushJob } from '../engine/directory-ports.ts';
import type { Source } from '../engine/ports.ts';
import { runPush, type PushResult } from '../engine/push.ts';
import { ClosedError, ConnectionError, ThrottledError } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import { backoff, failureOf } from './conclude.ts';
import { crashed } from './crashed.ts';
import { demandRights, ofConnection } from './demand-rights.ts';
import { markConnection, needsUser } from './mark-connection.ts';
import { watchFeed } from './deliveries/watch-feed.ts';
import { moveDue } from './move-due.ts';
import { openSource } from './open-source.ts';
import { wakeDomain } from './wake-domain.ts';
import type { RunPorts } from './ports.ts';

/** The text of a `push-jobs` message. */
export const pushJobSchema = z.object({
  connectionId: z.string().min(1),
  domain: z.string().min(1),
  part: z.string().optional(),
  due: z.object({ kind: z.string(), at: z.string() }).nullable(),
});

/** A wait up to this is spent in the queue; `due` alone brings longer ones. */
const QUEUE_WAIT_MS = 60_000;

/** Sends what the outbox of one domain holds. Expected failures are rescheduled through `due`; a throw is a bug or dead storage. */
export async function runPushJob(message: unknown, ports: RunPorts): Promise<void> {
  const { part, ...rest } = pushJobSchema.parse(message);
  const job: PushJob = part === undefined ? rest : { ...rest, part };
  const kind = `${job.domain}.push`;
  const registered = ports.domains[job.domain];
  const read = await ports.connections.read(job.connectionId);
  if (
    registered === undefined ||
    read === null ||
    read.connection.status === 'disconnected' ||
    read.connection.status === 'disconnecting'
  ) {
    await moveDue(ports, job, null, kind);
    return;
  }
  const result = await push(ports, job, read.connection);
  if (result === 'closed') {
    await moveDue(ports, job, null, kind);
    return;
  }
  await follow(ports, job, read, result);
}

async function push(ports: RunPorts, job: PushJob, connection: Connection): Promise<PushResult | 'closed'> {
  const { sync } = ports.config;
  const registered = ports.domains[job.domain];
  if (registered === undefined) return 'closed';
  let close: () => Promise<void> = () => Promise.resolve();
  const feed = watchFeed(ports, { connection: () => Promise.resolve(connection), scope: scopeOf(job) });
  try {
    const result = await runPush(
      { ...ports, store: feed.store },
      {
        scope: scopeOf(job),
        domain: registered.domain,
        owner: ports.random.token(12),
        claimMs: sync.leaseMs,
        budget: startBudget(ports.clock, { ms: sync.budgetMs, pages: sync.budgetPages }),
        backoffMs: (attempts) => backoff(ports, attempts),
        open: async (): Promise<Source> => {
          demandRights(connection, registered.domain);
          const opened = await openSource(ports, connection);
          close = opened.close;
          return opened.source;
        },
      },
    );
    await feed.settle();
    return result;
  } catch (error) {
    if (error instanceof ClosedError) return 'closed';
    throw error;
  } finally {
    await close();
  }
}

async function follow(ports: RunPorts, job: PushJob, read: VersionedConnection, result: PushResult): Promise<void> {
  const { error, nextAt } = result;
  if (error !== null && failureOf(error) === null) throw crashed(ports, error);
  if (error instanceof ConnectionError) await markMet(ports, job, read, error);
  // Nobody else may ever look at a record that only the push found missing.
  if (result.leftHints) await wakeDomain(ports, scopeOf(job), null, 'retry');
  const kind = `${job.domain}.push`;
  const now = ports.clock.now();
  const rest = error instanceof ThrottledError ? plus(now, error.retryAfterMs) : now;
  const dueAt = nextAt === null ? null : new Date(Math.max(nextAt.getTime(), rest.getTime()));
  await moveDue(ports, job, dueAt, kind);
  if (dueAt === null) return;
  const wait = dueAt.getTime() - now.getTime();
  if (wait <= QUEUE_WAIT_MS)
    await ports.queues.push({ ...job, due: { kind, at: dueAt.toISOString() } }, Math.max(0, wait));
}

/** Tells what was met as far as it concerns the connection; a round finds out how long it stands, or nobody may look for hours. */
async function markMet(ports: RunPorts, job: PushJob, read: VersionedConnection, met: ConnectionError): Promise<void> {
  const registered = ports.domains[job.domain];
  const error = registered === undefined ? null : ofConnection(met, read.connection, registered.domain);
  const head = error === null ? undefined : (await ports.store.readHead(scopeOf(job)))?.head;
  if (error === null || head === undefined) return;
  await markConnection(ports, { read, scope: scopeOf(job), status: head.status, error, well: false });
  if (!needsUser.includes(error.reason)) await wakeDomain(ports, scopeOf(job), null, 'retry');
}
