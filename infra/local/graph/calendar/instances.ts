import type { CalendarEvent, EventParts, EventRef, Exception, Series, Times } from './model.ts';
import { clockOf, DAY_MS, dayOfWall } from './time/civil.ts';
import type { Day } from './time/civil.ts';
import { daysOf } from './time/expand.ts';
import { instantOf, wallIn } from './time/zones.ts';

/** One thing that stands in a calendar view: a single event, or an occurrence as it is now. Also a master, on its own. */
export interface Instance {
  event: CalendarEvent;
  day: Day | undefined;
  type: 'singleInstance' | 'occurrence' | 'exception' | 'seriesMaster';
  parts: EventParts;
  times: Times;
  startMs: number;
  endMs: number;
  /** When the series has it; of occurrences and exceptions. */
  originalMs: number | undefined;
  exception: Exception | undefined;
}

export interface Window {
  fromMs: number;
  toMs: number;
}

export function instantsOf({ start, end }: Times): { startMs: number; endMs: number } {
  return { startMs: instantOf(start.zone, start.wall), endMs: instantOf(end.zone, end.wall) };
}

/** The event itself: a single one, or the master of a series. */
export function wholeOf(event: CalendarEvent): Instance {
  const type = event.series === undefined ? 'singleInstance' : 'seriesMaster';
  const times = { ...instantsOf(event.times), times: event.times };
  return { event, day: undefined, type, parts: event.parts, ...times, originalMs: undefined, exception: undefined };
}

/** Times of a day's occurrence as the series has them: the same clock times, so in UTC they shift with summer time. */
export function seriesTimes(event: CalendarEvent, series: Series, day: Day): Times {
  const { start, end } = event.times;
  const { startMs, endMs } = instantsOf(event.times);
  const [first, last] = [wallIn(series.zone, startMs), wallIn(series.zone, endMs)];
  const at = (wall: number): number => (day - dayOfWall(first)) * DAY_MS + wall;
  if (start.zone === series.zone && end.zone === series.zone) {
    return { start: { wall: at(start.wall), zone: start.zone }, end: { wall: at(end.wall), zone: end.zone } };
  }
  const moved = (wall: number, zone: typeof start.zone) => ({
    wall: wallIn(zone, instantOf(series.zone, at(wall))),
    zone,
  });
  return { start: moved(first, start.zone), end: moved(last, end.zone) };
}

/** The occurrence of a day, cancelled or not; the day must be one of the rule's. */
export function occurrenceOf(event: CalendarEvent, series: Series, day: Day): Instance {
  const exception = series.exceptions.get(day);
  const planned = seriesTimes(event, series, day);
  const times = exception?.times ?? planned;
  const { startMs, endMs } = instantsOf(times);
  const whole = instantsOf(event.times);
  return {
    event,
    day,
    type: exception === undefined ? 'occurrence' : 'exception',
    parts: exception === undefined ? event.parts : { ...event.parts, ...exception.parts },
    times,
    startMs,
    // Where the clock skips its start alone, its end on the clock would lie before it.
    endMs: endMs < startMs ? startMs + whole.endMs - whole.startMs : endMs,
    originalMs: instantOf(planned.start.zone, planned.start.wall),
    exception,
  };
}

export function isDayOf(series: Series, day: Day): boolean {
  for (const found of daysOf(series.rule, day, day)) return found === day;
  return false;
}

/** What a reference stands for now; undefined for an occurrence that is not, or no longer, there. */
export function instanceOf({ event, day }: EventRef): Instance | undefined {
  if (day === undefined) return wholeOf(event);
  const { series } = event;
  if (series === undefined || series.cancelled.has(day) || !isDayOf(series, day)) return undefined;
  return occurrenceOf(event, series, day);
}

function meets({ startMs, endMs }: { startMs: number; endMs: number }, { fromMs, toMs }: Window): boolean {
  return startMs < toMs && (endMs > fromMs || (endMs === startMs && startMs >= fromMs));
}

/** What of an event lies in a window, by start. A series gives its occurrences, never its master. */
export function instancesIn(event: CalendarEvent, window: Window): Instance[] {
  const { series } = event;
  if (series === undefined) {
    const whole = wholeOf(event);
    return meets(whole, window) ? [whole] : [];
  }
  const { startMs, endMs } = instantsOf(event.times);
  const from = dayOfWall(wallIn(series.zone, window.fromMs - (endMs - startMs))) - 1;
  const to = dayOfWall(wallIn(series.zone, window.toMs)) + 1;
  const found: Instance[] = [];
  for (const day of daysOf(series.rule, from, to)) {
    if (series.cancelled.has(day) || series.exceptions.has(day)) continue;
    found.push(occurrenceOf(event, series, day));
  }
  // Exceptions may have been moved far away from where the series has them.
  for (const day of series.exceptions.keys()) found.push(occurrenceOf(event, series, day));
  return found.filter((one) => meets(one, window)).sort((left, right) => left.startMs - right.startMs);
}

/** The nearest occurrences before and after a day that are there. */
export function neighboursOf(event: CalendarEvent, series: Series, day: Day): { before?: Instance; after?: Instance } {
  const present = (found: Day): boolean => !series.cancelled.has(found);
  const found: { before?: Instance; after?: Instance } = {};
  const reach = 400 * Math.max(1, series.rule.pattern.interval) * 2;
  const before = [...daysOf(series.rule, day - reach, day - 1)].findLast(present);
  if (before !== undefined) found.before = occurrenceOf(event, series, before);
  for (const after of daysOf(series.rule, day + 1, day + reach)) {
    if (!present(after)) continue;
    found.after = occurrenceOf(event, series, after);
    break;
  }
  return found;
}

/** Time of day at which a series begins, in its own zone. */
export function seriesClock(event: CalendarEvent, series: Series): number {
  return clockOf(wallIn(series.zone, instantsOf(event.times).startMs));
}
