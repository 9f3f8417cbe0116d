import type { Day } from './civil.ts';

export const PATTERN_TYPES = [
  'daily',
  'weekly',
  'absoluteMonthly',
  'relativeMonthly',
  'absoluteYearly',
  'relativeYearly',
] as const;
export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
export const INDEXES = ['first', 'second', 'third', 'fourth', 'last'] as const;
export const RANGE_TYPES = ['endDate', 'noEnd', 'numbered'] as const;

/** A recurrence pattern; members that its type does not use have the values that the service fills in. */
export interface Pattern {
  type: (typeof PATTERN_TYPES)[number];
  interval: number;
  /** 0 = Sunday, in ascending order. */
  daysOfWeek: readonly number[];
  firstDayOfWeek: number;
  index: (typeof INDEXES)[number];
  /** 1..12, 0 = unused. */
  month: number;
  /** 1..31, 0 = unused. A day that a month does not have is its last one. */
  dayOfMonth: number;
}

export interface Range {
  type: (typeof RANGE_TYPES)[number];
  startDay: Day;
  /** The last day, itself included; for `endDate` alone. */
  endDay: Day | undefined;
  /** For `numbered` alone. */
  count: number;
}

export interface Rule {
  pattern: Pattern;
  range: Range;
}
