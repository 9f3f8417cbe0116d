import { table } from './figures.ts';
import type { Calls, Writes } from './write-rig.ts';

/**
 * What P8 asks of a write, at the least: one commit that takes it up, one that claims it before it is sent, one that enters
 * the answer, and one request.
 */
const LEAST = { commits: 3, graph: 1 } as const;

/** The writes' part of the report, in Markdown. */
export function writesReport({ what, note, writes, taken, pushed, jobs }: Writes): string {
  const each = (count: number): string => (count / writes).toFixed(2);
  const commits = [taken, pushed].map(({ storage }) => storage.filter((line) => line.includes('$batch')).length);
  const allCommits = commits.reduce((sum, count) => sum + count, 0);
  const graph = taken.graph.length + pushed.graph.length;
  const row = (name: string, calls: Calls, at: number): string[] => [
    ...[name, (calls.ms / 1000).toFixed(1), each(calls.graph.length)],
    ...[each(commits[at] ?? 0), each(calls.storage.length)],
  ];
  return [
    `## ${writes} ${what} by the API and pushed to Graph`,
    '',
    `One request after the other, then the ${jobs} push jobs that came of them, one after the other. ${note}`,
    '',
    table(
      ['calls a write', 'seconds', 'Graph', 'commits', 'all of storage'],
      [row('the API takes it', taken, 0), row('it is pushed', pushed, 1)],
    ),
    '',
    ...linesOf('taking', taken, writes),
    ...linesOf('pushing', pushed, writes),
    '',
    `- ${graph === LEAST.graph * writes ? 'met' : 'MISSED'}: ${each(graph)} Graph requests a write; P8 asks for ${LEAST.graph}`,
    `- ${allCommits <= LEAST.commits * writes ? 'met' : 'MISSED'}: ${each(allCommits)} commits a write; P8 asks for ${LEAST.commits}: taken up, claimed, entered`,
    '',
  ].join('\n');
}

/** Calls by name, the most frequent first. */
function linesOf(name: string, { graph, storage }: Calls, writes: number): string[] {
  const groups = Object.entries(Object.groupBy([...graph, ...storage], (line) => line));
  return groups
    .map(([line, calls = []]): [string, number] => [line, calls.length / writes])
    .toSorted(([, a], [, b]) => b - a)
    .map(([line, calls]) => `- ${name}: ${calls.toFixed(2)} x ${line}`);
}
