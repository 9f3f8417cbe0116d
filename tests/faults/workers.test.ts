import { afterAll, beforeAll, expect, it } from 'vitest';
import { crewDomains } from './plan/crew-work.ts';
import { startFaultRig, type FaultRig } from './plan/rig.ts';
import { seedOf } from './plan/sample.ts';
import { runCrew } from './plan/run-crew.ts';

let rig: FaultRig;
beforeAll(async () => {
  rig = await startFaultRig();
});
afterAll(() => rig.close());

const seed = seedOf(process.env);

/** Fewer steps of a calendar: each of them brings a series. */
const steps = { mail: { two: 8, four: 8 }, calendar: { two: 6, four: 4 } };
const crews = crewDomains.flatMap((domain) => [
  { domain, workers: 2, steps: steps[domain].two },
  { domain, workers: 4, steps: steps[domain].four },
]);

it.each(crews)(
  `P1 P2 P8 $workers workers on one stream of $domain that die at any call lose nothing and do nothing twice (FAULT_SEED=${seed})`,
  async (crew) => {
    const outcome = await runCrew(rig, { ...crew, seed });
    expect(outcome.broken).toEqual([]);
    expect(outcome.deaths).toBeGreaterThan(crew.steps / 2 - 1);
  },
  120_000,
);
