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

const MINUTE = 60_000;
const healthSchema = z.object({ status: z.string(), late: z.array(z.string()), warnings: z.array(z.string()) });

/** As it is counted and told from now on. */
async function health(): Promise<z.output<typeof healthSchema>> {
  await countStatistics(world.app);
  // An answer is shared for some seconds.
  world.clock.move(10_000);
  return healthSchema.parse((await world.call('GET', '/health/details')).body);
}

describe('the health of the service', () => {
  it('calls work late once its timer has passed it over', async () => {
    const at = MINUTE * 10 * Math.ceil(world.clock.now().getTime() / (10 * MINUTE));
    const dueAt = new Date(at + 2 * MINUTE);
    await world.app.due.add({ kind: 'subscriptions', connectionId: 'passed-over', dueAt });
    const moveTo = (time: number): void => {
      world.clock.move(time - world.clock.now().getTime());
    };
    moveTo(at + 9 * MINUTE);
    expect(await health()).toEqual({ status: 'healthy', late: [], warnings: [] });
    moveTo(at + 22 * MINUTE);
    const warnings = [`subscriptions is due since ${dueAt.toISOString()}`];
    expect(await health()).toEqual({ status: 'degraded', late: ['subscriptions'], warnings });
    await world.app.due.move({ kind: 'subscriptions', connectionId: 'passed-over', dueAt }, null);
  });

  it('is degraded by connections that cannot sync, and by domains that go on failing', async () => {
    expect(await health()).toEqual({ status: 'healthy', late: [], warnings: [] });
    const mail = { ...newHead().status, status: 'error', failures: 5, reported: true } as const;
    const createdAt = world.clock.now().toISOString();
    const stands = { createdAt, status: 'error', reason: 'app_misconfigured', copies: { mail } } as const;
    await world.app.connections.create(newConnection('failing', stands));
    expect(await health()).toEqual({
      status: 'degraded',
      late: [],
      warnings: ['1 connections cannot sync', 'mail.sync_failed: 1 connections'],
    });
  });
});
