import { afterAll, beforeAll, expect, it } from 'vitest';
import { converge } from '../support/convergence/run.ts';
import { startFaultRig, type FaultRig } from './plan/rig.ts';
import { seedOf } from './plan/sample.ts';

const seed = seedOf(process.env);

let rig: FaultRig;
beforeAll(async () => {
  rig = await startFaultRig({ SYNC_PAGE_SIZE: '40' });
});
afterAll(() => rig.close());

it(`P1 to P10: a thousand random edits on both sides of 200 contacts end in equal sides, then in silence (FAULT_SEED=${seed})`, async () => {
  const { faults, ...figures } = await converge(rig, { seed, edits: 1_000, contacts: 200, burst: 40, cycles: 100 });
  expect(faults, `FAULT_SEED=${seed}`).toEqual([]);
  expect(figures.edits).toBeGreaterThanOrEqual(1_000);
  expect(figures.conflicts).toBeGreaterThan(5);
  expect(figures.deaths).toBeGreaterThan(5);
}, 300_000);
