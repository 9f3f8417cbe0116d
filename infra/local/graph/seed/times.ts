import type { Random } from './random.ts';

const DAY_MS = 86_400_000;
const NEWEST_AGE_MS = 120_000;

/**
 * Arrival times, oldest first, from `now` backwards: about `perDay` a day, more by day than by night, fewer at
 * weekends. The newest is two minutes old, so that a test's own mail is newer than all of them.
 */
export function arrivalTimes(random: Random, count: number, now: Date, perDay = 40): readonly number[] {
  const newest = now.getTime() - NEWEST_AGE_MS;
  const days = Math.max(1, Math.ceil(count / perDay));
  const times: number[] = [];
  while (times.length < count) {
    const at = newest - Math.floor(random.next() * days * DAY_MS);
    if (random.chance(weight(new Date(at)))) times.push(at);
  }
  times.sort((a, b) => a - b);
  if (count > 0) times[count - 1] = newest;
  return times;
}

function weight(at: Date): number {
  const weekend = at.getUTCDay() === 0 || at.getUTCDay() === 6;
  const working = at.getUTCHours() >= 7 && at.getUTCHours() < 18;
  if (weekend) return 0.15;
  return working ? 1 : 0.2;
}
