import { addDays, dateText, daysBetween, readDate } from './civil-date.ts';
import { instantOf, wallIn } from './instants.ts';
import { ruleOf } from './pattern-to-rule.ts';
import { NO_END_DATE, type Range, type Recurrence } from './recurrence.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { MOST, patternOf } from './rule-to-pattern.ts';
import { parseRule } from './rrule-parse.ts';
import { printRule, type RuleEnd } from './rrule.ts';
import type { SeriesStart } from './series-start.ts';
import { timeText, wallAt } from './wall-clock.ts';
import { readZone } from './zones.ts';

const DAY_MS = 86_400_000;
const LAST_SECOND_MS = DAY_MS - 1000;

/** What a rule needs to know of the series beside its recurrence. */
export interface SeriesFacts {
  readonly isAllDay: boolean;
  /** The zone of the event, where the range names none or one that is not known. */
  readonly timeZone: string | null;
  /** The first occurrence in milliseconds from 1970, for zones that are not known. */
  readonly firstStart: number | null;
}

/**
 * The RFC 5545 rule of a Graph recurrence, without `RRULE:`. It holds all of pattern and range, but for the day and zone of
 * the start, which are DTSTART's. UNTIL is the last day as such for all-day series, else its last second in the series' zone,
 * in UTC. [graph-facts 7.3]
 */
export const rruleOf = (recurrence: Recurrence, facts: SeriesFacts): string =>
  printRule(ruleOf(recurrence.pattern, endOf(recurrence.range, facts)));

function endOf(range: Range, facts: SeriesFacts): RuleEnd {
  if (range.type === 'noEnd') return { type: 'never' };
  if (range.type === 'numbered') return { type: 'count', count: range.numberOfOccurrences };
  if (facts.isAllDay) return { type: 'until', date: range.endDate, time: null, utc: false };
  const until = wallAt(lastMoment(range, facts));
  return { type: 'until', date: dateText(until.date), time: timeText(until), utc: true };
}

function lastMoment(range: Range, { timeZone, firstStart }: SeriesFacts): number {
  const last = readDate(range.endDate);
  const first = readDate(range.startDate);
  if (last === null || first === null) throw new RangeError('a range without its dates');
  const iana = readZone(range.recurrenceTimeZone ?? '').iana ?? readZone(timeZone ?? '').iana;
  if (iana !== null) return instantOf(iana, { date: last, ms: LAST_SECOND_MS });
  if (firstStart === null) return instantOf('UTC', { date: last, ms: LAST_SECOND_MS });
  // In a zone that nobody told us: so many days after the first occurrence, and what summer time may add.
  return firstStart + daysBetween(first, last) * DAY_MS + 2 * 3_600_000;
}

/**
 * The Graph recurrence of an RFC 5545 rule for a series with this start. Refuses, by the name of the part, what Outlook
 * cannot repeat so, and a start that is not on the rule; never takes a rule for one that means other days.
 */
export function recurrenceOf(rrule: string, start: SeriesStart): Recurrence | Refusal {
  const rule = parseRule(rrule);
  if (isRefusal(rule)) return rule;
  const pattern = patternOf(rule, start);
  if (isRefusal(pattern)) return pattern;
  const range = rangeOf(rule.end, start);
  return isRefusal(range) ? range : { pattern, range };
}

function rangeOf(end: RuleEnd, start: SeriesStart): Range | Refusal {
  const open = {
    type: 'noEnd',
    startDate: start.date,
    endDate: NO_END_DATE,
    recurrenceTimeZone: start.timeZone,
    numberOfOccurrences: 0,
  } as const;
  if (end.type === 'never') return open;
  if (end.type === 'count' && end.count > MOST) return refuse('COUNT', `Outlook takes ${MOST} at most.`);
  if (end.type === 'count') return { ...open, type: 'numbered', numberOfOccurrences: end.count };
  const endDate = lastDay(end, start);
  if (isRefusal(endDate)) return endDate;
  return endDate < start.date ? refuse('UNTIL', 'It is before the start.') : { ...open, type: 'endDate', endDate };
}

/** The last day on which an occurrence may begin, in the series' own zone. */
function lastDay(until: Extract<RuleEnd, { type: 'until' }>, start: SeriesStart): string | Refusal {
  // A date is the last day that the series' own clock shows; an instant for days, as many libraries print it, its date.
  if (until.time === null || start.time === null) return until.date;
  if (!until.utc)
    return refuse('UNTIL', 'A series with times ends at an instant in UTC (UNTIL=20260629T215959Z), or with a date.');
  const { iana } = readZone(start.timeZone);
  const at = Date.parse(`${until.date}T${until.time}Z`);
  if (iana === null) return lastDayAnywhere(at, start);
  // RFC 5545: an occurrence that begins after UNTIL is none. What the clock shows at UNTIL does not tell: a time that it shows twice
  // is the first of the two, one that it skips is later, and where it is set back over midnight the next day had begun before.
  const ms = Date.parse(`1970-01-01T${start.time}Z`);
  let day = addDays(wallIn(iana, at).date, 1);
  while (instantOf(iana, { date: day, ms }) > at) day = addDays(day, -1);
  return dateText(day);
}

/** By so much may a clock that nobody told us be ahead or behind of what it was on the first day. */
const UNSURE_MS = 2 * 3_600_000;

/** The same in a zone that nobody told us, in days after the first occurrence: where no summer time could make another day of it. */
function lastDayAnywhere(at: number, { date, firstStart }: SeriesStart): string | Refusal {
  const first = readDate(date);
  if (firstStart === undefined || first === null) return refuse('UNTIL', 'The time zone of the start is not known.');
  const days = Math.floor((at - firstStart) / DAY_MS);
  const rest = at - firstStart - days * DAY_MS;
  if (rest < UNSURE_MS || rest > DAY_MS - UNSURE_MS)
    return refuse('UNTIL', 'The clock of the series is not known: it must end some hours after its last occurrence.');
  return dateText(addDays(first, days));
}
