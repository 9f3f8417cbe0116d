/**
 * Schedules in the dialect of NCRONTAB: `second minute hour day month day-of-week`, or five fields without seconds.
 * `*`, lists, ranges, steps, names of months and days; day and day-of-week must both fit (not either of them, as in
 * Unix cron). Times are UTC.
 */
interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
].concat('november', 'december');
const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

const FIELDS: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];

/** Leap days that fall on one day of the week are at most 40 years apart (over a century without a leap year). */
const SEARCH_DAYS = 41 * 366;
const DAY_MS = 86_400_000;

export interface Schedule {
  /** The first occurrence after `after`. Throws for a schedule that never comes, such as 30 February. */
  next(after: Date): Date;
}

/** Throws when the text is no schedule. */
export function parseSchedule(text: string): Schedule {
  const parts = text.trim().split(/\s+/);
  const full = parts.length === 5 ? ['0', ...parts] : parts;
  if (full.length !== FIELDS.length) throw new Error(`'${text}' is not a schedule of five or six fields.`);
  const [seconds, minutes, hours, days, months, weekdays] = FIELDS.map((field, index) =>
    parseField(full[index] ?? '', field),
  );
  if (!seconds || !minutes || !hours || !days || !months || !weekdays) throw new Error(`'${text}' is not a schedule.`);
  const times = {
    seconds: [...seconds].sort(ascending),
    minutes: [...minutes].sort(ascending),
    hours: [...hours].sort(ascending),
  };
  const isDay = (date: Date) =>
    days.has(date.getUTCDate()) && months.has(date.getUTCMonth() + 1) && weekdays.has(date.getUTCDay());
  return { next: (after) => findNext(after, times, isDay) };
}

function ascending(a: number, b: number): number {
  return a - b;
}

interface Times {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
}

function findNext(after: Date, times: Times, isDay: (date: Date) => boolean): Date {
  const start = new Date(Math.floor(after.getTime() / 1000) * 1000 + 1000);
  const midnight = Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate());
  for (let day = 0; day < SEARCH_DAYS; day += 1) {
    const date = new Date(midnight + day * DAY_MS);
    if (!isDay(date)) continue;
    const second = firstTime(times, day === 0 ? Math.floor((start.getTime() - midnight) / 1000) : 0);
    if (second !== undefined) return new Date(date.getTime() + second * 1000);
  }
  throw new Error('The schedule has no next occurrence.');
}

/** The first second of a day, not before `from`, that fits. */
function firstTime({ hours, minutes, seconds }: Times, from: number): number | undefined {
  for (const hour of hours) {
    if ((hour + 1) * 3600 <= from) continue;
    for (const minute of minutes) {
      const base = hour * 3600 + minute * 60;
      if (base + 60 <= from) continue;
      const second = seconds.find((candidate) => base + candidate >= from);
      if (second !== undefined) return base + second;
    }
  }
  return undefined;
}

function parseField(text: string, field: Field): Set<number> {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const [range = '', stepText] = item.split('/', 2);
    const step = stepText === undefined ? 1 : toNumber(stepText, { min: 1, max: field.max });
    const [from, to] = parseRange(range, field, stepText !== undefined);
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return values;
}

/** A number alone is itself, with a step it runs to the end; a range that is the wrong way round is turned. */
function parseRange(text: string, field: Field, stepped: boolean): [number, number] {
  if (text === '*') return [field.min, field.max];
  const [first = '', second] = text.split('-', 2);
  const from = toNumber(first, field);
  if (second === undefined) return [from, stepped ? field.max : from];
  const to = toNumber(second, field);
  return from <= to ? [from, to] : [to, from];
}

function toNumber(text: string, { min, max, names = [] }: Field): number {
  const named = /^[a-z]+$/i.test(text) ? names.findIndex((name) => name.startsWith(text.toLowerCase())) : -1;
  const value = named >= 0 ? named + min : Number(text);
  if (text === '' || !Number.isInteger(value) || value < min || value > max) {
    throw new Error(`'${text}' is not a value from ${min} to ${max}.`);
  }
  return value;
}
