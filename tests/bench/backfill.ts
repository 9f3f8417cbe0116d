import { z } from 'zod';
import { call } from '../../infra/local/demo/client.ts';
import type { Task, Way } from './backfill-types.ts';
import { makeMailbox } from './mailbox.ts';
import type { Emulators } from './processes.ts';
import { runWay, type Run, type WayOptions } from './run-way.ts';

export interface BackfillOptions extends Omit<WayOptions, 'watchHeap'> {
  readonly messages: number;
  /** In a mailbox of its own for the usual way, which waits for each message; the same one where it is left out. */
  readonly usualMessages?: number;
  readonly rounds: number;
  /** Added to each answer of Graph, in milliseconds. */
  readonly graphLatency: number;
  readonly ways: readonly Way[];
}

/** Messages of the runs that warm Graph up and tell how large rows are. */
const WARM_UP = 1000;

/**
 * Runs each way once a round, in an order that turns with the rounds. Throws WrongResult where a way brought another number
 * of messages or rows than it had to.
 */
export async function backfill(
  emulators: Emulators,
  options: BackfillOptions,
  note: (line: string) => void,
): Promise<Run[]> {
  const sizes = await warmUp(emulators, options.pageSize);
  const whole = await makeMailbox(emulators.control, 'backfill', options.messages);
  const { usualMessages = options.messages } = options;
  const isSmaller = usualMessages !== options.messages && options.ways.includes('usual');
  const smaller = isSmaller ? await makeMailbox(emulators.control, 'usual', usualMessages) : whole;
  const runs: Run[] = [];
  await setLatency(emulators, options.graphLatency);
  for (let round = 0; round < options.rounds; round++) {
    const first = round % options.ways.length;
    for (const way of [...options.ways.slice(first), ...options.ways.slice(0, first)]) {
      const mailbox = way === 'usual' ? smaller : whole;
      const run = await runWay(way, { emulators, options: { ...options, watchHeap: false }, mailbox, sizes });
      note(`round ${round + 1} ${way}: ${(run.ms / 1000).toFixed(1)} s (CPU ${cpuText(run)})`);
      runs.push(run);
    }
  }
  await setLatency(emulators, 0);
  return runs;
}

/** Runs that are not counted; answers how large the product's rows are. */
async function warmUp(emulators: Emulators, pageSize: number): Promise<Task['sizes']> {
  const mailbox = await makeMailbox(emulators.control, 'warm', WARM_UP);
  const options = { pageSize, storageLatency: 0, profiles: null, watchHeap: false };
  const { sizes } = await runWay('ours', { emulators, options, mailbox, sizes: { record: 0, index: 0 } });
  await runWay('usual', { emulators, options, mailbox, sizes });
  return sizes;
}

const cpuText = ({ cpuMs }: Run): string =>
  Object.entries(cpuMs)
    .map(([name, ms]) => `${name} ${((ms ?? 0) / 1000).toFixed(1)} s`)
    .join(', ');

const setLatency = (emulators: Emulators, latencyMs: number): Promise<unknown> =>
  call(z.unknown(), `${emulators.control}/settings`, { method: 'PATCH', body: { latencyMs } });
