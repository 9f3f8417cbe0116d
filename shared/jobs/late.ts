import type { Config, TimerName } from '../config.ts';
import { plus } from '../lib/clock.ts';
import { lastRun } from '../lib/ncrontab.ts';

/** Work that a timer finds has begun so long after it, at the latest. */
const GRACE_MS = 5 * 60_000;

/** The timers that look after domains; whatever else is due waits for `subscriptionRenewal`. */
const domainTimers: Readonly<Record<string, TimerName>> = {
  connection: 'emailSync',
  mail: 'emailSync',
  contacts: 'contactSync',
  calendar: 'calendarSync',
  tasks: 'taskSync',
  bookings: 'bookingSync',
};

/** The timer that looks for a kind of due work. */
export const timerOf = (kind: string): TimerName => domainTimers[kind.split('.')[0] ?? kind] ?? 'subscriptionRenewal';

/** What was due by this time and still is was passed over: its timer has run since, some minutes ago. Null = nothing was. */
export const lateSince = ({ schedules }: Pick<Config, 'schedules'>, now: Date, kind: string): Date | null =>
  lastRun(schedules[timerOf(kind)], plus(now, -GRACE_MS));
