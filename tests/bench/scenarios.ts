import { backfill, type BackfillOptions } from './backfill.ts';
import { backfillReport } from './backfill-report.ts';
import type { Way } from './backfill-types.ts';
import { burst, burstReport } from './burst.ts';
import { coldReport, coldStarts } from './cold.ts';
import { deliveries, deliveryReport } from './deliveries.ts';
import { dispatch, dispatchReport } from './dispatch.ts';
import { eventWrites } from './event-writes.ts';
import { feedDelays, feedReport } from './feed-delay.ts';
import { idlePoll, idleReport } from './idle.ts';
import { memoryReport } from './memory.ts';
import type { Emulators } from './processes.ts';
import { webhook, webhookReport } from './webhook.ts';
import { writesReport } from './writes-report.ts';
import { contactWrites } from './writes.ts';

interface DomainSizes {
  readonly items: number;
  /** For the usual way with latency. */
  readonly lateItems: number;
  /** Of the items. */
  readonly changes: number;
  readonly writes: number;
}

/** How large the benches are. */
export interface Sizes {
  readonly messages: number;
  /** For the usual way with latency, which waits for each message. */
  readonly lateMessages: number;
  readonly memoryMessages: readonly [number, number];
  readonly contacts: DomainSizes;
  readonly events: DomainSizes;
  readonly rounds: number;
  readonly idleFolders: readonly number[];
  readonly idleCalendars: readonly number[];
  readonly webhook: { readonly rates: readonly number[]; readonly seconds: number };
  readonly burst: { readonly connections: number; readonly notifications: number };
  readonly changes: number;
  readonly coldStarts: number;
  readonly dispatch: readonly number[];
  readonly deliveries: { readonly connections: number; readonly changes: number };
}

export const FULL: Sizes = {
  messages: 10_000,
  lateMessages: 1_000,
  memoryMessages: [20_000, 200_000],
  contacts: { items: 5_000, lateItems: 500, changes: 500, writes: 200 },
  events: { items: 5_000, lateItems: 500, changes: 500, writes: 200 },
  rounds: 3,
  idleFolders: [1, 5, 20],
  idleCalendars: [1, 5],
  webhook: { rates: [50, 200], seconds: 4 },
  burst: { connections: 1_000, notifications: 10_000 },
  changes: 30,
  coldStarts: 9,
  dispatch: [10_000, 50_000, 100_000],
  deliveries: { connections: 20, changes: 100 },
};

/** For finding out whether a bench works, not how fast anything is. */
export const QUICK: Sizes = {
  messages: 500,
  lateMessages: 300,
  memoryMessages: [300, 600],
  contacts: { items: 300, lateItems: 100, changes: 40, writes: 10 },
  events: { items: 300, lateItems: 100, changes: 40, writes: 10 },
  rounds: 1,
  idleFolders: [1, 4],
  idleCalendars: [1],
  webhook: { rates: [50], seconds: 1 },
  burst: { connections: 20, notifications: 100 },
  changes: 3,
  coldStarts: 1,
  dispatch: [1_000, 2_000],
  deliveries: { connections: 2, changes: 30 },
};

/** What a bench is told. */
export interface BenchOptions {
  readonly sizes: Sizes;
  readonly ways: readonly Way[];
  readonly pageSize: number;
  /** Folder for profiles of the back-fill's workers; null = none. */
  readonly profiles: string | null;
  /** Added to each answer by the benches that run with latency, in milliseconds. */
  readonly latency: { readonly graph: number; readonly storage: number };
}

/** Runs one bench; answers its part of the report, in Markdown. Throws where the work was not done right. */
export type Bench = (emulators: Emulators, options: BenchOptions, note: (line: string) => void) => Promise<string>;

const runBackfill = async (
  emulators: Emulators,
  options: BackfillOptions,
  note: (line: string) => void,
): Promise<string> => backfillReport(await backfill(emulators, options, note), options);

