/** Does one back-fill, in a process that does nothing else, and tells what it measured. Wants `--expose-gc`. */
import { taskSchema, type Done, type Result, type Task, type Way } from './backfill-types.ts';
import { floor } from './way-floor.ts';
import { ours } from './way-ours.ts';
import { usual } from './way-usual.ts';

const ways: Readonly<Record<Way, (task: Task) => Promise<Done>>> = { ours, usual, floor };

const MIB = 1024 * 1024;
/** How often the live heap is looked at, where it is: each look costs a full collection. */
const LOOK_MS = 500;

const task = taskSchema.parse(JSON.parse(process.argv[2] ?? ''));
let heapMb = 0;
let settledMb = 0;
const look = (): void => {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  heapMb = Math.max(heapMb, heapUsed / MIB);
  settledMb = Math.max(settledMb, rss / MIB);
};
const looking = task.watchHeap ? setInterval(look, LOOK_MS) : undefined;
const { count, ...time } = await ways[task.way](task);
clearInterval(looking);
look();
const rssMb = process.resourceUsage().maxRSS / 1024;
const result: Result = { ...time, rssMb, heapMb, settledMb, ...(await count()) };
process.send?.(result, () => process.exit());
