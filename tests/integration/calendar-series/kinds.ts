import type { GraphPattern } from '../../support/calendar-patterns.ts';

/** A way to repeat: Graph's pattern, the rule that means the same, and where it ends. */
export interface SeriesKind {
  readonly name: string;
  readonly pattern: GraphPattern;
  readonly rule: string;
  /** So many occurrences; or so many, told by the day of the last; or none. */
  readonly end: { readonly count: number } | { readonly days: number } | 'never';
  /** Where it began; else it begins in the window. */
  readonly first?: string;
}

const pattern = (parts: Pick<GraphPattern, 'type'> & Partial<GraphPattern>): GraphPattern => ({
  ...{ interval: 1, daysOfWeek: [], firstDayOfWeek: 'sunday', index: 'first', month: 0, dayOfMonth: 0 },
  ...parts,
});
const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'];

export const dailyAndWeekly: readonly SeriesKind[] = [
  { name: 'daily, numbered', pattern: pattern({ type: 'daily' }), rule: 'FREQ=DAILY', end: { count: 9 } },
  {
    name: 'every third day, until a day',
    pattern: pattern({ type: 'daily', interval: 3 }),
    rule: 'FREQ=DAILY;INTERVAL=3',
    end: { days: 8 },
  },
  {
    name: 'every fifth day, without an end',
    pattern: pattern({ type: 'daily', interval: 5 }),
    rule: 'FREQ=DAILY;INTERVAL=5',
    end: 'never',
  },
  {
    name: 'weekly on several days, every other week from Monday, without an end',
    pattern: pattern({
      ...{ type: 'weekly', interval: 2, firstDayOfWeek: 'monday' },
      daysOfWeek: ['sunday', 'tuesday', 'thursday'],
    }),
    rule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU,TH;WKST=MO',
    end: 'never',
  },
  {
    name: 'weekly on several days, every other week from Sunday, numbered',
    pattern: pattern({ type: 'weekly', interval: 2, daysOfWeek: ['sunday', 'tuesday', 'thursday'] }),
    rule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU,TH;WKST=SU',
    end: { count: 11 },
  },
  {
    name: 'each weekday, until a day',
    pattern: pattern({ type: 'weekly', daysOfWeek: weekdays, firstDayOfWeek: 'monday' }),
    rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;WKST=MO',
    end: { days: 12 },
  },
];

export const monthly: readonly SeriesKind[] = [
  {
    name: 'monthly on the 15th, without an end',
    pattern: pattern({ type: 'absoluteMonthly', dayOfMonth: 15 }),
    rule: 'FREQ=MONTHLY;BYMONTHDAY=15',
    end: 'never',
  },
  {
    name: 'monthly on the 31st, until a day',
    pattern: pattern({ type: 'absoluteMonthly', dayOfMonth: 31 }),
    rule: 'FREQ=MONTHLY;BYMONTHDAY=-1',
    end: { days: 7 },
  },
  {
    name: 'monthly on the 30th, numbered',
    pattern: pattern({ type: 'absoluteMonthly', dayOfMonth: 30 }),
    rule: 'FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1',
    end: { count: 6 },
  },
  {
    name: 'monthly on the second Tuesday, without an end',
    pattern: pattern({ type: 'relativeMonthly', daysOfWeek: ['tuesday'], index: 'second' }),
    rule: 'FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2',
    end: 'never',
  },
  {
    name: 'monthly on the last weekday, numbered',
    pattern: pattern({ type: 'relativeMonthly', daysOfWeek: weekdays, index: 'last' }),
    rule: 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
    end: { count: 8 },
  },
];

export const yearly: readonly SeriesKind[] = [
  {
    name: 'yearly on 14 July, without an end',
    pattern: pattern({ type: 'absoluteYearly', month: 7, dayOfMonth: 14 }),
    rule: 'FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=14',
    end: 'never',
  },
  {
    name: 'yearly on 29 February, until a day',
    pattern: pattern({ type: 'absoluteYearly', month: 2, dayOfMonth: 29 }),
    rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1',
    first: '2020-02-29',
    end: { days: 40 },
  },
  {
    name: 'yearly on the fourth Thursday of November, numbered',
    pattern: pattern({ type: 'relativeYearly', month: 11, daysOfWeek: ['thursday'], index: 'fourth' }),
    rule: 'FREQ=YEARLY;BYMONTH=11;BYDAY=TH;BYSETPOS=4',
    end: { count: 7 },
  },
];
