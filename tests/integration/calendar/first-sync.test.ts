import { expect, it } from 'vitest';
import { startCalendarWorld } from '../../support/calendar-world.ts';

it('reads a calendar with its series, and tells one baseline with its counts', async () => {
  await using at = await startCalendarWorld({
    before: async (world) => {
      await world.user('POST', '/events', { count: 40, seed: 5 });
    },
  });
  expect(await at.differences()).toEqual([]);
  expect((await at.ours()).length).toBeGreaterThan(10);
  const feed = await at.feed();
  expect(feed.map(({ type }) => type)).toEqual(['sync.baseline_completed']);
  const { records } = (await at.head()).counts;
  for (let round = 0; round < 3; round++) await at.poll();
  expect(await at.feed()).toHaveLength(1);
  expect((await at.head()).counts).toMatchObject({ records, hints: 0, bad: 0 });
  expect(await at.effects()).toEqual([]);
});
