import type { Way } from './backfill-types.ts';
import type { BackfillOptions } from './backfill.ts';
import { benchDomains } from './domains.ts';
import { show, spreadOf, table, type Spread } from './figures.ts';
import type { Run } from './run-way.ts';

/** Times as fast as (a), at least; and times the time of (b), at most. */
const AIMS = { usual: 8, floor: 1.5 } as const;

/** What a round of changes costs above (b) by its nature. */
const READS =
  'Ours reads each record before it writes it, one call each: a change is told with what was there before, and merged with what was written here. (b) reads none; (c) does so with bare calls, 16 at once.';

/** What no way is spared. */
const APART = 'What pages do not tell whole is read by itself, twenty in a request, by ours and (b) alike.';

const namesOf = ({ domain }: BackfillOptions): Readonly<Record<Way, string>> => ({
  ours: 'ours: the sync job',
  usual: `(a) usual: ${benchDomains[domain].usual}`,
  floor: '(b) floor: same pages, same rows, nothing between',
  promise: '(c) promise: as (b), and the bare reads that it takes',
});

/** The back-fill's part of the report, in Markdown. Ratios are taken within a round, so that a busy minute does not count, and of the time of an item. */
export function backfillReport(runs: readonly Run[], options: BackfillOptions): string {
  const { rounds, pageSize, graphLatency, storageLatency, usualItems, domain, ways, changes } = options;
  const { items, leftOut } = benchDomains[domain];
  const bare = runs.find(({ way }) => way !== 'usual');
  const rows = bare === undefined ? 0 : bare.rows / bare.items + (bare.told > 0 ? 1 : 0);
  return [
    `## ${titleOf(options)}, ${rounds} rounds`,
    '',
    `Latency added to each answer: Graph ${graphLatency} ms, Table Storage ${storageLatency} ms. Pages of ${pageSize} for ours and (b).`,
    'Each run has a process and an Azurite (in memory) of its own; the local Graph, with the vault, is one process throughout.',
    `(b) reads a page, writes its rows by transactions of 100 through the table SDK, then reads the next; as many rows as ours (${rows.toFixed(1)} of each of the ${items}), of the same size.`,
    ...(benchDomains[domain].ownPath === undefined ? [] : [APART]),
    ...(changes > 0 ? [READS] : []),
    ...(ways.includes('usual') ? [`(a) writes one row of each of the ${items}, one after the other.`] : []),
    ...(ways.includes('usual') && leftOut !== undefined ? [`(a) leaves out ${leftOut}.`] : []),
    ...(usualItems === undefined
      ? []
      : [`(a) reads a mailbox of ${usualItems}, for it waits for each: ratios are of the time of one.`]),
    '',
    table(
      ['', 'seconds', `${items} a second`, 'own CPU s', 'storage CPU s', 'Graph CPU s', 'peak MiB'],
      ways.map((way) => timesOf(runs, way, options)),
    ),
    '',
    ...aimLines(runs, options),
    '',
  ].join('\n');
}

function titleOf({ items, changes, domain }: BackfillOptions): string {
  const { items: name, places } = benchDomains[domain];
  if (changes > 0) return `A round that brings ${changes} changed ${name} of ${items}`;
  return `${domain === 'mail' ? 'Back-fill' : 'First sync'} of ${items} ${name} in several ${places}`;
}

/** What was brought while the clock ran. */
const brought = (run: Run, { changes }: BackfillOptions): number => (changes > 0 ? changes : run.items);

function timesOf(runs: readonly Run[], way: Way, options: BackfillOptions): string[] {
  const own = runs.filter((run) => run.way === way);
  const seconds = (pick: (run: Run) => number | null): string => {
    const values = own.map(pick).filter((value) => value !== null);
    return values.length === 0 ? '-' : show(spreadOf(values.map((value) => value / 1000)), 1);
  };
  return [
    namesOf(options)[way],
    seconds((run) => run.ms),
    show(spreadOf(own.map((run) => (brought(run, options) * 1000) / run.ms)), 0),
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
  if (options.ways.includes('promise') && options.ways.includes('ours'))
    lines.push(`- for comparison: ${show(ratioOf(runs, 'ours', 'promise'))} times the time of (c)`);
  if (options.ways.includes('floor') && options.ways.includes('usual'))
    lines.push(`- for comparison: (b) itself is ${show(ratioOf(runs, 'usual', 'floor'))} times as fast as (a)`);
  return lines;
}

const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');

function ratioOf(runs: readonly Run[], above: Way, below: Way): Spread {
  const [tops, bottoms] = [above, below].map((way) =>
    runs.filter((run) => run.way === way).map((run) => run.ms / run.items),
  );
  return spreadOf((tops ?? []).map((top, round) => top / (bottoms?.[round] ?? Number.NaN)));
}
