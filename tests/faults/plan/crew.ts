import { openApp, type App } from '../../../shared/app.ts';
import { loadConfig } from '../../../shared/config.ts';
import type { Clock } from '../../../shared/lib/clock.ts';
import { startFaultProxy, throughProxies, type FaultProxy } from '../../support/fault-proxy.ts';
import type { FaultRig } from './rig.ts';
import { Worker } from './worker.ts';

/** A worker that reaches neither tables nor queues is dead for all others. Links of Graph lead to where they were asked. */
const ways = ['table', 'queue'] as const;
type Ways = Readonly<Record<(typeof ways)[number], FaultProxy>>;

/** One of several workers on the same storage. It has a way of its own there, so that it can die alone. */
export class Member {
  readonly #rig: FaultRig;
  readonly #clock: Clock;
  readonly #proxies: Ways;
  #worker: Worker;
  #dead = false;
  /** How often it died so far. */
  deaths = 0;

  private constructor(rig: FaultRig, clock: Clock, proxies: Ways) {
    this.#rig = rig;
    this.#clock = clock;
    this.#proxies = proxies;
    this.#worker = this.#open();
  }

  static async start(rig: FaultRig, clock: Clock): Promise<Member> {
    const [table, queue] = await Promise.all(ways.map((way) => startFaultProxy(rig.proxies[way].url)));
    if (table === undefined || queue === undefined) throw new Error('a way is missing');
    return new Member(rig, clock, { table, queue });
  }

  get worker(): Worker {
    return this.#worker;
  }

  get isDead(): boolean {
    return this.#dead;
  }

  /** Dies at its so-manieth call from now on: before the server sees it, or after it was done and before it hears of it. */
  dieAt(call: number, when: 'before' | 'after'): void {
    let left = call;
    const falls = (): boolean => {
      if (this.#dead || --left > 0) return false;
      this.#dead = true;
      this.deaths++;
      return true;
    };
    for (const service of ways) {
      const proxy = this.#proxies[service];
      proxy.plan({ when: () => this.#dead, times: Infinity, fault: { before: 'reset' } });
      proxy.plan({
        when: falls,
        times: Infinity,
        fault: when === 'before' ? { before: 'reset' } : { applied: 'reset' },
      });
    }
  }

  /** Starts anew where it died, and lives on in any case. */
  revive(): void {
    for (const service of ways) this.#proxies[service].heal();
    if (this.#dead) this.#worker = this.#open();
    this.#dead = false;
  }

  async close(): Promise<void> {
    await Promise.all(ways.map((service) => this.#proxies[service].close()));
  }

  #open(): Worker {
    const { table, queue } = this.#proxies;
    const { azurite, environment, log } = this.#rig;
    const app: App = openApp(
      loadConfig({
        ...environment,
        AzureWebJobsStorage: throughProxies(azurite.connectionString, { table: table.url, queue: queue.url }),
      }),
      { clock: this.#clock, log, timing: { timeoutMs: 5_000, backoffMs: 2 } },
    );
    return new Worker(this.#rig, app);
  }
}
