import { z } from 'zod';
import { daysInMonth, LEAP, readDate, WEEKDAYS, type Weekday } from './civil-date.ts';
import { refuse, type Refusal } from './refusal.ts';

export const PATTERN_TYPES = [
  'daily',
  'weekly',
  'absoluteMonthly',
  'relativeMonthly',
  'absoluteYearly',
  'relativeYearly',
] as const;
export type PatternType = (typeof PATTERN_TYPES)[number];

export const WEEK_INDEXES = ['first', 'second', 'third', 'fourth', 'last'] as const;
export type WeekIndex = (typeof WEEK_INDEXES)[number];

export const RANGE_TYPES = ['endDate', 'noEnd', 'numbered'] as const;
export type RangeType = (typeof RANGE_TYPES)[number];

/** How a series repeats, as Graph writes it out: what a type does not use holds a filler. [graph-facts 7.3] */
export interface Pattern {
  readonly type: PatternType;
  readonly interval: number;
  /** Filler: none. */
  readonly daysOfWeek: readonly Weekday[];
  /** Where weeks begin; matters to `weekly` with an interval above 1 alone. */
  readonly firstDayOfWeek: Weekday;
  /** Filler: `first`. */
  readonly index: WeekIndex;
  /** Filler: 0. */
  readonly month: number;
  /** Filler: 0. In months that are shorter Outlook takes the last day. */
  readonly dayOfMonth: number;
}

/** From when to when, in days of `recurrenceTimeZone`; `endDate` is inclusive. */
export interface Range {
  readonly type: RangeType;
  readonly startDate: string;
  /** Filler: `0001-01-01`. */
  readonly endDate: string;
  /** As Graph names it; null = the zone of the event. */
  readonly recurrenceTimeZone: string | null;
  /** Filler: 0. */
  readonly numberOfOccurrences: number;
}

/** A `patternedRecurrence`. */
export interface Recurrence {
  readonly pattern: Pattern;
  readonly range: Range;
}

export const NO_END_DATE = '0001-01-01';

const wire = z.object({
  pattern: z.object({
    type: z.string(),
    interval: z.number().nullish(),
    daysOfWeek: z.array(z.string()).nullish(),
    firstDayOfWeek: z.string().nullish(),
    index: z.string().nullish(),
    month: z.number().nullish(),
    dayOfMonth: z.number().nullish(),
  }),
  range: z.object({
    type: z.string(),
    startDate: z.string().nullish(),
    endDate: z.string().nullish(),
    recurrenceTimeZone: z.string().nullish(),
    numberOfOccurrences: z.number().nullish(),
  }),
});
type Wire = z.output<typeof wire>;

/**
 * Reads a `patternedRecurrence` from Graph; null where the event has none. What is not understood (a type that Graph adds
 * later, a weekly pattern without days) is a refusal, never an error: the event itself is good, and keeps its raw recurrence.
 */
export function readRecurrence(raw: unknown): Recurrence | Refusal | null {
  if (raw === null || raw === undefined) return null;
  const read = wire.safeParse(raw);
  if (!read.success) return refuse('recurrence', 'The recurrence has not the shape of a patternedRecurrence.');
  const pattern = readPattern(read.data.pattern);
  if ('outcome' in pattern) return pattern;
  const range = readRange(read.data.range);
  return 'outcome' in range ? range : { pattern, range };
}

/** The one of these names that `text` is, whatever its case: Graph takes all cases. */
function nameIn<const T extends string>(names: readonly T[], text: string): T | undefined {
  const lower = text.toLowerCase();
  return names.find((name) => name.toLowerCase() === lower);
}

