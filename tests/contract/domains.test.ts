import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFaultRig, type FaultRig } from '../faults/plan/rig.ts';
import { MovedClock } from '../support/moved-clock.ts';
import { adapters } from './adapters.ts';
import { ContractBench } from './bench.ts';
import { describeKeepingStep } from './keeping-step.ts';
import { describeReading } from './reading.ts';
import { describeShape } from './shape.ts';
import { describeWriting } from './writing.ts';

let rig: FaultRig;
beforeAll(async () => {
  rig = await startFaultRig();
});
afterAll(() => rig.close());

it('covers every domain that the app registers', () => {
  const { domains } = rig.openApp(new MovedClock());
  expect(adapters.map(({ domain }) => domain.name).toSorted()).toEqual(Object.keys(domains).toSorted());
  // A domain may be made anew for each app, with its clock and its settings: what it does is the same.
  for (const { domain } of adapters) expect(domains[domain.name]?.domain.push).toBe(domain.push);
});

describe.each(adapters)('the domain $domain.name', (adapter) => {
  let bench: ContractBench;
  beforeAll(async () => {
    bench = await ContractBench.start(rig, adapter);
  });
  describeShape(adapter);
  describeReading(() => bench);
  describeKeepingStep(() => bench);
  describeWriting(adapter, () => bench);
});