/** In a first sync there is nothing to look at before it is written. */
const ofFirst = (ways: readonly Way[]): readonly Way[] => ways.filter((way) => way !== 'promise');

/** The first sync of a mailbox, with nothing in its way. */
const first = { domain: 'mail', changes: 0, graphLatency: 0, storageLatency: 0 } as const;

/** The first sync of what is no mail, without and with latency, and then a round of changes. */
const runDomain =
  (domain: 'contacts' | 'calendar', pick: (sizes: Sizes) => DomainSizes): Bench =>
  async (emulators, { sizes, ways, pageSize, profiles, latency }, note) => {
    const { items, lateItems, changes } = pick(sizes);
    const options = { ...first, domain, items, rounds: sizes.rounds, ways: ofFirst(ways), pageSize, profiles } as const;
    const late = {
      graphLatency: latency.graph,
      storageLatency: latency.storage,
      usualItems: lateItems,
      profiles: null,
    };
    // The usual way has no round of changes: it reads all again.
    const those = ways.filter((way) => way !== 'usual');
    const reports: string[] = [];
    for (const one of [options, { ...options, ...late }, { ...options, ways: those, changes }])
      reports.push(await runBackfill(emulators, one, note));
    return reports.join('\n');
  };

/** All benches, in the order of the report. */
export const benches = {
  backfill: (emulators, { sizes, ways, pageSize, profiles }, note) => {
    const { messages, rounds } = sizes;
    const options = { ...first, items: messages, rounds, ways: ofFirst(ways), pageSize, profiles };
    return runBackfill(emulators, options, note);
  },
  latency: (emulators, { sizes, ways, pageSize, latency }, note) => {
    const { messages: items, lateMessages: usualItems, rounds } = sizes;
    const late = { graphLatency: latency.graph, storageLatency: latency.storage };
    const options = { ...first, items, usualItems, rounds, ways: ofFirst(ways), pageSize, profiles: null, ...late };
    return runBackfill(emulators, options, note);
  },
  contacts: runDomain('contacts', ({ contacts }) => contacts),
  events: runDomain('calendar', ({ events }) => events),
  writes: async (emulators, { sizes }) => {
    const all = [await contactWrites(emulators, sizes.contacts.writes)];
    all.push(...(await eventWrites(emulators, sizes.events.writes)));
    return all.map(writesReport).join('\n');
  },
  memory: (emulators, { sizes, pageSize }, note) =>
    memoryReport(emulators, { sizes: sizes.memoryMessages, pageSize }, note),
  idle: async (emulators, { sizes }) => {
    const polls = [];
    for (const trusted of [false, true]) {
      for (const count of sizes.idleFolders) polls.push(await idlePoll(emulators, { count, trusted }));
      polls.push(await idlePoll(emulators, { domain: 'contacts', trusted }));
      // Of calendars beside the default one nobody tells for certain: with these the domain polls at its schedule.
      for (const count of trusted ? [1] : sizes.idleCalendars)
        polls.push(await idlePoll(emulators, { count, domain: 'calendar', trusted }));
    }
    return idleReport(polls);
  },
  webhook: async (emulators, { sizes }, note) => {
    const options = { ...sizes.webhook, rounds: sizes.rounds };
    return webhookReport(await webhook(emulators, options, note), options);
  },
  burst: async (emulators, { sizes }) => burstReport(await burst(emulators, sizes.burst)),
  feed: async (_, { sizes }, note) => feedReport(await feedDelays(sizes.changes, note)),
  cold: async (emulators, { sizes }) => coldReport(await coldStarts(emulators, sizes.coldStarts)),
  dispatch: async (emulators, { sizes }, note) => dispatchReport(await dispatch(emulators, sizes.dispatch, note)),
  deliveries: async (emulators, { sizes }) => {
    const options = { ...sizes.deliveries, rounds: sizes.rounds };
    return deliveryReport(await deliveries(emulators, options), options);
  },
} satisfies Record<string, Bench>;
export type BenchName = keyof typeof benches;
