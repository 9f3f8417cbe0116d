import { afterAll, beforeAll, expect, it } from 'vitest';
import { callName } from './plan/calls.ts';
import { calendarScenarios } from './plan/scenarios-calendar.ts';
import { runInProcess } from './plan/in-process.ts';
import { leaks } from './plan/leaks.ts';
import { startFaultRig, type FaultRig } from './plan/rig.ts';
import { allCases, caseName, sample, seedOf } from './plan/sample.ts';

/** So many of the cases of a scenario run here; `node tests/faults/chaos.ts` runs them all. */
const SAMPLE = 3;

let rig: FaultRig;
beforeAll(async () => {
  rig = await startFaultRig();
});
afterAll(() => rig.close());

for (const scenario of calendarScenarios) {
  it(`P1 P8 P18 ${scenario.name}: whatever call fails, is lost or is the last one, all ends as without it`, async () => {
    const clean = await runInProcess(rig, scenario, null);
    expect(clean.broken).toEqual([]);
    let unmet = 0;
    for (const one of sample(allCases(scenario.name, clean.calls), SAMPLE, seedOf(process.env))) {
      const outcome = await runInProcess(rig, scenario, one);
      expect(outcome.broken, `node tests/faults/chaos.ts --case '${caseName(one)}'`).toEqual([]);
      if (!outcome.sprung) unmet++;
    }
    // A renewal is sent when its time has come: a run may end before.
    expect(unmet).toBeLessThanOrEqual(1);
  }, 120_000);
}

it('P9 a meeting that a worker declined before it died was taken away by us, though a poll is the first to show it', async () => {
  const decline = calendarScenarios.find(({ name }) => name === 'calendar-decline');
  if (decline === undefined) return expect.fail('there is no such scenario');
  const { calls } = await runInProcess(rig, decline, null);
  const sent = calls.find((call) => callName(call).endsWith('/decline #1'));
  if (sent === undefined) return expect.fail('no meeting was declined');
  const { sprung, broken } = await runInProcess(rig, decline, { call: sent, mode: 'stopped-after' });
  expect({ sprung, broken }).toEqual({ sprung: true, broken: [] });
});

it('P16 none of them left a secret in a table, a queue or a log', async () => {
  expect(rig.harvest.secrets.size).toBeGreaterThan(20);
  expect(await leaks(rig)).toEqual([]);
});
