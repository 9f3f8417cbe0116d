import { z } from 'zod';
import type { ApiClient } from './client.ts';
import { until } from './wait.ts';

const state = z.object({
  domains: z.record(
    z.string(),
    z.object({
      status: z.string(),
      reason: z.string().nullable(),
      lastSyncedAt: z.string().nullable(),
      progress: z.object({ done: z.number(), total: z.number().nullable() }).nullable(),
    }),
  ),
});

const TELL_EVERY_MS = 3_000;
/** A round that ran before the account was connected again has failed, and says so until the next one. */
const PATIENCE_MS = 30_000;

/** Waits until every domain has been synced since `since`, and says how far each is while it takes long. */
export async function awaitSync(api: ApiClient, id: string, since: Date): Promise<void> {
  let told = performance.now();
  let well = told;
  const ask = async (): Promise<boolean> => {
    const { domains } = await api.request(state, `/connections/${id}`);
    const failed = Object.entries(domains).find(([, { status }]) => status === 'error');
    if (failed === undefined) well = performance.now();
    else if (performance.now() - well > PATIENCE_MS)
      throw new Error(`the sync of ${failed[0]} ended with ${failed[1].reason ?? 'an error'}`);
    const done = Object.values(domains).every(
      ({ status, lastSyncedAt }) => status === 'ok' && Date.parse(lastSyncedAt ?? '') >= since.getTime(),
    );
    if (!done && performance.now() - told > TELL_EVERY_MS) {
      told = performance.now();
      const parts = Object.entries(domains).flatMap(([name, { progress }]) =>
        progress === null ? [] : [`${name} ${progress.done}${progress.total === null ? '' : ` of ${progress.total}`}`],
      );
      console.log(`Syncing: ${parts.join(', ') || 'it begins'} ...`);
    }
    return done;
  };
  await until('the first sync', ask, 900_000, 250);
}
