import { patchEndpoint } from '../../shared/api/endpoints/patch-endpoint.ts';
import { appendChanges } from '../../shared/engine/append.ts';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import type { Connection } from '../../shared/engine/connection.ts';
import type {
  DeliverJob,
  DeliveryAnswer,
  DeliveryTransport,
  Endpoint,
  OutgoingDelivery,
} from '../../shared/engine/delivery-ports.ts';
import { shardOf, type DispatchJob, type JobQueues } from '../../shared/engine/directory-ports.ts';
import { newHead } from '../../shared/engine/head.ts';
import type { Change, NewChange, Scope } from '../../shared/engine/model.ts';
import { announcing } from '../../shared/jobs/deliveries/announce.ts';
import { runDeliverJob } from '../../shared/jobs/deliveries/deliver-job.ts';
import { runDispatch } from '../../shared/jobs/dispatch.ts';
import { sha256Hex } from '../../shared/lib/hash.ts';
import { jsonLog } from '../../shared/lib/log.ts';
import { throughProxies } from './fault-proxy.ts';
import { newConnection } from './job-world.ts';
import { startStoreRig, type HandClock, type StoreRig } from './store.ts';
import { z } from 'zod';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;

/** What was sent, as a receiver sees it. */
export interface Sent {
  readonly endpointId: string;
  readonly id: string;
  readonly at: number;
  readonly type: string;
  readonly connectionId: string;
  readonly domain: string;
  readonly seq: number;
  readonly body: string;
}

const bodySchema = z.object({
  type: z.string(),
  timestamp: z.string(),
  data: z.looseObject({ connectionId: z.string(), domain: z.string(), seq: z.number() }),
});

export const taken: DeliveryAnswer = { outcome: 'delivered', status: 200, ms: 5 };
export const refused = (more: Partial<Extract<DeliveryAnswer, { outcome: 'refused' }>> = {}): DeliveryAnswer => ({
  outcome: 'refused',
  status: 500,
  error: 'status_500: the endpoint answered 500',
  ms: 5,
  retryAfterMs: null,
  gone: false,
  ...more,
});

/** Stands where the network is: keeps what it is sent and answers what a test says, by default that it was taken. */
export class TestReceiver implements DeliveryTransport {
  readonly sent: Sent[] = [];
  answer: (sent: Sent) => DeliveryAnswer | Promise<DeliveryAnswer> = () => taken;

  async send({ endpoint, id, at, body }: OutgoingDelivery): Promise<DeliveryAnswer> {
    const { type, data } = bodySchema.parse(JSON.parse(body));
    const { connectionId, domain, seq } = data;
    const sent = { endpointId: endpoint.id, id, at: at.getTime(), type, connectionId, domain, seq, body };
    this.sent.push(sent);
    return await this.answer(sent);
  }

  /** Numbers that an endpoint was sent of a feed, in the order of their sending. */
  seqs(endpointId: string, feed: Partial<Scope> = {}): number[] {
    return this.to(endpointId, feed).map(({ seq }) => seq);
  }
  to(endpointId: string, { connectionId, domain }: Partial<Scope> = {}): Sent[] {
    return this.sent.filter(
      (sent) =>
        sent.endpointId === endpointId &&
        (connectionId === undefined || sent.connectionId === connectionId) &&
        (domain === undefined || sent.domain === domain),
    );
  }
}

/** Messages that stand in no queue but here: visible when the test's clock says so. */
export class TestQueues implements JobQueues {
  readonly deliveries: { readonly job: DeliverJob; readonly at: number }[] = [];
  readonly dispatches: DispatchJob[] = [];
  readonly #clock: HandClock;

