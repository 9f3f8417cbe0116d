import { failedValidation, notMidnight, crossingBoundary } from './errors.ts';
import type { RuleDraft } from './input-rule.ts';
import { instantsOf, neighboursOf } from './instances.ts';
import type { CalendarEvent, Series, Times, ZonedTime } from './model.ts';
import { clockOf, DAY_MS, dayOfWall } from './time/civil.ts';
import type { Day } from './time/civil.ts';
import { firstDay } from './time/expand.ts';
import { instantOf, wallIn } from './time/zones.ts';

/** What times an event may have. @throws GraphError 400 for one that ends before it begins, and an all-day one that is not of whole days. */
export function checkTimes({ start, end }: Times, isAllDay: boolean): void {
  const { startMs, endMs } = instantsOf({ start, end });
  if (isAllDay) {
    if (clockOf(start.wall) !== 0) throw notMidnight('Start');
    if (clockOf(end.wall) !== 0 || start.zone !== end.zone) throw notMidnight('End');
    if (end.wall <= start.wall) throw failedValidation();
  }
  if (endMs < startMs) throw failedValidation();
}

/** A series begins at its first occurrence: where `start` is none, it moves there. */
export function planSeries(draft: RuleDraft, times: Times): { series: Series; times: Times } {
  const zone = draft.zone ?? times.start.zone;
  const startDay = dayIn(times.start, zone);
  if (draft.rule.range.startDay !== startDay) throw failedValidation('Recurrence/Range/StartDate');
  const first = firstDay(draft.rule);
  if (first === undefined) throw failedValidation('Recurrence');
  const rule = { ...draft.rule, range: { ...draft.rule.range, startDay: first } };
  const series = { rule, zone, exceptions: new Map(), cancelled: new Set<Day>() };
  return { series, times: asShown(shifted(times, (first - startDay) * DAY_MS)) };
}

/** The first occurrence is kept as an instant: a time that the clock skips is from then on the one that it showed, and as long. */
function asShown({ start, end }: Times): Times {
  const shown = ({ wall, zone }: ZonedTime): ZonedTime => ({ wall: wallIn(zone, instantOf(zone, wall)), zone });
  const begin = shown(start);
  return { start: begin, end: shown({ ...end, wall: end.wall + begin.wall - start.wall }) };
}

/** The same rule from another first day on, as when the master itself is moved. */
export function movedSeries(series: Series, times: Times): { series: Series; times: Times } {
  const startDay = dayIn(times.start, series.zone);
  const { range } = series.rule;
  if (range.endDay !== undefined && range.endDay < startDay) throw failedValidation('Recurrence/Range/EndDate');
  const rule = { ...series.rule, range: { ...range, startDay } };
  return planSeries({ rule, zone: series.zone }, times);
}

function dayIn(time: ZonedTime, zone: ZonedTime['zone']): Day {
  if (time.zone === zone) return dayOfWall(time.wall);
  return dayOfWall(wallIn(zone, instantsOf({ start: time, end: time }).startMs));
}

function shifted({ start, end }: Times, ms: number): Times {
  return { start: { ...start, wall: start.wall + ms }, end: { ...end, wall: end.wall + ms } };
}

/** @throws GraphError 400 for an occurrence that would come to or past the day of the one before or after it. */
export function checkNeighbours(event: CalendarEvent, series: Series, moved: { day: Day; times: Times }): void {
  const { before, after } = neighboursOf(event, series, moved.day);
  const dayOf = (ms: number): Day => dayOfWall(wallIn(series.zone, ms));
  const day = dayOf(instantsOf(moved.times).startMs);
  if (before !== undefined && day <= dayOf(before.startMs)) throw crossingBoundary();
  if (after !== undefined && day >= dayOf(after.startMs)) throw crossingBoundary();
}

export function sameTimes(left: Times, right: Times): boolean {
  const same = (a: ZonedTime, b: ZonedTime): boolean => a.wall === b.wall && a.zone === b.zone;
  return same(left.start, right.start) && same(left.end, right.end);
}

export function sameRule(left: Series | undefined, right: Series | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.zone === right.zone && JSON.stringify(left.rule) === JSON.stringify(right.rule);
}

/** Whether the two have their occurrences on the same days but for where they end. */
export function samePattern(left: Series, right: Series): boolean {
  const pattern = JSON.stringify(left.rule.pattern) === JSON.stringify(right.rule.pattern);
  return pattern && left.zone === right.zone && left.rule.range.startDay === right.rule.range.startDay;
}
