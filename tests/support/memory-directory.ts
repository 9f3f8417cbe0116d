import type {
  Connection,
  Mailbox,
  SecretPlace,
  SecretRef,
  Subscription,
  VersionedConnection,
  VersionedSubscription,
} from '../../shared/engine/connection.ts';
import type {
  ConnectionStore,
  DispatchJob,
  DueRow,
  DueStore,
  JobQueues,
  LookupStore,
  PushJob,
  SecretStore,
  Statistics,
  StatisticsStore,
  SubscriptionStore,
  SyncJob,
  TicketStore,
} from '../../shared/engine/directory-ports.ts';
import type { DeliverJob } from '../../shared/engine/delivery-ports.ts';
import { shardOf } from '../../shared/engine/directory-ports.ts';
import { FenceLostError } from '../../shared/errors.ts';

/** Rows with a version each: what a swap needs. */
class Versioned<T> {
  readonly rows = new Map<string, { readonly version: string; readonly value: T }>();
  #next = 0;

  put(key: string, value: T, version: string | null): string {
    if ((this.rows.get(key)?.version ?? null) !== version) throw new FenceLostError(`another writer: ${key}`);
    const next = String(++this.#next);
    this.rows.set(key, { version: next, value });
    return next;
  }
}

export class MemoryConnections implements ConnectionStore {
  readonly #rows = new Versioned<Connection>();

