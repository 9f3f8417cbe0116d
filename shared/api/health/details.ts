import type { Statistics } from '../../engine/directory-ports.ts';
import { codeOf } from '../../errors.ts';
import type { ApiPorts } from '../ports.ts';
import { probeAll, type Probe } from './probe.ts';

export interface HealthDetails {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly checkedAt: string;
  readonly dependencies: Record<string, Probe>;
  readonly queues: Record<string, number>;
  readonly connections: Record<string, number>;
  /** The oldest work by kind: when it was due. Null = none stands. */
  readonly oldestDue: Record<string, string | null>;
  readonly countedAt: string | null;
  readonly warnings: string[];
}

/** Work that is due for longer than this is not being done. */
const LATE_MS = 5 * 60_000;

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
  const counted = await read<Statistics | null>('statistics', null, () => ports.statistics.read());
  const oldestDue = await read('due work', {}, () => readOldest(ports));
  const warnings = [
    ...down.map(([name, probe]) => `${name} failed (${probe.error ?? 'unknown'})`),
    ...unread,
    ...queueWarnings(queues),
    ...lateWarnings(oldestDue, ports.clock.now()),
    ...Object.entries(counted?.warnings ?? {}).map(([warning, count]) => `${warning}: ${count} connections`),
  ];
  return {
    status: down.length > 0 ? 'unhealthy' : warnings.length > 0 ? 'degraded' : 'healthy',
    checkedAt: ports.clock.now().toISOString(),
    dependencies,
    queues: { ...queues },
    connections: { ...counted?.connections },
    oldestDue,
    countedAt: counted?.at ?? null,
    warnings,
  };
}

async function readOldest(ports: Pick<ApiPorts, 'due' | 'domains'>): Promise<Record<string, string | null>> {
  const domains = Object.keys(ports.domains).flatMap((domain) => [domain, `${domain}.push`]);
  const kinds = [...domains, 'subscriptions', 'disconnect'];
  return Object.fromEntries(
    await Promise.all(
      kinds.map(async (kind) => [kind, (await ports.due.oldest(kind))?.dueAt.toISOString() ?? null] as const),
    ),
  );
}

const queueWarnings = (queues: Readonly<Record<string, number>>): string[] =>
  Object.entries(queues).flatMap(([name, length]) =>
    name.endsWith('-poison') && length > 0 ? [`${name} holds ${length} messages`] : [],
  );

const lateWarnings = (oldest: Readonly<Record<string, string | null>>, now: Date): string[] =>
  Object.entries(oldest).flatMap(([kind, at]) =>
    at !== null && now.getTime() - Date.parse(at) > LATE_MS ? [`${kind} is due since ${at}`] : [],
  );
