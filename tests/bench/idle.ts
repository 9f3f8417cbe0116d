import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import type { Scope } from '../../shared/engine/model.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { serviceOrigin, startFaultProxy, throughProxies, type FaultProxy } from '../support/fault-proxy.ts';
import { makeCalendars } from './calendars.ts';
import { table } from './figures.ts';
import { makeMailbox, type BenchMailbox } from './mailbox.ts';
import type { Emulators } from './processes.ts';
import { WrongResult } from './run-way.ts';
import { connectMailbox, firstSync, settingsOf } from './way-ours.ts';

const ITEMS = 200;
/** Calls to storage for a domain with one stream, at most, and for each further one. */
const AIM = { domain: 6, stream: 1 } as const;

/** What one poll that finds nothing asks of Graph and of storage, in order. */
export interface IdlePoll {
  readonly domain: IdleDomain;
  /** The list of the folders, or of the calendars, is one of them. */
  readonly streams: number;
  readonly graph: readonly string[];
  readonly storage: readonly string[];
}

type IdleDomain = 'mail' | 'calendar';

const makers: Readonly<Record<IdleDomain, (control: string, count: number) => Promise<BenchMailbox>>> = {
  mail: (control, count) => makeMailbox(control, 'idle', ITEMS, count),
  calendar: (control, count) => makeCalendars(control, 'idle', ITEMS, count),
};

/** Syncs so many folders or calendars of a mailbox, then polls as a due row brings it, and watches what the second poll sends. */
export async function idlePoll(emulators: Emulators, count = 4, domain: IdleDomain = 'mail'): Promise<IdlePoll> {
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
    await poll(app, scope);
    tables.forget();
    graph.forget();
    await poll(app, scope);
    const { folders } = mailbox;
    return { domain, streams: folders.length + 1, graph: graph.requests.map(describe), storage: callsOf(tables) };
  } finally {
    await Promise.all([tables.close(), graph.close()]);
    await azurite.close();
  }
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
      String(poll.streams),
      String(poll.graph.length),
      String(poll.storage.length),
      String(allowed(poll)),
    ],
  ]);
  const shown = polls.filter((poll, n) => polls.findIndex(({ domain }) => domain === poll.domain) === n);
  const isGraph = polls.every(({ graph, streams }) => graph.length <= streams);
  const isStorage = polls.every((poll) => poll.storage.length <= allowed(poll));
  return [
    '## Idle poll of a domain',
    '',
    table(
      [
        'domain',
        'streams (the list of folders or calendars is one)',
        'Graph requests',
        'storage calls',
        'aimed at, at most',
      ],
      rows,
    ),
    '',
    ...shown.flatMap((poll) => [
      `${poll.domain} with ${poll.streams} streams:`,
      '',
      ...poll.graph.map((line) => `- Graph: ${line}`),
      ...poll.storage.map((line) => `- storage: ${line}`),
      '',
    ]),
    `- ${isGraph ? 'met' : 'MISSED'}: Graph requests; aim: one a stream`,
    `- ${isStorage ? 'met' : 'MISSED'}: storage calls; aim: at most ${AIM.domain}, and ${AIM.stream} more for each further stream`,
    '',
  ].join('\n');
}
