import { NO_SIZES } from './backfill-types.ts';
import { table } from './figures.ts';
import { makeMailbox } from './mailbox.ts';
import type { Emulators } from './processes.ts';
import { runWay, type Run } from './run-way.ts';

export interface MemoryOptions {
  /** Two mailboxes, the second larger. */
  readonly sizes: readonly [number, number];
  readonly pageSize: number;
}

/** Growth that is aimed at, at most, in MiB. */
const AIM = 64;

/** Back-fills a mailbox and a larger one, each in a process of its own, and reports how much more memory the larger one took. */
export async function memoryReport(
  emulators: Emulators,
  { sizes, pageSize }: MemoryOptions,
  note: (line: string) => void,
): Promise<string> {
  const runs: Run[] = [];
  for (const messages of sizes) {
    const mailbox = await makeMailbox(emulators.control, 'memory', messages);
    const options = { pageSize, changes: 0, storageLatency: 0, profiles: null, watchHeap: true };
    const run = await runWay('ours', { emulators, options, mailbox, sizes: NO_SIZES });
    note(
      `memory ${messages}: ${(run.ms / 1000).toFixed(0)} s, live heap ${run.heapMb.toFixed(1)} MiB, resident ${run.settledMb.toFixed(0)} MiB`,
    );
    runs.push(run);
  }
  const lines = (
    [
      ['heapMb', 'live heap'],
      ['settledMb', 'resident size, after collections,'],
    ] as const
  ).map(([member, name]) => {
    const growth = (runs[1]?.[member] ?? Number.NaN) - (runs[0]?.[member] ?? Number.NaN);
    return `- ${growth < AIM ? 'met' : 'MISSED'}: the ${name} grew by ${growth.toFixed(1)} MiB; aim: under ${AIM} MiB`;
  });
  const rows = runs.map((run) => [
    ...[String(run.items), (run.ms / 1000).toFixed(0), run.heapMb.toFixed(1)],
    ...[run.settledMb.toFixed(0), run.rssMb.toFixed(0)],
  ]);
  return [
    `## Memory of the sync job, ${sizes.join(' and ')} messages`,
    '',
    'Collections are forced twice a second, which costs time.',
    '',
    table(
      ['messages', 'seconds', 'largest live heap MiB', 'resident MiB after collections', 'most resident MiB'],
      rows,
    ),
    '',
    ...lines,
    '',
  ].join('\n');
}
