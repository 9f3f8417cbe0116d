import { z } from 'zod';
import { call } from '../../infra/local/demo/client.ts';
import { benchDomains, itemSchema } from './domains.ts';
import { makeUser, PASSWORD, poster, tokenOf, type BenchMailbox } from './mailbox.ts';

/** A week of occurrences for a year: each series with its master, and one occurrence that has another name. */
const OCCURRENCES = 52;
/** Events of a mailbox that are of a series, at most in this part. */
const SERIES_SHARE = 0.5;
/** One request of an import takes this many. */
const AT_ONCE = 200;
const DAY_MS = 86_400_000;
/** Where the events lie, in days from today: well within the window that is synced. */
const FIRST_DAY = -25;
const LAST_DAY = 355;
const ZONE = 'W. Europe Standard Time';
const PEOPLE = ['Megan Bowen', 'Lee Gu', 'Pradeep Gupta', 'Nestor Wilke', 'Isaiah Langer', 'Joni Sherman'] as const;

const item = itemSchema.extend({ type: z.string(), seriesMasterId: z.string().nullish() });
const held = z.object({
  calendars: z.array(z.object({ id: z.string(), name: z.string() })),
  events: z.array(item),
  instances: z.array(item),
});

/** What a user's calendars hold of the time in which the events of a bench lie. */
export async function readCalendars(user: string): Promise<z.output<typeof held>> {
  const query = new URLSearchParams({ from: `${day(FIRST_DAY - 1)}T00:00:00Z`, to: `${day(LAST_DAY + 10)}T00:00:00Z` });
  return call(held, `${user}/events?${query.toString()}`);
}

/**
 * Makes a user with so many events in two calendars, or more: half of them occurrences of weekly series, whose master is one of
 * them; the others meetings with up to five people, a few of them all day.
 */
export async function makeCalendars(control: string, name: string, events: number, count = 2): Promise<BenchMailbox> {
  const post = poster(control);
  const upn = await makeUser(post, name, { folders: 0 });
  const names = ['Calendar', ...Array.from({ length: count - 1 }, (_, n) => `Team ${n + 1}`)];
  for (const one of names.slice(1)) await post(z.unknown(), `/users/${upn}/calendars`, { name: one });
  const files = eventsOf(events).map((event, n) => ({ name: `${n}`, event, folder: [names[n % count] ?? ''] }));
  for (let at = 0; at < files.length; at += AT_ONCE) {
    const batch = { upn, files: files.slice(at, at + AT_ONCE) };
    const { refused } = await post(z.object({ refused: z.array(z.unknown()) }), '/import', batch);
    if (refused.length > 0) throw new Error(`the tenant refused ${JSON.stringify(refused[0])}`);
  }
  const { calendars, events: wholes, instances } = await readCalendars(`${control}/users/${upn}`);
  const masters = wholes.filter(({ type }) => type === 'seriesMaster');
  const items = [...instances, ...masters];
  const { calendar: domain } = benchDomains;
  return {
    ...{ upn, password: PASSWORD, domain: 'calendar', items: items.length, usualItems: instances.length },
    rows: items.reduce((sum, one) => sum + 1 + domain.indexRows(one).length, 0),
    folders: names.map((one) => calendars.find((calendar) => calendar.name === one)?.id ?? ''),
    token: await tokenOf(post, upn, 'Calendars.ReadWrite'),
  };
}

/** Series first: of what they do not fill singles are made. */
function eventsOf(events: number): object[] {
  const series = Math.floor((events * SERIES_SHARE) / (OCCURRENCES + 1));
  const singles = events - series * (OCCURRENCES + 1);
  return [
    ...Array.from({ length: series }, (_, n) => seriesOf(n)),
    ...Array.from({ length: singles }, (_, n) => singleOf(n)),
  ];
}

const day = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
const time = (days: number, minutes: number): { readonly dateTime: string; readonly timeZone: string } => {
  const two = (value: number): string => String(value).padStart(2, '0');
  return { dateTime: `${day(days)}T${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:00`, timeZone: ZONE };
};

function partsOf(subject: string, n: number): object {
  const asked = PEOPLE.slice(0, n % PEOPLE.length);
  return {
    subject: `${subject} ${n}`,
    body: {
      contentType: 'html',
      content: `<html><body><p>${`Agenda of ${subject} ${n}. `.repeat(8)}</p></body></html>`,
    },
    location: { displayName: `Room ${n % 40}` },
    categories: n % 5 === 0 ? ['Blue category'] : [],
    attendees: asked.map((person) => ({
      emailAddress: { name: person, address: `${person.toLowerCase().replace(' ', '.')}@fabrikam.example` },
      response: n % 2 === 0 ? 'accepted' : 'none',
    })),
  };
}

function singleOf(n: number): object {
  const at = FIRST_DAY + ((n * 7) % (LAST_DAY - FIRST_DAY));
  if (n % 20 === 0) {
    const dates = { start: { ...time(at, 0) }, end: { ...time(at + 3, 0) } };
    return { ...partsOf('Away', n), isAllDay: true, ...dates };
  }
  const minutes = 480 + ((n * 30) % 540);
  return { ...partsOf('Review', n), start: time(at, minutes), end: time(at, minutes + 30) };
}

function seriesOf(n: number): object {
  const at = FIRST_DAY + 1 + (n % 5);
  const weekday = new Date(`${day(at)}T12:00:00Z`).toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });
  const minutes = 480 + ((n * 30) % 540);
  const times = { start: time(at, minutes), end: time(at, minutes + 30) };
  const other = { start: time(at + 14, minutes), end: time(at + 14, minutes + 30) };
  return {
    ...partsOf('Jour fixe', n),
    ...times,
    recurrence: {
      pattern: { type: 'weekly', interval: 1, daysOfWeek: [weekday.toLowerCase()], firstDayOfWeek: 'monday' },
      range: { type: 'numbered', startDate: day(at), numberOfOccurrences: OCCURRENCES },
    },
    exceptions: [{ originalStart: other.start, ...other, subject: `Jour fixe ${n}, long` }],
  };
}
