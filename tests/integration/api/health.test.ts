import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { newHead } from '../../../shared/engine/head.ts';
import { countStatistics } from '../../../shared/jobs/statistics.ts';
import { openApiWorld, type ApiWorld } from '../../support/api-world.ts';
import { newConnection } from '../../support/job-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

const healthSchema = z.object({ status: z.string(), warnings: z.array(z.string()) });

/** As it is counted and told from now on. */
async function health(): Promise<z.output<typeof healthSchema>> {
  await countStatistics(world.app);
  // An answer is shared for some seconds.
  world.clock.move(10_000);
  return healthSchema.parse((await world.call('GET', '/health/details')).body);
}

describe('the health of the service', () => {
  it('is degraded by connections that cannot sync, and by domains that go on failing', async () => {
    expect(await health()).toEqual({ status: 'healthy', warnings: [] });
    const mail = { ...newHead().status, status: 'error', failures: 5, reported: true } as const;
    const createdAt = world.clock.now().toISOString();
    const stands = { createdAt, status: 'error', reason: 'app_misconfigured', copies: { mail } } as const;
    await world.app.connections.create(newConnection('failing', stands));
    expect(await health()).toEqual({
      status: 'degraded',
      warnings: ['1 connections cannot sync', 'mail.sync_failed: 1 connections'],
    });
  });
});