  constructor(clock: HandClock) {
    this.#clock = clock;
  }
  sync = (): Promise<void> => Promise.resolve();
  push = (): Promise<void> => Promise.resolve();
  deliver(job: DeliverJob, delayMs = 0): Promise<void> {
    this.deliveries.push({ job, at: this.#clock.now().getTime() + delayMs });
    return Promise.resolve();
  }
  dispatch(job: DispatchJob): Promise<void> {
    this.dispatches.push(job);
    return Promise.resolve();
  }
  lengths = (): Promise<Record<string, number>> => Promise.resolve({ deliveries: this.deliveries.length });

  /** The next message that is visible. */
  next(): DeliverJob | null {
    const now = this.#clock.now().getTime();
    const index = this.deliveries.findIndex(({ at }) => at <= now);
    return index < 0 ? null : (this.deliveries.splice(index, 1)[0]?.job ?? null);
  }
}

/** The app's parts on real storage, with a clock moved by hand, a receiver in the place of the network, and queues to look into. */
export interface DeliveryWorld {
  readonly rig: StoreRig;
  readonly app: App;
  readonly clock: HandClock;
  readonly receiver: TestReceiver;
  readonly queues: TestQueues;
  readonly lines: string[];
  /** Shards of what was made so far: the timers look into these. */
  readonly shards: Set<number>;
  /** Another worker on the same storage. */
  worker(): App;
  connect(id: string, changes?: Partial<Connection>): Promise<Connection>;
  endpoint(id: string, changes?: Partial<Endpoint>): Promise<Endpoint>;
  read(id: string): Promise<Endpoint>;
  /** Pauses or resumes an endpoint, as the API does. */
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  /** Appends rows to a feed, with their announcement. */
  append(connectionId: string, types: number | readonly string[], domain?: string): Promise<void>;
  /** Appends rows as a job does that will announce them itself. */
  silently(connectionId: string, types: number | readonly string[], domain?: string): Promise<void>;
  feed(connectionId: string, domain?: string): Promise<Change[]>;
  /** Runs what is visible, and what comes of it, until nothing is. */
  drain(app?: App): Promise<number>;
  /** Moves the clock on, in steps, running timers and messages as a host would. */
  pass(ms: number, stepMs?: number): Promise<void>;
  /** Kinds of due rows that stand for a connection. */
  due(connectionId: string): Promise<string[]>;
  /** One run of the timers that look after deliveries. */
  timers(app?: App): Promise<void>;
  /** For the next test: what this one left is older than every endpoint that comes, and the receiver takes all. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export async function openDeliveryWorld(): Promise<DeliveryWorld> {
  const rig = await startStoreRig();
  const { clock } = rig;
  const receiver = new TestReceiver();
  const queues = new TestQueues(clock);
  const lines: string[] = [];
  const log = jsonLog((level, line) => lines.push(`${level} ${line}`));
  const config = loadConfig({
    AzureWebJobsStorage: throughProxies(rig.azurite.connectionString, { table: rig.tables.url, queue: rig.queues.url }),
    MICROSOFT_CLIENT_ID: '11111111-2222-4333-8444-555555555555',
    MICROSOFT_CLIENT_SECRET: 'local-secret',
    KEY_VAULT_URL: rig.vaults.url,
    PUBLIC_BASE_URL: 'http://127.0.0.1:7071',
    API_KEYS: JSON.stringify([{ name: 'admin', sha256: sha256Hex('key'), scopes: ['admin'] }]),
    FEED_RETENTION_DAYS: '30',
  });
  const timing = { timeoutMs: 2_000, backoffMs: 5 };
  const worker = (): App => {
    const opened = openApp(config, { clock, log, transport: receiver, timing });
    const parts = { ...opened, queues };
    const append: App['appendChanges'] = (scope, changes, once) => appendChanges(parts, scope, changes, once);
    return { ...parts, appendChanges: announcing(parts, append) };
  };
  const shards = new Set<number>();
  const app = worker();
  const world: DeliveryWorld = {
    ...{ rig, app, clock, receiver, queues, lines, shards, worker },
    connect: async (id, changes = {}) => {
      const connection = newConnection(id, { createdAt: clock.now().toISOString(), ...changes });
      await app.connections.create(connection);
      shards.add(shardOf(id));
      for (const domain of ['connection', ...connection.domains])
        await app.store.createHead({ connectionId: id, domain }, newHead());
      return connection;
    },
    endpoint: async (id, changes = {}) => {
      const secret = await app.secrets.create(id, 'whsec_test');
      const endpoint = newEndpoint(id, { createdAt: clock.now().toISOString(), secret, ...changes });
      await app.endpoints.create(endpoint);
      shards.add(shardOf(id));
      return endpoint;
    },
    read: async (id) => {
      const found = await app.endpoints.read(id);
      if (found === null) throw new Error(`there is no endpoint ${id}`);
      return found.endpoint;
    },
    pause: async (id) => {
      await patchEndpoint(app, id, { paused: true });
    },
    resume: async (id) => {
      await patchEndpoint(app, id, { paused: false });
    },
    append: async (connectionId, types, domain = 'mail') => {
      await world.silently(connectionId, types, domain);
      const due = { kind: `${domain}.deliver`, at: new Date(clock.now().getTime() + MINUTE).toISOString() };
      await app.due.add({ kind: due.kind, connectionId, dueAt: new Date(due.at) });
      await queues.deliver({ connectionId, domain, due });
    },
    silently: async (connectionId, types, domain = 'mail') => {
      const rows = typeof types === 'number' ? Array.from({ length: types }, () => 'message.created') : types;
      for (let at = 0; at < rows.length; at += 90)
        await appendChanges(app, { connectionId, domain }, rows.slice(at, at + 90).map(newChange));
    },
    feed: (connectionId, domain = 'mail') => app.store.readChanges({ connectionId, domain }, 0, 10_000),
    drain: async (by = app) => {
      for (let ran = 0; ; ran++) {
        const job = queues.next();
        const dispatch = job === null ? queues.dispatches.shift() : undefined;
        if (job !== null) await runDeliverJob(structuredClone(job), by);
        else if (dispatch !== undefined) await runDispatch(dispatch, by);
        else return ran;
      }
    },
    due: async (connectionId) => {
      const rows = [];
      for (const kind of ['mail.deliver', 'connection.deliver'])
        for await (const page of app.due.due(kind, shardOf(connectionId), new Date('2100-01-01'))) rows.push(...page);
      return rows.filter((row) => row.connectionId === connectionId).map(({ kind }) => kind);
    },
    timers: async (by = app) => {
      // What the timers ask for, of the shards that anything can be in.
      await runDispatch({ kinds: ['mail.deliver', 'connection.deliver', 'endpoints'], shards: [...shards] }, by);
      await world.drain(by);
    },
    pass: async (ms, stepMs = MINUTE) => {
      for (let left = ms; left > 0; left -= stepMs) {
        clock.move(Math.min(stepMs, left));
        await world.timers();
      }
    },
    clear: async () => {
      queues.deliveries.length = 0;
      for (const { endpoint } of await app.endpoints.list()) await app.endpoints.remove(endpoint.id);
      clock.move(HOUR);
      shards.clear();
      receiver.sent.length = 0;
      receiver.answer = () => taken;
    },
    close: () => rig.close(),
  };
  return world;
}

export const newChange = (type: string): NewChange => ({
  type,
  id: 'm1',
  graphId: null,
  cause: 'poll',
  changed: [],
  before: null,
  after: { subject: 'Hello' },
});

export const newEndpoint = (id: string, changes: Partial<Endpoint> = {}): Endpoint => ({
  id,
  workspaceId: null,
  url: `https://${id}.example/hook`,
  types: ['*'],
  description: null,
  status: 'active',
  pausedReason: null,
  createdAt: '2026-03-01T00:00:00.000Z',
  updatedAt: '2026-03-01T00:00:00.000Z',
  secret: { vault: 'https://vault.example', name: 'secret', version: '1' },
  failingSince: null,
  failures: 0,
  notBefore: null,
  lastSuccessAt: null,
  lastError: null,
  deletedAt: null,
  ...changes,
});
