import { afterAll, beforeAll, expect, it } from 'vitest';
import { ContractBench } from '../contract/bench.ts';
import { ofContacts } from '../contract/of-contacts.ts';
import { Outlook } from '../support/convergence/outlook.ts';
import { leaks } from './plan/leaks.ts';
import { startFaultRig, type FaultRig } from './plan/rig.ts';
import { runSample } from './plan/run-sample.ts';
import { contactScenarios } from './plan/scenarios-contacts.ts';

/** So many of the cases of a scenario run here; `node tests/faults/chaos.ts` runs them all. */
const SAMPLE = 4;

let rig: FaultRig;
beforeAll(async () => {
  rig = await startFaultRig();
});
afterAll(() => rig.close());

for (const scenario of contactScenarios) {
  it(`P1 P8 ${scenario.name}: whatever call fails, is lost or is the last one, all ends as without it`, async () => {
    await runSample(rig, scenario, SAMPLE);
  }, 120_000);
}

it('P8 a contact that we made and never heard of is known again in the folder that somebody moved it to', async () => {
  const bench = await ContractBench.start(rig, ofContacts);
  const { upn, connectionId } = bench.mailbox;
  const outlook = new Outlook((method, path, body) => rig.user(upn, method, path, body));
  const folder = await outlook.makeFolder('Elsewhere');
  await bench.poll();
  const before = (await bench.effects()).length;
  await bench.write(ofContacts.own?.make(connectionId, 'Moved early') ?? expect.fail('it makes contacts'));
  const match = { method: 'POST', path: '/contacts', upn };
  await rig.control('POST', '/faults', { match, action: { kind: 'applied-reset' } });
  await bench.push();
  await bench.heal();
  const made = (await outlook.snapshot()).contacts.find(({ displayName }) => displayName === 'Moved early');
  await outlook.move(made?.id ?? '', folder);
  bench.clock.move(3_600_000);
  await bench.push();
  await bench.poll();
  await bench.poll();
  expect((await bench.effects()).slice(before)).toEqual([`create ${made?.id ?? ''}`]);
  const listed = (await bench.items()).filter((item) => item['displayName'] === 'Moved early');
  expect(listed.map((item) => [item['graphId'], item['folderId']])).toEqual([[made?.id, folder]]);
});

it('P16 none of them left a secret in a table, a queue or a log', async () => {
  expect(rig.harvest.secrets.size).toBeGreaterThan(20);
  expect(await leaks(rig)).toEqual([]);
});
