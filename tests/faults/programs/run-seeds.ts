import fc from 'fast-check';
import { leaks } from '../plan/leaks.ts';
import { outcomeOf } from './outcome.ts';
import { programs } from './program.ts';
import type { Program } from './steps.ts';
import { ProgramWorld } from './world.ts';

export interface SeedOptions {
  /** The first seed; the others follow it. */
  readonly from: number;
  readonly seeds: number;
  readonly steps: number;
  /** Where a shrunk program stands, as a failure prints it. */
  readonly path?: string;
  /** Looks for a smaller program that fails as well. */
  readonly shrink: boolean;
  /** Hears how many ran, whenever a world is done with. */
  readonly progress?: (ran: number) => void;
  /** Stops here, whatever is left; milliseconds. */
  readonly limitMs?: number;
}

/** A program that ended wrong, or programs of one world among which one did (`seeds`, from `seed` on). */
export interface FailedSeed {
  readonly seed: number;
  readonly seeds: number;
  readonly path: string | null;
  readonly program: Program | undefined;
  readonly faults: readonly string[];
}

export const STEPS = 40;
const SHRINK_MS = 240_000;
/** A world keeps all that ever ran in it: a fresh one is faster after so many programs. */
const PER_WORLD = 60;

/** Runs one program of each seed; answers those that ended wrong, and tells each as it comes. */
export async function runSeeds(
  options: SeedOptions,
  tell: (failed: FailedSeed) => void,
): Promise<{ readonly ran: number; readonly failed: readonly FailedSeed[] }> {
  const failed: FailedSeed[] = [];
  const end = performance.now() + (options.limitMs ?? Infinity);
  let ran = 0;
  while (ran < options.seeds && performance.now() < end) {
    const world = await ProgramWorld.start();
    const first = options.from + ran;
    for (let inThis = 0; inThis < PER_WORLD && ran < options.seeds && performance.now() < end; inThis++, ran++) {
      const one = await runSeed(world, options, options.from + ran);
      if (one === null) continue;
      failed.push(one);
      tell(one);
    }
    const leaked = await leaks(world.rig);
    if (leaked.length > 0) {
      const seeds = options.from + ran - first;
      const one = { seed: first, seeds, path: null, program: undefined, faults: leaked };
      failed.push(one);
      tell(one);
    }
    await world.close();
    options.progress?.(ran);
  }
  return { ran, failed };
}

async function runSeed(world: ProgramWorld, options: SeedOptions, seed: number): Promise<FailedSeed | null> {
  let faults: readonly string[] = [];
  const end = performance.now() + SHRINK_MS;
  const property = fc.asyncProperty(programs(options.steps), async (program) => {
    // Interrupted by force it would run on beside the next one.
    if (faults.length > 0 && performance.now() > end) return true;
    const found = await outcomeOf(world, program).catch((error: unknown) => [
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    ]);
    if (found.length === 0) return true;
    faults = found;
    return false;
  });
  const result = await fc.check(property, {
    seed,
    numRuns: 1,
    endOnFailure: !options.shrink,
    ...(options.path === undefined ? {} : { path: options.path }),
  });
  if (!result.failed) return null;
  return { seed, seeds: 1, path: result.counterexamplePath, program: result.counterexample?.[0], faults };
}

/** A failure as people read it, with the way to run it again. */
export const describe = ({ seed, seeds, path, program, faults }: FailedSeed, steps: number): string =>
  [
    `BROKEN seed ${seed}${seeds === 1 ? '' : ` to ${seed + seeds - 1}, in one of them`}`,
    ...faults.map((fault) => `  ${fault}`),
    ...(program === undefined ? [] : [`  ${JSON.stringify(program.habits)}`]),
    ...(program?.steps ?? []).map((step) => `    ${JSON.stringify(step)}`),
    `  again: npm run chaos -- --seeds ${seeds} --seed ${seed}${steps === STEPS ? '' : ` --steps ${steps}`}` +
      (path === null ? '' : ` --path '${path}'`),
  ].join('\n');
