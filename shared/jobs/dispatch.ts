import { z } from 'zod';
import type { DispatchJob, DueRow } from '../engine/directory-ports.ts';
import { codeOf, StorageError } from '../errors.ts';
import { mapLimit } from '../lib/map-limit.ts';
import { ENDPOINTS, runEndpointWork } from './deliveries/endpoint-work.ts';
import { DISCONNECT, runDisconnect } from './disconnect.ts';
import { HOUSEKEEPING, runHousekeeping } from './housekeeping.ts';
import type { JobPorts } from './ports.ts';
import { connectionOfRow } from './row-connection.ts';
import { countStatistics, STATISTICS } from './statistics.ts';
import { runSubscriptionWork } from './subscriptions/run.ts';
import { SUBSCRIPTIONS } from './subscriptions/request.ts';
import { raiseAndSend } from './wake-domain.ts';

/** The text of a `dispatch` message. */
export const dispatchSchema = z.object({
  kinds: z.array(z.string()),
  shards: z.array(z.number().int()),
  after: z.string().optional(),
});

const AT_ONCE = 8;
/** No new row is begun after that time: those left are due still, and the next timer has them (P12). */
const BUDGET_MS = 4 * 60_000;

/**
 * One share of a timer's work: starts what is due in these shards. A due row is moved by the work that it stands for, never
 * here, so that a lost message costs a timer's turn and no work. One failing row delays no other (P11).
 * Throws StorageError when a shard could not be read: the queue brings the message again.
 */
export async function runDispatch(message: unknown, ports: JobPorts): Promise<void> {
  const job = readDispatch(message);
  if (job.kinds.includes(HOUSEKEEPING)) await runHousekeeping(ports, job.after ?? null);
  if (job.kinds.includes(STATISTICS)) await countStatistics(ports);
  const deadline = ports.clock.now().getTime() + BUDGET_MS;
  const unread: unknown[] = [];
  for (const kind of job.kinds) {
    await mapLimit(job.shards, AT_ONCE, async (shard) => {
      try {
        await dispatchShard(ports, { kind, shard, deadline });
      } catch (error) {
        unread.push(error);
      }
    });
  }
  if (unread.length > 0)
    throw new StorageError('store.unavailable', 'some shards could not be read', { cause: unread[0] });
}

const readDispatch = (message: unknown): DispatchJob => {
  const { after, ...job } = dispatchSchema.parse(message);
  return after === undefined ? job : { ...job, after };
};

async function dispatchShard(
  ports: JobPorts,
  share: { readonly kind: string; readonly shard: number; readonly deadline: number },
): Promise<void> {
  const seen = new Set<string>();
  for await (const page of ports.due.due(share.kind, share.shard, ports.clock.now())) {
    await mapLimit(page, AT_ONCE, async (row) => {
      if (ports.clock.now().getTime() > share.deadline) return;
      const first = !seen.has(row.connectionId);
      seen.add(row.connectionId);
      await isolated(ports, row, () => (first ? start(ports, row) : ports.due.move(row, null)));
    });
  }
}

/** A second row for the same work is taken away: the oldest one stands until the work is done. */
async function isolated(ports: JobPorts, row: DueRow, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    ports.log.error('dispatch.row_failed', {
      kind: row.kind,
      'connection.id': row.connectionId,
      'error.code': codeOf(error),
      'error.type': error instanceof Error ? error.name : typeof error,
    });
  }
}

async function start(ports: JobPorts, row: DueRow): Promise<void> {
  if (row.kind === SUBSCRIPTIONS) {
    await runSubscriptionWork(ports, row);
    return;
  }
  if (row.kind === DISCONNECT) {
    await runDisconnect(ports, row);
    return;
  }
  if (row.kind === ENDPOINTS) {
    await runEndpointWork(ports, row);
    return;
  }
  const [domain, work] = row.kind.split('.');
  if (domain === undefined) return;
  const job = { connectionId: row.connectionId, domain, due: { kind: row.kind, at: row.dueAt.toISOString() } };
  if (work === undefined) await startRound(ports, row, domain);
  if (work === 'push') await ports.queues.push(job);
  if (work === 'deliver') await ports.queues.deliver(job);
}

/** A domain that is being synced is left alone: the holder of its lease moves the row, or dies and the next timer finds it. */
async function startRound(ports: JobPorts, row: DueRow, domain: string): Promise<void> {
  const scope = { connectionId: row.connectionId, domain };
  const head = (await ports.store.readHead(scope))?.head ?? null;
  // A wake row must not be left behind in a partition that is being erased.
  if ((head === null || head.closed) && (await connectionOfRow(ports, row)) === null) return;
  const lease = head?.lease ?? null;
  if (lease !== null && lease.until > ports.clock.now().toISOString()) return;
  const due = { kind: row.kind, at: row.dueAt.toISOString() };
  // A dead lease: its holder died, and with it perhaps the job of a wake row that still stands. Asking would coalesce.
  if (lease !== null) await ports.queues.sync({ ...scope, why: 'schedule', due });
  else await raiseAndSend(ports, scope, { ids: null, why: 'schedule', row, keep: true });
}
