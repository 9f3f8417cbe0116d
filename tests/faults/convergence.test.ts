import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressBook } from '../support/convergence/contacts.ts';
import { calendarOf } from '../support/convergence/events/side.ts';
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
  const given = { seed, edits: 1_000, of: addressBook(200), burst: 40, cycles: 100 };
  const { faults, ...figures } = await converge(rig, given);
  expect(faults, `FAULT_SEED=${seed}`).toEqual([]);
  expect(figures.edits).toBeGreaterThanOrEqual(1_000);
  expect(figures.conflicts).toBeGreaterThan(5);
  expect(figures.deaths).toBeGreaterThan(5);
}, 300_000);

it(`P1 to P10, P18: two hundred random edits on both sides of 60 events, series and occurrences among them, end in equal sides, then in silence (FAULT_SEED=${seed})`, async () => {
  const given = { seed, edits: 200, of: calendarOf(60), burst: 25, cycles: 40 };
  const { faults, ...figures } = await converge(rig, given);
  expect(faults, `FAULT_SEED=${seed}`).toEqual([]);
  expect(figures.edits).toBeGreaterThanOrEqual(200);
  expect(figures.conflicts).toBeGreaterThan(2);
  expect(figures.deaths).toBeGreaterThan(2);
}, 300_000);
