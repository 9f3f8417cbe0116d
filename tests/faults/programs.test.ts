import { expect, it } from 'vitest';
import { describe, runSeeds, STEPS } from './programs/run-seeds.ts';

/** Always the same programs, and a few that nobody has run before; `npm run chaos -- --seeds 10000` runs many. */
const FIXED = 6;
const fresh = { from: 1_000_000 + (Date.now() % 1_000_000_000), seeds: 2 };

for (const { from, seeds } of [{ from: 1, seeds: FIXED }, fresh]) {
  it(`P1 P4 P5 P6 P7 P9 P10 P16 whatever fails, all ends as the tenant stands, each change told once (seeds from ${from})`, async () => {
    const options = { from, seeds, steps: STEPS, shrink: false };
    const { failed } = await runSeeds(options, () => undefined);
    expect(failed.map((one) => describe(one, STEPS)).join('\n')).toBe('');
  }, 240_000);
}
