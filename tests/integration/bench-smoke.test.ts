import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backfill } from '../bench/backfill.ts';
import { backfillReport } from '../bench/backfill-report.ts';
import { percentile, spreadOf } from '../bench/figures.ts';
import { idlePoll, idleReport } from '../bench/idle.ts';
import { startEmulators, type Emulators } from '../bench/processes.ts';
import { burst, burstReport } from '../bench/burst.ts';
import { coldReport, coldStarts } from '../bench/cold.ts';
import { deliveries, deliveryReport } from '../bench/deliveries.ts';
import { dispatch, dispatchReport } from '../bench/dispatch.ts';
import { eventWrites } from '../bench/event-writes.ts';
import { webhook, webhookReport } from '../bench/webhook.ts';
import { writesReport } from '../bench/writes-report.ts';
import { contactWrites } from '../bench/writes.ts';
import { ensureBuilt } from '../support/built-app.ts';
import { openStorageAccount } from '../support/storage-account.ts';

describe('the benchmarks', () => {
  let emulators: Emulators;
  beforeAll(async () => {
    // What is held to here are numbers of calls and items, and one Azurite serves them all.
    emulators = await startEmulators(async () => ({ ...(await openStorageAccount()), close: () => Promise.resolve() }));
  });
  afterAll(() => emulators.close());

  /** The ways of a first sync. */
  const FIRST = ['ours', 'usual', 'floor'] as const;
  const bare = { rounds: 1, ways: FIRST, pageSize: 40, profiles: null } as const;

  it('bring every message by all three ways, under latency too, and say whether each aim is met', async () => {
    const options = {
      ...{ ...bare, domain: 'mail' as const, items: 100, changes: 0 },
      ...{ graphLatency: 5, storageLatency: 1 },
    };
    const runs = await backfill(emulators, options, () => undefined);
    expect(runs.map(({ way, items, rows }) => [way, items, rows])).toEqual([
      ['ours', 100, 200],
      ['usual', 100, 100],
      ['floor', 100, 200],
    ]);
    expect(backfillReport(runs, options)).toMatch(/- (met|MISSED): .* aim: at most 1.5/);
  }, 120_000);

  it('bring every contact by all three ways, the floor with as many rows as ours', async () => {
    const options = {
      ...{ ...bare, domain: 'contacts' as const, items: 60, changes: 0 },
      ...{ graphLatency: 0, storageLatency: 0 },
    };
    const runs = await backfill(emulators, options, () => undefined);
    const [ours, usual, floor] = runs;
    expect(runs.map(({ way, items }) => [way, items])).toEqual(FIRST.map((way) => [way, 60]));
    expect(usual?.rows).toBe(60);
    // A record, its name, and what it is found by.
    expect(ours?.rows).toBeGreaterThan(180);
    expect(floor?.rows).toBe(ours?.rows);
    expect(backfillReport(runs, options)).toMatch(/contacts a second[^]*- (met|MISSED): .* aim: at most 1.5/);
  }, 120_000);

  it('bring changed contacts by ours and the floor, each told once', async () => {
    const options = {
      ...{ ...bare, ways: ['ours', 'floor'] as const, domain: 'contacts' as const, items: 60, changes: 20 },
      ...{ graphLatency: 0, storageLatency: 0 },
    };
    const runs = await backfill(emulators, options, () => undefined);
    expect(runs.map(({ way, items, told }) => [way, items, told])).toEqual([
      ['ours', 60, 20],
      ['floor', 60, 20],
    ]);
    expect(backfillReport(runs, options)).toContain('20 changed contacts of 60');
  }, 120_000);

  it('bring every event by ours and the floor, with series whole, and what takes place by the usual way', async () => {
    const options = {
      ...{ ...bare, domain: 'calendar' as const, items: 120, changes: 0 },
      ...{ graphLatency: 0, storageLatency: 0 },
    };
    const runs = await backfill(emulators, options, () => undefined);
    const [ours, usual, floor] = runs;
    expect(runs.map(({ way, items }) => [way, items])).toEqual(FIRST.map((way) => [way, 120]));
    // One series of 52 occurrences, which a view shows without its master.
    expect(usual?.rows).toBe(119);
    expect(floor?.rows).toBe(ours?.rows);
    expect(backfillReport(runs, options)).toMatch(/events in several calendars[^]*- (met|MISSED): .* aim: at most 1.5/);
  }, 120_000);

  it('bring changed events by ours and the floor, each told once', async () => {
    const options = {
      ...{ ...bare, ways: ['ours', 'floor'] as const, domain: 'calendar' as const, items: 120, changes: 20 },
      ...{ graphLatency: 0, storageLatency: 0 },
    };
    const runs = await backfill(emulators, options, () => undefined);
    expect(runs.map(({ way, items, told }) => [way, items, told])).toEqual([
      ['ours', 120, 20],
      ['floor', 120, 20],
    ]);
  }, 120_000);

  it('count the calls of events that are made here, and changed: one request of Graph each', async () => {
    for (const done of await eventWrites(emulators, 5)) {
      expect([done.taken.graph.length, done.pushed.graph.length], done.what).toEqual([0, 5]);
      expect(writesReport(done)).toMatch(/- met: 1.00 Graph requests a write[^]*- (met|MISSED): .* commits a write/);
    }
  }, 120_000);

  it('count the calls of contacts that are made here: one request of Graph each', async () => {
    const done = await contactWrites(emulators, 5);
    expect([done.taken.graph.length, done.pushed.graph.length]).toEqual([0, 5]);
    expect(writesReport(done)).toMatch(/- met: 1.00 Graph requests a write[^]*- (met|MISSED): .* commits a write/);
  }, 120_000);

  it('count what an idle poll sends: one request of Graph a stream, and storage calls that do not grow with streams', async () => {
    const poll = await idlePoll(emulators);
    expect(poll.graph).toHaveLength(poll.streams);
    expect(poll.storage.filter((line) => line.includes('PUT head.cursor'))).toHaveLength(1);
    expect(idleReport([poll])).toMatch(/- met: storage calls at the schedule; aim: at most/);
  });

  it('count what an idle poll of calendars sends: the list of calendars and a page of each', async () => {
    const poll = await idlePoll(emulators, { count: 2, domain: 'calendar' });
    expect([poll.streams, poll.graph.length]).toEqual([3, 3]);
    expect(poll.storage.filter((line) => line.includes('PUT head.cursor'))).toHaveLength(1);
  });

  it('count what an idle poll sends where notifications are relied on: one call of storage more, whether they still can be', async () => {
    const [scheduled, poll] = [
      await idlePoll(emulators, { domain: 'contacts' }),
      await idlePoll(emulators, { domain: 'contacts', trusted: true }),
    ];
    expect(poll.storage).toHaveLength(scheduled.storage.length + 1);
    expect(poll.storage.filter((line) => line.includes("'subscription|"))).toHaveLength(1);
    expect(idleReport([poll])).toMatch(/^- met: storage calls twice a day, with live subscriptions/m);
  });

  it('count the jobs of a burst while jobs run: two a connection at most, and each last change is there in the end', async () => {
    const done = await burst(emulators, { connections: 8, notifications: 80 });
    expect(done.behind).toBe(0);
    expect(done.jobs).toBeLessThanOrEqual(16);
    expect(burstReport(done)).toMatch(/- met: /);
  });

  it('dispatch as many jobs as connections are due, with a timer that reads nothing', async () => {
    const runs = await dispatch(emulators, [40, 80], () => undefined);
    expect(runs.map(({ way, due, jobs }) => [way, due, jobs])).toEqual([
      ['usual', 2, 2],
      ['ours', 2, 2],
      ['usual', 4, 4],
      ['ours', 4, 4],
    ]);
    const report = dispatchReport(runs);
    expect(report).toMatch(/- met: the timer itself sends/);
    expect(report).toMatch(/- (met|MISSED): and [\d.]+ times the time; aim: at most 2 times/);
  });

  it('send each change of a feed once, and as many bare posts beside', async () => {
    const options = { connections: 2, changes: 30, rounds: 1 };
    const runs = await deliveries(emulators, options);
    expect(runs.map(({ deliveries: sent }) => sent)).toEqual([60]);
    expect(deliveryReport(runs, options)).toMatch(/deliveries a second; the floor: \d/);
  });

  it('load webhook and floor through the real host, and start workers of the build', async () => {
    await ensureBuilt();
    const options = { rates: [20], seconds: 1, rounds: 1 };
    const runs = await webhook(emulators, options, () => undefined);
    expect(runs.map(({ way, statuses }) => [way, statuses])).toEqual([
      ['ours', { 202: 20 }],
      ['bare', { 202: 20 }],
      ['promise', { 202: 20 }],
    ]);
    expect(webhookReport(runs, options)).toMatch(/- (met|MISSED): at 20\/s/);
    expect(coldReport(await coldStarts(emulators, 1))).toMatch(/- (met|MISSED): .* ms to load the bundle/);
  }, 120_000);

  it('take of a hundred values the one that 99 do not exceed', () => {
    const values = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect([50, 95, 99].map((percent) => percentile(values, percent))).toEqual([50, 95, 99]);
    expect(percentile([7], 99)).toBe(7);
  });

  it('take the middle of an even and of an odd number of figures', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  });
});
