import { z } from 'zod';
import type { ApiClient } from './client.ts';
import { until } from './wait.ts';

const state = z.object({
  domains: z.object({
    mail: z.object({
      status: z.string(),
      reason: z.string().nullable(),
      lastSyncedAt: z.string().nullable(),
      progress: z.object({ done: z.number(), total: z.number().nullable() }).nullable(),
    }),
  }),
});

const TELL_EVERY_MS = 3_000;

/** Waits until mail has been synced since `since`, and says how far it is while it takes long. */
export async function awaitSync(api: ApiClient, id: string, since: Date): Promise<void> {
  let told = performance.now();
  const ask = async (): Promise<boolean> => {
    const { mail } = (await api.request(state, `/connections/${id}`)).domains;
    if (mail.status === 'error') throw new Error(`the sync ended with ${mail.reason ?? 'an error'}`);
    const done = mail.status === 'ok' && Date.parse(mail.lastSyncedAt ?? '') >= since.getTime();
    if (!done && performance.now() - told > TELL_EVERY_MS) {
      told = performance.now();
      const total = mail.progress?.total ?? null;
      console.log(`Syncing: ${mail.progress?.done ?? 0}${total === null ? '' : ` of ${total}`} messages ...`);
    }
    return done;
  };
  await until('the first sync', ask, 900_000, 250);
}
