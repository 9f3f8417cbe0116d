import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFaultRig, type FaultRig } from './plan/rig.ts';
import { runSample } from './plan/run-sample.ts';
import { commitCases } from './plan/sample.ts';
import { scenarios } from './plan/scenarios.ts';
import { modes } from './plan/trap.ts';

/** Besides those of commits, so many of the cases of a scenario run here; `node tests/faults/chaos.ts` runs them all. */
const SAMPLE = 4;

let rig: FaultRig;
beforeAll(async () => {
  rig = await startFaultRig();
});
afterAll(() => rig.close());

for (const scenario of scenarios) {
  it(`P1 ${scenario.name}: whatever call fails, is lost or is the last one, all ends as without it`, async () => {
    await runSample(rig, scenario, SAMPLE, (cases) => {
      expect(cases.length).toBeGreaterThan(30 * modes.length);
      return commitCases(cases);
    });
  }, 180_000);
}
