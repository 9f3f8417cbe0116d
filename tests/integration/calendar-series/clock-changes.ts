import { Temporal } from 'temporal-polyfill';
import type { GraphPattern } from '../../support/calendar-patterns.ts';
import type { NewSeries, ZoneNames } from './parties.ts';

export const SYDNEY = { windows: 'AUS Eastern Standard Time', iana: 'Australia/Sydney' };
export const NEW_YORK = { windows: 'Eastern Standard Time', iana: 'America/New_York' };
export const LONDON = { windows: 'GMT Standard Time', iana: 'Europe/London' };
export const LORD_HOWE = { windows: 'Lord Howe Standard Time', iana: 'Australia/Lord_Howe' };
export const TOKYO = { windows: 'Tokyo Standard Time', iana: 'Asia/Tokyo' };
export const KOLKATA = { windows: 'India Standard Time', iana: 'Asia/Kolkata' };

/** A change of a zone's clocks. */
export interface ClockChange {
  /** Its day on the zone's clock. */
  readonly date: string;
  readonly ahead: boolean;
  /** A time that the clock skips on that day, or shows twice. */
  readonly time: string;
}

/** The first change ahead and the first change back of a zone's clocks, at least a week from a day. */
export function changesAfter(
  { iana }: ZoneNames,
  date: string,
): { readonly ahead: ClockChange; readonly back: ClockChange } {
  let at = Temporal.PlainDate.from(date).add({ days: 7 }).toZonedDateTime(iana);
  const found = new Map<boolean, ClockChange>();
  while (found.size < 2) {
    const next = at.getTimeZoneTransition('next');
    if (next === null) throw new Error(`${iana} never changes its clocks`);
    at = next;
    const before = at.subtract({ nanoseconds: 1 });
    const ahead = at.offsetNanoseconds > before.offsetNanoseconds;
    const wall = ahead ? before.toPlainDateTime().add({ nanoseconds: 1 }) : at.toPlainDateTime();
    const time = wall.add({ minutes: 10 }).toPlainTime().toString({ smallestUnit: 'second' });
    found.set(ahead, { date: at.toPlainDate().toString(), ahead, time });
  }
  const [ahead, back] = [found.get(true), found.get(false)];
  if (ahead === undefined || back === undefined) throw new Error('two changes in one direction');
  return { ahead, back };
}

export const DAILY: GraphPattern = {
  ...{ type: 'daily', interval: 1, daysOfWeek: [], firstDayOfWeek: 'sunday', index: 'first', month: 0, dayOfMonth: 0 },
};

/** A series of each day, so many times. */
export const daily = (parts: Pick<NewSeries, 'subject' | 'zone' | 'first' | 'time'>, count = 7): NewSeries => ({
  ...parts,
  ...{ pattern: DAILY, rule: 'FREQ=DAILY', end: { count } },
});

/** The instants at which a zone's clock shows this time, day by day; a time that it skips is later, one that it shows twice the first. */
export const instantsOf = (dates: readonly string[], time: string, { iana }: ZoneNames): string[] =>
  dates.map((date) => Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(iana).toInstant().toString());
