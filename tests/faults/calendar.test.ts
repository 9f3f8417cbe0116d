import { afterAll, beforeAll, expect, it } from 'vitest';
import { callName } from './plan/calls.ts';
import { calendarScenarios } from './plan/scenarios-calendar.ts';
import { runInProcess } from './plan/in-process.ts';
import { leaks } from './plan/leaks.ts';
import { startFaultRig, type FaultRig } from './plan/rig.ts';
import { runSample } from './plan/run-sample.ts';

/** So many of the cases of a scenario run here; `node tests/faults/chaos.ts` runs them all. */
const SAMPLE = 2;

let rig: FaultRig;
beforeAll(async () => {
  rig = await startFaultRig();
});
afterAll(() => rig.close());

for (const scenario of calendarScenarios) {
  it(`P1 P8 P18 ${scenario.name}: whatever call fails, is lost or is the last one, all ends as without it`, async () => {
    await runSample(rig, scenario, SAMPLE);
  }, 120_000);
}

it.each([
  ['calendar-decline', '/decline #1', 'that it is gone'],
  ['calendar-accept', '/accept #1', 'how its time is shown'],
  ['calendar-update-times', 'events/* #1', 'that nobody has accepted any more'],
  ['calendar-update-occurrence', 'events/* #1', 'that it is an exception'],
])('P9 what %s (%s) did before its worker died is our doing: a poll is the first to show %s', async (name, end) => {
  const scenario = calendarScenarios.find((one) => one.name === name);
  if (scenario === undefined) return expect.fail('there is no such scenario');
  const { calls } = await runInProcess(rig, scenario, null);
  const sent = calls.find((call) => /graph (PATCH|POST)/.test(callName(call)) && callName(call).endsWith(end));
  if (sent === undefined) return expect.fail('nothing was written');
  const { sprung, broken } = await runInProcess(rig, scenario, { call: sent, mode: 'stopped-after' });
  expect({ sprung, broken }).toEqual({ sprung: true, broken: [] });
});

it('P16 none of them left a secret in a table, a queue or a log', async () => {
  expect(rig.harvest.secrets.size).toBeGreaterThan(20);
  expect(await leaks(rig)).toEqual([]);
});
