import { parseArgs } from 'node:util';
import { z } from 'zod';
import { allScenarios } from './plan/all.ts';
import { seedOf } from './plan/sample.ts';
import { books, EDITS } from './programs/many-books.ts';
import { STEPS } from './programs/run-seeds.ts';

const DOMAINS = ['mail', ...Object.keys(books)];

const USAGE = `npm run chaos -- [flags]
  The crash plan: every call of every scenario, with everything that can happen to it (about an hour):
  --kill              the same calls, with kill -9 of the real host
  --scenario <name>   one scenario
  --slice <n/of>      2/5 = the second fifth of each scenario's cases
  --sample <n>        so many of each scenario, as the seed has it
  --case <name>       one case, as a failure prints it
  Random programs, one of each seed (mail: about 2 s each, else about 40 s):
  --seeds <n>         so many
  --domain <name>     of ${DOMAINS.join(', ')} (mail)
  --steps <n>         of a program of mail (${STEPS})
  --path <path>       of a program of mail: shrunk, as a failure prints it
  --edits <n>         of a program of another domain (${EDITS})
  Both:
  --seed <n>          the first seed (FAULT_SEED, else 1)`;

const whole = z.coerce.number().int().min(1);

const flags = z
  .strictObject({
    kill: z.boolean().default(false),
    scenario: z.enum(allScenarios.map(({ name }) => name)).optional(),
    case: z.string().optional(),
    sample: whole.optional(),
    slice: z
      .string()
      .regex(/^\d+\/\d+$/, 'is written 2/5')
      .transform((text) => text.split('/').map(Number))
      .refine(([nth = 0, of = 0]) => nth >= 1 && nth <= of, 'is from 1/n to n/n')
      .optional(),
    seed: z.coerce.number().int().min(0).default(seedOf(process.env)),
    seeds: whole.optional(),
    steps: whole.default(STEPS),
    path: z.string().optional(),
    domain: z.enum(DOMAINS).default('mail'),
    edits: whole.default(EDITS),
  })
  .refine((given) => given.seeds !== undefined || given.domain === 'mail', '--domain is for --seeds');
export type ChaosFlags = z.output<typeof flags>;

/** The flags of `npm run chaos`. Ends the process with the usage where they are wrong (2) or help is asked for (0). */
export function readFlags(args: readonly string[]): ChaosFlags {
  if (args.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  }
  const options = Object.fromEntries(
    Object.keys(flags.shape).map((name) => [name, { type: name === 'kill' ? 'boolean' : 'string' } as const]),
  );
  try {
    return flags.parse(parseArgs({ args: [...args], options }).values);
  } catch (error) {
    return wrong(error instanceof z.ZodError ? z.prettifyError(error) : String(error));
  }
}

/** Ends the process with what is wrong with its flags, and the usage. */
export function wrong(fault: string): never {
  process.stderr.write(`${fault}\n\n${USAGE}\n`);
  process.exit(2);
}
