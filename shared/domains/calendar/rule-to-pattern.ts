import { daysInMonth, LEAP, weekdayOf, type CivilDate } from './civil-date.ts';
import { fill, type Pattern } from './recurrence.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import type { Rule } from './rrule.ts';
import { nthDays, oneMonthDay, type MonthDay } from './rule-days.ts';
import { checkStart, monthsVisited, startDay, type SeriesStart } from './series-start.ts';

/** The largest interval, and the largest number of occurrences, that Outlook takes. */
export const MOST = 999;

/** The Graph pattern that means the same days as the rule, from this start on; a refusal where there is none. */
export function patternOf(rule: Rule, start: SeriesStart): Pattern | Refusal {
  const times = checkTimes(rule, start);
  if (times !== null) return times;
  if (rule.interval > MOST) return refuse('INTERVAL', `Outlook takes ${MOST} at most.`);
  const date = startDay(start);
  const pattern = byFrequency(rule, date);
  return isRefusal(pattern) ? pattern : (checkStart(pattern, date) ?? pattern);
}

/** BYHOUR and its like may repeat the time of the start, as Exchange itself writes them. */
function checkTimes({ byHour, byMinute, bySecond }: Rule, { time }: SeriesStart): Refusal | null {
  const [hour, minute, second] = time?.split(':').map(Number) ?? [];
  const parts = [
    ['BYHOUR', byHour, hour],
    ['BYMINUTE', byMinute, minute],
    ['BYSECOND', bySecond, second],
  ] as const;
  for (const [part, values, own] of parts) {
    if (values.length > 0 && (values.length > 1 || values[0] !== own))
      return refuse(part, 'Outlook repeats a series at the time of its start alone.');
  }
  return null;
}

function byFrequency(rule: Rule, start: CivilDate): Pattern | Refusal {
  switch (rule.freq) {
    case 'DAILY':
      return daily(rule);
    case 'WEEKLY':
      return weekly(rule, start);
    case 'MONTHLY':
      return monthly(rule, start);
    case 'YEARLY':
      return yearly(rule, start);
  }
}

const patternWith = (rule: Rule, parts: Pick<Pattern, 'type'> & Partial<Pattern>): Pattern =>
  fill({
    interval: rule.interval,
    daysOfWeek: [],
    firstDayOfWeek: rule.weekStart ?? (parts.type === 'weekly' ? 'monday' : 'sunday'),
    index: 'first',
    month: 0,
    dayOfMonth: 0,
    ...parts,
  });

/** The first part of these that the rule has, refused. */
function refuseAny(rule: Rule, parts: Readonly<Partial<Record<'byMonth' | 'byMonthDay' | 'bySetPos', string>>>) {
  for (const [name, reason] of Object.entries(parts)) {
    const values = name === 'byMonth' ? rule.byMonth : name === 'byMonthDay' ? rule.byMonthDay : rule.bySetPos;
    if (values.length > 0) return refuse(name.toUpperCase(), reason);
  }
  return null;
}

const NOT_BY_DAY = {
  byMonth: 'Outlook takes months in yearly rules alone.',
  byMonthDay: 'Outlook takes days of the month in monthly and yearly rules alone.',
  bySetPos: 'Outlook takes positions in monthly and yearly rules alone.',
};

function daily(rule: Rule): Pattern | Refusal {
  const refused = refuseAny(rule, NOT_BY_DAY);
  if (refused !== null) return refused;
  if (rule.byDay.length === 0) return patternWith(rule, { type: 'daily' });
  return everyWeek(rule);
}

function weekly(rule: Rule, start: CivilDate): Pattern | Refusal {
  const refused = refuseAny(rule, NOT_BY_DAY);
  if (refused !== null) return refused;
  if (rule.byDay.some(({ nth }) => nth !== null)) return refuse('BYDAY', 'Weekly rules take days without numbers.');
  const days = rule.byDay.map(({ day }) => day);
  return patternWith(rule, { type: 'weekly', daysOfWeek: days.length === 0 ? [weekdayOf(start)] : days });
}

/** `FREQ=DAILY;BYDAY=MO,FR`, and monthly and yearly ones likewise, are each Monday and Friday: weekly. */
function everyWeek(rule: Rule): Pattern | Refusal {
  if (rule.interval > 1)
    return refuse('INTERVAL', 'Outlook takes each of some days of the week every week, or weekly with an interval.');
  if (rule.byDay.some(({ nth }) => nth !== null))
    return refuse('BYDAY', 'Only monthly and yearly rules take numbered days.');
  return patternWith(rule, { type: 'weekly', daysOfWeek: rule.byDay.map(({ day }) => day) });
}

