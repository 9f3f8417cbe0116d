import { people } from '../../seed/people.ts';
import type { SeedRecipient } from '../../seed/types.ts';
import type { Random } from '../../random.ts';
import type { EventPatch } from '../input.ts';
import type { Attendee, EventParts } from '../model.ts';
import { DAY_MS, weekdayOf } from '../time/civil.ts';
import type { Day } from '../time/civil.ts';
import type { Pattern, Range } from '../time/pattern.ts';
import type { Zone } from '../time/zones.ts';

/** Days that a seed reaches back and ahead: about half a year. */
export const PAST_DAYS = 60;
export const FUTURE_DAYS = 122;

const HOUR_MS = 3_600_000;
const MEETINGS = [
  'Roadmap review',
  'Interview',
  'Budget 2027',
  'Angebot besprechen',
  'Kundentermin',
  'Design critique',
] as const;
const SERIES = ['Team meeting', 'Jour fixe', '1:1', 'Steering committee', 'Retrospective'] as const;
const DAYS = ['Vacation', 'Urlaub', 'Conference', 'Feiertag', 'Moving day', 'Offsite'] as const;
const ROOMS = ['Room Ada', 'Room Grace', 'Besprechungsraum 3', 'Client site', ''] as const;
const ANSWERS = ['none', 'accepted', 'accepted', 'tentativelyAccepted', 'declined'] as const;

export interface Seeding {
  random: Random;
  zone: Zone;
  today: Day;
}

/** One event of a seed, as if its owner had written it. */
export function planEvent(seeding: Seeding, nth: number): EventPatch {
  const { random } = seeding;
  const roll = random.next();
  if (roll < 0.15) return allDay(seeding);
  const day = workday(seeding, -PAST_DAYS + random.int(PAST_DAYS + FUTURE_DAYS));
  if (roll < 0.82) return meeting(seeding, { day, subject: random.pick(MEETINGS), online: random.next() < 0.45 });
  return series(seeding, nth);
}

function workday({ today }: Seeding, offset: number): Day {
  const day = today + offset;
  const weekday = weekdayOf(day);
  return weekday === 0 ? day + 1 : weekday === 6 ? day + 2 : day;
}

function meeting({ random, zone }: Seeding, about: { day: Day; subject: string; online: boolean }): EventPatch {
  const start = about.day * DAY_MS + (8 + random.int(9)) * HOUR_MS + (random.int(2) * HOUR_MS) / 2;
  const end = start + random.pick([HOUR_MS / 2, HOUR_MS, HOUR_MS, 2 * HOUR_MS]);
  const room = random.pick(ROOMS);
  const place = { locationType: 'default', locationEmailAddress: undefined, locationUri: undefined };
  const parts: Partial<EventParts> = {
    subject: about.subject,
    body: { contentType: 'html', content: `<html><body><p>${about.subject}: agenda follows.</p></body></html>` },
    places: room === '' ? [] : [{ displayName: room, ...place, address: undefined, coordinates: undefined }],
    attendees: invitees(random),
    showAs: random.next() < 0.1 ? 'tentative' : 'busy',
    importance: random.next() < 0.08 ? 'high' : 'normal',
    sensitivity: random.next() < 0.06 ? 'private' : 'normal',
    categories: random.next() < 0.2 ? [random.pick(['Red category', 'Blue category', 'Green category'])] : [],
    isReminderOn: random.next() < 0.9,
  };
  return {
    parts,
    start: { wall: start, zone },
    end: { wall: end, zone },
    rule: undefined,
    transactionId: undefined,
    online: about.online,
  };
}

function invitees(random: Random): Attendee[] {
  if (random.next() < 0.25) return [];
  const chosen = new Set<SeedRecipient>(Array.from({ length: 1 + random.int(6) }, () => random.pick(people())));
  return [...chosen].map((person) => {
    const response = random.pick(ANSWERS);
    return {
      type: random.next() < 0.8 ? 'required' : 'optional',
      emailAddress: { name: person.name, address: person.address },
      status: { response, at: response === 'none' ? undefined : Date.UTC(2026, 0, 1 + random.int(28), 9) },
      proposed: undefined,
    };
  });
}

function allDay({ random, zone, today }: Seeding): EventPatch {
  const start = (today - PAST_DAYS + random.int(PAST_DAYS + FUTURE_DAYS)) * DAY_MS;
  const parts = {
    subject: random.pick(DAYS),
    isAllDay: true,
    showAs: random.pick(['oof', 'free', 'busy']),
    attendees: [],
  };
  const end = start + (1 + random.int(5)) * DAY_MS;
  const rest = { rule: undefined, transactionId: undefined, online: false };
  return { parts, start: { wall: start, zone }, end: { wall: end, zone }, ...rest };
}

const PLAIN: Pattern = {
  type: 'daily',
  interval: 1,
  daysOfWeek: [],
  firstDayOfWeek: 0,
  index: 'first',
  month: 0,
  dayOfMonth: 0,
};

const WORKDAYS = [1, 2, 3, 4, 5];

/** Every kind of series comes in turn. */
function series(seeding: Seeding, nth: number): EventPatch {
  const { random } = seeding;
  const day = workday(seeding, -random.int(PAST_DAYS));
  const weekday = weekdayOf(day);
  const date = new Date(day * DAY_MS);
  const month = date.getUTCMonth() + 1;
  const kinds: readonly (readonly [Pattern, string?])[] = [
    [{ ...PLAIN, type: 'weekly', daysOfWeek: WORKDAYS, firstDayOfWeek: 1 }, 'Stand-up'],
    [{ ...PLAIN, type: 'weekly', daysOfWeek: [weekday], firstDayOfWeek: 1 }],
    [{ ...PLAIN, type: 'weekly', interval: 2, daysOfWeek: [...new Set([weekday, 4])].sort(), firstDayOfWeek: 1 }],
    [{ ...PLAIN, type: 'absoluteMonthly', dayOfMonth: date.getUTCDate() }],
    [{ ...PLAIN, type: 'relativeMonthly', daysOfWeek: WORKDAYS, index: 'last' }, 'Month-end closing'],
    [{ ...PLAIN, type: 'relativeMonthly', daysOfWeek: [2], index: 'second' }],
    [{ ...PLAIN, type: 'daily', interval: 3 }, 'Water the plants'],
    [{ ...PLAIN, type: 'absoluteYearly', dayOfMonth: date.getUTCDate(), month }, 'Contract renewal'],
    [{ ...PLAIN, type: 'relativeYearly', daysOfWeek: [weekday], index: 'third', month }, 'Annual review'],
  ];
  const [pattern = PLAIN, named] = kinds[nth % kinds.length] ?? [];
  const subject = named ?? random.pick(SERIES);
  const single = meeting(seeding, { day, subject, online: random.next() < 0.6 });
  const endless: Range = { type: 'noEnd', startDay: day, endDay: undefined, count: 0 };
  const ended: Range = { ...endless, type: 'endDate', endDay: day + 120 };
  const numbered: Range = { ...endless, type: 'numbered', count: 10 + random.int(20) };
  const yearly = pattern.type === 'absoluteYearly' || pattern.type === 'relativeYearly';
  const range = yearly ? endless : random.pick([endless, ended, numbered]);
  const rule = { rule: { pattern, range }, zone: undefined };
  const { start } = single;
  // Nobody stands for two hours.
  if (named !== 'Stand-up' || start === undefined) return { ...single, rule };
  return { ...single, rule, end: { ...start, wall: start.wall + HOUR_MS / 4 } };
}