  read(id: string): Promise<VersionedConnection | null> {
    const row = this.#rows.rows.get(id);
    return Promise.resolve(row === undefined ? null : { version: row.version, connection: row.value });
  }
  async create(connection: Connection): Promise<boolean> {
    if (this.#rows.rows.has(connection.id)) return false;
    await this.replaceAs(connection, null);
    return true;
  }
  async replace(connection: Connection, version: string): Promise<string> {
    return await this.replaceAs(connection, version);
  }
  /** Changes a row at once, as another writer does between two steps of the one that is tested. */
  change(id: string, to: (connection: Connection) => Connection): void {
    const row = this.#rows.rows.get(id);
    if (row !== undefined) this.#rows.put(id, to(row.value), row.version);
  }
  remove(id: string): Promise<void> {
    this.#rows.rows.delete(id);
    return Promise.resolve();
  }
  list(query: { limit: number; after: string | null }): ReturnType<ConnectionStore['list']> {
    const ids = [...this.#rows.rows.keys()].toSorted().filter((id) => id > (query.after ?? ''));
    const page = ids.slice(0, query.limit);
    const connections = page.flatMap((id) => this.#rows.rows.get(id)?.value ?? []);
    return Promise.resolve({ connections, next: ids.length > page.length ? (page.at(-1) ?? null) : null });
  }
  private replaceAs(connection: Connection, version: string | null): Promise<string> {
    return Promise.resolve().then(() => this.#rows.put(connection.id, connection, version));
  }
}

export class MemorySubscriptions implements SubscriptionStore {
  readonly #rows = new Versioned<Subscription>();

  read(mailbox: Mailbox, resource: string): Promise<VersionedSubscription | null> {
    const row = this.#rows.rows.get(nameOf(mailbox, resource));
    return Promise.resolve(row === undefined ? null : { version: row.version, subscription: row.value });
  }
  list(mailbox: Mailbox): Promise<VersionedSubscription[]> {
    const rows = [...this.#rows.rows.entries()].filter(([name]) => name.startsWith(nameOf(mailbox, '')));
    return Promise.resolve(rows.map(([, row]) => ({ version: row.version, subscription: row.value })));
  }
  page({ limit, after }: { limit: number; after: string | null }): ReturnType<SubscriptionStore['page']> {
    const names = [...this.#rows.rows.keys()].toSorted().filter((name) => name > (after ?? ''));
    const shown = names.slice(0, limit);
    const subscriptions = shown.flatMap((name) => this.#rows.rows.get(name)?.value ?? []);
    return Promise.resolve({ subscriptions, next: names.length > shown.length ? (shown.at(-1) ?? null) : null });
  }
  write(subscription: Subscription, version: string | null): Promise<string> {
    const name = nameOf(subscription, subscription.resource);
    return Promise.resolve().then(() => this.#rows.put(name, subscription, version));
  }
  remove(mailbox: Mailbox, resource: string, version: string): Promise<void> {
    return Promise.resolve().then(() => {
      const name = nameOf(mailbox, resource);
      if (this.#rows.rows.get(name)?.version !== version) throw new FenceLostError('another writer');
      this.#rows.rows.delete(name);
    });
  }
}
const nameOf = (mailbox: Mailbox, resource: string): string => `${mailbox.tenantId} ${mailbox.objectId} ${resource}`;

export class MemoryLookups implements LookupStore {
  readonly rows = new Set<string>();

  add(kind: string, key: string, value: string): Promise<void> {
    this.rows.add(JSON.stringify([kind, key, value]));
    return Promise.resolve();
  }
  remove(kind: string, key: string, value: string): Promise<void> {
    this.rows.delete(JSON.stringify([kind, key, value]));
    return Promise.resolve();
  }
  find(kind: string, key: string): Promise<string[]> {
    const prefix = JSON.stringify([kind, key, '']).slice(0, -3);
    const found = [...this.rows].filter((row) => row.startsWith(prefix));
    return Promise.resolve(found.map((row) => String(JSON.parse(row.slice(prefix.length, -1)))));
  }
}

export class MemoryDue implements DueStore {
  readonly rows = new Map<string, DueRow>();

  add(row: DueRow): Promise<void> {
    this.rows.set(dueName(row), row);
    return Promise.resolve();
  }
  async addOwn(row: DueRow): Promise<DueRow> {
    let own = row;
    while (this.rows.has(dueName(own))) own = { ...own, dueAt: new Date(own.dueAt.getTime() + 1) };
    await this.add(own);
    return own;
  }
  move(from: DueRow, to: DueRow | null): Promise<void> {
    this.rows.delete(dueName(from));
    if (to !== null) this.rows.set(dueName(to), to);
    return Promise.resolve();
  }
  async *due(kind: string, shard: number, now: Date): AsyncGenerator<readonly DueRow[]> {
    const rows = this.of(kind).filter((row) => shardOf(row.connectionId) === shard && row.dueAt <= now);
    for (const row of rows) yield await Promise.resolve([row]);
  }
  oldest(kind: string): Promise<DueRow | null> {
    return Promise.resolve(this.of(kind)[0] ?? null);
  }
  /** All rows of a kind, oldest first. */
  of(kind: string): DueRow[] {
    const rows = [...this.rows.values()].filter((row) => row.kind === kind);
    return rows.toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
  }
}
const dueName = (row: DueRow): string => `${row.kind} ${row.dueAt.toISOString()} ${row.connectionId}`;

export class MemoryQueues implements JobQueues {
  readonly syncs: SyncJob[] = [];
  readonly pushes: PushJob[] = [];
  readonly deliveries: DeliverJob[] = [];
  readonly dispatches: DispatchJob[] = [];

  sync(job: SyncJob): Promise<void> {
    this.syncs.push(job);
    return Promise.resolve();
  }
  push(job: PushJob): Promise<void> {
    this.pushes.push(job);
    return Promise.resolve();
  }
  deliver(job: DeliverJob): Promise<void> {
    this.deliveries.push(job);
    return Promise.resolve();
  }
  dispatch(job: DispatchJob): Promise<void> {
    this.dispatches.push(job);
    return Promise.resolve();
  }
  lengths(): Promise<Readonly<Record<string, number>>> {
    return Promise.resolve({ 'sync-jobs': this.syncs.length, dispatch: this.dispatches.length });
  }
}

export class MemorySecrets implements SecretStore {
  readonly values = new Map<string, string>();
  #made = 0;

  async create(_key: string, value: string, planned?: (place: SecretPlace) => Promise<void>): Promise<SecretRef> {
    const ref = { vault: 'vault', name: `secret-${this.#made++}`, version: '1' };
    await planned?.(ref);
    this.values.set(ref.name, value);
    return ref;
  }
  update(ref: SecretRef, value: string): Promise<SecretRef> {
    this.values.set(ref.name, value);
    return Promise.resolve({ ...ref, version: `${ref.version}1` });
  }
  read(ref: SecretRef): Promise<string | null> {
    return Promise.resolve(this.values.get(ref.name) ?? null);
  }
  latest(ref: SecretRef): Promise<{ ref: SecretRef; value: string } | null> {
    const value = this.values.get(ref.name);
    return Promise.resolve(value === undefined ? null : { ref, value });
  }
  remove(ref: SecretPlace): Promise<void> {
    this.values.delete(ref.name);
    return Promise.resolve();
  }
}

export class MemoryStatistics implements StatisticsStore {
  #last: Statistics | null = null;

  write(statistics: Statistics): Promise<void> {
    this.#last = statistics;
    return Promise.resolve();
  }
  read(): Promise<Statistics | null> {
    return Promise.resolve(this.#last);
  }
}

/** No tickets at all; counts how often the expired ones were asked to go. */
export class NoTickets implements TicketStore {
  drops = 0;

  put(): Promise<void> {
    return Promise.resolve();
  }
  read(): Promise<null> {
    return Promise.resolve(null);
  }
  use(): Promise<boolean> {
    return Promise.resolve(false);
  }
  dropExpired(): Promise<number> {
    this.drops++;
    return Promise.resolve(0);
  }
}
