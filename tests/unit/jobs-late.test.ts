import { Cron } from 'croner';
import { describe, expect, it } from 'vitest';
import { lateSince, timerOf } from '../../shared/jobs/late.ts';
import { runTimer, type TimerName } from '../../shared/jobs/timers.ts';
import { lastRun } from '../../shared/lib/ncrontab.ts';
import { openJobWorld } from '../support/job-world.ts';

describe('work that is late', () => {
  const { config } = openJobWorld().ports;
  const late = (time: string, kind: string): string | undefined =>
    lateSince(config, new Date(`2026-03-02T${time}Z`), kind)
      ?.toISOString()
      .slice(11, 16);

  it('was due when its timer last ran, five minutes ago at least', () => {
    expect([late('10:14:59', 'subscriptions'), late('10:15:00', 'subscriptions')]).toEqual(['10:00', '10:10']);
    expect([late('10:14:59', 'contacts.push'), late('10:14:59', 'connection.deliver')]).toEqual(['10:05', '10:09']);
  });

  it.each([
    ...(['emailSync', 'contactSync', 'calendarSync', 'taskSync', 'bookingSync', 'subscriptionRenewal'] as const),
  ])('is judged by the timer that looks for it (%s)', async (name: TimerName) => {
    const { ports, queues } = openJobWorld();
    await runTimer(name, ports);
    const kinds = new Set(queues.dispatches.flatMap((job) => job.kinds));
    expect(kinds.size).toBeGreaterThan(0);
    for (const kind of kinds) expect([kind, timerOf(kind)]).toEqual([kind, name]);
  });
});

describe('the last run of a schedule', () => {
  it.each([
    ...['0 * * * * *', '*/5 * * * * *', '0 */10 * * * *', '0 17 * * * *', '0 0 9-17 * * Mon-Fri', '0 30 9 1,15 * *'],
    ...['0 10-59/20 0-6/2 * * SUN', '0 0 0 1 Mar *', '30 5,50-55/2 */7 * * *'],
  ])('(%s) is the one that a timer takes', (schedule) => {
    const timer = new Cron(schedule, { timezone: 'UTC', domAndDow: true });
    for (const time of [
      '2026-03-02T00:00:59Z',
      '2026-03-02T10:14:30Z',
      '2026-03-15T12:31:59Z',
      '2026-02-28T23:59:59Z',
    ]) {
      const [last] = timer.previousRuns(1, new Date(Date.parse(time) + 1));
      const minute = last === undefined ? undefined : new Date(Math.floor(last.getTime() / 60_000) * 60_000);
      const isRecent = minute !== undefined && Date.parse(time) - minute.getTime() < 31 * 86_400_000;
      expect([time, lastRun(schedule, new Date(time))]).toEqual([time, isRecent ? minute : null]);
    }
  });

  it.each([
    ['0 10/20 * * * *', '0 10-59/20 * * * *'],
    ['0 0 0 1 March *', '0 0 0 1 3 *'],
    ['0 0 9 * * Friday-Mon', '0 0 9 * * 1-5'],
  ])('(%s) is that of %s', (schedule, other) => {
    for (const time of ['2026-03-02T10:29:59Z', '2026-03-07T12:00:00Z', '2026-03-08T00:05:00Z'])
      expect(lastRun(schedule, new Date(time))).toEqual(lastRun(other, new Date(time)));
  });
});
