import { build } from 'esbuild';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { connect } from '../support/sync-world.ts';
import { show, spreadOf, table } from './figures.ts';
import { makeMailbox } from './mailbox.ts';
import type { Emulators } from './processes.ts';
import { WrongResult } from './run-way.ts';
import { makeSubscribers, notificationOf } from './subscribers.ts';
import { settingsOf } from './way-ours.ts';

const MESSAGES = 50;
const AIM = { ms: 300, rssMb: 120 } as const;
const MAIN = fileURLToPath(new URL('../../dist/main.mjs', import.meta.url));

const step = z.object({ ms: z.number(), cpuMs: z.number(), bytes: z.number(), rssMb: z.number() });
const started = z.object({ bare: step, load: step, webhook: step, job: step });
/** One cold start, step by step; `rssMb` is the size of the process after a step. */
export type ColdStart = z.output<typeof started>;

/**
 * Starts so many workers one after the other. Each loads the build, answers one notification and runs one job that finds
 * nothing new, on storage and a mailbox that are in use already.
 */
export async function coldStarts(emulators: Emulators, rounds: number): Promise<ColdStart[]> {
  const azurite = await emulators.openStorage();
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const settings = settingsOf({ ...emulators, storage: azurite.connectionString, pageSize: 196 });
    const app = openApp(loadConfig(settings), { log: silentLog });
    const { upn: username, password, folders } = await makeMailbox(emulators.control, 'cold', MESSAGES);
    const connectionId = await connect(app, { username, password, folders });
    await runSyncJob({ connectionId, domain: 'mail', why: 'connect', due: null }, app);
    const program = await bundled(folder);
    const runs: ColdStart[] = [];
    for (const subscriber of await makeSubscribers(app, rounds)) {
      const url = `http://127.0.0.1/api/webhooks/graph?k=${subscriber.key}`;
      const job = JSON.stringify({ connectionId, domain: 'mail', why: 'schedule', due: null });
      runs.push(await start([program, MAIN, url, notificationOf(subscriber, 'item'), job], settings));
      await checkIdle(app, connectionId);
    }
    return runs;
  } finally {
    await rm(folder, { recursive: true });
    await azurite.close();
  }
}

async function bundled(folder: string): Promise<string> {
  const outfile = join(folder, 'cold-worker.mjs');
  const entry = fileURLToPath(new URL('cold-worker.ts', import.meta.url));
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node24' });
  return outfile;
}

async function start(
  [program = '', ...input]: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<ColdStart> {
  const child = fork(program, input, {
    execArgv: [],
    env: { ...process.env, ...settings },
    // Its log is not part of the report.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exit = once(child, 'exit');
  const said = new Promise<unknown>((resolve) => child.once('message', resolve));
  const message = await Promise.race([said, exit.then(() => null)]);
  await exit;
  if (child.exitCode !== 0) throw new WrongResult(`a cold worker ended with ${child.exitCode ?? 'a signal'}`);
  return started.parse(message);
}

async function checkIdle(app: App, connectionId: string): Promise<void> {
  const status = (await app.store.readHead({ connectionId, domain: 'mail' }))?.head.status.status;
  if (status !== 'ok') throw new WrongResult(`the job of a cold worker ended as ${status ?? 'nothing'}`);
}

/** The cold start's part of the report, in Markdown. */
export function coldReport(runs: readonly ColdStart[]): string {
  const steps = ['load', 'webhook', 'job'] as const;
  const names = { load: 'load dist/main.mjs', webhook: 'first notification', job: 'first job (an idle poll)' };
  const total = spreadOf(runs.map((run) => steps.reduce((sum, name) => sum + run[name].ms, 0)));
  const load = spreadOf(runs.map((run) => run.load.ms));
  const rss = spreadOf(runs.map(({ job }) => job.rssMb));
  const bare = spreadOf(runs.map((run) => run.bare.rssMb));
  const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');
  return [
    `## Cold worker, ${runs.length} starts`,
    '',
    'From the first line of a process that has started already; storage, Graph and vault answer over HTTP on the same machine.',
    '',
    table(
      ['', 'ms', 'own CPU ms', 'KiB of code loaded', 'resident MiB after'],
      steps.map((name) => [
        names[name],
        show(spreadOf(runs.map((run) => run[name].ms)), 0),
        show(spreadOf(runs.map((run) => run[name].cpuMs)), 0),
        spreadOf(runs.map((run) => run[name].bytes / 1024)).median.toFixed(0),
        show(spreadOf(runs.map((run) => run[name].rssMb)), 0),
      ]),
    ),
    '',
    `- ${verdict(load.median < AIM.ms)}: ${show(load, 0)} ms to load the bundle; aim: under ${AIM.ms} ms. With the first notification and the first job: ${show(total, 0)} ms`,
    `- ${verdict(rss.median < AIM.rssMb)}: ${show(rss, 0)} MiB resident, ${show(bare, 0)} before the app; aim: under ${AIM.rssMb} MiB`,
    '',
  ].join('\n');
}
