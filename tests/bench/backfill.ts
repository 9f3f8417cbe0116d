import { z } from 'zod';
import { call } from '../../infra/local/demo/client.ts';
import { NO_SIZES, type Sizes, type Way } from './backfill-types.ts';
import { makeCalendars } from './calendars.ts';
import type { DomainName } from './domains.ts';
import { makeAddressBook, makeMailbox, type BenchMailbox } from './mailbox.ts';
import type { Emulators } from './processes.ts';
import { runWay, type Run, type WayOptions } from './run-way.ts';

export interface BackfillOptions extends Omit<WayOptions, 'watchHeap'> {
  readonly domain: DomainName;
  readonly items: number;
  /** In a mailbox of its own for the usual way, which waits for each item; the same one where it is left out. */
  readonly usualItems?: number;
  readonly rounds: number;
  /** Added to each answer of Graph, in milliseconds. */
  readonly graphLatency: number;
  readonly ways: readonly Way[];
}

/** Items of the runs that warm Graph up and tell how large rows are, at most. */
const WARM_UP = 1000;
/** Items that are changed meanwhile, where changes are measured. */
const WARM_UP_CHANGES = 100;

const makers: Readonly<Record<DomainName, (control: string, name: string, items: number) => Promise<BenchMailbox>>> = {
  mail: (control, name, items) => makeMailbox(control, name, items),
  contacts: makeAddressBook,
  calendar: (control, name, items) => makeCalendars(control, name, items),
};

/**
 * Runs each way once a round, in an order that turns with the rounds. Throws WrongResult where a way brought another number
 * of items or rows than it had to.
 */
export async function backfill(
  emulators: Emulators,
  options: BackfillOptions,
  note: (line: string) => void,
): Promise<Run[]> {
  const make = makers[options.domain];
  const sizes = await warmUp(emulators, options);
  const whole = await make(emulators.control, 'backfill', options.items);
  const { usualItems = options.items } = options;
  const isSmaller = usualItems !== options.items && options.ways.includes('usual');
  const smaller = isSmaller ? await make(emulators.control, 'usual', usualItems) : whole;
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
async function warmUp(emulators: Emulators, options: BackfillOptions): Promise<Sizes> {
  const { domain, items, ways, pageSize, changes } = options;
  const mailbox = await makers[domain](emulators.control, 'warm', Math.min(WARM_UP, items));
  const plain = { pageSize, changes: 0, storageLatency: 0, profiles: null, watchHeap: false };
  const alike = { ...plain, changes: Math.min(WARM_UP_CHANGES, changes) };
  const { sizes } = await runWay('ours', { emulators, options: alike, mailbox, sizes: NO_SIZES });
  if (ways.includes('usual')) await runWay('usual', { emulators, options: plain, mailbox, sizes });
  return sizes;
}

const cpuText = ({ cpuMs }: Run): string =>
  Object.entries(cpuMs)
    .map(([name, ms]) => `${name} ${((ms ?? 0) / 1000).toFixed(1)} s`)
    .join(', ');

const setLatency = (emulators: Emulators, latencyMs: number): Promise<unknown> =>
  call(z.unknown(), `${emulators.control}/settings`, { method: 'PATCH', body: { latencyMs } });
