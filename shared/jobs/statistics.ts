import { hasLeft, type Connection, type Subscription } from '../engine/connection.ts';
import type { Statistics } from '../engine/directory-ports.ts';
import { lateSince } from './late.ts';
import type { JobPorts } from './ports.ts';
import { SUBSCRIPTIONS } from './subscriptions/request.ts';
import { mapLimit } from '../lib/map-limit.ts';

/** The kind of dispatch message that has the installation counted. */
export const STATISTICS = 'statistics';
const PAGE = 200;
const AT_ONCE = 8;
/** A refresh token that was not used for so long nears the end of its usual 90 days. */
const AGING_MS = 75 * 86_400_000;

/** What counting needs of the world. */
export type CountPorts = Pick<
  JobPorts,
  'connections' | 'subscriptions' | 'endpoints' | 'queues' | 'statistics' | 'clock' | 'log'
> & { readonly config: Pick<JobPorts['config'], 'schedules'> };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Figures in the making. */
interface Tally {
  readonly connections: Record<string, number>;
  readonly domains: Record<string, number>;
  readonly warnings: Record<string, number>;
  readonly subscriptions: Mutable<Statistics['subscriptions']>;
  readonly tokens: Mutable<Statistics['tokens']>;
  lastFailure: Statistics['lastFailure'];
}

/** Counts connections, domains and warnings by their copies, subscriptions, endpoints, and queues by their lengths; one row, one log event. */
export async function countStatistics(ports: CountPorts): Promise<Statistics> {
  const tally: Tally = {
    connections: {},
    domains: {},
    warnings: {},
    subscriptions: { live: 0, overdue: 0, missing: 0 },
    tokens: { dead: 0, aging: 0 },
    lastFailure: null,
  };
  const now = ports.clock.now();
  const late = lateSince(ports.config, now, SUBSCRIPTIONS);
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<CountPorts['connections']['list']>> = await ports.connections.list({
      limit: PAGE,
      after,
    });
    for (const connection of page.connections) countConnection(tally, connection, now);
    await mapLimit(page.connections, AT_ONCE, (connection) =>
      countSubscriptions(ports, tally, connection, { now, late }),
    );
    after = page.next;
  } while (after !== null);
  const endpoints = await countEndpoints(ports);
  const statistics = { at: now.toISOString(), ...tally, endpoints, queues: await ports.queues.lengths() };
  await ports.statistics.write(statistics);
  ports.log.info('statistics.counted', { ...statistics, lastFailure: statistics.lastFailure?.at ?? null });
  return statistics;
}

const count = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

function countConnection(tally: Tally, connection: Connection, now: Date): void {
  count(tally.connections, connection.status);
  const unusedMs = now.getTime() - Date.parse(connection.refreshedAt ?? connection.createdAt);
  if (connection.status === 'reauth_required') tally.tokens.dead++;
  else if (!hasLeft(connection) && unusedMs > AGING_MS) tally.tokens.aging++;
  for (const warning of connection.warnings) count(tally.warnings, warning);
  for (const [domain, copy] of Object.entries(connection.copies)) {
    count(tally.domains, `${domain}.${copy.status}`);
    // One failure alone is often made good by the next try.
    if (copy.reported) count(tally.warnings, `${domain}.sync_failed`);
    const at = copy.lastErrorAt;
    if (at === null || (tally.lastFailure !== null && tally.lastFailure.at >= at)) continue;
    tally.lastFailure = { connectionId: connection.id, domain, at, error: copy.lastError };
  }
}

async function countEndpoints(ports: CountPorts): Promise<Statistics['endpoints']> {
  const standing = (await ports.endpoints.list()).map(({ endpoint }) => endpoint);
  const open = standing.filter(({ deletedAt }) => deletedAt === null);
  const paused = open.filter(({ status }) => status === 'paused').length;
  const failing = open.filter(({ status, failingSince }) => status === 'active' && failingSince !== null).length;
  return { active: open.length - paused - failing, failing, paused };
}

async function countSubscriptions(
  ports: CountPorts,
  tally: Tally,
  connection: Connection,
  { now, late }: { readonly now: Date; readonly late: Date | null },
): Promise<void> {
  if (hasLeft(connection)) return;
  const at = now.toISOString();
  for (const { subscription } of await ports.subscriptions.list(connection.account)) {
    // One that serves several connections is counted with the first of them.
    if (subscription.connections[0] !== connection.id) continue;
    // One that is being made for the first time is not missing yet.
    const lapsed = subscription.id !== null && (subscription.expiresAt ?? '') <= at;
    if (lapsed || (subscription.id === null && subscription.trouble !== null)) tally.subscriptions.missing++;
    else if (subscription.id === null) continue;
    else if (isOverdue(subscription, late)) tally.subscriptions.overdue++;
    else tally.subscriptions.live++;
  }
}

const isOverdue = ({ renewAt }: Subscription, late: Date | null): boolean =>
  late !== null && (renewAt ?? '') <= late.toISOString();
