import { refuse, isRefusal, type Refusal } from './refusal.ts';
import { dayOfCode, readUntil, ruleWith, type Rule, type RuleDay, type RuleEnd } from './rrule.ts';

/** Longer texts are no rule that anybody means. */
const MAX_LENGTH = 1_000;

/** Parts that say what no Graph pattern can, and what to do instead where something can be done; a frequency below a day is refused with `FREQ`. */
const impossible: Readonly<Record<string, string>> = {
  BYYEARDAY: 'Outlook has no days of the year.',
  BYWEEKNO: 'Outlook has no numbered weeks.',
  RSCALE: 'Outlook takes rules of the Gregorian calendar alone.',
  SKIP: 'Outlook always takes the last day of a month that is too short.',
  // Lines that stand beside a rule in a calendar file.
  DTSTART: 'Send the rule alone: it begins with the start of the event.',
  DTEND: 'Send the rule alone: its occurrences are as long as the event.',
  RDATE: 'Send the rule alone: Outlook has no days beside it. Make an event of its own of each.',
  EXDATE: 'Send the rule alone, and delete the occurrences that it leaves out.',
  EXRULE: 'Send the rule alone, and delete the occurrences that it leaves out.',
};

const numberParts: Readonly<Record<string, readonly [least: number, most: number, signed: boolean]>> = {
  INTERVAL: [1, 2_147_483_647, false],
  COUNT: [1, 2_147_483_647, false],
  BYMONTH: [1, 12, false],
  BYMONTHDAY: [1, 31, true],
  BYHOUR: [0, 23, false],
  BYMINUTE: [0, 59, false],
  BYSECOND: [0, 60, false],
  BYSETPOS: [1, 366, true],
};

/**
 * Reads the text of one RRULE, with or without its name before it, in any case, with spaces around its signs. Strict: a part that
 * is unknown, stands twice or has a value out of its bounds is refused by its name, as is all that no Graph pattern can say
 * whatever else is there, and any other line.
 */
export function parseRule(text: string): Rule | Refusal {
  const parts = splitParts(text);
  if (isRefusal(parts)) return parts;
  const values = new Map<string, readonly number[]>();
  for (const [name, value] of parts) {
    const read = checkPart(name, value);
    if (isRefusal(read)) return read;
    values.set(name, read);
  }
  const freq = readFreq(parts.get('FREQ') ?? '');
  if (isRefusal(freq)) return freq;
  const byDay = readDays(parts.get('BYDAY'));
  if (isRefusal(byDay)) return byDay;
  const weekStart = parts.get('WKST');
  const first = weekStart === undefined ? null : dayOfCode(weekStart);
  if (first === undefined) return refuse('WKST', 'It is not one of MO, TU, WE, TH, FR, SA, SU.');
  const end = readEnd(parts.get('UNTIL'), values.get('COUNT')?.[0]);
  if (isRefusal(end)) return end;
  const many = (name: string): readonly number[] => values.get(name) ?? [];
  return ruleWith({
    freq,
    interval: many('INTERVAL')[0] ?? 1,
    byMonth: many('BYMONTH'),
    byMonthDay: many('BYMONTHDAY'),
    byDay,
    byHour: many('BYHOUR'),
    byMinute: many('BYMINUTE'),
    bySecond: many('BYSECOND'),
    bySetPos: many('BYSETPOS'),
    weekStart: first,
    end,
  });
}

function splitParts(text: string): Map<string, string> | Refusal {
  if (text.length > MAX_LENGTH) return refuse('RRULE', `The rule is longer than ${MAX_LENGTH} characters.`);
  const rule = text
    .trim()
    .toUpperCase()
    .replaceAll(/\s*([,;=])\s*/g, '$1')
    .replace(/^RRULE:/, '')
    .replace(/;$/, '');
  for (const [, name = ''] of rule.matchAll(/^([A-Z]+)[:;]/gm)) {
    const reason = impossible[name];
    if (reason !== undefined) return refuse(name, reason);
  }
  const parts = new Map<string, string>();
  for (const part of rule.split(';')) {
    const match = /^([A-Z-]+)=([^=;:\s]+)$/.exec(part);
    if (match === null)
      return refuse('RRULE', 'The text is not one rule of the form NAME=VALUE;NAME=VALUE, as FREQ=WEEKLY;BYDAY=MO.');
    const [, name = '', value = ''] = match;
    if (parts.has(name)) return refuse(name, 'It stands in the rule twice.');
    parts.set(name, value);
  }
  return parts;
}

/** The numbers of a part that holds numbers; empty for others. */
function checkPart(name: string, value: string): readonly number[] | Refusal {
  const reason = impossible[name];
  if (reason !== undefined) return refuse(name, reason);
  const bounds = numberParts[name];
  if (bounds === undefined)
    return ['FREQ', 'UNTIL', 'BYDAY', 'WKST'].includes(name) ? [] : refuse(name, 'RFC 5545 knows no such part.');
  const [least, most, signed] = bounds;
  const numbers = value.split(',').map((text) => (/^[+-]?\d{1,10}$/.test(text) ? Number(text) : Number.NaN));
  const good = numbers.every((number) => {
    const size = signed ? Math.abs(number) : number;
    return size >= least && size <= most;
  });
  const single = name === 'INTERVAL' || name === 'COUNT';
  if (!good || (single && numbers.length > 1))
    return refuse(
      name,
      `It takes ${single ? 'one number' : 'numbers'} from ${signed ? `-${most} to -1 and ` : ''}${least} to ${most}.`,
    );
  return [...new Set(numbers)];
}

function readFreq(freq: string): Rule['freq'] | Refusal {
  switch (freq) {
    case 'DAILY':
    case 'WEEKLY':
    case 'MONTHLY':
    case 'YEARLY':
      return freq;
    case 'HOURLY':
    case 'MINUTELY':
    case 'SECONDLY':
      return refuse('FREQ', 'Outlook repeats nothing more often than daily.');
    default:
      return refuse('FREQ', 'It is not one of DAILY, WEEKLY, MONTHLY, YEARLY.');
  }
}

function readDays(text: string | undefined): readonly RuleDay[] | Refusal {
  const days = new Map<string, RuleDay>();
  for (const token of text?.split(',') ?? []) {
    const match = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(token);
    const day = dayOfCode(match?.[2] ?? '');
    const nth = match?.[1] === undefined ? null : Number(match[1]);
    if (day === undefined || nth === 0 || Math.abs(nth ?? 1) > 53)
      return refuse('BYDAY', 'It takes days as MO, or with a number as 2MO or -1MO.');
    days.set(`${nth ?? ''}${day}`, { day, nth });
  }
  return [...days.values()];
}

function readEnd(until: string | undefined, count: number | undefined): RuleEnd | Refusal {
  if (until !== undefined && count !== undefined)
    return refuse('COUNT', 'A rule ends by UNTIL or by COUNT, not by both.');
  if (count !== undefined) return { type: 'count', count };
  if (until === undefined) return { type: 'never' };
  return readUntil(until) ?? refuse('UNTIL', 'It is no date, and no date with time.');
}
