import { afterAll, beforeAll, expect, it } from 'vitest';
import { runInProcess } from './plan/in-process.ts';
import { startFaultRig, type FaultRig } from './plan/rig.ts';
import { allCases, caseName, commitCases, sample, seedOf } from './plan/sample.ts';
import { scenarios } from './plan/scenarios.ts';
import { modes } from './plan/trap.ts';

/** Besides those of commits, so many of the cases of a scenario run here; `node tests/faults/chaos.ts` runs them all. */
const SAMPLE = 12;

let rig: FaultRig;
beforeAll(async () => {
  rig = await startFaultRig();
});
afterAll(() => rig.close());

for (const scenario of scenarios) {
  it(`P1 ${scenario.name}: whatever call fails, is lost or is the last one, all ends as without it`, async () => {
    const clean = await runInProcess(rig, scenario, null);
    expect(clean.broken).toEqual([]);
    const cases = allCases(scenario.name, clean.calls);
    expect(cases.length).toBeGreaterThan(30 * modes.length);
    const unmet: string[] = [];
    for (const one of [...commitCases(cases), ...sample(cases, SAMPLE, seedOf(process.env))]) {
      const outcome = await runInProcess(rig, scenario, one);
      expect(outcome.broken, caseName(one)).toEqual([]);
      if (!outcome.sprung) unmet.push(caseName(one));
    }
    // A renewal is sent when its time has come: a run may end before.
    expect(unmet.length, unmet.join('\n')).toBeLessThanOrEqual(2);
  }, 180_000);
}
