import { dateText, dayMs, daysBetween, type CivilDate } from '../../../domains/calendar/civil-date.ts';
import { readsBack, wallIn } from '../../../domains/calendar/instants.ts';
import { brings } from '../../../domains/calendar/pattern-days.ts';
import { ruleOf } from '../../../domains/calendar/pattern-to-rule.ts';
import type { Pattern } from '../../../domains/calendar/recurrence.ts';
import { isRefusal } from '../../../domains/calendar/refusal.ts';
import { parseRule } from '../../../domains/calendar/rrule-parse.ts';
import { printRule, type RuleEnd } from '../../../domains/calendar/rrule.ts';
import { patternOf } from '../../../domains/calendar/rule-to-pattern.ts';
import { clockOf, daysOf, textOf, timesOn, type SeriesClock } from '../../../domains/calendar/series-clock.ts';
import { timeText, wallAt } from '../../../domains/calendar/wall-clock.ts';
import type { EventView } from '../event-schemas.ts';

/** A series as a feed shows it. */
export interface HeldSeries {
  /** Its master, cut to what is held. */
  readonly series: EventView;
  /** The slots that its rule brings and an event fills: as these name them, and as who reads the rule takes them. */
  readonly slots: ReadonlyMap<string, string>;
}

/**
 * A series with what is held of it, as `parts`: a rule from the first of its occurrences to the last one, and an EXDATE for each
 * slot between them that no event fills. So the feed says of it what is listed: an occurrence that was moved or cancelled is not
 * put back to where it was, neither once it has left the window, nor where nobody tells which slots are cancelled. It begins with
 * an occurrence that its clock tells: not with one at a time that this skips, or that ends when this shows a time again. Null where
 * its rule says too little of it.
 */
export function heldSeries(master: EventView, parts: readonly EventView[]): HeldSeries | null {
  const clock = clockOf(master.start);
  const rule = parseRule(master.rrule ?? '');
  if (clock === null || isRefusal(rule)) return null;
  const pattern = patternOf(rule, { date: dateText(clock.start), time: clock.time, timeZone: clock.timeZone });
  if (isRefusal(pattern)) return null;
  const filled = parts.flatMap(({ type, recurrenceId: slot }) => {
    const day = slot === null ? null : clock.dayOf(slot);
    return slot === null || day === null || !brings(pattern, clock.start, day) ? [] : [{ type, slot, at: dayMs(day) }];
  });
  const plain = filled.filter(({ type }) => type === 'occurrence').map(({ at }) => at);
  const first = plain
    .toSorted((a, b) => a - b)
    .map(dayAt)
    .find((day) => isTold(beginningOn(master, clock.slotOn(day)), clock));
  if (first === undefined) return null;
  const last = dayAt(Math.max(...plain));
  const within = filled.filter(({ at }) => at >= dayMs(first) && at <= dayMs(last));
  const taken = new Set(within.map(({ at }) => at));
  const missing = daysOf(pattern, clock.start, { from: first, to: last }).filter((day) => !taken.has(dayMs(day)));
  // It would be told by what it is not.
  if (missing.length > taken.size) return null;
  const wholly = daysBetween(clock.start, first) === 0 && countsTo(pattern, clock.start, last, rule.end);
  const rrule = wholly ? master.rrule : printRule(ruleOf(pattern, untilOf(clock.slotOn(last))));
  return {
    series: { ...beginningOn(master, clock.slotOn(first)), rrule, exdates: missing.map(clock.slotOn) },
    slots: new Map(within.map(({ slot, at }) => [slot, clock.slotOn(dayAt(at))])),
  };
}

const dayAt = (ms: number): CivilDate => wallAt(ms).date;

/** Whether the clock of a series tells when this is, by the time that the series has. */
function isTold({ start, end }: Pick<EventView, 'start' | 'end'>, { time, timeZone }: SeriesClock): boolean {
  if (time === null || start === null || end === null) return true;
  return timeText(wallIn(timeZone, Date.parse(textOf(start)))) === time && readsBack(timeZone, Date.parse(textOf(end)));
}

/** Days for which occurrences are counted. */
const LONGEST_COUNT = 7_500;

/** Whether a rule that counts its occurrences ends with this day, so that it may stand as it is. */
const countsTo = (pattern: Pattern, start: CivilDate, last: CivilDate, end: RuleEnd): boolean =>
  end.type === 'count' &&
  daysBetween(start, last) < LONGEST_COUNT &&
  daysOf(pattern, start, { from: start, to: last }).length === end.count;

/** The end of a rule whose last slot this is. */
function untilOf(slot: string): RuleEnd {
  if (!slot.includes('T')) return { type: 'until', date: slot, time: null, utc: false };
  const wall = wallAt(Date.parse(slot));
  return { type: 'until', date: dateText(wall.date), time: timeText(wall), utc: true };
}

/** The master as it would be, had its series begun with this slot. */
function beginningOn(master: EventView, slot: string): EventView {
  const { start, end } = master;
  return start === null || end === null ? master : { ...master, ...timesOn({ start, end }, slot) };
}
