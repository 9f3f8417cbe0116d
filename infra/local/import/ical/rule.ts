import { z } from 'zod';
import { civilOf, dateText, dayOfWall, weekdayOf } from '../../graph/calendar/time/civil.ts';
import { INDEXES, WEEKDAYS } from '../../graph/calendar/time/pattern.ts';
import { propertiesOf } from './jcal.ts';
import type { Component } from './jcal.ts';
import { Refusal } from './refusal.ts';

const numbers = z.union([z.number().transform((one) => [one]), z.array(z.number())]);
const words = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const recur = z.object({
  freq: z.string(),
  interval: z.number().int().default(1),
  count: z.number().int().optional(),
  until: z.string().optional(),
  /** 1 = Sunday. */
  wkst: z.number().int().default(2),
  byday: words.optional(),
  bymonthday: numbers.optional(),
  bymonth: numbers.optional(),
  bysetpos: numbers.optional(),
});
type Recur = z.infer<typeof recur>;

const DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const NO_PLACE = ['byyearday', 'byweekno', 'byhour', 'byminute', 'bysecond'];

const refused = (why: string): Refusal => new Refusal(`Its rule has no place in Outlook: ${why}.`);

/**
 * The RRULE of an event in Graph's words; undefined for a single one. What Outlook cannot say is refused. The 29th to
 * 31st of a short month, which RFC 5545 skips, become its last day, as they do on import into Outlook.
 * @throws Refusal
 */
export function recurrenceOf(event: Component, start: number): Record<string, unknown> | undefined {
  const rules = propertiesOf(event, 'rrule');
  if (propertiesOf(event, 'rdate').length > 0) throw refused('RDATE adds single dates');
  if (propertiesOf(event, 'exrule').length > 0) throw refused('EXRULE takes dates out by a rule');
  const [first, ...others] = rules;
  if (first === undefined) return undefined;
  if (others.length > 0) throw refused('it has several');
  const given = z.record(z.string(), z.unknown()).parse(first.values[0] ?? {});
  const stranger = NO_PLACE.find((name) => name in given);
  if (stranger !== undefined) throw refused(stranger.toUpperCase());
  const read = recur.safeParse(given);
  if (!read.success) throw new Refusal('Its rule cannot be read.');
  if (read.data.interval < 1) throw new Refusal('The interval of its rule is less than one.');
  return { pattern: patternOf(read.data, start), range: rangeOf(read.data, start) };
}

function patternOf(rule: Recur, start: number): Record<string, unknown> {
  const day = dayOfWall(start);
  const { month, date } = civilOf(day);
  if (rule.freq === 'DAILY') return daily(rule, weekdayOf(day));
  if (rule.freq === 'WEEKLY') return weekly(rule, weekdayOf(day));
  if (rule.freq === 'MONTHLY') {
    if (rule.bymonth !== undefined) throw refused('some months alone');
    return { interval: rule.interval, ...dateIn(rule, date, 'Monthly') };
  }
  if (rule.freq !== 'YEARLY') throw refused(`FREQ=${rule.freq}`);
  const [only = month, ...more] = rule.bymonth ?? [];
  if (more.length > 0) throw refused('several months');
  if (rule.bymonth === undefined && rule.byday !== undefined) throw refused('weekdays counted through the year');
  return { interval: rule.interval, month: only, ...dateIn(rule, date, 'Yearly') };
}

function daily(rule: Recur, weekday: number): Record<string, unknown> {
  if (rule.bymonth !== undefined || rule.bymonthday !== undefined) throw refused('days of some months alone');
  if (rule.byday === undefined) return { type: 'daily', interval: rule.interval };
  if (rule.interval !== 1) throw refused('every so many days, but on some weekdays alone');
  return weekly(rule, weekday);
}

function weekly(rule: Recur, weekday: number): Record<string, unknown> {
  if (rule.bymonth !== undefined || rule.bysetpos !== undefined) throw refused('some weeks alone');
  const days = (rule.byday ?? [DAYS[weekday] ?? '']).map((one) => DAYS.indexOf(one));
  if (days.includes(-1)) throw refused('weekdays by number in a week');
  const daysOfWeek = days.map((one) => WEEKDAYS[one]);
  return { type: 'weekly', interval: rule.interval, daysOfWeek, firstDayOfWeek: WEEKDAYS[rule.wkst - 1] ?? 'monday' };
}

/** A date of the month: by its number, or by its place among some weekdays. */
function dateIn(rule: Recur, date: number, period: 'Monthly' | 'Yearly'): Record<string, unknown> {
  if (rule.byday !== undefined) return { type: `relative${period}`, ...placeAmong(rule, rule.byday) };
  const [only = date, ...more] = rule.bymonthday ?? [];
  if (more.length > 0 || rule.bysetpos !== undefined) throw refused('several days of a month');
  if (only < -1 || only === 0) throw refused('days counted from the end of a month');
  return { type: `absolute${period}`, dayOfMonth: only === -1 ? 31 : only };
}

function placeAmong({ bymonthday, bysetpos }: Recur, byday: readonly string[]): Record<string, unknown> {
  if (bymonthday !== undefined) throw refused('weekdays on some dates alone');
  const parts = byday.map((one) => /^([+-]?\d+)?(SU|MO|TU|WE|TH|FR|SA)$/.exec(one));
  const [ordinal = '', ...others] = new Set(parts.map((one) => one?.[1] ?? ''));
  const several = others.length > 0 || (ordinal !== '' && parts.length > 1);
  if (parts.includes(null) || several) throw refused('several places in a month');
  const [place, ...more] = ordinal === '' ? (bysetpos ?? []) : [Number(ordinal)];
  if (place === undefined || more.length > 0) throw refused('every such weekday of a month');
  const index = place === -1 ? 'last' : place > 4 ? undefined : INDEXES[place - 1];
  if (index === undefined) throw refused('a place beyond the fourth');
  return { daysOfWeek: parts.map((one) => WEEKDAYS[DAYS.indexOf(one?.[2] ?? '')]), index };
}

function rangeOf({ count, until }: Recur, start: number): Record<string, unknown> {
  const startDate = dateText(dayOfWall(start));
  if (count !== undefined) {
    if (count < 1 || count > 999) throw refused(`${count} times`);
    return { type: 'numbered', startDate, numberOfOccurrences: count };
  }
  // UNTIL is an instant; which day that is in the series' zone is for the tenant to say.
  return until === undefined ? { type: 'noEnd', startDate } : { type: 'endDate', startDate, endDate: until };
}
