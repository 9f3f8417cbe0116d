import { addDays, dateAt, dateText, daysBetween, readDate, type CivilDate } from './civil-date.ts';
import type { EventTimes } from './event-times.ts';
import { instantOf, instantText, readInstant, wallIn } from './instants.ts';
import { brings } from './pattern-days.ts';
import type { Pattern } from './recurrence.ts';
import { timeText } from './wall-clock.ts';

/** The clock that a series repeats on. */
export interface SeriesClock {
  readonly start: CivilDate;
  readonly time: string | null;
  readonly timeZone: string;
  /** The day of a slot; null where the series has none at that time. */
  readonly dayOf: (slot: string) => CivilDate | null;
  readonly slotOn: (day: CivilDate) => string;
}

/** The clock of a series that begins then; null where that is no time. */
export function clockOf(start: EventTimes['start'] | null): SeriesClock | null {
  if (start === null) return null;
  if ('date' in start) {
    const day = readDate(start.date);
    return day === null ? null : { start: day, time: null, timeZone: 'UTC', dayOf: readDate, slotOn: dateText };
  }
  const { timeZone } = start;
  const at = readInstant({ dateTime: start.dateTime });
  if (at === null) return null;
  const wall = wallIn(timeZone, at);
  const instantOn = (day: CivilDate): number => instantOf(timeZone, { date: day, ms: wall.ms });
  const dayOf = (slot: string): CivilDate | null => {
    const instant = readInstant({ dateTime: slot });
    if (instant === null) return null;
    const { date, ms } = wallIn(timeZone, instant);
    // Else only where the clock skips the time of the series; asking what clocks show is what costs.
    return ms === wall.ms || instantOn(date) === instant ? date : null;
  };
  return { start: wall.date, time: timeText(wall), timeZone, dayOf, slotOn: (day) => instantText(instantOn(day)) };
}

/** The days that the pattern brings in a range, both ends included. */
export function daysOf(
  pattern: Pattern,
  start: CivilDate,
  { from, to }: { readonly from: CivilDate; readonly to: CivilDate },
): CivilDate[] {
  const days = Array.from({ length: Math.max(0, daysBetween(from, to) + 1) }, (_, index) => addDays(from, index));
  return days.filter((day) => brings(pattern, start, day));
}

/** A begin or end as text: its day, or its instant. */
export const textOf = (time: EventTimes['start']): string => ('date' in time ? time.date : time.dateTime);

/** Begin and end of the occurrence in a slot, from those of the first one. */
export function timesOn(
  { start, end }: Record<'start' | 'end', EventTimes['start']>,
  slot: string,
): Record<'start' | 'end', EventTimes['start']> {
  // A day reads as its midnight in UTC, an instant in UTC as itself.
  const endsAt = Date.parse(textOf(end)) + Date.parse(slot) - Date.parse(textOf(start));
  return {
    start: 'date' in start ? { date: slot } : { ...start, dateTime: slot },
    end: 'date' in end ? { date: dateText(dateAt(endsAt)) } : { ...end, dateTime: instantText(endsAt) },
  };
}