function monthly(rule: Rule, start: CivilDate): Pattern | Refusal {
  if (rule.byMonth.length > 0) {
    if (rule.byMonth.length > 1) return refuse('BYMONTH', 'Outlook takes one month.');
    if (rule.interval > 1) return refuse('BYMONTH', 'Outlook takes a month in yearly rules alone.');
    return yearly(rule, start);
  }
  if (rule.byDay.length > 0) return relative(rule, { type: 'relativeMonthly' });
  const day = rule.byMonthDay.length === 0 ? inherited(rule, start) : oneMonthDay(rule);
  if (isRefusal(day)) return day;
  if (day.from === 'end') {
    if (day.day > 1) return refuse('BYMONTHDAY', 'Outlook counts no days from the end of a month but the last.');
    return patternWith(rule, { type: 'absoluteMonthly', dayOfMonth: 31 });
  }
  // February without its 29th is the shortest that any month gets.
  const always = monthsVisited(start, rule.interval).every((month) => daysInMonth(LEAP - 1, month) >= day.day);
  if (day.short === 'skipped' && !always)
    return skips(day.day, day.day === 31 ? 'BYMONTHDAY=-1' : `BYMONTHDAY=${day.day},-1;BYSETPOS=1`);
  return patternWith(rule, { type: 'absoluteMonthly', dayOfMonth: day.day });
}

function yearly(rule: Rule, start: CivilDate): Pattern | Refusal {
  const [month, ...more] = rule.byMonth;
  if (more.length > 0) return refuse('BYMONTH', 'Outlook takes one month.');
  if (rule.byDay.length > 0)
    return relative(rule, { type: 'relativeYearly', ...(month === undefined ? {} : { month }) });
  if (month === undefined && rule.byMonthDay.length > 0) {
    // Without a month RFC 5545 means that day of every month.
    const ofYear = rule.interval > 1 || rule.bySetPos.length > 0;
    return ofYear ? refuse('BYMONTHDAY', 'A yearly rule names its month, too.') : monthly(rule, start);
  }
  const at = month ?? start.month;
  const day = rule.byMonthDay.length === 0 ? inherited(rule, start) : oneMonthDay(rule);
  if (isRefusal(day)) return day;
  const dayOfMonth = dayOfYear(day, at);
  return isRefusal(dayOfMonth) ? dayOfMonth : patternWith(rule, { type: 'absoluteYearly', month: at, dayOfMonth });
}

/** The day that the start has, where a rule names none: one day, of which BYSETPOS can choose no other. */
const inherited = ({ bySetPos }: Rule, { day }: CivilDate): MonthDay | Refusal =>
  bySetPos.length === 0
    ? { from: 'start', day, short: 'skipped' }
    : refuse('BYSETPOS', 'There is nothing to choose from: it needs days, as BYDAY or BYMONTHDAY.');

function dayOfYear(day: MonthDay, month: number): number | Refusal {
  const longest = daysInMonth(LEAP, month);
  if (day.from === 'end') {
    if (month === 2 && day.day > 1)
      return refuse('BYMONTHDAY', 'Outlook counts no days from the end of February but the last.');
    return day.day <= longest ? longest - day.day + 1 : refuse('BYMONTHDAY', 'The month never has so many days.');
  }
  if (day.short === 'clipped') return Math.min(day.day, longest);
  if (day.day > longest) return refuse('BYMONTHDAY', 'The month never has that day.');
  return month === 2 && day.day === 29 ? skips(29, 'BYMONTH=2;BYMONTHDAY=-1') : day.day;
}

const skips = (day: number, instead: string): Refusal =>
  refuse('BYMONTHDAY', `RFC 5545 skips months without day ${day}, Outlook takes their last day. That is ${instead}.`);

function relative(
  rule: Rule,
  as: { readonly type: 'relativeMonthly' | 'relativeYearly'; readonly month?: number },
): Pattern | Refusal {
  const read = nthDays(rule);
  if (isRefusal(read)) return read;
  const { days: daysOfWeek, index } = read;
  if (index === 'every') {
    return as.month === undefined ? everyWeek(rule) : refuse('BYMONTH', 'Outlook takes no weekly rule within a month.');
  }
  if (as.type === 'relativeMonthly' || as.month !== undefined) return patternWith(rule, { ...as, daysOfWeek, index });
  if (rule.byMonthDay.length > 0) return refuse('BYMONTHDAY', 'A yearly rule names its month, too.');
  // The first ones of a year are January's, the last are December's.
  return patternWith(rule, { type: as.type, daysOfWeek, index, month: index === 'last' ? 12 : 1 });
}