function readPattern(raw: Wire['pattern']): Pattern | Refusal {
  const type = nameIn(PATTERN_TYPES, raw.type);
  if (type === undefined) return refuse('pattern.type', 'The type of the pattern is not known.');
  const interval = raw.interval ?? 1;
  if (!isWhole(interval, 1, 2_147_483_647)) return refuse('pattern.interval', 'The interval is no positive number.');
  const days = new Set((raw.daysOfWeek ?? []).map((day) => nameIn(WEEKDAYS, day)));
  const daysOfWeek = [...days].filter((day) => day !== undefined);
  if (daysOfWeek.length < days.size) return refuse('pattern.daysOfWeek', 'A day of the week is not known.');
  const firstDayOfWeek = nameIn(WEEKDAYS, raw.firstDayOfWeek ?? 'sunday');
  if (firstDayOfWeek === undefined) return refuse('pattern.firstDayOfWeek', 'The first day of the week is not known.');
  const index = nameIn(WEEK_INDEXES, raw.index ?? 'first');
  if (index === undefined) return refuse('pattern.index', 'The index of the week is not known.');
  const { month, dayOfMonth } = { month: raw.month ?? 0, dayOfMonth: raw.dayOfMonth ?? 0 };
  const pattern = { type, interval, daysOfWeek, firstDayOfWeek, index, month, dayOfMonth };
  return missing(pattern) ?? fill(pattern);
}

/** What a type needs and has not. */
function missing({ type, daysOfWeek, month, dayOfMonth }: Pattern): Refusal | null {
  const byDays = type === 'weekly' || type.startsWith('relative');
  if (byDays && daysOfWeek.length === 0) return refuse('pattern.daysOfWeek', 'The pattern names no day of the week.');
  if (type.startsWith('absolute') && !isWhole(dayOfMonth, 1, 31))
    return refuse('pattern.dayOfMonth', 'The day of the month is not one of 1 to 31.');
  if (type.endsWith('Yearly') && !isWhole(month, 1, 12))
    return refuse('pattern.month', 'The month is not one of 1 to 12.');
  return null;
}

/** The pattern with fillers in all that its type does not use. */
export function fill(pattern: Pattern): Pattern {
  const { type } = pattern;
  const relative = type.startsWith('relative');
  return {
    ...pattern,
    daysOfWeek: relative || type === 'weekly' ? pattern.daysOfWeek : [],
    index: relative ? pattern.index : 'first',
    month: type.endsWith('Yearly') ? pattern.month : 0,
    dayOfMonth: type.startsWith('absolute') ? pattern.dayOfMonth : 0,
  };
}

/**
 * Whether two patterns mean the same days from one start on. Where weeks begin counts where weeks are left out, and there if
 * another of the days is then the first of its week. A day that its month never has is its last.
 */
export const sameDays = (one: Pattern, other: Pattern): boolean => essence(one) === essence(other);

function essence({ type, interval, index, month, dayOfMonth, daysOfWeek, firstDayOfWeek }: Pattern): string {
  const begin = type === 'weekly' && interval > 1 ? WEEKDAYS.indexOf(firstDayOfWeek) : 0;
  const week = [...WEEKDAYS.slice(begin), ...WEEKDAYS.slice(0, begin)];
  const day = type === 'absoluteYearly' ? Math.min(dayOfMonth, daysInMonth(LEAP, month)) : dayOfMonth;
  return [type, interval, index, month, day, ...week.filter((each) => daysOfWeek.includes(each))].join();
}

function readRange(raw: Wire['range']): Range | Refusal {
  const type = nameIn(RANGE_TYPES, raw.type);
  if (type === undefined) return refuse('range.type', 'The type of the range is not known.');
  const startDate = raw.startDate ?? '';
  if (readDate(startDate) === null) return refuse('range.startDate', 'The first day of the range is no date.');
  const endDate = type === 'endDate' ? (raw.endDate ?? '') : NO_END_DATE;
  if (readDate(endDate) === null) return refuse('range.endDate', 'The last day of the range is no date.');
  const numberOfOccurrences = type === 'numbered' ? (raw.numberOfOccurrences ?? 0) : 0;
  if (type === 'numbered' && !isWhole(numberOfOccurrences, 1, 2_147_483_647))
    return refuse('range.numberOfOccurrences', 'The number of occurrences is no positive number.');
  const recurrenceTimeZone = raw.recurrenceTimeZone ?? null;
  return { type, startDate, endDate, recurrenceTimeZone, numberOfOccurrences };
}

const isWhole = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;
