import { dateText, pad, readDate, WEEKDAYS, type Weekday } from './civil-date.ts';

/** A recurrence rule of RFC 5545 3.3.10, as far as Graph has anything like it; empty lists are parts that are not there. */
export interface Rule {
  readonly freq: 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';
  readonly interval: number;
  readonly byMonth: readonly number[];
  readonly byMonthDay: readonly number[];
  readonly byDay: readonly RuleDay[];
  readonly byHour: readonly number[];
  readonly byMinute: readonly number[];
  readonly bySecond: readonly number[];
  readonly bySetPos: readonly number[];
  /** Null = the rule does not say; RFC 5545 then takes Monday. */
  readonly weekStart: Weekday | null;
  readonly end: RuleEnd;
}

/** `TU`, or `2TU` with `nth` 2. */
export interface RuleDay {
  readonly day: Weekday;
  readonly nth: number | null;
}

/** Where a rule ends; UNTIL is inclusive. */
export type RuleEnd =
  | { readonly type: 'never' }
  | { readonly type: 'count'; readonly count: number }
  /** `date` = `yyyy-mm-dd`; `time` = `hh:mm:ss`, null for a day as such; `utc` = the text ends in Z. */
  | { readonly type: 'until'; readonly date: string; readonly time: string | null; readonly utc: boolean };

const bare = {
  interval: 1,
  byMonth: [],
  byMonthDay: [],
  byDay: [],
  byHour: [],
  byMinute: [],
  bySecond: [],
  bySetPos: [],
  weekStart: null,
  end: { type: 'never' },
} as const satisfies Omit<Rule, 'freq'>;

/** A rule with these parts alone. */
export const ruleWith = (parts: Pick<Rule, 'freq'> & Partial<Rule>): Rule => ({ ...bare, ...parts });

/** `SU` ... `SA`. */
export const dayCode = (day: Weekday): string => day.slice(0, 2).toUpperCase();

export const dayOfCode = (code: string): Weekday | undefined => WEEKDAYS.find((day) => dayCode(day) === code);

/** The text of a rule, without `RRULE:`. The interval is left out where it is 1. */
export function printRule(rule: Rule): string {
  const parts = [
    `FREQ=${rule.freq}`,
    rule.interval === 1 ? '' : `INTERVAL=${rule.interval}`,
    list('BYMONTH', rule.byMonth),
    list('BYMONTHDAY', rule.byMonthDay),
    list(
      'BYDAY',
      rule.byDay.map(({ day, nth }) => `${nth ?? ''}${dayCode(day)}`),
    ),
    list('BYHOUR', rule.byHour),
    list('BYMINUTE', rule.byMinute),
    list('BYSECOND', rule.bySecond),
    list('BYSETPOS', rule.bySetPos),
    rule.weekStart === null ? '' : `WKST=${dayCode(rule.weekStart)}`,
    printEnd(rule.end),
  ];
  return parts.filter((part) => part !== '').join(';');
}

const list = (name: string, values: readonly (number | string)[]): string =>
  values.length === 0 ? '' : `${name}=${values.join(',')}`;

function printEnd(end: RuleEnd): string {
  if (end.type === 'never') return '';
  if (end.type === 'count') return `COUNT=${end.count}`;
  const time = end.time === null ? '' : `T${end.time.replaceAll(':', '')}${end.utc ? 'Z' : ''}`;
  return `UNTIL=${end.date.replaceAll('-', '')}${time}`;
}

/** `20260629`, `20260629T170000` or `20260629T170000Z`; undefined where it is none of these. A second of 60 counts as 59. */
export function readUntil(text: string): RuleEnd | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hour, minute = '', second = '', zulu] = match;
  const date = readDate(`${year}-${month}-${day}`);
  if (date === null) return undefined;
  if (hour === undefined) return { type: 'until', date: dateText(date), time: null, utc: false };
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const time = `${hour}:${minute}:${pad(Math.min(Number(second), 59), 2)}`;
  return { type: 'until', date: dateText(date), time, utc: zulu === 'Z' };
}
