import { calendarDomain } from '../../shared/domains/calendar/index.ts';
import { joinEvent, readMasters } from '../../shared/domains/calendar/join.ts';
import { fieldsSchema, type Fields } from '../../shared/lib/json.ts';
import { OutlookCalendar } from '../support/convergence/events/outlook.ts';
import type { DomainAdapter } from './adapter.ts';

const DAY_MS = 86_400_000;

/** `2026-03-02T09:00:00`: so many days from today, at this time. */
const day = (days: number, time = '09:00:00'): string =>
  `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)}T${time}`;
const wall = (dateTime: string): Fields => ({ dateTime, timeZone: 'W. Europe Standard Time' });

/** Something in every member that is read. Far enough ahead that it stays in the window, however often the clock is moved. */
const whole = (subject: string): Fields => ({
  subject,
  start: wall(day(100)),
  end: wall(day(100, '10:00:00')),
  location: { displayName: 'Room 4' },
  categories: ['Blue category', 'Grün'],
  attendees: [{ type: 'optional', emailAddress: { address: 'grace@navy.example', name: 'Grace Hopper' } }],
  body: { contentType: 'html', content: '<p>Agenda</p>' },
  isReminderOn: true,
  reminderMinutesBeforeStart: 10,
});

const midnight = (days: number): Fields => ({ dateTime: day(days, '00:00:00'), timeZone: 'UTC' });

/** A series with a day left out and an exception, whole days, an online meeting, and a meeting of somebody else. */
async function makeOthers(outlook: OutlookCalendar): Promise<void> {
  const range = { type: 'numbered', startDate: day(90).slice(0, 10), numberOfOccurrences: 5 };
  const series = await outlook.create({
    ...whole('A series'),
    start: wall(day(90)),
    end: wall(day(90, '09:30:00')),
    recurrence: { pattern: { type: 'daily', interval: 1 }, range },
  });
  await outlook.remove(series, day(91));
  await outlook.patch(series, { subject: 'For once' }, day(92));
  await outlook.create({ ...whole('Away'), isAllDay: true, start: midnight(100), end: midnight(103) });
  const onlineMeeting = { joinUrl: 'https://teams.microsoft.com/l/meetup-join/1', conferenceId: '12345' };
  await outlook.create({ ...whole('Online'), onlineMeeting });
  await outlook.create({ ...whole('Theirs'), organizer: { address: 'ada@ours.example', name: 'Ada' } });
}

/** What a person writes to hold a value in a field. */
const members = (field: string, value: string): Fields =>
  field === 'location' ? { location: { displayName: value } } : { [field]: value };

export const ofCalendar: DomainAdapter = {
  domain: calendarDomain({ window: { pastDays: 30, futureDays: 365 }, clock: { now: () => new Date(2026, 0, 5) } }),
  view: 'Event',
  pages: { calendar: /\/me\/calendars\?/, event: /\/calendarView\/delta/ },
  list: 'e',
  read: async (store, scope, items) => {
    const masters = await readMasters(store, scope, items);
    return items.map((item) => joinEvent(item, masters));
  },
  title: 'subject',
  fields: { theirs: 'location', ours: 'categories', shared: 'subject' },
  words: ['importance', 'sensitivity', 'showAs', '@odata.type'],
  long: {
    calendar: ['name'],
    event: ['subject', 'preview', 'location', 'attendees', 'categories', 'exdates', 'iCalUId', 'webLink'],
  },
  person: (user) => {
    const outlook = new OutlookCalendar(user);
    return {
      make: (subject) => outlook.create(whole(subject)),
      makeContainer: async (name) => {
        await outlook.makeCalendar(name);
      },
      makeOdd: (subject) =>
        outlook.create({ ...whole(subject), showAs: 'unknownFutureValue', sensitivity: 'notYet', categories: [' '] }),
      makeOthers: () => makeOthers(outlook),
      change: async (id, field, value) => {
        await outlook.patch(id, members(field, value));
      },
      remove: async (id) => {
        await outlook.remove(id);
      },
    };
  },
  change: (connectionId, id, field, value) => ({
    method: 'PATCH',
    path: `/api/connections/${connectionId}/events/${id}`,
    body: { [field]: field === 'categories' ? [value] : value },
  }),
  shows: (item, field, value) => JSON.stringify(item[field] ?? null).includes(JSON.stringify(value)),
  own: {
    make: (connectionId, subject) => ({
      method: 'POST',
      path: `/api/connections/${connectionId}/events`,
      body: { subject, start: { dateTime: `${day(100)}Z` }, end: { dateTime: `${day(100, '10:00:00')}Z` } },
    }),
    remove: (connectionId, id) => ({ method: 'DELETE', path: `/api/connections/${connectionId}/events/${id}` }),
    completed: true,
  },
  odd: (id) => {
    const { calendar } = ofCalendar.domain.kinds(null);
    const fields = fieldsSchema.parse({ ...calendar?.defaults, name: 'Odd' });
    const record = {
      id: 'r1',
      graphId: id,
      kind: 'calendar',
      stream: 'calendars',
      fields,
      own: [],
      refused: undefined,
    };
    return { settings: { calendarIds: 'all' }, notes: { calendars: [id] }, entries: calendar?.index(record) ?? [] };
  },
};
