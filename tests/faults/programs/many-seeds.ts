import { describe, runSeeds } from './run-seeds.ts';

/** What `npm run chaos -- --seeds ...` was asked for. */
export interface SeedFlags {
  readonly seeds: number;
  /** The first one. */
  readonly seed: number;
  readonly steps: number;
  readonly path?: string | undefined;
}

/**
 * Runs one program of each seed, from `seed` on; prints each that ends wrong, shrunk as far as a few minutes
 * allow, with the way to run it again. Answers how many there were.
 */
export async function runManySeeds(flags: SeedFlags, say: (text: string) => void): Promise<number> {
  const { steps, seeds, seed: from } = flags;
  const began = performance.now();
  const path = flags.path === undefined ? {} : { path: flags.path };
  const progress = (done: number): void => {
    say(`${done} of ${seeds} programs, up to seed ${from + done - 1}`);
  };
  const options = { from, seeds, steps, shrink: true, progress, ...path };
  const { ran, failed } = await runSeeds(options, (one) => {
    say(describe(one, steps));
  });
  say(`${ran} programs in ${Math.round((performance.now() - began) / 1000)} s, ${failed.length} broken`);
  return failed.length;
}
