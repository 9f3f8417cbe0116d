import { fileURLToPath } from 'node:url';
import { startHost, type HostProcess } from '../../infra/local/stack.ts';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { mapLimit } from '../../shared/lib/map-limit.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { cpuOf } from './cpu.ts';
import { percentile, show, spreadOf, table, type Spread } from './figures.ts';
import { openLoop, type Load, type Post } from './open-loop.ts';
import type { Emulators } from './processes.ts';
import { WrongResult } from './run-way.ts';
import { makeSubscribers, notificationOf, type Subscriber } from './subscribers.ts';
import { settingsOf } from './way-ours.ts';

export interface WebhookOptions {
  /** Requests a second, one load for each. */
  readonly rates: readonly number[];
  /** How long each load lasts. */
  readonly seconds: number;
  readonly rounds: number;
}

const WAYS = ['ours', 'bare', 'promise'] as const;
type Way = (typeof WAYS)[number];

const names: Readonly<Record<Way, string>> = {
  ours: 'ours: POST /webhooks/graph',
  bare: 'floor: one queue write',
  promise: 'the calls of the promise, bare',
};

/** One load of one server. */
export interface WebhookRun extends Load {
  readonly way: Way;
  readonly rate: number;
  /** Processor time of a request, in milliseconds; null where the system does not tell. */
  readonly cpuMs: { readonly host: number | null; readonly storage: number | null };
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BARE = fileURLToPath(new URL('bare-app', import.meta.url));
/** Times the p99 of the floor, at most. */
const AIM = 2;
const TIDY_AT_ONCE = 16;

/**
 * Loads the receiver of notifications and a bare queue write, in two local hosts on one storage, in turns. On Flex Consumption
 * HTTP functions have instances of their own, so nothing but them runs in these hosts. Each notification of a load is for
 * another connection that rests, which is the dearest case: none is coalesced. Each way is run once unmeasured, so that no
 * ratio tells how soon a program is compiled.
 */
export async function webhook(
  emulators: Emulators,
  { rates, seconds, rounds }: WebhookOptions,
  note: (line: string) => void,
): Promise<WebhookRun[]> {
  const azurite = await emulators.openStorage();
  const settings = settingsOf({ ...emulators, storage: azurite.connectionString, pageSize: 196 });
  const closers: (() => Promise<void>)[] = [() => azurite.close()];
  try {
    const app = openApp(loadConfig(settings), { log: silentLog });
    const subscribers = await makeSubscribers(app, seconds * Math.max(...rates));
    const start = async (folder: string): Promise<HostProcess> => {
      const host = await startHost({ port: 0, settings: { ...settings, ...httpAlone }, flags: ['--app', folder] });
      closers.push(() => host.close());
      return host;
    };
    const ours = await start(ROOT);
    const bare = await start(BARE);
    const posts = {
      ours: subscribers.map((one, n) => ({
        url: `${ours.url}/api/webhooks/graph?k=${one.key}`,
        body: notificationOf(one, `warm-${n}`),
      })),
      bare: subscribers.map((one, n) => ({ url: `${bare.url}/api/bare`, body: notificationOf(one, `warm-${n}`) })),
      promise: subscribers.map((one, n) => ({
        url: `${bare.url}/api/promise`,
        body: notificationOf(one, `warm-${n}`),
      })),
    } satisfies Record<WebhookRun['way'], Post[]>;
    for (const way of WAYS) check(await openLoop(posts[way], Math.max(...rates) / 2));
    const runs: WebhookRun[] = [];
    for (const { way, rate } of turns(rates, rounds)) {
      await settle(app, subscribers);
      const pids = { host: way === 'ours' ? ours.pid : bare.pid, storage: azurite.pid };
      const run = { way, rate, ...(await watched(posts[way].slice(0, rate * seconds), rate, pids)) };
      note(
        `webhook ${way} at ${rate}/s: median ${percentile(run.ms, 50).toFixed(1)} ms, p99 ${percentile(run.ms, 99).toFixed(1)} ms`,
      );
      runs.push(run);
    }
    return runs;
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

/** Each way at each rate in each round; who comes first changes by the round. */
function turns(rates: readonly number[], rounds: number): Pick<WebhookRun, 'way' | 'rate'>[] {
  return Array.from({ length: rounds }, (_, round) =>
    rates.flatMap((rate) => (round % 2 === 0 ? WAYS : WAYS.toReversed()).map((way) => ({ way, rate }))),
  ).flat();
}

/** As on Flex Consumption: timers and queues are run by other instances. */
const httpAlone = Object.fromEntries(
  [
    ...['emailSync', 'contactSync', 'calendarSync', 'taskSync', 'bookingSync', 'subscriptionRenewal', 'housekeeping'],
    ...['statistics', 'dispatch', 'dispatchPoison', 'pushJobs', 'pushJobsPoison', 'syncJobs', 'syncJobsPoison'],
    ...['deliveries', 'deliveriesPoison'],
  ].map((name) => [`AzureWebJobs.${name}.Disabled`, 'true']),
);

async function watched(
  posts: readonly Post[],
  rate: number,
  pids: { readonly host: number; readonly storage: number },
): Promise<Load & Pick<WebhookRun, 'cpuMs'>> {
  const [host, storage] = [await cpuOf(pids.host), await cpuOf(pids.storage)];
  const load = check(await openLoop(posts, rate));
  const since = async (pid: number, before: number | null): Promise<number | null> => {
    const after = await cpuOf(pid);
    return before === null || after === null ? null : (after - before) / posts.length;
  };
  return { ...load, cpuMs: { host: await since(pids.host, host), storage: await since(pids.storage, storage) } };
}

function check(load: Load): Load {
  const others = Object.keys(load.statuses).filter((status) => status !== '202');
  if (others.length > 0) throw new WrongResult(`a webhook answered ${JSON.stringify(load.statuses)}`);
  return load;
}

/**
 * What jobs would have done by then: nobody is awake. Messages stay in their queues: each minute Azurite drops the texts of
 * those that went, at a cost by the square of their number, and answers nobody for half a minute after some thousand.
 */
async function settle(app: App, subscribers: readonly Subscriber[]): Promise<void> {
  await mapLimit(subscribers, TIDY_AT_ONCE, ({ connectionId }) => app.wake.clear({ connectionId, domain: 'mail' }));
}

/** The webhook's part of the report, in Markdown. The ratio is taken within a round. */
export function webhookReport(runs: readonly WebhookRun[], { rates, seconds, rounds }: WebhookOptions): string {
  const of = (way: WebhookRun['way'], rate: number): WebhookRun[] =>
    runs.filter((run) => run.way === way && run.rate === rate);
  const cells = (way: WebhookRun['way'], rate: number): string[] => [
    names[way],
    `${rate}/s`,
    ...[50, 95, 99].map((percent) => show(spreadOf(of(way, rate).map(({ ms }) => percentile(ms, percent))), 1)),
    ...(['host', 'storage'] as const).map((member) => {
      const known = of(way, rate).flatMap(({ cpuMs }) => cpuMs[member] ?? []);
      return known.length === 0 ? '-' : show(spreadOf(known), 1);
    }),
  ];
  const ratioAt = (rate: number, percent: number, to: Way = 'bare'): Spread => {
    const [ours, other] = [of('ours', rate), of(to, rate)];
    return spreadOf(ours.map(({ ms }, n) => percentile(ms, percent) / percentile(other[n]?.ms ?? [], percent)));
  };
  return [
    `## Webhook beside a bare queue write, ${seconds} s a load, ${rounds} rounds`,
    '',
    'Open loop, measured from the intended start, each in a local host of its own without timers and queues. Each notification is for a resting connection of its own, which this host has met once before. Each way ran once unmeasured.',
    'The promise of a round (P3) takes a subscription read while a due row is written, then a wake row, then the message: what these cost by themselves, no product around them, stands in the third line.',
    '',
    table(
      ['', 'load', 'median ms', 'p95 ms', 'p99 ms', 'host CPU ms each', 'storage CPU ms each'],
      rates.flatMap((rate) => WAYS.map((way) => cells(way, rate))),
    ),
    '',
    ...rates.map((rate) => {
      const ratio = ratioAt(rate, 99);
      const verdict = ratio.median <= AIM ? 'met' : 'MISSED';
      return `- ${verdict}: at ${rate}/s p99 is ${show(ratio)} times that of the floor (median ${show(ratioAt(rate, 50))}); aim: at most ${AIM}. Of the bare calls of the promise it is ${show(ratioAt(rate, 99, 'promise'))} times (median ${show(ratioAt(rate, 50, 'promise'))})`;
    }),
    '',
  ].join('\n');
}
