import { z } from 'zod';
import { cpuOf } from './cpu.ts';

/** The three ways that are compared. */
export const WAYS = ['ours', 'usual', 'floor'] as const;
export type Way = (typeof WAYS)[number];

/** What a worker is told. */
export const taskSchema = z.object({
  way: z.enum(WAYS),
  storage: z.string(),
  authority: z.string(),
  graph: z.string(),
  vault: z.string(),
  upn: z.string(),
  password: z.string(),
  /** An access token for those who do not sign in. */
  token: z.string(),
  /** Graph ids of the folders to read. */
  folders: z.array(z.string()),
  pageSize: z.number(),
  /** Looks at the live heap all along, which costs time. */
  watchHeap: z.boolean(),
  /** Process ids of those whose processor time counts, too. */
  pids: z.object({ storage: z.number(), graph: z.number() }),
  /** Mean characters of the JSON in the two rows of a message, which the floor writes too. */
  sizes: z.object({ record: z.number(), index: z.number() }),
});
export type Task = z.output<typeof taskSchema>;

/** What a worker measured, from its first request for mail to its last answer. */
export const resultSchema = z.object({
  ms: z.number(),
  /** Processor time meanwhile; null where the system does not tell that of others. */
  cpuMs: z.object({ own: z.number(), storage: z.number().nullable(), graph: z.number().nullable() }),
  /** Largest resident size of the worker, in MiB. */
  rssMb: z.number(),
  /** Largest live heap that was seen, after a collection, in MiB; at the end of the work alone unless `watchHeap`. */
  heapMb: z.number(),
  /** Largest resident size that was seen after a collection, in MiB. */
  settledMb: z.number(),
  messages: z.number(),
  rows: z.number(),
  sizes: z.object({ record: z.number(), index: z.number() }),
});
export type Result = z.output<typeof resultSchema>;

/** What a way did; it counts its rows itself, from the table, after the clock was stopped. */
export interface Done {
  readonly ms: number;
  readonly cpuMs: Result['cpuMs'];
  readonly count: () => Promise<Pick<Result, 'messages' | 'rows' | 'sizes'>>;
}

/** Times the work. */
export async function timed(pids: Task['pids'], work: () => Promise<void>): Promise<Pick<Done, 'ms' | 'cpuMs'>> {
  const cpu = process.cpuUsage();
  const [storage, graph] = [await cpuOf(pids.storage), await cpuOf(pids.graph)];
  const began = performance.now();
  await work();
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const own = (user + system) / 1000;
  return {
    ms,
    cpuMs: { own, storage: since(storage, await cpuOf(pids.storage)), graph: since(graph, await cpuOf(pids.graph)) },
  };
}

const since = (before: number | null, after: number | null): number | null =>
  before === null || after === null ? null : after - before;
