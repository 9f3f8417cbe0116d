import { startAzurite } from '../../infra/local/azurite.ts';
import { openApp } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { mapLimit } from '../../shared/lib/map-limit.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { addConnections } from './dispatch-rows.ts';
import { dispatchResult, type DispatchResult, type DispatchTask } from './dispatch-types.ts';
import { table } from './figures.ts';
import { runOnce, type Emulators } from './processes.ts';
import { WrongResult } from './run-way.ts';
import { settingsOf } from './way-ours.ts';

/** One dispatch of one way, with so many connections of which so many were due. */
export interface Dispatch extends DispatchResult {
  readonly way: DispatchTask['way'];
  readonly connections: number;
  readonly due: number;
}

/** One of so many connections is due. */
const DUE_SHARE = 20;
const AT_ONCE = 16;
const USUAL = 'usual';
/** Parts of a connection string: where the queues are, and the name of the account. */
const QUEUES = /QueueEndpoint=[^;]+/;
const ACCOUNT = /(?<=AccountName=)[^;]+/;
/** Live heap at the largest size over that at the smallest, in MiB, at most. */
const AIM_MB = 16;
/** Time at the largest size over that at the smallest, over the ratio of the sizes, at most: machines are not even. */
const AIM_TIME = 2;

/** Dispatches with more and more connections on one storage. Throws WrongResult where not each due connection got one job. */
export async function dispatch(
  emulators: Emulators,
  sizes: readonly number[],
  note: (line: string) => void,
): Promise<Dispatch[]> {
  const azurite = await emulators.openStorage();
  try {
    const settings = settingsOf({ ...emulators, storage: azurite.connectionString, pageSize: 196 });
    const app = openApp(loadConfig(settings), { log: silentLog });
    const storage = { connection: azurite.connectionString, usualTable: USUAL };
    const runs: Dispatch[] = [];
    const due: string[] = [];
    let from = 0;
    for (const size of sizes) {
      const dueCount = Math.round(size / DUE_SHARE);
      due.push(...(await addConnections(app, storage, { from, size, dueCount: dueCount - due.length })));
      for (const way of ['usual', 'ours'] as const) {
        const result = check(await runWithQueues(way, settings), dueCount);
        runs.push({ way, connections: size, due: result.jobs, ...result });
        note(`dispatch ${way} ${size}: ${(result.work.ms / 1000).toFixed(1)} s, ${result.work.calls} calls`);
      }
      // Their jobs have begun, as it were; the rows in `due` stand.
      await mapLimit(due, AT_ONCE, (connectionId) => app.wake.clear({ connectionId, domain: 'mail' }));
      from = size;
    }
    return runs;
  } finally {
    await azurite.close();
  }
}

function check(result: DispatchResult, due: number): DispatchResult {
  if (result.jobs === due) return result;
  throw new WrongResult(`${result.jobs} jobs for ${due} connections that are due`);
}

/**
 * One run on the tables of all runs and on queues of its own. Each minute Azurite drops the texts of messages that went, at a
 * cost by the square of their number: those of the run before would have it answer nobody for minutes.
 */
async function runWithQueues(way: DispatchTask['way'], settings: DispatchTask['settings']): Promise<DispatchResult> {
  const tables = settings['AzureWebJobsStorage'] ?? '';
  const azurite = await startAzurite({ accounts: ACCOUNT.exec(tables) ?? [] });
  try {
    const storage = tables.replace(QUEUES, QUEUES.exec(azurite.connectionString)?.[0] ?? '');
    const input: DispatchTask = { way, settings: { ...settings, AzureWebJobsStorage: storage }, usualTable: USUAL };
    return await runOnce('dispatch-worker.ts', { input, answer: dispatchResult, flags: ['--expose-gc'] });
  } finally {
    await azurite.close();
  }
}

/** The dispatch's part of the report, in Markdown. */
export function dispatchReport(runs: readonly Dispatch[]): string {
  const names = { ours: 'ours: shards of `due`', usual: 'usual: scan of the connections' } as const;
  const ours = runs.filter((run) => run.way === 'ours');
  const [first, last] = [ours[0], ours.at(-1)];
  if (first === undefined || last === undefined) throw new Error('nothing was dispatched');
  const heap = last.work.heapMb - first.work.heapMb;
  const growth = last.work.calls / first.work.calls;
  const time = last.work.ms / first.work.ms;
  const sizes = last.connections / first.connections;
  const most = Math.max(...ours.map((run) => run.timer.calls));
  const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');
  return [
    `## Dispatch, one of ${DUE_SHARE} connections due`,
    '',
    'One worker, one share of the timer after the other. Ours looks at the head of each domain that is due and writes its wake row, so that nothing runs twice; the usual way sends a message and knows neither. Azurite answers a filter by looking at all rows of a table.',
    '',
    table(
      ['', 'connections', 'due', 'seconds', 'ms a due one', 'storage calls', 'calls a due one', 'live heap MiB'],
      runs.map(({ way, connections, due, work }) => [
        ...[names[way], String(connections), String(due), (work.ms / 1000).toFixed(1), (work.ms / due).toFixed(2)],
        ...[String(work.calls), (work.calls / due).toFixed(2), work.heapMb.toFixed(1)],
      ]),
    ),
    '',
    `- ${verdict(growth <= sizes)}: ${sizes.toFixed(0)} times the connections take ${growth.toFixed(1)} times the calls; aim: no more`,
    `- ${verdict(time <= sizes * AIM_TIME)}: and ${time.toFixed(1)} times the time; aim: at most ${AIM_TIME} times as much as that`,
    `- ${verdict(heap < AIM_MB)}: the live heap grew by ${heap.toFixed(1)} MiB; aim: under ${AIM_MB} MiB`,
    `- ${verdict(most < 20)}: the timer itself sends ${most} requests, none of which reads; aim: under 20, at any size`,
    '',
  ].join('\n');
}
