import type { Connection, VersionedConnection } from '../engine/connection.ts';
import { startBudget } from '../engine/budget.ts';
import type { Chunk } from '../engine/chunk.ts';
import { scopeOf, type SyncJob } from '../engine/directory-ports.ts';
import type { Domain } from '../engine/domain.ts';
import type { DomainStatus } from '../engine/head.ts';
import type { Scope } from '../engine/model.ts';
import type { Found } from '../engine/run.ts';
import type { ShortLists } from '../engine/short-lists.ts';
import { runSync, type Conclusion, type Opened, type RunResult, type SyncOutcome } from '../engine/runner.ts';
import { concludeRun } from './conclude.ts';
import { watchFeed } from './deliveries/watch-feed.ts';
import { withFirstPage } from './first-page.ts';
import { COPY_LAG_MS } from './mark-connection.ts';
import { demandRights } from './demand-rights.ts';
import { openSource } from './open-source.ts';
import type { RunPorts } from './ports.ts';
import { recordAct } from './record-act.ts';
import { hasTrustedSubscriptions } from './subscriptions/health.ts';
import { tellUntold } from './tell-connection.ts';

/** The outcome, where the domain's regular due row stood before, and the connection as the last pass read it. */
export type Ended = SyncOutcome & { readonly regular: string | null; readonly read: VersionedConnection | null };

/** What a job syncs by. */
interface Given {
  readonly domain: Domain;
  readonly firstPage: number | undefined;
}

/** One run of a job over its domain. */
export async function syncOnce(ports: RunPorts, job: SyncJob, given: Given): Promise<Ended> {
  const { sync: settings } = ports.config;
  const scope = scopeOf(job);
  const owner = ports.random.token(12);
  const run = new JobRun(ports, job, given);
  const feed = watchFeed(ports, { connection: () => run.owner(), scope, owner });
  try {
    const outcome = await runSync(
      { ...ports, store: feed.store },
      {
        scope,
        domain: given.domain,
        settings,
        budget: startBudget(ports.clock, { ms: settings.budgetMs, pages: settings.budgetPages }),
        cause: job.why === 'notification' ? 'push' : 'poll',
        continues: job.why === 'continue',
        owner,
        cover: job.due?.kind === job.domain ? job.due.at : null,
        open: (lists) => run.open(lists),
        passed: (found) => run.passed(found),
        conclude: (status, chunk, result) => run.conclude(status, chunk, result),
      },
    );
    await feed.settle();
    const { read, regular, guarded } = run;
    if (guarded && read !== null && outcome.outcome === 'done') await tellGuarded(ports, scope, read.connection);
    return { ...outcome, regular, read };
  } finally {
    await run.close();
  }
}

/** The delete guard holds deletions of this domain back, as it did not before. */
const tellGuarded = (ports: RunPorts, { connectionId, domain }: Scope, { workspaceId }: Connection): Promise<void> =>
  recordAct(ports, { operation: 'delete_guard.held', on: { connectionId, domain }, workspaceId });

/** A dead grant needs its user; asking again before that helps nobody. Reconnecting starts the jobs anew. */
const mayRun = ({ status }: Connection): boolean => status === 'connected' || status === 'error';

const isStaying = ({ status }: Connection): boolean => status !== 'disconnecting' && status !== 'disconnected';

/** What the passes of one run have in common. */
class JobRun {
  readonly #ports: RunPorts;
  readonly #job: SyncJob;
  readonly #given: Given;
  #close: () => Promise<void> = () => Promise.resolve();
  /** Notifications tell of changes: a poll is only a safety net. */
  #trusted = false;
  /** The connection as the last pass read it: once a pass, with its wake-up taken. */
  read: VersionedConnection | null = null;
  regular: string | null = null;
  guarded = false;

  constructor(ports: RunPorts, job: SyncJob, given: Given) {
    this.#ports = ports;
    this.#job = job;
    this.#given = given;
  }

  async owner(): Promise<Connection | null> {
    const read = this.read ?? (await this.#ports.connections.read(this.#job.connectionId));
    return read?.connection ?? null;
  }

  async open(lists: ShortLists): Promise<Opened | null> {
    const ports = this.#ports;
    const { domain, firstPage } = this.#given;
    this.read = await ports.connections.read(this.#job.connectionId);
    const connection = this.read?.connection ?? null;
    // What a crash kept from being told. Nobody else may come by soon where the connection waits for its user.
    if (connection !== null && isStaying(connection)) await tellUntold(ports, connection);
    if (connection === null || !mayRun(connection)) return null;
    demandRights(connection, domain);
    this.#trusted = !this.#polls(connection) && (await hasTrustedSubscriptions(ports, connection, domain.name, lists));
    const { source, close } = await openSource(ports, connection);
    await this.close();
    this.#close = close;
    return { source: withFirstPage(source, firstPage), settings: connection.settings[domain.name] ?? {} };
  }

  /**
   * A domain that polls at its schedule goes on with it: trust comes by a notification or by a subscription made, and their
   * jobs look. Jobs of the schedule look now and then, for one of those may have gone with a job of the schedule.
   */
  #polls({ copies }: Connection): boolean {
    const { why, domain } = this.#job;
    const copy = copies[domain];
    if (why !== 'schedule' || copy?.trusted !== false) return false;
    return this.#ports.clock.now().getTime() - Date.parse(copy.lastSyncedAt ?? '') < COPY_LAG_MS;
  }

  /** Streams have come that notifications may not tell of: it was not known of them when the pass began. */
  async passed({ streams }: Found): Promise<void> {
    if (!this.#trusted || !streams || this.read === null) return;
    this.#trusted = await hasTrustedSubscriptions(this.#ports, this.read.connection, this.#given.domain.name);
  }

  conclude(status: DomainStatus, chunk: Chunk, result: RunResult): Conclusion {
    this.regular = status.nextDueAt;
    if (this.read === null) return { status, feed: [] };
    const concluded = concludeRun(this.#ports, {
      status,
      cursors: chunk.allCursors(),
      connection: this.read.connection,
      domain: this.#given.domain.name,
      result,
      trusted: this.#trusted,
      pollAtLeastEveryMs: this.#given.domain.pollAtLeastEveryMs,
    });
    this.guarded = status.reason !== 'delete_guard' && concluded.status.reason === 'delete_guard';
    return concluded;
  }

  async close(): Promise<void> {
    const close = this.#close;
    this.#close = () => Promise.resolve();
    await close();
  }
}
