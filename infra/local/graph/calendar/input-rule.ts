import { z } from 'zod';
import { failedValidation, undeserializable, zoneNotSupported } from './errors.ts';
import { parseDate } from './time/civil.ts';
import type { Day } from './time/civil.ts';
import { INDEXES, PATTERN_TYPES, RANGE_TYPES, WEEKDAYS } from './time/pattern.ts';
import type { Pattern, Range, Rule } from './time/pattern.ts';
import { findZone } from './time/zones.ts';
import type { Zone } from './time/zones.ts';

/** A word of a list, in any case. */
export const wordOf = <T extends string>(words: readonly T[]) =>
  z.string().transform((text, context): T => {
    const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: 'is no such word' });
    return z.NEVER;
  });

const recurrenceBody = z.object({
  pattern: z.object({
    type: wordOf(PATTERN_TYPES),
    interval: z.number().int(),
    daysOfWeek: z.array(wordOf(WEEKDAYS)).nullish(),
    firstDayOfWeek: wordOf(WEEKDAYS).nullish(),
    index: wordOf(INDEXES).nullish(),
    month: z.number().int().min(0).max(12).nullish(),
    dayOfMonth: z.number().int().min(0).max(31).nullish(),
  }),
  range: z.object({
    type: wordOf(RANGE_TYPES),
    startDate: z.string(),
    endDate: z.string().nullish(),
    recurrenceTimeZone: z.string().nullish(),
    numberOfOccurrences: z.number().int().nullish(),
  }),
});
type Body = z.infer<typeof recurrenceBody>;

const MOST_OCCURRENCES = 999;

/** What a client asked for: the rule, and the zone that it named. */
export interface RuleDraft {
  rule: Rule;
  zone: Zone | undefined;
}

/** Reads a `recurrence`. @throws GraphError 400 by section 7.3: what a type needs must be there, the rest is looked at too. */
export function readRule(json: unknown, zones = findZone): RuleDraft {
  const parsed = recurrenceBody.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw undeserializable(`recurrence/${issue?.path.join('/') ?? ''}`);
  }
  const { pattern, range } = parsed.data;
  const name = range.recurrenceTimeZone ?? '';
  const zone = name === '' ? undefined : zones(name);
  if (name !== '' && zone === undefined) throw zoneNotSupported(name);
  return { rule: { pattern: patternOf(pattern), range: rangeOf(range) }, zone };
}

/** What a type needs, by the members of a pattern. */
const USES = {
  daily: [],
  weekly: ['daysOfWeek', 'firstDayOfWeek'],
  absoluteMonthly: ['dayOfMonth'],
  relativeMonthly: ['daysOfWeek', 'index'],
  absoluteYearly: ['dayOfMonth', 'month'],
  relativeYearly: ['daysOfWeek', 'index', 'month'],
} satisfies Record<Pattern['type'], readonly string[]>;

/** Members that a type does not use get what the service fills in. */
function patternOf(given: Body['pattern']): Pattern {
  const { type, interval } = given;
  if (interval < 1 || interval > 999) throw failedValidation('Recurrence/Pattern/Interval');
  const used = new Set<string>(USES[type]);
  const days = [...new Set((given.daysOfWeek ?? []).map((day) => WEEKDAYS.indexOf(day)))].sort((a, b) => a - b);
  const number = (name: 'dayOfMonth' | 'month'): number => (used.has(name) ? (given[name] ?? 0) : 0);
  const pattern: Pattern = {
    type,
    interval,
    daysOfWeek: used.has('daysOfWeek') ? days : [],
    firstDayOfWeek: used.has('firstDayOfWeek') ? WEEKDAYS.indexOf(given.firstDayOfWeek ?? 'sunday') : 0,
    index: used.has('index') ? (given.index ?? 'first') : 'first',
    month: number('month'),
    dayOfMonth: number('dayOfMonth'),
  };
  checkNeeded(pattern, used);
  return pattern;
}

function checkNeeded(pattern: Pattern, used: ReadonlySet<string>): void {
  if (used.has('daysOfWeek') && pattern.daysOfWeek.length === 0)
    throw failedValidation('Recurrence/Pattern/DaysOfWeek');
  if (used.has('dayOfMonth') && pattern.dayOfMonth < 1) throw failedValidation('Recurrence/Pattern/DayOfMonth');
  if (used.has('month') && pattern.month < 1) throw failedValidation('Recurrence/Pattern/Month');
}

function rangeOf(given: Body['range']): Range {
  const startDay = dateOf(given.startDate, 'startDate');
  const written = given.endDate ?? undefined;
  const endDay = written === undefined || written === '0001-01-01' ? undefined : dateOf(written, 'endDate');
  const count = given.numberOfOccurrences ?? 0;
  if (count < 0 || count > MOST_OCCURRENCES) throw failedValidation('Recurrence/Range/NumberOfOccurrences');
  if (given.type === 'numbered') {
    if (count < 1) throw failedValidation('Recurrence/Range/NumberOfOccurrences');
    return { type: 'numbered', startDay, endDay: undefined, count };
  }
  if (given.type === 'noEnd') return { type: 'noEnd', startDay, endDay: undefined, count: 0 };
  if (endDay === undefined || endDay < startDay) throw failedValidation('Recurrence/Range/EndDate');
  return { type: 'endDate', startDay, endDay, count: 0 };
}

function dateOf(text: string, member: string): Day {
  const day = parseDate(text);
  if (day === undefined) throw undeserializable(`recurrence/range/${member}`);
  return day;
}
