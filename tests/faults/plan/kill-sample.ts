import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureBuilt } from '../../support/built-app.ts';
import { allScenarios } from './all.ts';
import { Hosts } from './hosts.ts';
import { startFaultRig, type FaultRig } from './rig.ts';
import { allCases, caseName, sample, seedOf, type Case } from './sample.ts';

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
      for (const one of withSpare(cases, wanted)) {
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

/**
 * So many cases, evenly spread, and then as many between them (or enough to have a choice). A call that a run makes only now and then (a heartbeat, the
 * repetition of one that a busy machine let time out) may stay out: then another one is taken.
 */
function withSpare(cases: readonly Case[], wanted: number): Case[] {
  const twice = sample(cases, Math.max(4, 2 * wanted), seedOf(process.env));
  return [...twice.filter((_, index) => index % 2 === 0), ...twice.filter((_, index) => index % 2 === 1)];
}
