import { afterAll, beforeAll, expect, it } from 'vitest';
import { allScenarios } from './all.ts';
import { Hosts } from './hosts.ts';
import { startFaultRig, type FaultRig } from './rig.ts';
import { allCases, caseName, sample, seedOf } from './sample.ts';

/** Tests that kill the real host at so many calls of each scenario named, evenly spread. */
export function killSample(sizes: Readonly<Record<string, number>>): void {
  let rig: FaultRig;
  let hosts: Hosts;
  beforeAll(async () => {
    rig = await startFaultRig();
    hosts = new Hosts(rig);
  });
  afterAll(async () => {
    await hosts.close();
    await rig.close();
  });
  for (const scenario of allScenarios.filter(({ name }) => name in sizes)) {
    it(`P1 P8 ${scenario.name}: a host that is killed at any call leaves all or nothing, and the next one goes on`, async () => {
      const clean = await hosts.run(scenario, null);
      expect(clean.broken).toEqual([]);
      const cases = allCases(scenario.name, clean.calls, ['killed-before', 'killed-after']);
      let sprung = 0;
      const chosen = sample(cases, sizes[scenario.name] ?? 0, seedOf(process.env));
      for (const one of chosen) {
        const outcome = await hosts.run(scenario, one).catch((error: unknown) => {
          throw new Error(`node tests/faults/chaos.ts --case '${caseName(one)}'`, { cause: error });
        });
        expect(outcome.broken, caseName(one)).toEqual([]);
        if (outcome.sprung) sprung++;
      }
      // A call that a run makes only now and then (a heartbeat, the repetition of one that a busy machine let time out) may
      // stay out.
      expect(sprung).toBeGreaterThanOrEqual(Math.floor(chosen.length / 2));
    }, 240_000);
  }
}
