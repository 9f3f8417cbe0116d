import { refuse, type Refusal } from './refusal.ts';
import { WEEK_INDEXES, type WeekIndex } from './recurrence.ts';
import type { Rule } from './rrule.ts';
import type { Weekday } from './civil-date.ts';

/** A day of the month as a rule means it. */
export type MonthDay =
  /** `short`: what becomes of months without that day. RFC 5545 skips them; Outlook takes their last day. */
  | { readonly from: 'start'; readonly day: number; readonly short: 'skipped' | 'clipped' }
  /** 1 = the last day. */
  | { readonly from: 'end'; readonly day: number };

/**
 * The one day of the month that BYMONTHDAY and BYSETPOS mean. Beside a single day these are understood:
 * `BYMONTHDAY=28,29,30;BYSETPOS=-1` and `BYMONTHDAY=30,-1;BYSETPOS=1` (the 30th, or the last day of a shorter month).
 */
export function oneMonthDay(rule: Rule): MonthDay | Refusal {
  const [day = 0, ...more] = rule.byMonthDay;
  const [position = 0, ...positions] = rule.bySetPos;
  if (positions.length > 0 || Math.abs(position) > 1)
    return refuse('BYSETPOS', 'Outlook takes one day of the month; there is no position to choose from.');
  if (more.length === 0) return day < 0 ? { from: 'end', day: -day } : { from: 'start', day, short: 'skipped' };
  const chosen = chosenDay(rule.byMonthDay, position);
  if (chosen === undefined) return refuse('BYMONTHDAY', 'Outlook takes one day of the month.');
  return { from: 'start', day: chosen, short: 'clipped' };
}

/** The day that is meant, or the last of months without it, where the first (1) or last (-1) of these days is taken. */
function chosenDay(days: readonly number[], position: number): number | undefined {
  const positive = days.filter((each) => each > 0);
  const [least, most] = [Math.min(...positive), Math.max(...positive)];
  if (positive.length < days.length) {
    const orLast = days.length === 2 && days.includes(-1) && positive.length === 1;
    return position === 1 && orLast ? least : undefined;
  }
  if (position === 1 && least <= 28) return least;
  return position === -1 && reachesDown(days) ? most : undefined;
}

/** Whether every month has one of these days that is the largest or, where that is missing, the month's last. */
function reachesDown(days: readonly number[]): boolean {
  const largest = Math.max(...days);
  for (let day = 28; day < largest; day += 1) if (!days.includes(day)) return false;
  return true;
}

/** The first, second ... of some days of the week; `every` where a rule takes all of them. */
export interface NthDays {
  readonly days: readonly Weekday[];
  readonly index: WeekIndex | 'every';
}

/**
 * What BYDAY, with BYSETPOS or a week of BYMONTHDAY, means within a month. `BYDAY=2TU`, `BYDAY=TU;BYSETPOS=2` and
 * `BYDAY=TU;BYMONTHDAY=8,9,10,11,12,13,14` are one.
 */
export function nthDays(rule: Rule): NthDays | Refusal {
  const { byDay, bySetPos, byMonthDay } = rule;
  const days = byDay.map(({ day }) => day);
  const [nth] = byDay.map((each) => each.nth).filter((each) => each !== null);
  const [position, ...positions] = bySetPos;
  if (positions.length > 0) return refuse('BYSETPOS', 'Outlook takes one position.');
  if (byMonthDay.length > 0) return weekOfMonth(rule, days);
  if (nth !== undefined) {
    if (byDay.length > 1) return refuse('BYDAY', 'Outlook takes one numbered day, or several days and one BYSETPOS.');
    if (Math.abs(position ?? 1) !== 1)
      return refuse('BYSETPOS', 'A numbered day is one day: there is no other position.');
    return indexed('BYDAY', days, nth);
  }
  return position === undefined ? { days, index: 'every' } : indexed('BYSETPOS', days, position);
}

function indexed(part: string, days: readonly Weekday[], position: number): NthDays | Refusal {
  const index = position === -1 ? 'last' : position >= 1 && position <= 4 ? WEEK_INDEXES[position - 1] : undefined;
  return index === undefined ? refuse(part, 'Outlook counts from first to fourth, and last.') : { days, index };
}

/** `BYDAY=TU` within seven days of the month in a row, which hold one Tuesday. */
function weekOfMonth(rule: Rule, days: readonly Weekday[]): NthDays | Refusal {
  const span = rule.byMonthDay.toSorted((a, b) => a - b);
  const [first = 0] = span;
  const isWeek = span.length === 7 && span.every((day, turn) => day === first + turn);
  const plain = days.length === 1 && rule.bySetPos.length === 0 && rule.byDay[0]?.nth === null;
  const position = first === -7 ? -1 : [1, 8, 15, 22].indexOf(first) + 1;
  if (!isWeek || !plain || position === 0)
    return refuse('BYMONTHDAY', 'Outlook takes days of the week or a day of the month, not both.');
  return indexed('BYMONTHDAY', days, position);
}
