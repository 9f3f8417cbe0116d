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
