import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes and are small, so that they would come last, all at once. */
const isLong = ({ moduleId }: TestSpecification): boolean => /\/(kill-\w+|convergence)\.test\.ts$/.test(moduleId);

/** Begins with the longest files, each between others: what kills hosts needs much of the machine. */
class LongOnesApart extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const others = sorted.filter((file) => !isLong(file));
    return [...sorted.filter(isLong).flatMap((file) => [file, ...others.splice(0, 3)]), ...others];
  }
}

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    pool: 'forks',
    // More than cores: tests wait for storage, for hosts and for leases of theirs.
    maxWorkers: 3,
    // Files that follow one another in a worker share the modules and the Azurite of it: to load and start them anew took as
    // long as most files do. What a test needs to itself it opens: an account of storage, a local Microsoft 365, a vault.
    isolate: false,
    sequence: { sequencer: LongOnesApart },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // Tests start many programs (Azurite, workers, hosts, the command line), which start faster when compiled before.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)) },
  },
});
