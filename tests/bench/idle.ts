import { startAzurite } from '../../infra/local/azurite.ts';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { serviceOrigin, startFaultProxy, throughProxies, type FaultProxy } from '../support/fault-proxy.ts';
import { connect } from '../support/sync-world.ts';
import { table } from './figures.ts';
import { makeMailbox } from './mailbox.ts';
import type { Emulators } from './processes.ts';
import { WrongResult } from './run-way.ts';
import { settingsOf } from './way-ours.ts';

const MESSAGES = 200;
/** Calls to storage for a domain with one stream, at most, and for each further one. */
const AIM = { domain: 6, stream: 1 } as const;

/** What one poll that finds nothing asks of Graph and of storage, in order. */
export interface IdlePoll {
  /** The folders of the mailbox are one of them. */
  readonly streams: number;
  readonly graph: readonly string[];
  readonly storage: readonly string[];
}

/** Syncs so many folders of a mailbox, then polls as a due row brings it, and watches what the second poll sends. */
export async function idlePoll(emulators: Emulators, count = 4): Promise<IdlePoll> {
  const azurite = await startAzurite();
  const tables = await startFaultProxy(serviceOrigin(azurite.connectionString, 'table'));
  const graph = await startFaultProxy(emulators.graph);
  try {
    const mailbox = await makeMailbox(emulators.control, 'idle', MESSAGES, count);
    const storage = throughProxies(azurite.connectionString, { table: tables.url });
    const settings = settingsOf({ ...emulators, storage, graph: graph.url, pageSize: 196 });
    const app = openApp(loadConfig(settings), { log: silentLog });
    const { upn: username, password, folders } = mailbox;
    const connectionId = await connect(app, { username, password, folders });
    await runSyncJob({ connectionId, domain: 'mail', why: 'connect', due: null }, app);
    await poll(app, connectionId);
    tables.forget();
    graph.forget();
    await poll(app, connectionId);
    return { streams: folders.length + 1, graph: graph.requests.map(describe), storage: callsOf(tables) };
  } finally {
    await Promise.all([tables.close(), graph.close()]);
    await azurite.close();
  }
}

async function poll(app: App, connectionId: string): Promise<void> {
  const scope = { connectionId, domain: 'mail' };
  const at = (await app.store.readHead(scope))?.head.status.nextDueAt ?? null;
  if (at === null) throw new WrongResult('a synced domain is not due again');
  await runSyncJob({ ...scope, why: 'schedule', due: { kind: 'mail', at } }, app);
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

/** The idle poll's part of the report, in Markdown; the calls of the first one by name. */
export function idleReport(polls: readonly IdlePoll[]): string {
  const allowed = ({ streams }: IdlePoll): number => AIM.domain + AIM.stream * (streams - 1);
  const rows = polls.map((poll) => [
    ...[String(poll.streams), String(poll.graph.length), String(poll.storage.length), String(allowed(poll))],
  ]);
  const [first] = polls;
  const isGraph = polls.every(({ graph, streams }) => graph.length <= streams);
  const isStorage = polls.every((poll) => poll.storage.length <= allowed(poll));
  return [
    '## Idle poll of a domain',
    '',
    table(['streams (the list of folders is one)', 'Graph requests', 'storage calls', 'aimed at, at most'], rows),
    '',
    `With ${first?.streams ?? 0} streams:`,
    '',
    ...(first?.graph ?? []).map((line) => `- Graph: ${line}`),
    ...(first?.storage ?? []).map((line) => `- storage: ${line}`),
    '',
    `- ${isGraph ? 'met' : 'MISSED'}: Graph requests; aim: one a stream`,
    `- ${isStorage ? 'met' : 'MISSED'}: storage calls; aim: at most ${AIM.domain}, and ${AIM.stream} more for each further stream`,
    '',
  ].join('\n');
}
