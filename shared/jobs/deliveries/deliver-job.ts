import { z } from 'zod';
import { startBudget } from '../../engine/budget.ts';
import type { DeliverJob, VersionedEndpoint } from '../../engine/delivery-ports.ts';
import { serves } from '../../engine/delivery-rules.ts';
import { scopeOf } from '../../engine/directory-ports.ts';
import { AppError, codeOf } from '../../errors.ts';
import { plus } from '../../lib/clock.ts';
import { mapLimit } from '../../lib/map-limit.ts';
import { crashed } from '../crashed.ts';
import { moveDue } from '../move-due.ts';
import { deliverKind } from './announce.ts';
import { deliverTo, type Delivering, type Left } from './deliver-to.ts';
import type { DeliverPorts } from './ports.ts';

/** The text of a `deliveries` message. */
export const deliverJobSchema = z.object({
  connectionId: z.string().min(1),
  domain: z.string().min(1),
  part: z.string().optional(),
  // One of before it named the endpoint hurries nobody.
  now: z.string().optional().catch(undefined),
  due: z.object({ kind: z.string(), at: z.string() }).nullable(),
});

/** Endpoints served at once. */
const AT_ONCE = 16;
/** A wait up to this is spent in the queue; `due` alone brings longer ones. */
const QUEUE_WAIT_MS = 60_000;
/** After a failure of storage or vault. */
const PAUSE_MS = 30_000;
/** Times that one job looks again at an endpoint whose feed grew meanwhile. */
const MOST_LOOKS = 100;

/**
 * Sends all endpoints what one feed has for them. What an endpoint does is recorded and tried again through `due`; a throw is a
 * bug or dead storage, and the queue brings the message again.
 */
export async function runDeliverJob(message: unknown, ports: DeliverPorts): Promise<void> {
  const job = readJob(message);
  const scope = scopeOf(job);
  const kind = deliverKind(job.domain);
  const connection = (await ports.connections.read(job.connectionId))?.connection ?? null;
  if (connection === null) return moveDue(ports, job, null, kind);
  const endpoints = (await ports.endpoints.list()).filter(({ endpoint }) => serves(endpoint, connection));
  const given = {
    connection,
    scope,
    owner: ports.random.token(12),
    budget: startBudget(ports.clock, { ms: ports.config.sync.budgetMs, pages: Number.POSITIVE_INFINITY }),
  };
  const crashes: unknown[] = [];
  const left = await mapLimit(endpoints, AT_ONCE, (found) =>
    isolated(ports, found, { ...given, hurry: found.endpoint.id === job.now }, crashes),
  );
  if (crashes.length > 0) throw crashed(ports, crashes[0]);
  if (connection.status === 'disconnected' && job.domain !== 'connection')
    for (const { endpoint } of endpoints)
      await ports.deliveries.removeCursors(endpoint.id, job.connectionId, job.domain);
  await follow(ports, job, left);
}

function readJob(message: unknown): DeliverJob {
  const { part, now, ...rest } = deliverJobSchema.parse(message);
  return { ...rest, ...(part === undefined ? {} : { part }), ...(now === undefined ? {} : { now }) };
}

/** One endpoint, whatever becomes of the others (P11). */
async function isolated(
  ports: DeliverPorts,
  endpoint: VersionedEndpoint,
  given: Delivering,
  crashes: unknown[],
): Promise<Left> {
  const { id } = endpoint.endpoint;
  try {
    return await toTheEnd(ports, endpoint, given);
  } catch (error) {
    if (!(error instanceof AppError)) crashes.push(error);
    const facts = { 'endpoint.id': id, 'connection.id': given.connection.id, domain: given.scope.domain };
    ports.log.warn('deliveries.interrupted', { ...facts, 'error.code': codeOf(error) });
    return { at: plus(ports.clock.now(), PAUSE_MS), hurry: given.hurry };
  }
}

async function toTheEnd(ports: DeliverPorts, endpoint: VersionedEndpoint, given: Delivering): Promise<Left> {
  const began = ports.clock.now().getTime();
  let [delivered, refused] = [0, 0];
  let [found, hurry] = [endpoint, given.hurry];
  for (let looks = 1; ; looks++) {
    const left = await deliverTo(ports, found, { ...given, hurry });
    // What waits is hurried once.
    hurry = left.hurry ?? false;
    delivered += left.delivered ?? 0;
    refused += left.refused ?? 0;
    const now = ports.clock.now();
    const more = left.at !== null && left.at <= now && looks < MOST_LOOKS && !given.budget.spent();
    const anew = more ? await ports.endpoints.read(endpoint.endpoint.id) : null;
    if (anew !== null && serves(anew.endpoint, given.connection)) {
      found = anew;
      continue;
    }
    const facts = { 'endpoint.id': endpoint.endpoint.id, 'connection.id': given.connection.id };
    const ms = now.getTime() - began;
    if (delivered + refused > 0)
      ports.log.info('deliveries.sent', {
        ...facts,
        domain: given.scope.domain,
        delivered,
        refused,
        'duration.ms': ms,
      });
    return left;
  }
}

/**
 * The due row moves to when the first endpoint wants to hear of this feed again; short waits are spent in the queue. Whom the
 * job could not hurry the next one does.
 */
async function follow(ports: DeliverPorts, job: DeliverJob, left: readonly Left[]): Promise<void> {
  const kind = deliverKind(job.domain);
  const times = left.flatMap(({ at }) => (at === null ? [] : [at.getTime()]));
  const next = times.length === 0 ? null : new Date(Math.min(...times));
  await moveDue(ports, job, next, kind);
  const called = left.flatMap(({ at, busy = false }) => (at === null || busy ? [] : [at.getTime()]));
  const wait = Math.min(...called) - ports.clock.now().getTime();
  if (next === null || called.length === 0 || wait > QUEUE_WAIT_MS) return;
  const hurried = left.some(({ hurry = false }) => hurry);
  const now = hurried && job.now !== undefined ? { now: job.now } : {};
  const due = { kind, at: next.toISOString() };
  await ports.queues.deliver({ ...scopeOf(job), ...now, due }, Math.max(0, wait));
}
