import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backfill } from '../bench/backfill.ts';
import { backfillReport } from '../bench/backfill-report.ts';
import { WAYS } from '../bench/backfill-types.ts';
import { spreadOf } from '../bench/figures.ts';
import { idlePoll, idleReport } from '../bench/idle.ts';
import { startEmulators, type Emulators } from '../bench/processes.ts';

describe('the benchmarks', () => {
  let emulators: Emulators;
  beforeAll(async () => {
    emulators = await startEmulators();
  });
  afterAll(() => emulators.close());

  it('bring every message by all three ways, under latency too, and say whether each aim is met', async () => {
    const options = {
      ...{ messages: 500, rounds: 1, ways: WAYS, pageSize: 196 },
      ...{ graphLatency: 5, storageLatency: 1, profiles: null },
    };
    const runs = await backfill(emulators, options, () => undefined);
    expect(runs.map(({ way, messages, rows }) => [way, messages, rows])).toEqual([
      ['ours', 500, 1000],
      ['usual', 500, 500],
      ['floor', 500, 1000],
    ]);
    expect(backfillReport(runs, options)).toMatch(/- (met|MISSED): .* aim: at most 1.5/);
  }, 120_000);

  it('count what an idle poll sends: one request of Graph a stream, and storage calls that do not grow with streams', async () => {
    const poll = await idlePoll(emulators);
    expect(poll.graph).toHaveLength(poll.streams);
    expect(poll.storage.filter((line) => line.includes('PUT cursor'))).toHaveLength(1);
    expect(idleReport(poll)).toMatch(/storage calls; aim: at most/);
  });

  it('take the middle of an even and of an odd number of figures', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  });
});
