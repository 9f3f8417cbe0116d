import type { Way } from './backfill-types.ts';
import type { BackfillOptions } from './backfill.ts';
import { show, spreadOf, table, type Spread } from './figures.ts';
import type { Run } from './run-way.ts';

const NAMES: Readonly<Record<Way, string>> = {
  ours: 'ours: the sync job',
  usual: '(a) usual: page iterator, one upsert at a time',
  floor: '(b) floor: same pages, same rows, nothing between',
};
/** Times as fast as (a), at least; and times the time of (b), at most. */
const AIMS = { usual: 8, floor: 1.5 } as const;

/** The back-fill's part of the report, in Markdown. Ratios are taken within a round, so that a busy minute does not count, and of the time of a message. */
export function backfillReport(runs: readonly Run[], options: BackfillOptions): string {
  const { messages, rounds, pageSize, graphLatency, storageLatency } = options;
  return [
    `## Back-fill of ${messages} messages in 4 folders, ${rounds} rounds`,
    '',
    `Latency added to each answer: Graph ${graphLatency} ms, Table Storage ${storageLatency} ms. Pages of ${pageSize} for ours and (b), of Graph's default for (a).`,
    'Each run has a process and an Azurite (in memory) of its own; the local Graph, with the vault, is one process throughout.',
    '(b) reads a page, writes its rows by transactions of 100 through the table SDK, then reads the next; two rows a message, as ours, of the same size. (a) writes one row a message.',
    ...(options.usualMessages === undefined
      ? []
      : [
          `(a) reads a mailbox of ${options.usualMessages}, for it waits for each message: ratios are of the time of a message.`,
        ]),
    '',
    table(
      ['', 'seconds', 'own CPU s', 'storage CPU s', 'Graph CPU s', 'peak MiB'],
      options.ways.map((way) => timesOf(runs, way)),
    ),
    '',
    ...aimLines(runs, options),
    '',
  ].join('\n');
}

function timesOf(runs: readonly Run[], way: Way): string[] {
  const own = runs.filter((run) => run.way === way);
  const seconds = (pick: (run: Run) => number | null): string => {
    const values = own.map(pick).filter((value) => value !== null);
    return values.length === 0 ? '-' : show(spreadOf(values.map((value) => value / 1000)), 1);
  };
  return [
    NAMES[way],
    seconds((run) => run.ms),
    seconds((run) => run.cpuMs.own),
    seconds((run) => run.cpuMs.storage),
    seconds((run) => run.cpuMs.graph),
    show(spreadOf(own.map((run) => run.rssMb)), 0),
  ];
}

function aimLines(runs: readonly Run[], options: BackfillOptions): string[] {
  const lines: string[] = [];
  if (options.ways.includes('usual') && options.ways.includes('ours')) {
    const ratio = ratioOf(runs, 'usual', 'ours');
    lines.push(
      `- ${verdict(ratio.median >= AIMS.usual)}: ${show(ratio)} times as fast as (a); aim: at least ${AIMS.usual}`,
    );
  }
  if (options.ways.includes('floor') && options.ways.includes('ours')) {
    const ratio = ratioOf(runs, 'ours', 'floor');
    lines.push(
      `- ${verdict(ratio.median <= AIMS.floor)}: ${show(ratio)} times the time of (b); aim: at most ${AIMS.floor}`,
    );
  }
  if (options.ways.includes('floor') && options.ways.includes('usual'))
    lines.push(`- for comparison: (b) itself is ${show(ratioOf(runs, 'usual', 'floor'))} times as fast as (a)`);
  return lines;
}

const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');

function ratioOf(runs: readonly Run[], above: Way, below: Way): Spread {
  const [tops, bottoms] = [above, below].map((way) =>
    runs.filter((run) => run.way === way).map((run) => run.ms / run.messages),
  );
  return spreadOf((tops ?? []).map((top, round) => top / (bottoms?.[round] ?? Number.NaN)));
}
