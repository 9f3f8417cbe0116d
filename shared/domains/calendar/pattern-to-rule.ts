import { daysInMonth, LEAP } from './civil-date.ts';
import { WEEK_INDEXES, type Pattern } from './recurrence.ts';
import { ruleWith, type Rule, type RuleEnd } from './rrule.ts';

/**
 * The rule that means what the pattern means in Outlook, and holds all of it. Days 29 to 31 fall on the last day of shorter
 * months there, where RFC 5545 would skip the month: so 31 is `BYMONTHDAY=-1`, 30 is `BYMONTHDAY=28,29,30;BYSETPOS=-1`, and
 * 29 February is `BYMONTH=2;BYMONTHDAY=-1`. WKST stands where Graph's first day of the week is no filler. [graph-facts 7.3]
 */
export function ruleOf(pattern: Pattern, end: RuleEnd): Rule {
  const { interval, month, firstDayOfWeek } = pattern;
  const common = { interval, end, weekStart: firstDayOfWeek === 'sunday' ? null : firstDayOfWeek };
  switch (pattern.type) {
    case 'daily':
      return ruleWith({ ...common, freq: 'DAILY' });
    case 'weekly':
      return ruleWith({ ...common, freq: 'WEEKLY', byDay: plainDays(pattern), weekStart: firstDayOfWeek });
    case 'absoluteMonthly':
      return ruleWith({ ...common, freq: 'MONTHLY', ...monthDay(pattern.dayOfMonth) });
    case 'absoluteYearly':
      return ruleWith({ ...common, freq: 'YEARLY', byMonth: [month], byMonthDay: [dayInYear(pattern)] });
    case 'relativeMonthly':
      return ruleWith({ ...common, freq: 'MONTHLY', byDay: plainDays(pattern), bySetPos: position(pattern) });
    case 'relativeYearly':
      return ruleWith({
        ...common,
        freq: 'YEARLY',
        byMonth: [month],
        byDay: plainDays(pattern),
        bySetPos: position(pattern),
      });
  }
}

const plainDays = ({ daysOfWeek }: Pattern): Rule['byDay'] => daysOfWeek.map((day) => ({ day, nth: null }));

const position = ({ index }: Pattern): readonly number[] => [index === 'last' ? -1 : WEEK_INDEXES.indexOf(index) + 1];

function monthDay(day: number): Partial<Rule> {
  if (day === 31) return { byMonthDay: [-1] };
  if (day <= 28) return { byMonthDay: [day] };
  return { byMonthDay: [28, 29, 30].filter((each) => each <= day), bySetPos: [-1] };
}

/** A day that the month never has is its last. */
function dayInYear({ month, dayOfMonth }: Pattern): number {
  const longest = daysInMonth(LEAP, month);
  return month === 2 && dayOfMonth >= longest ? -1 : Math.min(dayOfMonth, longest);
}
