import { z } from 'zod';
import { cpuOf } from './cpu.ts';
import { DOMAINS } from './domains.ts';

/** The ways that are compared; the last one of a round of changes alone. */
export const WAYS = ['ours', 'usual', 'floor', 'promise'] as const;
export type Way = (typeof WAYS)[number];

/** Mean characters of the JSON in the rows of an item, and in the row of a change, as they go over the wire. */
const sizesSchema = z.object({ record: z.number(), index: z.number(), change: z.number() });
export type Sizes = z.output<typeof sizesSchema>;
export const NO_SIZES: Sizes = { record: 0, index: 0, change: 0 };

/** What a worker is told. */
export const taskSchema = z.object({
  way: z.enum(WAYS),
  domain: z.enum(DOMAINS),
  storage: z.string(),
  authority: z.string(),
  graph: z.string(),
  vault: z.string(),
  control: z.string(),
  upn: z.string(),
  password: z.string(),
  /** An access token for those who do not sign in. */
  token: z.string(),
  /** Graph ids of the folders to read. */
  folders: z.array(z.string()),
  pageSize: z.number(),
  /** Items that somebody changes after the first sync: what is timed is the round that brings them. 0 = the first sync is. */
  changes: z.number(),
  /** Looks at the live heap all along, which costs time. */
  watchHeap: z.boolean(),
  /** Process ids of those whose processor time counts, too. */
  pids: z.object({ storage: z.number(), graph: z.number() }),
  /** Of the product's rows: the floor writes as much. */
  sizes: sizesSchema,
});
export type Task = z.output<typeof taskSchema>;

/** What a worker measured, from its first request for items to its last answer. */
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
  items: z.number(),
  /** Rows of items, without those that tell of changes. */
  rows: z.number(),
  /** Rows that tell of changes of items. */
  told: z.number(),
  sizes: sizesSchema,
});
export type Result = z.output<typeof resultSchema>;

export type Counted = Pick<Result, 'items' | 'rows' | 'told' | 'sizes'>;

/** A way, ready to begin: nothing of what it took to get there is timed. */
export interface Steps {
  /** The first sync. */
  readonly first: () => Promise<void>;
  /** A round that brings what has changed since. Throws where the way has none. */
  readonly changed: () => Promise<void>;
  /** It counts its rows itself, from the table. */
  readonly count: () => Promise<Counted>;
}

/** Times the work. */
export async function timed(pids: Task['pids'], work: () => Promise<void>): Promise<Pick<Result, 'ms' | 'cpuMs'>> {
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
