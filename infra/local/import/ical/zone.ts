import { findZone } from '../../graph/calendar/time/zones.ts';
import type { CustomRules } from '../../graph/calendar/time/custom-zone.ts';
import { parameterOf, propertyOf, textOf } from './jcal.ts';
import type { Component, Property } from './jcal.ts';
import { Refusal } from './refusal.ts';
import { z } from 'zod';

/** How the zones of a calendar are called in the tenant; rules for one that has no name there. */
export interface NamedZone {
  readonly name: string;
  readonly rules: CustomRules | undefined;
}

const CUSTOM = 'tzone://Microsoft/Custom';
const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** The zone of a time; undefined = none is named, so it is the mailbox's own. @throws Refusal for one that nobody knows. */
export function zoneOf(property: Property, calendar: Component): NamedZone | undefined {
  if (typeof property.values[0] === 'string' && property.values[0].endsWith('Z'))
    return { name: 'UTC', rules: undefined };
  const id = parameterOf(property, 'tzid');
  if (id === '') return undefined;
  // Some programs put a path before the name of the place, or write it with a hyphen.
  const spellings = [id, id.split('/').slice(-2).join('/'), id.replace('-', '/')];
  const known = spellings.find((one) => findZone(one) !== undefined);
  if (known !== undefined) return { name: known, rules: undefined };
  const described = calendar.components.find((one) => one.name === 'vtimezone' && textOf(one, 'tzid') === id);
  if (described === undefined) throw new Refusal(`Its time zone ${id} is neither known nor described in the file.`);
  return { name: CUSTOM, rules: rulesOf(described, id) };
}

const yearly = z.object({
  freq: z.literal('YEARLY'),
  bymonth: z.union([z.number(), z.tuple([z.number()]).transform(([one]) => one)]),
  byday: z.union([z.string(), z.tuple([z.string()]).transform(([one]) => one)]),
});

/** Of several descriptions the latest counts, as Outlook keeps but one rule. */
function rulesOf(zone: Component, id: string): CustomRules {
  const latest = (name: string): Component | undefined =>
    zone.components
      .filter((one) => one.name === name)
      .toSorted((a, b) => (textOf(a, 'dtstart') < textOf(b, 'dtstart') ? 1 : -1))[0];
  const [standard, daylight] = [latest('standard'), latest('daylight')];
  if (standard === undefined) throw new Refusal(`Its time zone ${id} has no standard time.`);
  const base = minutesOf(standard, id);
  if (daylight === undefined || propertyOf(daylight, 'rrule') === undefined) return { standard: base };
  return {
    standard: base,
    daylight: { offset: minutesOf(daylight, id), starts: turnOf(daylight, id), ends: turnOf(standard, id) },
  };
}

function minutesOf(part: Component, id: string): number {
  const match = /^([+-])(\d\d):?(\d\d)/.exec(textOf(part, 'tzoffsetto'));
  if (match === null) throw new Refusal(`Its time zone ${id} has an offset that cannot be read.`);
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

function turnOf(part: Component, id: string): { month: number; week: number; weekday: number; minutes: number } {
  const rule = yearly.safeParse(propertyOf(part, 'rrule')?.values[0]);
  const day = /^([+-]?\d)(SU|MO|TU|WE|TH|FR|SA)$/.exec(rule.data?.byday ?? '');
  const at = /T(\d\d):(\d\d)/.exec(textOf(part, 'dtstart'));
  const week = Number(day?.[1]);
  if (rule.data === undefined || day === null || at === null || week === 0 || week < -1) {
    throw new Refusal(`Its time zone ${id} changes in a way that Outlook has no rule for.`);
  }
  return {
    month: rule.data.bymonth,
    week: week === -1 ? 5 : week,
    weekday: WEEKDAYS.indexOf(day[2] ?? 'SU'),
    minutes: Number(at[1]) * 60 + Number(at[2]),
  };
}
