import { startAzurite } from '../../infra/local/azurite.ts';
import { serviceOrigin, throughProxies } from '../support/fault-proxy.ts';
import { resultSchema, type Result, type Task, type Way } from './backfill-types.ts';
import type { BenchMailbox } from './mailbox.ts';
import { runOnce, startDelay, type Emulators } from './processes.ts';

export interface WayOptions {
  readonly pageSize: number;
  /** Added to each answer of Table Storage, in milliseconds. */
  readonly storageLatency: number;
  /** Folder for profiles of the workers; null = none. */
  readonly profiles: string | null;
  /** Looks at the live heap all along, at the expense of time. */
  readonly watchHeap: boolean;
}

/** One run of one way. */
export type Run = Result & { readonly way: Way };

/** A bench whose work was not done right: its times mean nothing. */
export class WrongResult extends Error {}

/** Runs one way in a process of its own on a storage of its own. Throws WrongResult where messages or rows are missing. */
export async function runWay(
  way: Way,
  given: {
    readonly emulators: Emulators;
    readonly options: WayOptions;
    readonly mailbox: BenchMailbox;
    readonly sizes: Task['sizes'];
  },
): Promise<Run> {
  const { emulators, options, mailbox, sizes } = given;
  const azurite = await startAzurite();
  const table = serviceOrigin(azurite.connectionString, 'table');
  const delay = options.storageLatency > 0 ? await startDelay(table, options.storageLatency) : null;
  try {
    const { authority, graph, vault } = emulators;
    const { upn, password, token } = mailbox;
    const task: Task = {
      ...{ way, authority, graph, vault, upn, password, token, sizes },
      storage: throughProxies(azurite.connectionString, delay === null ? {} : { table: delay.url }),
      pageSize: options.pageSize,
      watchHeap: options.watchHeap,
      pids: { storage: azurite.pid, graph: emulators.pid },
      folders: [...mailbox.folders],
    };
    const flags = ['--expose-gc', ...profileFlags(way, options.profiles)];
    const result = await runOnce('backfill-worker.ts', { input: task, answer: resultSchema, flags });
    check(way, result, mailbox.messages);
    return { ...result, way };
  } finally {
    await delay?.close();
    await azurite.close();
  }
}

const profileFlags = (way: Way, folder: string | null): string[] =>
  folder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${way}-${Date.now()}.cpuprofile`];

function check(way: Way, result: Result, messages: number): void {
  const rows = way === 'usual' ? messages : 2 * messages;
  if (result.messages === messages && result.rows === rows) return;
  throw new WrongResult(
    `${way} brought ${result.messages} messages in ${result.rows} rows, not ${messages} in ${rows}`,
  );
}
