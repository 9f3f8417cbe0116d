import { runDispatch } from '../../../shared/jobs/dispatch.ts';
import { runPoison } from '../../../shared/jobs/poison.ts';
import { openApp, type App } from '../../../shared/app.ts';
import { loadConfig } from '../../../shared/config.ts';
import { shardOf } from '../../../shared/engine/directory-ports.ts';
import { silentLog } from '../../../shared/lib/log.ts';
import { MovedClock } from '../../support/moved-clock.ts';
import { startReceiver, type Receiver } from '../../support/webhook-receiver.ts';
import { startFaultRig, type FaultRig } from '../plan/rig.ts';
import { clearQueues, Worker } from '../plan/worker.ts';

/** Most workers of a program. */
const WORKERS = 4;

/** One worker: the app with a clock of its own, and the host that brings it messages. */
export interface ProgramWorker {
  readonly app: App;
  readonly clock: MovedClock;
  readonly host: Worker;
}

/** Small pages and budgets, so that few messages make rounds of many pages; a lease that outlives any step. */
const settings = {
  SYNC_PAGE_SIZE: '5',
  SYNC_DELTA_PAGE_LIMIT: '2',
  SYNC_BUDGET_PAGES: '7',
  SYNC_RETRY_BACKOFF_MS: '1000',
  LEASE_SECONDS: '30',
};

/** Time-outs of storage calls: what hangs must not hold up a program. */
const timing = { timeoutMs: 1_000, backoffMs: 2 };

/** Real storage, vault, sign-in and Graph behind fault proxies, and several workers, all in this process; shared by programs. */
export class ProgramWorld {
  readonly rig: FaultRig;
  readonly receiver: Receiver;
  readonly workers: readonly ProgramWorker[];
  /** Reads past the proxies; does no work. */
  readonly observer: App;
  /** How many of the workers take part. */
  active = 1;

  private constructor(rig: FaultRig, receiver: Receiver) {
    this.rig = rig;
    this.receiver = receiver;
    this.workers = Array.from({ length: WORKERS }, () => this.#worker());
    this.observer = openApp(
      loadConfig({ ...rig.environment, AzureWebJobsStorage: rig.azurite.connectionString, ...settings }),
      { clock: new MovedClock(), log: silentLog },
    );
    receiver.serve(this.worker(0).app);
  }

  static async start(): Promise<ProgramWorld> {
    const receiver = await startReceiver();
    return new ProgramWorld(await startFaultRig({ PUBLIC_BASE_URL: receiver.url, ...settings }), receiver);
  }

  /** One of the active workers. */
  worker(by: number): ProgramWorker {
    const worker = this.workers[by % this.active];
    if (worker === undefined) throw new Error('there is no worker');
    return worker;
  }

  /** Active workers take messages off the queues at the same time, until none is visible. */
  async drain(): Promise<void> {
    const active = this.workers.slice(0, this.active);
    await Promise.all(active.map(({ host }) => host.runQueues()));
    for (const { app, host } of active)
      for (const text of host.poisoned.splice(0))
        await this.guard(app, () => runPoison(JSON.parse(Buffer.from(text, 'base64').toString()), app, 'sync-jobs'));
  }

  /** What the timers bring about for one connection, on one worker. */
  async runTimers(connectionId: string, by: number): Promise<void> {
    const { app } = this.worker(by);
    const kinds = ['mail', 'mail.push', 'subscriptions'];
    await this.guard(app, () => runDispatch({ kinds, shards: [shardOf(connectionId)] }, app));
    await this.drain();
  }

  /** Runs work as the host runs a function: what it throws is kept, and nobody else hears of it. */
  async guard(app: App, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.workers.find((worker) => worker.app === app)?.host.failures.push(error);
    }
  }

  /** What jobs threw since the last call. */
  takeFailures(): unknown[] {
    return this.workers.flatMap(({ host }) => host.failures.splice(0));
  }

  move(ms: number): void {
    for (const { clock } of this.workers) clock.move(ms);
  }

  control(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.rig.control(method, path, body);
  }

  /** Sets all clocks to the one that is furthest. */
  align(): void {
    const furthest = Math.max(...this.workers.map(({ clock }) => clock.now().getTime()));
    for (const { clock } of this.workers) clock.move(furthest - clock.now().getTime());
  }

  /** Ends all faults. */
  async heal(): Promise<void> {
    this.rig.heal();
    await this.control('DELETE', '/faults');
  }

  async clear(): Promise<void> {
    await clearQueues(this.rig);
  }

  async close(): Promise<void> {
    await this.receiver.close();
    await this.rig.close();
  }

  #worker(): ProgramWorker {
    const clock = new MovedClock();
    const app = openApp(loadConfig(this.rig.environment), { clock, log: this.rig.log, timing });
    return { app, clock, host: new Worker(this.rig, app) };
  }
}
