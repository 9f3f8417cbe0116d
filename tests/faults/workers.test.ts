import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFaultRig, type FaultRig } from './plan/rig.ts';
import { seedOf } from './plan/sample.ts';
import { runCrew } from './plan/run-crew.ts';

let rig: FaultRig;
beforeAll(async () => {
  rig = await startFaultRig();
});
afterAll(() => rig.close());

const seed = seedOf(process.env);

for (const workers of [2, 4]) {
  it(`P1 P2 P8 ${workers} workers on one stream that die at any call lose nothing and do nothing twice (FAULT_SEED=${seed})`, async () => {
    const outcome = await runCrew(rig, { workers, seed, steps: 8 });
    expect(outcome.broken).toEqual([]);
    expect(outcome.deaths).toBeGreaterThan(3);
  }, 120_000);
}
