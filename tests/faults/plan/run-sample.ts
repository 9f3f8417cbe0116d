import { expect } from 'vitest';
import { runInProcess } from './in-process.ts';
import type { FaultRig } from './rig.ts';
import { allCases, caseName, seedOf, withSpare, type Case } from './sample.ts';
import type { Scenario } from './scenarios.ts';

/**
 * Runs a scenario without a fault, and then so many of its cases in this process: in each, all ends as without it. `always`
 * names cases that are never left to the sample. For a case whose call stayed out another one is taken.
 */
export async function runSample(
  rig: FaultRig,
  scenario: Scenario,
  size: number,
  always: (cases: readonly Case[]) => readonly Case[] = () => [],
): Promise<void> {
  const clean = await runInProcess(rig, scenario, null);
  expect(clean.broken).toEqual([]);
  const cases = allCases(scenario.name, clean.calls);
  const first = always(cases);
  const wanted = first.length + size;
  const unmet: string[] = [];
  let met = 0;
  for (const one of [...first, ...withSpare(cases, size, seedOf(process.env))]) {
    if (met === wanted) break;
    const outcome = await runInProcess(rig, scenario, one);
    expect(outcome.broken, `node tests/faults/chaos.ts --case '${caseName(one)}'`).toEqual([]);
    if (outcome.sprung) met++;
    else unmet.push(caseName(one));
  }
  // A renewal is sent when its time has come, and what runs at the same time comes in any order: a call may stay out.
  expect(met, unmet.join('\n')).toBeGreaterThanOrEqual(wanted - Math.min(2, Math.floor(wanted / 2)));
}
