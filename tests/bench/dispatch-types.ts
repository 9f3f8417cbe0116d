import { z } from 'zod';

/** What a worker of the dispatch bench is told. */
export const dispatchTask = z.object({
  way: z.enum(['ours', 'usual']),
  settings: z.record(z.string(), z.string()),
  usualTable: z.string(),
});
export type DispatchTask = z.output<typeof dispatchTask>;

const step = z.object({
  ms: z.number(),
  /** Requests sent, all of them to storage. */
  calls: z.number(),
  /** Largest live heap that was seen, after a collection, in MiB. */
  heapMb: z.number(),
});
export type DispatchStep = z.output<typeof step>;

/** What it measured: the timer itself, the work that it started, and how many jobs came of it. */
export const dispatchResult = z.object({ timer: step, work: step, jobs: z.number() });
export type DispatchResult = z.output<typeof dispatchResult>;
