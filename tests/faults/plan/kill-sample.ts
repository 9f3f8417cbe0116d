import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureBuilt } from '../../support/built-app.ts';
import { allScenarios } from './all.ts';
import { Hosts } from './hosts.ts';
import { startFaultRig, type FaultRig } from './rig.ts';
import { allCases, caseName, seedOf, withSpare } from './sample.ts';

/** Tests that kill the real host at so many calls of each scenario named, evenly spread. */
export function killSample(sizes: Readonly<Record<string, number>>): void {
  let rig: FaultRig;
  let hosts: Hosts;
  beforeAll(async () => {
    await ensureBuilt();
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
      const wanted = sizes[scenario.name] ?? 0;
      let sprung = 0;
      for (const one of withSpare(cases, wanted, seedOf(process.env))) {
        if (sprung === wanted) break;
        const outcome = await hosts.run(scenario, one).catch((error: unknown) => {
          throw new Error(`node tests/faults/chaos.ts --case '${caseName(one)}'`, { cause: error });
        });
        expect(outcome.broken, caseName(one)).toEqual([]);
        if (outcome.sprung) sprung++;
      }
      expect(sprung).toBeGreaterThanOrEqual(Math.ceil(wanted / 2));
    }, 240_000);
  }
}
