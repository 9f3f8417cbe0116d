/** Does one sync, in a process that does nothing else, and tells what it measured. Wants `--expose-gc`. */
import { taskSchema, timed, type Result, type Steps, type Task, type Way } from './backfill-types.ts';
import { editItems } from './edits.ts';
import { floor, promise } from './way-floor.ts';
import { ours } from './way-ours.ts';
import { usual } from './way-usual.ts';

const ways: Readonly<Record<Way, (task: Task) => Promise<Steps>>> = { ours, usual, floor, promise };

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
const steps = await ways[task.way](task);
if (task.changes > 0) {
  await steps.first();
  await editItems(task);
}
const looking = task.watchHeap ? setInterval(look, LOOK_MS) : undefined;
const time = await timed(task.pids, task.changes > 0 ? steps.changed : steps.first);
clearInterval(looking);
look();
const rssMb = process.resourceUsage().maxRSS / 1024;
const result: Result = { ...time, rssMb, heapMb, settledMb, ...(await steps.count()) };
process.send?.(result, () => process.exit());
