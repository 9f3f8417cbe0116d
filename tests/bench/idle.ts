import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { watchedResources } from '../../shared/domains/subscription-resources.ts';
import type { Scope } from '../../shared/engine/model.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { newSubscription, withLive } from '../../shared/jobs/subscriptions/pairs.ts';
import { plus } from '../../shared/lib/clock.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { serviceOrigin, startFaultProxy, throughProxies, type FaultProxy } from '../support/fault-proxy.ts';
import { makeCalendars } from './calendars.ts';
import type { DomainName } from './domains.ts';
import { table } from './figures.ts';
import { makeAddressBook, makeMailbox, type BenchMailbox } from './mailbox.ts';
import type { Emulators } from './processes.ts';
import { WrongResult } from './run-way.ts';
import { connectMailbox, firstSync, settingsOf } from './way-ours.ts';

const ITEMS = 200;
/**
 * Calls to storage for a domain with one stream, at most, and for each further one. What comes once in a time for many polls is not
 * among them: the copy of the status for lists, each quarter of an hour, and a new token, each hour.
 */
const AIM = { domain: 6, stream: 1 } as const;

/** What one poll that finds nothing asks of Graph and of storage, in order. */
export interface IdlePoll {
  readonly domain: DomainName;
  /** Its subscriptions are live: a poll only makes sure, twice a day. Else it is polled at its schedule. */
  readonly trusted: boolean;
  /** The list of the folders, or of the calendars, is one of them. */
  readonly streams: number;
  readonly graph: readonly string[];
  readonly storage: readonly string[];
}

const makers: Readonly<Record<DomainName, (control: string, count: number) => Promise<BenchMailbox>>> = {
  mail: (control, count) => makeMailbox(control, 'idle', ITEMS, count),
  // In five folders, however many are asked for.
  contacts: (control) => makeAddressBook(control, 'idle', ITEMS),
  calendar: (control, count) => makeCalendars(control, 'idle', ITEMS, count),
};

/** Syncs so many folders or calendars of a mailbox, then polls as a due row brings it, and watches what the second poll sends. */
export async function idlePoll(
  emulators: Emulators,
  {
    count = 4,
    domain = 'mail',
    trusted = false,
  }: Partial<Pick<IdlePoll, 'domain' | 'trusted'>> & { readonly count?: number } = {},
): Promise<IdlePoll> {
  const azurite = await emulators.openStorage();
  const tables = await startFaultProxy(serviceOrigin(azurite.connectionString, 'table'));
  const graph = await startFaultProxy(emulators.graph);
  try {
    const mailbox = await makers[domain](emulators.control, count);
    const storage = throughProxies(azurite.connectionString, { table: tables.url });
    const settings = settingsOf({ ...emulators, storage, graph: graph.url, pageSize: 196 });
    const app = openApp(loadConfig(settings), { log: silentLog });
    const scope = { connectionId: await connectMailbox(app, mailbox), domain };
    await firstSync(app, scope);
    if (trusted) await trust(app, scope);
    await poll(app, scope);
    tables.forget();
    graph.forget();
    await poll(app, scope);
    const calls = { graph: graph.requests.map(describe), storage: callsOf(tables) };
    if (((await app.store.readHead(scope))?.head.status.trusted ?? false) !== trusted)
      throw new WrongResult(`a domain is ${trusted ? 'not ' : ''}trusted`);
    return { domain, trusted, streams: (await app.store.readCursors(scope)).length, ...calls };
  } finally {
    await Promise.all([tables.close(), graph.close()]);
    await azurite.close();
  }
}

/** As if Graph had granted all that is to be watched; a job that is not of the schedule finds it at once. */
async function trust(app: App, scope: Scope): Promise<void> {
  const connection = (await app.connections.read(scope.connectionId))?.connection;
  if (connection === undefined) throw new WrongResult('the connection is gone');
  const at = new Date();
  for (const watched of await watchedResources(connection, app.store, scope.domain)) {
    const row = { ...newSubscription(connection.account, watched), connections: [connection.id] };
    const live = { id: watched.resource, keyHash: 'key', stateHash: 'state' };
    const until = plus(at, 86_400_000).toISOString();
    const facts = { now: at, expiresAt: until, renewAt: until, sentTo: app.config.publicBaseUrl };
    await app.subscriptions.write(withLive(row, live, facts), null);
  }
  await runSyncJob({ ...scope, why: 'manual', due: null }, app);
}

async function poll(app: App, scope: Scope): Promise<void> {
  const at = (await app.store.readHead(scope))?.head.status.nextDueAt ?? null;
  if (at === null) throw new WrongResult('a synced domain is not due again');
  await runSyncJob({ ...scope, why: 'schedule', due: { kind: scope.domain, at } }, app);
  const status = (await app.store.readHead(scope))?.head.status;
  if (status?.status !== 'ok') throw new WrongResult(`an idle poll ended as ${status?.status ?? 'nothing'}`);
}

/** Those of the job: the first and the last one read the head for this bench. */
const callsOf = (tables: FaultProxy): string[] => tables.requests.slice(1, -1).map(describe);

function describe({ method, path, body }: FaultProxy['requests'][number]): string {
  const rows = path.includes('$batch')
    ? ` [${[...body.toString().matchAll(/^(PUT|POST|MERGE|DELETE) \S*RowKey='([^'|%]*)/gm)].map((row) => `${row[1] ?? ''} ${row[2] ?? ''}`).join(', ')}]`
    : '';
  const text = decodeURIComponent(path)
    .replace(/^\/devstoreaccount1/, '')
    .replace(/(token=)[^&]*/g, '$1...');
  return `${method} ${text.slice(0, 150)}${rows}`;
}

/** The idle poll's part of the report, in Markdown; the calls of the first one of a domain by name. */
export function idleReport(polls: readonly IdlePoll[]): string {
  const allowed = ({ streams }: IdlePoll): number => AIM.domain + AIM.stream * (streams - 1);
  const rows = polls.map((poll) => [
    ...[
      poll.domain,
      poll.trusted ? 'live' : 'none',
      String(poll.streams),
      String(poll.graph.length),
      String(poll.storage.length),
      String(allowed(poll)),
    ],
  ]);
  const shown = polls.filter(
    (poll, n) => polls.findIndex((one) => one.domain === poll.domain && one.trusted === poll.trusted) === n,
  );
  const isGraph = polls.every(({ graph, streams }) => graph.length <= streams);
  const isMet = (trusted: boolean): string =>
    polls.every((poll) => poll.trusted !== trusted || poll.storage.length <= allowed(poll)) ? 'met' : 'MISSED';
  const aim = `at most ${AIM.domain}, and ${AIM.stream} more for each further stream`;
  return [
    '## Idle poll of a domain',
    '',
    table(
      [
        'domain',
        'subscriptions',
        'streams (the list of folders or calendars is one)',
        'Graph requests',
        'storage calls',
        'aimed at, at most',
      ],
      rows,
    ),
    '',
    ...shown.flatMap((poll) => [
      `${poll.domain} with ${poll.streams} streams, subscriptions ${poll.trusted ? 'live' : 'none'}:`,
      '',
      ...poll.graph.map((line) => `- Graph: ${line}`),
      ...poll.storage.map((line) => `- storage: ${line}`),
      '',
    ]),
    `- ${isGraph ? 'met' : 'MISSED'}: Graph requests; aim: one a stream`,
    `- ${isMet(false)}: storage calls at the schedule; aim: ${aim}`,
    `- ${isMet(true)}: storage calls twice a day, with live subscriptions, which are looked at by one call more; aim: ${aim}`,
    '',
  ].join('\n');
}
