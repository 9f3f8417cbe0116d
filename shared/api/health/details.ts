import type { Statistics } from '../../engine/directory-ports.ts';
import { codeOf } from '../../errors.ts';
import { deliverKind } from '../../jobs/deliveries/announce.ts';
import { ENDPOINTS } from '../../jobs/deliveries/endpoint-work.ts';
import { lateSince } from '../../jobs/late.ts';
import { countStatistics } from '../../jobs/statistics.ts';
import type { ApiPorts } from '../ports.ts';
import { credentialWarnings } from './credential-warnings.ts';
import { endpointWarnings } from './endpoint-warnings.ts';
import { probeAll, type Probe } from './probe.ts';

export interface HealthDetails {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly checkedAt: string;
  readonly dependencies: Record<string, Probe>;
  readonly queues: Record<string, number>;
  readonly connections: Record<string, number>;
  /** The oldest work by kind: when it was due. Null = none stands. */
  readonly oldestDue: Record<string, string | null>;
  /** Kinds of work that is not being done: its timer has passed it over. */
  readonly late: string[];
  readonly countedAt: string | null;
  readonly subscriptions: Statistics['subscriptions'] | null;
  readonly tokens: Statistics['tokens'] | null;
  readonly lastFailure: Statistics['lastFailure'];
  readonly warnings: string[];
}

/** All there is to know about the state of the service. Parts that fail are told, and the others still answer. */
export async function healthDetails(ports: ApiPorts): Promise<HealthDetails> {
  const dependencies = await probeAll(ports);
  const down = Object.entries(dependencies).filter(([, probe]) => probe.status === 'failed');
  const unread: string[] = [];
  const read = async <T>(name: string, usual: T, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      unread.push(`${name} could not be read (${codeOf(error)})`);
      return usual;
    }
  };
  const queues = await read('queues', {}, () => ports.queues.lengths());
  const counted = await read<Statistics | null>(
    'statistics',
    null,
    async () => (await ports.statistics.read()) ?? countStatistics(ports),
  );
  const oldestDue = await read('due work', {}, () => readOldest(ports));
  const late = lateKinds(ports, oldestDue);
  const endpoints = await read('endpoints', [], () => endpointWarnings(ports));
  const warnings = [
    ...down.map(([name, probe]) => `${name} failed (${probe.error ?? 'unknown'})`),
    ...unread,
    ...credentialWarnings(ports.config.microsoft, ports.clock.now()),
    ...queueWarnings(queues),
    ...late.map((kind) => `${kind} is due since ${oldestDue[kind] ?? 'a while'}`),
    ...countedWarnings(counted),
    ...endpoints,
    ...Object.entries(counted?.warnings ?? {}).map(([warning, count]) => `${warning}: ${count} connections`),
  ];
  return {
    status: down.length > 0 ? 'unhealthy' : warnings.length > 0 ? 'degraded' : 'healthy',
    checkedAt: ports.clock.now().toISOString(),
    dependencies,
    queues: { ...queues },
    connections: { ...counted?.connections },
    oldestDue,
    late,
    countedAt: counted?.at ?? null,
    subscriptions: counted?.subscriptions ?? null,
    tokens: counted?.tokens ?? null,
    lastFailure: counted?.lastFailure ?? null,
    warnings,
  };
}

async function readOldest(ports: Pick<ApiPorts, 'due' | 'domains'>): Promise<Record<string, string | null>> {
  const domains = Object.keys(ports.domains).flatMap((domain) => [domain, `${domain}.push`, deliverKind(domain)]);
  const kinds = [...domains, deliverKind('connection'), 'subscriptions', 'disconnect', ENDPOINTS];
  return Object.fromEntries(
    await Promise.all(
      kinds.map(async (kind) => [kind, (await ports.due.oldest(kind))?.dueAt.toISOString() ?? null] as const),
    ),
  );
}

/** What does not work, nears its end, or has reached it. */
const countedWarnings = (counted: Statistics | null): string[] => [
  ...told(counted?.connections['error'], 'connections cannot sync'),
  ...told(counted?.subscriptions.missing, 'subscriptions are missing: their domains poll'),
  ...told(counted?.subscriptions.overdue, 'subscriptions are overdue for renewal'),
  ...told(counted?.tokens.dead, 'connections wait for their users to sign in again'),
  ...told(counted?.tokens.aging, 'sign-ins were not used for 75 days and may lapse'),
];

const told = (count: number | undefined, what: string): string[] =>
  count === undefined || count === 0 ? [] : [`${count} ${what}`];

const queueWarnings = (queues: Readonly<Record<string, number>>): string[] =>
  Object.entries(queues).flatMap(([name, length]) =>
    name.endsWith('-poison') && length > 0 ? [`${name} holds ${length} messages`] : [],
  );

function lateKinds(
  { config, clock }: Pick<ApiPorts, 'config' | 'clock'>,
  oldest: Readonly<Record<string, string | null>>,
): string[] {
  const now = clock.now();
  return Object.entries(oldest).flatMap(([kind, at]) => {
    const late = at === null ? null : lateSince(config, now, kind);
    return at !== null && late !== null && at <= late.toISOString() ? [kind] : [];
  });
}
