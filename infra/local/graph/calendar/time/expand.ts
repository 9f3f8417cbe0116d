import { civilOf, dayOf, daysInMonth, weekdayOf } from './civil.ts';
import type { Day } from './civil.ts';
import { INDEXES } from './pattern.ts';
import type { Pattern, Rule } from './pattern.ts';

/** No series is looked through further than this: the service's own calendar ends in 4500. */
const LAST_DAY = dayOf({ year: 4500, month: 8, date: 31 });

/**
 * The days on which a rule has an occurrence, from `from` to `to` (both included), in order. A numbered series is
 * counted from its start. What a rule says is in section 7.3 of the facts; this is written from there.
 */
export function* daysOf(rule: Rule, from: Day, to: Day): Generator<Day> {
  const { pattern, range } = rule;
  const end = Math.min(to, range.endDay ?? LAST_DAY, LAST_DAY);
  let left = range.type === 'numbered' ? range.count : Infinity;
  // Counting needs every occurrence from the first on; the others can begin close to the window.
  const first = range.type === 'numbered' ? 0 : skippedPeriods(pattern, range.startDay, from);
  for (let period = first; left > 0; period += 1) {
    const days = periodDays(pattern, range.startDay, period);
    if (days.begins > end) return;
    for (const day of days.days) {
      if (day < range.startDay) continue;
      if (day > end || left === 0) return;
      left -= 1;
      if (day >= from) yield day;
    }
  }
}

/** The first day with an occurrence; undefined for a rule that has none. */
export function firstDay(rule: Rule): Day | undefined {
  for (const day of daysOf(rule, rule.range.startDay, LAST_DAY)) return day;
  return undefined;
}

/** The last day with an occurrence; undefined for one without end, or with none at all. */
export function lastDay(rule: Rule): Day | undefined {
  if (rule.range.type === 'noEnd') return undefined;
  let last: Day | undefined;
  for (const day of daysOf(rule, rule.range.startDay, LAST_DAY)) last = day;
  return last;
}

interface Period {
  /** No day of this period or a later one lies before it. */
  begins: Day;
  days: readonly Day[];
}

/** Which days the nth period (day, week, month or year, `interval` apart) from the start has. */
function periodDays(pattern: Pattern, start: Day, nth: number): Period {
  const step = nth * pattern.interval;
  if (pattern.type === 'daily') return { begins: start + step, days: [start + step] };
  if (pattern.type === 'weekly') {
    const begins = start - sinceWeekStart(start, pattern.firstDayOfWeek) + step * 7;
    const days = pattern.daysOfWeek.map((weekday) => begins + ((weekday - pattern.firstDayOfWeek + 7) % 7));
    return { begins, days: days.sort((left, right) => left - right) };
  }
  const { year, month } = civilOf(start);
  const yearly = pattern.type === 'absoluteYearly' || pattern.type === 'relativeYearly';
  const months = yearly ? (year + step) * 12 + pattern.month - 1 : year * 12 + month - 1 + step;
  const at = { year: Math.floor(months / 12), month: (months % 12) + 1 };
  const begins = dayOf({ ...at, date: 1 });
  const relative = pattern.type === 'relativeMonthly' || pattern.type === 'relativeYearly';
  const date = relative ? relativeDate(pattern, at) : Math.min(pattern.dayOfMonth, daysInMonth(at.year, at.month));
  return { begins, days: [begins + date - 1] };
}

function sinceWeekStart(day: Day, firstDayOfWeek: number): number {
  return (weekdayOf(day) - firstDayOfWeek + 7) % 7;
}

/** The nth (or last) day of the month among those on one of the weekdays. */
function relativeDate({ daysOfWeek, index }: Pattern, { year, month }: { year: number; month: number }): number {
  const first = weekdayOf(dayOf({ year, month, date: 1 }));
  const dates = Array.from({ length: daysInMonth(year, month) }, (_, at) => at + 1);
  const fitting = dates.filter((date) => daysOfWeek.includes((first + date - 1) % 7));
  const found = index === 'last' ? fitting.at(-1) : fitting[INDEXES.indexOf(index)];
  if (found === undefined) throw new Error('a month without the weekday');
  return found;
}

/** Whole periods that certainly lie before `from`. */
function skippedPeriods(pattern: Pattern, start: Day, from: Day): number {
  if (from <= start) return 0;
  const longest = {
    daily: 1,
    weekly: 7,
    absoluteMonthly: 31,
    relativeMonthly: 31,
    absoluteYearly: 366,
    relativeYearly: 366,
  };
  const periods = Math.floor((from - start) / (longest[pattern.type] * pattern.interval));
  return Math.max(0, periods - 1);
}
