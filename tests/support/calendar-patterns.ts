import fc from 'fast-check';

const WEEK = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
const INDEXES = ['first', 'second', 'third', 'fourth', 'last'] as const;
const DAY = 86_400_000;

/** A `recurrencePattern` as Graph writes it out, every member there. */
export interface GraphPattern {
  readonly type: string;
  readonly interval: number;
  readonly daysOfWeek: readonly string[];
  readonly firstDayOfWeek: string;
  readonly index: string;
  readonly month: number;
  readonly dayOfMonth: number;
}

const fillers = { daysOfWeek: [], firstDayOfWeek: 'sunday', index: 'first', month: 0, dayOfMonth: 0 };
const weekday = fc.constantFrom(...WEEK);
const weekdays = fc.oneof(
  fc.uniqueArray(weekday, { minLength: 1, maxLength: 7 }),
  fc.constant(['monday', 'tuesday', 'wednesday', 'thursday', 'friday']),
  fc.constant([...WEEK]),
);
const interval = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.integer({ min: 5, max: 99 }));
const index = fc.constantFrom(...INDEXES);
const month = fc.integer({ min: 1, max: 12 });
const dayOfMonth = fc.oneof(fc.integer({ min: 1, max: 28 }), fc.integer({ min: 28, max: 31 }));
const longest = (of: number): number => new Date(Date.UTC(2024, of, 0)).getUTCDate();

/** Every pattern that Graph can hold, with its fillers; the first day of the week may be any in all of them. */
export const patterns: fc.Arbitrary<GraphPattern> = fc
  .oneof(
    fc.record({ type: fc.constant('daily') }),
    fc.record({ type: fc.constant('weekly'), daysOfWeek: weekdays }),
    fc.record({ type: fc.constant('absoluteMonthly'), dayOfMonth }),
    fc.record({ type: fc.constant('relativeMonthly'), daysOfWeek: weekdays, index }),
    fc
      .record({ type: fc.constant('absoluteYearly'), month, dayOfMonth })
      .map((each) => ({ ...each, dayOfMonth: Math.min(each.dayOfMonth, longest(each.month)) })),
    fc.record({ type: fc.constant('relativeYearly'), daysOfWeek: weekdays, index, month }),
  )
  .chain((parts) =>
    fc.record({ interval, firstDayOfWeek: weekday }).map((common) => ({ ...fillers, ...common, ...parts })),
  );

const text = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const at = (date: string): number => Date.parse(`${date}T00:00:00Z`);

/** A date moved by so many days. */
export const days = (date: string, count: number): string => text(at(date) + count * DAY);

/** The first day of the pattern at or after so many days from the beginning of 2000. */
export function firstDate(pattern: GraphPattern, from: number): string {
  for (let day = Date.UTC(2000, 0, 1) + from * DAY; ; day += DAY) if (matches(pattern, day, day)) return text(day);
}

/** What a series means, by Graph's own words, day by day; at most `limit` days, up to `until`. [graph-facts 7.3] */
export function expand(
  pattern: GraphPattern,
  range: { readonly startDate: string; readonly until: string },
  limit: number,
): string[] {
  const found: string[] = [];
  const start = at(range.startDate);
  const last = at(range.until);
  for (let day = start; day <= last && found.length < limit; day += DAY)
    if (matches(pattern, start, day)) found.push(text(day));
  return found;
}

function matches(pattern: GraphPattern, start: number, day: number): boolean {
  const [first, date] = [new Date(start), new Date(day)];
  const months = (date.getUTCFullYear() - first.getUTCFullYear()) * 12 + date.getUTCMonth() - first.getUTCMonth();
  const name = WEEK[date.getUTCDay()] ?? '';
  if (pattern.type === 'daily') return ((day - start) / DAY) % pattern.interval === 0;
  if (pattern.type === 'weekly') {
    const weeks = (weekOf(day, pattern.firstDayOfWeek) - weekOf(start, pattern.firstDayOfWeek)) / (7 * DAY);
    return weeks % pattern.interval === 0 && pattern.daysOfWeek.includes(name);
  }
  const due = pattern.type.endsWith('Monthly')
    ? months % pattern.interval === 0
    : date.getUTCMonth() + 1 === pattern.month &&
      (date.getUTCFullYear() - first.getUTCFullYear()) % pattern.interval === 0;
  if (!due) return false;
  const inMonth = monthOf(date);
  if (pattern.type.startsWith('absolute')) return date.getUTCDate() === Math.min(pattern.dayOfMonth, inMonth.length);
  const fitting = inMonth.filter((each) => pattern.daysOfWeek.includes(WEEK[new Date(each).getUTCDay()] ?? ''));
  return fitting.at(pattern.index === 'last' ? -1 : INDEXES.findIndex((each) => each === pattern.index)) === day;
}

/** The midnight that the week of this day begins with. */
function weekOf(day: number, firstDayOfWeek: string): number {
  const ahead = (new Date(day).getUTCDay() - WEEK.findIndex((each) => each === firstDayOfWeek) + 7) % 7;
  return day - ahead * DAY;
}

function monthOf(date: Date): number[] {
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  const count = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return Array.from({ length: count }, (_, offset) => first + offset * DAY);
}

/** The same recurrence as another writer may put it: without fillers, names in capitals. */
export function wire({ pattern, range }: { readonly pattern: GraphPattern; readonly range: object }): object {
  const kept = Object.entries(pattern).filter(
    ([, value]) => value !== 0 && !(Array.isArray(value) && value.length === 0),
  );
  const capital = (name: string): string => name.toUpperCase();
  return {
    pattern: { ...Object.fromEntries(kept), type: capital(pattern.type), daysOfWeek: pattern.daysOfWeek.map(capital) },
    range: { ...range, novelty: true },
  };
}
