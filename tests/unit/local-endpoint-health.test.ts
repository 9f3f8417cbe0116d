import { expect, it } from 'vitest';
import { EndpointHealth } from '../../infra/local/graph/subscriptions/endpoint-health.ts';

const MINUTE = 60_000;

function after(replies: readonly number[], atMs = 0): EndpointHealth {
  const health = new EndpointHealth();
  for (const tookMs of replies) health.note({ atMs, tookMs });
  return health;
}

const quick = (count: number): number[] => Array.from({ length: count }, () => 20);

it('is fine at ten percent late, slow beyond', () => {
  expect(after([...quick(18), 3000, 3000]).at(1)).toBe('fine');
  expect(after([...quick(17), 3000, 3000, 3000]).at(1)).toBe('slow');
});

it('drops beyond fifteen percent later than ten seconds', () => {
  expect(after([...quick(17), 10_000, 10_000, 10_000]).at(1)).toBe('slow');
  expect(after([...quick(16), 10_000, 10_000, 10_000, 10_000]).at(1)).toBe('drop');
});

it('does not judge by a handful of replies', () => {
  expect(after([10_000, 10_000]).at(1)).toBe('fine');
});

it('stays what it is for ten minutes and then looks again', () => {
  const health = after([...quick(5), ...Array.from({ length: 5 }, () => 4000)]);
  expect(health.at(1)).toBe('slow');
  expect(health.heldUntilMs).toBe(10 * MINUTE + 1);
  expect(health.at(9 * MINUTE)).toBe('slow');
  expect(health.at(10 * MINUTE + 1)).toBe('fine');
});
