interface Field {
  readonly min: number;
  readonly max: number;
  /** The first letters of what its numbers are called, from the lowest. */
  readonly names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** `sec min hour day month day-of-week`; Sunday is 0. [functions-facts, timers] */
const fields: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
];

/** Whether a text is a six-field NCRONTAB expression all of whose values are in range: the host cannot index a timer with another. */
export function isNcrontab(text: string): boolean {
  const parts = text.trim().split(/\s+/);
  return (
    parts.length === fields.length &&
    fields.every((field, index) => parts[index]?.split(',').every(fits(field)) === true)
  );
}

/** An item of a list: `*`, a value or a range, and perhaps a step. */
const fits =
  (field: Field) =>
  (item: string): boolean => {
    const [, range = '', step] = /^([^/]+)(?:\/(\d{1,2}))?$/.exec(item) ?? [];
    if (step !== undefined && (Number(step) < 1 || Number(step) > field.max)) return false;
    const ends = range.split('-');
    return range === '*' || (ends.length <= 2 && ends.every((end) => isValue(end, field)));
  };

const isValue = (text: string, { min, max, names = [] }: Field): boolean =>
  /^\d{1,2}$/.test(text)
    ? Number(text) >= min && Number(text) <= max
    : /^[a-z]{3,9}$/i.test(text) && names.includes(text.slice(0, 3).toLowerCase());

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MOST_MS = 31 * DAY_MS;

/**
 * The last minute up to a time in which a schedule runs, in UTC as the host reads it; null where there is none within a month.
 * For expressions that `isNcrontab` accepts; of the second within the minute it says nothing.
 */
export function lastRun(schedule: string, upTo: Date): Date | null {
  const parts = schedule.trim().split(/\s+/);
  const [, minutes, hours, days, months, weekdays] = fields.map((field, i) => valuesOf(parts[i] ?? '*', field));
  const latest = startOf(upTo.getTime(), MINUTE_MS);
  for (let time = latest; time > latest - MOST_MS;) {
    const at = new Date(time);
    const isDay = [days?.has(at.getUTCDate()), months?.has(at.getUTCMonth() + 1), weekdays?.has(at.getUTCDay())];
    // What no minute of a day or an hour can be is passed over at once.
    if (!isDay.every((fits) => fits === true)) time = startOf(time, DAY_MS) - MINUTE_MS;
    else if (hours?.has(at.getUTCHours()) !== true) time = startOf(time, HOUR_MS) - MINUTE_MS;
    else if (minutes?.has(at.getUTCMinutes()) !== true) time -= MINUTE_MS;
    else return at;
  }
  return null;
}

const startOf = (time: number, unitMs: number): number => Math.floor(time / unitMs) * unitMs;

/** The values that a field of an expression names. */
function valuesOf(text: string, field: Field): ReadonlySet<number> {
  const values = text.split(',').flatMap((item) => {
    const [range = '*', step] = item.split('/');
    const ends = range === '*' ? [field.min, field.max] : range.split('-').map((end) => numberOf(end, field));
    const low = Math.min(...ends);
    // One value with a step begins a range.
    const high = ends.length === 1 && step !== undefined ? field.max : Math.max(...ends);
    const every = Number(step ?? 1);
    return Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, index) => low + index * every);
  });
  return new Set(values);
}

const numberOf = (text: string, { min, names = [] }: Field): number =>
  /^\d/.test(text) ? Number(text) : min + names.indexOf(text.slice(0, 3).toLowerCase());
