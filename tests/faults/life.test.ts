import { afterAll, beforeAll, expect, it } from 'vitest';
import { lifeScenarios } from './plan/all.ts';
import { connecting } from './plan/scenarios-connect.ts';
import { runInProcess } from './plan/in-process.ts';
import { leaks } from './plan/leaks.ts';
import { startFaultRig, type FaultRig } from './plan/rig.ts';
import { runSample } from './plan/run-sample.ts';

/** So many of the cases of a scenario run here; `node tests/faults/chaos.ts` runs them all. */
const SAMPLE = 2;

let rig: FaultRig;
beforeAll(async () => {
  rig = await startFaultRig();
  // What a process asks once (the sign-in service's own description) is no call of any case.
  await runInProcess(rig, connecting, null);
});
afterAll(() => rig.close());

for (const scenario of lifeScenarios) {
  it(`P15 P17 ${scenario.name}: whatever call fails, is lost or is the last one, all ends as without it`, async () => {
    await runSample(rig, scenario, SAMPLE);
  }, 120_000);
}

it('P16 none of them left a secret in a table, a queue or a log', async () => {
  expect(rig.harvest.secrets.size).toBeGreaterThan(50);
  expect(await leaks(rig)).toEqual([]);
});
