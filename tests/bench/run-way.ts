import { serviceOrigin, throughProxies } from '../support/fault-proxy.ts';
import { resultSchema, type Result, type Sizes, type Task, type Way } from './backfill-types.ts';
import type { BenchMailbox } from './mailbox.ts';
import { runOnce, startDelay, type Emulators } from './processes.ts';

export interface WayOptions {
  readonly pageSize: number;
  /** Items that are changed after the first sync, which is not timed then; 0 = it is. */
  readonly changes: number;
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

/** Runs one way in a process of its own on a storage of its own. Throws WrongResult where items or rows are missing. */
export async function runWay(
  way: Way,
  given: {
    readonly emulators: Emulators;
    readonly options: WayOptions;
    readonly mailbox: BenchMailbox;
    readonly sizes: Sizes;
  },
): Promise<Run> {
  const { emulators, options, mailbox, sizes } = given;
  const azurite = await emulators.openStorage();
  const table = serviceOrigin(azurite.connectionString, 'table');
  const delay = options.storageLatency > 0 ? await startDelay(table, options.storageLatency) : null;
  try {
    const { authority, graph, vault, control } = emulators;
    const { upn, password, token, domain } = mailbox;
    const task: Task = {
      ...{ way, domain, authority, graph, vault, control, upn, password, token, sizes },
      storage: throughProxies(azurite.connectionString, delay === null ? {} : { table: delay.url }),
      pageSize: options.pageSize,
      changes: options.changes,
      watchHeap: options.watchHeap,
      pids: { storage: azurite.pid, graph: emulators.pid },
      folders: [...mailbox.folders],
    };
    const flags = ['--expose-gc', ...profileFlags(`${domain}-${way}`, options.profiles)];
    const result = await runOnce('backfill-worker.ts', { input: task, answer: resultSchema, flags });
    check(way, result, { mailbox, changes: options.changes });
    // Of the mailbox: the usual way may do with less of it.
    return { ...result, items: mailbox.items, way };
  } finally {
    await delay?.close();
    await azurite.close();
  }
}

const profileFlags = (name: string, folder: string | null): string[] =>
  folder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}-${Date.now()}.cpuprofile`];

function check(
  way: Way,
  result: Result,
  { mailbox, changes }: { readonly mailbox: BenchMailbox; readonly changes: number },
): void {
  const { usualItems } = mailbox;
  const { items, rows } = way === 'usual' ? { items: usualItems, rows: usualItems } : mailbox;
  const isRight = result.items === items && result.rows === rows && result.told === changes;
  if (isRight) return;
  throw new WrongResult(
    `${way} brought ${result.items} items in ${result.rows} rows and told of ${result.told}, not ${items} in ${rows} and of ${changes}`,
  );
}
