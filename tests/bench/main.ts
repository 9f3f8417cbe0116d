/** The benchmarks. Prints a report in Markdown; exit code 1 only where the work was not done right, never for a slow one. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { backfill } from './backfill.ts';
import { backfillReport } from './backfill-report.ts';
import { WAYS } from './backfill-types.ts';
import { idlePoll, idleReport } from './idle.ts';
import { machineReport } from './machine.ts';
import { memoryReport } from './memory.ts';
import { startEmulators, type Emulators } from './processes.ts';

const USAGE = `npm run bench -- [flags]
  --only <names>          of backfill,memory,idle, comma-separated (all)
  --messages <n>          in the mailbox (20000)
  --memory-messages <n>   in the larger mailbox of the memory bench (60000)
  --rounds <n>            (3)
  --ways <names>          of ours,usual,floor, comma-separated (all)
  --page-size <n>         of delta pages (the product's default)
  --graph-latency <ms>    added to each answer of Graph (0)
  --storage-latency <ms>  added to each answer of Table Storage (0)
  --profiles <folder>     CPU profiles of the workers go there`;

const BENCHES = ['backfill', 'memory', 'idle'] as const;
const list = <T extends string>(names: readonly T[]) =>
  z
    .string()
    .default(names.join(','))
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(names)).min(1));
const whole = (low: number, usual: number) => z.coerce.number().int().min(low).default(usual);

const flags = z.object({
  only: list(BENCHES),
  messages: whole(1, 20_000),
  'memory-messages': whole(1, 60_000),
  rounds: whole(1, 3),
  ways: list(WAYS),
  'page-size': whole(1, 196),
  'graph-latency': whole(0, 0),
  'storage-latency': whole(0, 0),
  profiles: z.string().optional(),
});
type Flags = z.output<typeof flags>;

const benches: Readonly<Record<(typeof BENCHES)[number], (emulators: Emulators, options: Flags) => Promise<string>>> = {
  backfill: async (emulators, options) => {
    const { messages, rounds, ways, profiles = null } = options;
    const backfillOptions = {
      ...{ messages, rounds, ways, profiles },
      pageSize: options['page-size'],
      graphLatency: options['graph-latency'],
      storageLatency: options['storage-latency'],
    };
    return backfillReport(await backfill(emulators, backfillOptions, note), backfillOptions);
  },
  memory: (emulators, { messages, 'memory-messages': more, 'page-size': pageSize }) =>
    memoryReport(emulators, { sizes: [messages, more], pageSize }, note),
  idle: async (emulators) => idleReport(await idlePoll(emulators)),
};

/** Progress goes to stderr, so that stdout is the report. */
const note = (line: string): void => {
  console.error(line);
};

function readFlags(): Flags {
  const options = Object.fromEntries(Object.keys(flags.shape).map((name) => [name, { type: 'string' } as const]));
  try {
    return flags.parse(parseArgs({ options }).values);
  } catch (error) {
    console.error(`${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

const options = readFlags();
const emulators = await startEmulators();
try {
  console.log(`# Benchmarks\n\n${machineReport()}`);
  for (const name of options.only) console.log(await benches[name](emulators, options));
} finally {
  await emulators.close();
}
