import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    pool: 'forks',
    // More than cores: tests wait for storage, for hosts and for leases of theirs.
    maxWorkers: 3,
    // Files that follow one another in a worker share the modules and the Azurite of it: to load and start them anew took as
    // long as most files do. What a test needs to itself it opens: an account of storage, a local Microsoft 365, a vault.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // Tests start many programs (Azurite, workers, hosts, the command line), which start faster when compiled before.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)) },
  },
});
