import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Fields } from '../../../shared/lib/json.ts';
import { startCalendarWorld, type CalendarWorld } from '../../support/calendar-world.ts';

const PAST = 10;
const FUTURE = 30;
const DAYS = 40;
const DAY_MS = 86_400_000;
const ZONE = 'W. Europe Standard Time';

const snapshot = z.object({ instances: z.array(z.object({ id: z.string() })) });
const wall = (dateTime: string, timeZone = ZONE): Fields => ({ dateTime, timeZone });
const single = (at: CalendarWorld, day: number): Fields => ({
  subject: `Single ${day}`,
  start: wall(at.day(day)),
  end: wall(at.day(day, '10:00:00')),
});
const whole = (at: CalendarWorld, day: number): Fields => ({
  subject: `Day ${day}`,
  isAllDay: true,
  start: wall(at.day(day, '00:00:00')),
  end: wall(at.day(day + 1, '00:00:00')),
});
const series = (at: CalendarWorld): Fields => ({
  subject: 'Standup',
  start: wall(at.day(-20)),
  end: wall(at.day(-20, '09:15:00')),
  recurrence: {
    pattern: { type: 'daily', interval: 1 },
    range: { type: 'noEnd', startDate: at.day(-20).slice(0, 10), recurrenceTimeZone: ZONE },
  },
});

/** Events that both sides have within a safe range around the present day, by Graph id, sorted. */
async function both(at: CalendarWorld, rolled: number): Promise<{ ours: unknown[]; theirs: unknown[] }> {
  // At noon, where no day begins or ends on any clock of Europe.
  const range = { from: at.day(rolled - PAST, '12:00:00'), to: at.day(rolled + FUTURE, '12:00:00') };
  const [from, to] = [new Date(`${range.from}Z`), new Date(`${range.to}Z`)];
  const ours = (await at.ours({ from, to })).map(({ graphId }) => graphId);
  const answer = await at.world.user('GET', `/events?from=${from.toISOString()}&to=${to.toISOString()}`);
  const theirs = snapshot.parse(answer).instances.map(({ id }) => id);
  return { ours: ours.toSorted(), theirs: theirs.toSorted() };
}

it('P18: rolls for forty days: tells nothing of what goes, and of what comes what stands for itself', async () => {
  await using at = await startCalendarWorld({
    settings: { CALENDAR_WINDOW_PAST_DAYS: String(PAST), CALENDAR_WINDOW_FUTURE_DAYS: String(FUTURE) },
  });
  const { world } = at;
  const id = await at.arrive(series(at));
  for (const day of [-9, -3, 5, 25]) await at.arrive(single(at, day));
  for (const day of [-8, 6, 24]) await at.arrive(whole(at, day));
  // Of the series one is deleted, one moved and one edited, within the window and beyond.
  for (const day of [3, 50]) await at.remove(id, at.day(day));
  for (const day of [4, 51])
    await at.edit(id, { start: wall(at.day(day, '15:00:00')), end: wall(at.day(day, '15:15:00')) }, at.day(day));
  for (const day of [7, 52]) await at.edit(id, { subject: `Once ${day}` }, at.day(day));
  for (const day of [45, 60]) await at.arrive(single(at, day));
  await at.arrive(whole(at, 48));
  await at.poll();
  const from = (await at.feed()).length;
  const requests: number[] = [];
  let reread = 0;
  for (let rolled = 1; rolled <= DAYS; rolled++) {
    world.clock.move(DAY_MS);
    world.graph.forget();
    await at.poll();
    const asked = world.graph.requests.filter(({ path }) => path.includes('/calendars'));
    requests.push(asked.length);
    reread += asked.filter(({ path }) => path.includes('/events/')).length;
    const { ours, theirs } = await both(at, rolled);
    expect({ rolled, ours }).toEqual({ rolled, ours: theirs });
  }
  const rows = (await at.feed())
    .slice(from)
    .map(({ type, cause, after }) => `${type} ${cause} ${z.string().catch('').parse(after?.['subject'])}`);
  expect(rows.toSorted()).toEqual(
    ['Single 45', 'Single 60', 'Day 48', 'Standup', 'Once 52'].map((name) => `event.created poll ${name}`).toSorted(),
  );
  // The list of calendars, and the pages of one view, the first of which is empty, as Graph has it; and once in a while one more.
  // A notification of what was done above may come late, and be followed by a look of its own.
  expect(requests.filter((count) => count > 5).length).toBeLessThanOrEqual(1);
  expect(requests.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(5 * DAYS);
  // On some clock of the world a day that Graph shows no more has not ended yet: it is looked at, once.
  expect(reread).toBeLessThanOrEqual(3);
  const { counts } = await at.head();
  expect(counts).toMatchObject({ hints: 0, bad: 0, outbox: 0 });
  expect(await at.series()).toHaveLength(1);
});
