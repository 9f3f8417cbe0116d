import { FenceLostError, StorageError } from '../errors.ts';
import { systemSleep } from '../lib/sleep.ts';
import type { EnginePorts } from './ports.ts';

/** How long a writer without a lease tries to pass the fence (P2). */
const PATIENCE_MS = 10_000;

/**
 * Has a writer without a lease read, compute and commit anew each time that another writer was first, with jitter, up to
 * 10 s; then StorageError (P2).
 */
export async function passFence<T>(ports: Pick<EnginePorts, 'random'>, attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (let losses = 0; ; losses++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof FenceLostError)) throw error;
      if (performance.now() > end)
        throw new StorageError('store.unavailable', 'the partition is busy; try again', { cause: error });
      await systemSleep(ports.random.fraction() * Math.min(400, 20 * 2 ** Math.min(losses, 5)));
    }
  }
}
