/** The benchmarks. Prints a report in Markdown; exit code 1 only where the work was not done right, never for a slow one. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { WAYS } from './backfill-types.ts';
import { loadReport, machineReport } from './machine.ts';
import { startEmulators } from './processes.ts';
import { benches, FULL, QUICK, type Bench, type BenchName, type BenchOptions } from './scenarios.ts';

const NAMES = Object.keys(benches);

const USAGE = `npm run bench -- [flags]
  --only <names>          of ${NAMES.join(',')} (all)
  --quick                 small: whether it works, not how fast
  --messages <n>          in the mailbox of the back-fill (${FULL.messages})
  --contacts <n>          in the address book (${FULL.contacts.items})
  --events <n>            in the calendars (${FULL.events.items})
  --memory-messages <n>   in the larger mailbox of the memory bench (${FULL.memoryMessages[1]})
  --rounds <n>            of the back-fills and the webhook (${FULL.rounds})
  --ways <names>          of ours,usual,floor,promise, of the back-fills (all)
  --page-size <n>         of delta pages (the product's default)
  --graph-latency <ms>    that benches with latency add to each answer of Graph (50)
  --storage-latency <ms>  and to each answer of Table Storage (10)
  --profiles <folder>     CPU profiles of the workers that sync go there`;

const list = <T extends string>(names: readonly T[]) =>
  z
    .string()
    .default(names.join(','))
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(names)).min(1));
const whole = (low: number) => z.coerce.number().int().min(low);

const isBench = (name: string): name is BenchName => name in benches;

const flags = z.object({
  only: list(NAMES),
  quick: z.boolean().default(false),
  messages: whole(1).optional(),
  contacts: whole(1).optional(),
  events: whole(1).optional(),
  'memory-messages': whole(1).optional(),
  rounds: whole(1).optional(),
  ways: list(WAYS),
  'page-size': whole(1).default(196),
  'graph-latency': whole(0).default(50),
  'storage-latency': whole(0).default(10),
  profiles: z.string().optional(),
});
type Flags = z.output<typeof flags>;

/** Progress goes to stderr, so that stdout is the report. */
const note = (line: string): void => {
  console.error(line);
};

function readFlags(): Flags {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    process.exit(0);
  }
  const options = Object.fromEntries(
    Object.keys(flags.shape).map((name) => [name, { type: name === 'quick' ? 'boolean' : 'string' } as const]),
  );
  try {
    return flags.parse(parseArgs({ options }).values);
  } catch (error) {
    console.error(`${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

function optionsOf(given: Flags): BenchOptions {
  const sizes = given.quick ? QUICK : FULL;
  const [small, large] = sizes.memoryMessages;
  return {
    sizes: {
      ...sizes,
      messages: given.messages ?? sizes.messages,
      contacts: { ...sizes.contacts, items: given.contacts ?? sizes.contacts.items },
      events: { ...sizes.events, items: given.events ?? sizes.events.items },
      memoryMessages: [small, given['memory-messages'] ?? large],
      rounds: given.rounds ?? sizes.rounds,
    },
    ways: given.ways,
    pageSize: given['page-size'],
    profiles: given.profiles ?? null,
    latency: { graph: given['graph-latency'], storage: given['storage-latency'] },
  };
}

const given = readFlags();
const emulators = await startEmulators();
try {
  console.log(`# Benchmarks\n\n${machineReport()}`);
  for (const name of given.only.filter(isBench)) {
    const bench: Bench = benches[name];
    const began = performance.now();
    console.log(await bench(emulators, optionsOf(given), note));
    console.log(`${loadReport((performance.now() - began) / 1000)}\n`);
  }
} finally {
  await emulators.close();
}
