import type { Connection, Subscription } from '../../shared/engine/connection.ts';
import { newHead } from '../../shared/engine/head.ts';
import type { SubscriptionSources } from '../../shared/engine/remote-ports.ts';
import type { JobPorts } from '../../shared/jobs/ports.ts';
import { systemRandom } from '../../shared/lib/random.ts';
import { jsonLog } from '../../shared/lib/log.ts';
import { FakeGraphSubscriptions } from './fake-graph-subscriptions.ts';
import {
  MemoryConnections,
  MemoryDue,
  MemoryLookups,
  MemoryQueues,
  MemorySecrets,
  MemoryStatistics,
  MemorySubscriptions,
  NoTickets,
} from './memory-directory.ts';
import { MemoryEndpoints, NoDeliveries, noTransport } from './memory-endpoints.ts';
import { MemoryAudit, NoIdempotency } from './memory-audit.ts';
import { MemoryPartitions, MemoryWake } from './memory-partitions.ts';

/** A clock that stands until it is moved. */
export class TestClock {
  #now: number;

  constructor(start = Date.parse('2026-03-02T10:00:00.000Z')) {
    this.#now = start;
  }
  now(): Date {
    return new Date(this.#now);
  }
  advance(ms: number): void {
    this.#now += ms;
  }
}

/** What happens at a call of a port: may throw, before the call or after it took effect. */
export type Hook = (call: string, when: 'before' | 'after') => void;

/** The parts of a job over memory, with a hook at every call of every port. */
export interface JobWorld {
  readonly ports: JobPorts;
  readonly clock: TestClock;
  readonly connections: MemoryConnections;
  readonly subscriptions: MemorySubscriptions;
  readonly lookups: MemoryLookups;
  readonly due: MemoryDue;
  readonly queues: MemoryQueues;
  readonly secrets: MemorySecrets;
  readonly partitions: MemoryPartitions;
  readonly wake: MemoryWake;
  readonly audit: MemoryAudit;
  readonly idempotency: NoIdempotency;
  readonly graph: FakeGraphSubscriptions;
  readonly lines: string[];
  hook: Hook;
  row(): Promise<Subscription | null>;
}

export const ACCOUNT = {
  tenantId: 'tenant-1',
  objectId: 'object-1',
  username: 'Adele@contoso.example',
  displayName: 'Adele',
  kind: 'work' as const,
};

export const newConnection = (id: string, changes: Partial<Connection> = {}): Connection => ({
  id,
  userId: `user-${id}`,
  workspaceId: null,
  account: ACCOUNT,
  source: 'graph',
  domains: ['mail'],
  settings: {},
  status: 'connected',
  reason: null,
  scopes: [],
  secret: null,
  refresh: null,
  copies: {},
  warnings: [],
  createdAt: '2026-03-01T00:00:00.000Z',
  updatedAt: '2026-03-01T00:00:00.000Z',
  lastErrorAt: null,
  ...changes,
});

const config: JobPorts['config'] = {
  publicBaseUrl: 'https://sync.example',
  renewBeforeMs: 720 * 60_000,
  auditRetentionMs: 365 * 86_400_000,
  schedules: {
    emailSync: '0 * * * * *',
    contactSync: '0 */5 * * * *',
    calendarSync: '0 */5 * * * *',
    taskSync: '0 */5 * * * *',
    bookingSync: '0 */5 * * * *',
    subscriptionRenewal: '0 */10 * * * *',
    housekeeping: '0 17 * * * *',
    statistics: '0 */5 * * * *',
  },
  sync: {
    turnPages: 5,
    pushMaxMessages: 25,
    retries: 5,
    retryBackoffMs: 30_000,
    jitterMs: 5_000,
    pageSize: 196,
    budgetMs: 240_000,
    budgetPages: 2_000,
    safetyPollMs: 720 * 60_000,
    leaseMs: 60_000,
    guardPercent: 50,
    guardMinimum: 20,
    feedRetentionMs: 30 * 86_400_000,
  },
};

export function openJobWorld(
  options: { readonly remote?: SubscriptionSources; readonly publicBaseUrl?: string; readonly clock?: TestClock } = {},
): JobWorld {
  const clock = options.clock ?? new TestClock();
  const connections = new MemoryConnections();
  const subscriptions = new MemorySubscriptions();
  const lookups = new MemoryLookups();
  const due = new MemoryDue();
  const queues = new MemoryQueues();
  const secrets = new MemorySecrets();
  const partitions = new MemoryPartitions();
  const wake = new MemoryWake(clock);
  const audit = new MemoryAudit();
  const idempotency = new NoIdempotency();
  const graph = new FakeGraphSubscriptions(clock);
  const lines: string[] = [];
  const hooked = <T extends object>(name: string, part: T): T =>
    withHook(name, part, (call, when) => {
      world.hook(call, when);
    });
  const remote = options.remote ?? graph;
  const ports: JobPorts = {
    config: { ...config, publicBaseUrl: options.publicBaseUrl ?? config.publicBaseUrl },
    clock,
    random: systemRandom,
    log: jsonLog((_, line) => lines.push(line)),
    store: hooked('store', partitions),
    wake: hooked('wake', wake),
    connections: hooked('connections', connections),
    lookups: hooked('lookups', lookups),
    subscriptions: hooked('subscriptions', subscriptions),
    tickets: hooked('tickets', new NoTickets()),
    due: hooked('due', due),
    endpoints: hooked('endpoints', new MemoryEndpoints()),
    deliveries: new NoDeliveries(),
    transport: noTransport,
    secrets: hooked('secrets', secrets),
    queues: hooked('queues', queues),
    statistics: new MemoryStatistics(),
    audit: hooked('audit', audit),
    idempotency: hooked('idempotency', idempotency),
    remoteSubscriptions: { open: (connection) => hooked('graph', remote.open(connection)) },
    appendChanges: (scope, changes, once) => hooked('store', partitions).append(scope, changes, clock, once),
  };
  const world: JobWorld = {
    ports,
    clock,
    connections,
    subscriptions,
    lookups,
    due,
    queues,
    secrets,
    partitions,
    wake,
    audit,
    idempotency,
    graph,
    lines,
    hook: () => undefined,
    row: async () => (await subscriptions.read(ACCOUNT, 'me/messages'))?.subscription ?? null,
  };
  return world;
}

/** A connection with all that belongs to one. */
export async function addConnection(
  world: JobWorld,
  id: string,
  changes: Partial<Connection> = {},
): Promise<Connection> {
  const secret = await world.secrets.create(id, 'refresh');
  const connection = newConnection(id, { secret, ...changes });
  await world.connections.create(connection);
  for (const domain of ['connection', ...connection.domains])
    await world.partitions.createHead({ connectionId: id, domain }, newHead());
  const { account } = connection;
  await world.lookups.add('user', connection.userId, id);
  await world.lookups.add('account', `${account.tenantId}/${account.objectId}`, id);
  await world.lookups.add('address', account.username.toLowerCase(), id);
  return connection;
}

function withHook<T extends object>(name: string, part: T, hook: Hook): T {
  return new Proxy(part, {
    get(target, member) {
      const value: unknown = Reflect.get(target, member, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        const call = `${name}.${String(member)}`;
        hook(call, 'before');
        const result: unknown = Reflect.apply(value, target, args);
        if (!(result instanceof Promise)) return result;
        return result.then((answer: unknown) => {
          hook(call, 'after');
          return answer;
        });
      };
    },
  });
}
