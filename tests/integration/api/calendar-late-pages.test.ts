import { afterAll, beforeAll, expect, it } from 'vitest';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { openCalendarApi, type CalendarApi } from '../../support/calendar-api.ts';

const HOUR_MS = 3_600_000;

let world: CalendarApi;
beforeAll(async () => {
  world = await openCalendarApi();
  await world.sync();
});
afterAll(() => world.close());

/** Pages show what has been in Outlook for so long. */
const late = (deltaDelayMs: number): Promise<unknown> =>
  world.control('PATCH', '/settings', { calendar: { deltaDelayMs } });
const utc = (days: number, time: string) => ({ dateTime: world.day(days, time), timeZone: 'UTC' });
const hours = (days: number, from: number, to: number) => ({
  start: utc(days, `${from}:00:00`),
  end: utc(days, `${to}:00:00`),
});
const daily = (days: number, numberOfOccurrences: number) => ({
  pattern: { type: 'daily', interval: 1 },
  range: { type: 'numbered', startDate: world.day(days).slice(0, 10), numberOfOccurrences },
});
/** A job that a notification of this asks for. */
async function hear(id: string): Promise<void> {
  await world.app.wake.raise({ connectionId: world.id, domain: 'calendar' }, [id]);
  await runSyncJob({ connectionId: world.id, domain: 'calendar', why: 'notification', due: null }, world.app);
}
/** The look that follows a notification, of all calendars. */
async function lookAgain(): Promise<void> {
  world.clock.move(60_000);
  await world.sync();
}
/** What somebody is in the hour from `from` on of some days. */
const at = async (from: number, ...days: number[]): Promise<string> => {
  const read = days.map(async (day) => {
    const [start, end] = [from, from + 1].map((hour) => `${world.day(day, `${hour}:00:00`)}Z`);
    return String((await world.on('GET', `/free-busy?from=${start}&to=${end}`)).body['status']);
  });
  return (await Promise.all(read)).join(' ');
};

it('P7: is not free at the times of a series that a notification named, as long as no page has shown its occurrences', async () => {
  await late(HOUR_MS);
  const id = await world.arrive({ subject: 'series', ...hours(2, 10, 11), recurrence: daily(2, 3) });
  await hear(id);
  expect([await at(10, 1, 2, 3, 4, 5), await at(12, 3)]).toEqual(['free unknown unknown unknown free', 'free']);
  await lookAgain();
  expect(await at(10, 1, 2, 3, 4, 5)).toBe('free unknown unknown unknown free');
  await late(0);
  await lookAgain();
  expect(await at(10, 1, 2, 3, 4, 5)).toBe('free busy busy busy free');

  // Others leave one out: it is free as soon as the series has been read.
  await world.outlook('DELETE', `/events/${id}?date=${world.day(3).slice(0, 10)}`);
  await lookAgain();
  expect(await at(10, 2, 3, 4)).toBe('busy free busy');
});

it('P7: is not free at its new times, nor for as long as it lasts now, where others have changed it', async () => {
  const id = await world.arrive({ subject: 'series', ...hours(20, 10, 11), recurrence: daily(20, 2) });
  await lookAgain();
  expect([await at(10, 20, 21), await at(11, 20, 21)]).toEqual(['busy busy', 'free free']);
  await late(HOUR_MS);
  const change = async (members: Record<string, unknown>): Promise<void> => {
    await world.outlook('PATCH', `/events/${id}`, members);
    await hear(id);
    await lookAgain();
  };
  await change(hours(20, 10, 12));
  expect([await at(10, 20, 21), await at(11, 20, 21)]).toEqual(['busy busy', 'unknown unknown']);
  await change({ recurrence: daily(20, 3) });
  expect(await at(10, 20, 21, 22, 23)).toBe('busy busy unknown free');
  await change(hours(20, 14, 15));
  expect([await at(10, 20, 21), await at(14, 20, 21, 22)]).toEqual(['busy busy', 'unknown unknown unknown']);
  await late(0);
  await lookAgain();
  expect([await at(10, 20, 21), await at(14, 20, 21, 22, 23)]).toEqual(['free free', 'busy busy busy free']);
});
