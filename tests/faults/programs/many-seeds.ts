import { describe, runSeeds, STEPS } from './run-seeds.ts';

/** The options of `npm run chaos -- --seeds ...`, as they were written. */
export interface SeedFlags {
  readonly seeds: string;
  readonly seed: string | undefined;
  readonly steps: string | undefined;
  readonly path: string | undefined;
}

/**
 * Runs one program of each seed, from `seed` (1 unless told) on; prints each that ends wrong, shrunk as far as a few minutes
 * allow, with the way to run it again. Answers how many there were.
 */
export async function runManySeeds(flags: SeedFlags, say: (text: string) => void): Promise<number> {
  const steps = Number(flags.steps ?? STEPS);
  const began = performance.now();
  const path = flags.path === undefined ? {} : { path: flags.path };
  const from = Number(flags.seed ?? 1);
  const progress = (done: number): void => {
    say(`${done} of ${flags.seeds} programs, up to seed ${from + done - 1}`);
  };
  const options = { from, seeds: Number(flags.seeds), steps, shrink: true, progress, ...path };
  const { ran, failed } = await runSeeds(options, (one) => {
    say(describe(one, steps));
  });
  say(`${ran} programs in ${Math.round((performance.now() - began) / 1000)} s, ${failed.length} broken`);
  return failed.length;
}
