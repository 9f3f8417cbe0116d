import { lifeScenarios } from './all.ts';
import type { Call } from './calls.ts';
import { HostWorker } from './host-worker.ts';
import type { Outcome } from './in-process.ts';
import { LIFE_TIMERS, runLifeOnHost } from './life-on-host.ts';
import type { FaultRig } from './rig.ts';
import type { Scenario } from './scenarios.ts';
import type { Mode } from './trap.ts';
import { runOnHost } from './with-host.ts';

/** The host that a scenario needs, one at a time: two would take each other's work. */
export class Hosts {
  readonly #rig: FaultRig;
  readonly #records: HostWorker;
  readonly #life: HostWorker;

  constructor(rig: FaultRig) {
    this.#rig = rig;
    this.#records = new HostWorker(rig);
    this.#life = new HostWorker(rig, LIFE_TIMERS);
  }

  async run(scenario: Scenario, target: { readonly call: Call; readonly mode: Mode } | null): Promise<Outcome> {
    if (!lifeScenarios.includes(scenario)) {
      await this.#life.close();
      return runOnHost(this.#rig, this.#records, scenario, target);
    }
    await this.#records.close();
    return runLifeOnHost(this.#rig, this.#life, scenario, target);
  }

  async close(): Promise<void> {
    await this.#records.close();
    await this.#life.close();
  }
}
