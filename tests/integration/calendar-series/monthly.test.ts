import { afterAll, afterEach, beforeAll, it } from 'vitest';
import { monthly } from './kinds.ts';
import { live, plan } from './life.ts';
import { openSeriesWorld, type SeriesWorld } from './support.ts';

let world: SeriesWorld;
beforeAll(async () => {
  world = await openSeriesWorld();
});
afterAll(() => world.close());
afterEach(() => world.clear());

for (const kind of monthly)
  for (const party of ['Outlook', 'the application'] as const)
    it(`a series ${kind.name}: is as ${party} has it, whatever becomes of it`, async () => {
      await live(world, party, plan(world, kind));
    });
