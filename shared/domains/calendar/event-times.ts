import { addDays, dateText, daysBetween, readDate, type CivilDate } from './civil-date.ts';
import { instantText, readInstant, wallIn } from './instants.ts';
import { graphText, readWallClock } from './wall-clock.ts';
import { clockZoneOf, graphZoneOf, isToldZone, readZone, UTC } from './zones.ts';

/** Graph's `dateTimeTimeZone`. */
export interface GraphTime {
  readonly dateTime: string;
  readonly timeZone?: string | null | undefined;
}

/** A point in time, in UTC, and the IANA zone that it was made in (`UTC` where that zone has no IANA name). */
export interface TimedEnd {
  readonly dateTime: string;
  readonly timeZone: string;
}

/** A day as such, in no zone. */
export interface DayEnd {
  readonly date: string;
}

/** Begin and end of an event; the end of an all-day event is exclusive. */
export type EventTimes =
  | { readonly isAllDay: false; readonly start: TimedEnd; readonly end: TimedEnd }
  | { readonly isAllDay: true; readonly start: DayEnd; readonly end: DayEnd };

/** What an event says about its time. `originalStartTimeZone` is absent on thin occurrences: their master's stands in. */
export interface GraphTimes {
  readonly start: GraphTime;
  readonly end: GraphTime;
  readonly isAllDay: boolean;
  readonly originalStartTimeZone?: string | null | undefined;
  readonly originalEndTimeZone?: string | null | undefined;
}

/** Reads begin and end of an event, in whatever zone they come. Null where a time cannot be read. */
export function readEventTimes(raw: GraphTimes): EventTimes | null {
  const endZone = raw.originalEndTimeZone ?? raw.originalStartTimeZone;
  if (raw.isAllDay) {
    const start = readDay(raw.start, raw.originalStartTimeZone);
    const end = readDay(raw.end, endZone);
    if (start === null || end === null) return null;
    // An all-day event lasts a day at least, whatever an odd writer put for its end.
    const last = daysBetween(start, end) < 1 ? addDays(start, 1) : end;
    return { isAllDay: true, start: { date: dateText(start) }, end: { date: dateText(last) } };
  }
  const start = readTime(raw.start, raw.originalStartTimeZone);
  const end = readTime(raw.end, endZone);
  return start === null || end === null ? null : { isAllDay: false, start, end };
}

function readTime(time: GraphTime, original: string | null | undefined): TimedEnd | null {
  const at = readInstant({ dateTime: time.dateTime, timeZone: time.timeZone ?? UTC });
  if (at === null) return null;
  return { dateTime: instantText(at), timeZone: readZone(original ?? time.timeZone ?? UTC).iana ?? UTC };
}

/**
 * The day that a midnight of an all-day event means. Graph shows it as midnight of the right day, or, when asked in another
 * zone, as that midnight converted: then it is midnight in the zone that the event was made in. Where that zone is not known,
 * or its clocks went forward at midnight, it is the midnight next to it, which is right from UTC-11 to UTC+12. [graph-facts 7.2]
 */
export function readDay(time: GraphTime, original: string | null | undefined): CivilDate | null {
  const wall = readWallClock(time.dateTime);
  if (wall === null) return null;
  if (wall.ms === 0) return wall.date;
  const at = readInstant({ dateTime: time.dateTime, timeZone: time.timeZone ?? UTC });
  const { iana } = readZone(original ?? '');
  if (at !== null && iana !== null) {
    const home = wallIn(iana, at);
    if (home.ms === 0) return home.date;
  }
  return wall.ms >= NOON_MS ? addDays(wall.date, 1) : wall.date;
}

const NOON_MS = 43_200_000;

/**
 * The time as Graph is to be told: on the wall clock of the zone, so that a series keeps it over summer time. It is told in
 * UTC where that would mean another instant (the second of two equal times, as clocks go back; of a series its clock counts
 * more) or Outlook has no name for the zone. Null where the text is no time.
 */
export function graphTimeOf(
  end: TimedEnd,
  repeats = false,
): { readonly dateTime: string; readonly timeZone: string } | null {
  const at = readInstant({ dateTime: end.dateTime });
  if (at === null) return null;
  const { iana } = readZone(end.timeZone);
  const named = repeats ? clockZoneOf : graphZoneOf;
  const isNamed = iana !== null && (repeats || isToldZone(iana));
  const told = !isNamed ? null : { dateTime: graphText(wallIn(iana, at)), timeZone: named(iana) };
  return told !== null && (repeats || readInstant(told) === at)
    ? told
    : { dateTime: graphText(wallIn(UTC, at)), timeZone: UTC };
}

/** The day as Graph is to be told: its midnight. Begin and end of an event must name one zone. Null where it is no date. */
export function graphDayOf(
  end: DayEnd,
  timeZone = UTC,
): { readonly dateTime: string; readonly timeZone: string } | null {
  const date = readDate(end.date);
  return date === null ? null : { dateTime: graphText({ date, ms: 0 }), timeZone };
}
