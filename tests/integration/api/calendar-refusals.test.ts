import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openCalendarApi, type CalendarApi } from '../../support/calendar-api.ts';

const BOB = 'bob@contoso.example';
/** A text that matches. */
const like = (says: RegExp): unknown => expect.stringMatching(says);
const at = (days: number, time?: string) => ({ dateTime: world.day(days, time), timeZone: 'Europe/Berlin' });
const date = (days: number) => ({ date: world.day(days).slice(0, 10) });
const timed = (days: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  start: { dateTime: world.day(days), timeZone: 'UTC' },
  end: { dateTime: world.day(days, '10:00:00'), timeZone: 'UTC' },
  ...more,
});

let world: CalendarApi;
/** Ids of events by what they are. */
const ids: Record<string, string> = {};
beforeAll(async () => {
  world = await openCalendarApi({ calendarIds: 'all' });
  await world.control('POST', '/users', { userPrincipalName: BOB, displayName: 'Bob' });
  await world.control('POST', `/users/${BOB}/events`, timed(2, { subject: 'read only' }));
  const sharing = { with: 'adele@contoso.example', role: 'read' };
  const { calendarId } = z
    .object({ calendarId: z.string() })
    .parse(await world.control('POST', `/users/${BOB}/calendars/Calendar/share`, sharing));
  ids['shared calendar'] = calendarId;
  const organizer = { address: 'grace@navy.example', name: 'Grace' };
  const attendees = [{ emailAddress: { address: 'adele@contoso.example' }, type: 'required' }];
  await world.arrive(timed(2, { subject: 'own' }));
  await world.arrive(timed(2, { subject: 'theirs', organizer, attendees }));
  await world.arrive(timed(2, { subject: 'called off', organizer, attendees, isCancelled: true }));
  await world.sync();
  const series = { subject: 'series', start: at(3), end: at(3, '10:00:00'), rrule: 'FREQ=DAILY;COUNT=3' };
  ids['series'] = String((await world.on('POST', '/events', { body: series })).body['id']);
  await world.push();
  await world.sync();
  for (const { id, subject, type } of await world.items('/events'))
    ids[type === 'occurrence' ? 'occurrence' : String(subject)] = String(id);
});
afterAll(() => world.close());

/** What is wrong, by the place and what is said of it. */
type Wrong = readonly [name: string, body: () => Record<string, unknown>, path: string, says: RegExp];

const wrongTimes: readonly Wrong[] = [
  ['a day for the end of a time', () => ({ end: date(3) }), 'body.end', /must be a time where the start is one/],
  ['an end before the start', () => ({ end: at(1) }), 'body.end', /must not be before the start/],
  ['days that end as they begin', () => ({ start: date(2), end: date(2) }), 'body.end', /the day after the last one/],
  ['days that end before', () => ({ start: date(2), end: date(1) }), 'body.end', /the day after the last one/],
  [
    'a zone that nobody knows',
    () => ({ start: { dateTime: world.day(2), timeZone: 'Mars/Olympus' } }),
    'body.start.timeZone',
    /is no time zone that is known/,
  ],
  ['words for a time', () => ({ start: { dateTime: 'soon' } }), 'body.start.dateTime', /is no time/],
  ['a day that no month has', () => ({ start: { date: '2026-02-30' } }), 'body.start.date', /YYYY-MM-DD/],
  ['a time and a day', () => ({ start: { ...at(2), ...date(2) } }), 'body.start', /\{dateTime, timeZone\} or \{date\}/],
];

const wrongRules: readonly Wrong[] = (
  [
    ['FREQ=HOURLY', /^FREQ: .*more often than daily/],
    ['FREQ=DAILY;BYYEARDAY=100', /^BYYEARDAY: /],
    ['FREQ=YEARLY;BYWEEKNO=20', /^BYWEEKNO: /],
    ['FREQ=MONTHLY;BYMONTHDAY=1,15', /^BYMONTHDAY: /],
    ['FREQ=MONTHLY;BYMONTHDAY=-3', /^BYMONTHDAY: /],
    ['FREQ=DAILY;BYHOUR=9,12', /^BYHOUR: /],
    ['FREQ=DAILY;FOO=1', /^FOO: /],
    ['FREQ=DAILY;COUNT=2;UNTIL=20991231T000000Z', /^COUNT: /],
    ['FREQ=DAILY;UNTIL=20200101T000000Z', /^UNTIL: /],
    ['FREQ=DAILY;UNTIL=20991231T000000', /^UNTIL: .*UTC/],
    ['every day', /^RRULE: /],
    ['RRULE:FREQ=DAILY\nEXDATE:20991231T000000Z', /^EXDATE: .*delete/],
  ] as const
).map(([rrule, says]) => [rrule, () => ({ rrule }), 'body.rrule', says] as const);

const wrongMembers: readonly Wrong[] = [
  ['a calendar that is not there', () => ({ calendarId: 'nobody' }), 'body.calendarId', /is no calendar/],
  ['an attendee without an address', () => ({ attendees: [{ address: 'x' }] }), 'body.attendees.0.address', /e-mail/],
  ['a word for importance', () => ({ importance: 'huge' }), 'body.importance', /low.*normal.*high/],
  ['a reminder years ahead', () => ({ reminderMinutes: 500_000 }), 'body.reminderMinutes', /40320/],
  ['a member that nobody knows', () => ({ isRecurring: true }), 'body.isRecurring', /is not known here/],
  ['times that last all day', () => ({ isAllDay: true }), 'body.isAllDay', /must agree with start and end/],
  ['a start on no day of its rule', () => ruleAside(), 'body.rrule', /^DTSTART: /],
];
const ruleAside = () => {
  const days = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
  return { rrule: `FREQ=WEEKLY;BYDAY=${days[(new Date(`${world.day(2)}Z`).getUTCDay() + 1) % 7] ?? ''}` };
};

describe('POST of an event', () => {
  it.each([...wrongTimes, ...wrongRules, ...wrongMembers])('refuses %s', async (_name, body, path, says) => {
    const answer = await world.on('POST', '/events', {
      body: { subject: 'No', start: at(2), end: at(2, '10:00:00'), ...body() },
    });
    expect([answer.status, answer.body['errors']]).toEqual([400, [{ path, message: like(says) }]]);
  });

  it('lists all that is wrong at once', async () => {
    const body = { start: { dateTime: 'soon' }, rrule: 'FREQ=HOURLY', attendees: [{ address: 'x' }], color: 'red' };
    const { text } = await world.on('POST', '/events', { body });
    for (const place of ['start.dateTime', 'body.end', 'rrule', 'attendees.0.address', 'body.color'])
      expect(text).toContain(place);
  });
});

/** The same of an event that stands. */
type WrongPatch = readonly [name: string, of: string, fault: () => readonly [Record<string, unknown>, string, RegExp]];

describe('PATCH of an event', () => {
  it.each<WrongPatch>([
    ['a rule of an occurrence', 'occurrence', () => [{ rrule: 'FREQ=DAILY' }, 'body.rrule', /PATCH its master/]],
    ['nothing', 'own', () => [{}, 'body', /names nothing to change/]],
    ['another calendar', 'own', () => [{ calendarId: 'x', subject: 'y' }, 'body.calendarId', /is not known here/]],
    ['a start after its end', 'own', () => [{ start: at(4) }, 'body.end', /must not be before the start/]],
    ['a start after the end of an occurrence', 'occurrence', () => [{ start: at(9) }, 'body.end', /not be before/]],
    ['half of an all-day event', 'own', () => [{ start: date(2) }, 'body.end', /must be a time where/]],
    ['that it lasts all day', 'own', () => [{ isAllDay: true }, 'body.isAllDay', /send start and end as dates/]],
    [
      'that an occurrence does',
      'occurrence',
      () => [{ isAllDay: true }, 'body.isAllDay', /send start and end as dates/],
    ],
    ['taking a Teams link back', 'own', () => [{ onlineMeeting: false }, 'body.onlineMeeting', /true/]],
    ['a rule that its start is not on', 'own', () => [ruleAside(), 'body.rrule', /^DTSTART: /]],
  ])('refuses %s', async (_name, of, fault) => {
    const [body, path, says] = fault();
    const answer = await world.on('PATCH', `/events/${ids[of] ?? ''}`, { body });
    expect([answer.status, answer.body['errors']]).toEqual([400, [{ path, message: like(says) }]]);
  });
});

describe('what an event is', () => {
  it.each(['own', 'occurrence', 'series'])('may be said of %s, and changes nothing', async (of) => {
    const path = `/events/${ids[of] ?? ''}`;
    const { body: before } = await world.on('GET', path);
    const said = Object.entries(before).filter(([field]) => writable.includes(field));
    expect(said).toHaveLength(writable.length);
    for (const body of [{ isAllDay: false }, { rrule: before['rrule'] }, Object.fromEntries(said)]) {
      const answer = await world.on('PATCH', path, { body });
      expect([answer.status, answer.body]).toEqual([200, before]);
    }
  });

  it('may be said of an occurrence beside what changes', async () => {
    const path = `/events/${ids['occurrence'] ?? ''}`;
    const answer = await world.on('PATCH', path, { body: { rrule: null, isAllDay: false, location: 'Room 7' } });
    expect([answer.status, answer.body]).toMatchObject([200, { type: 'exception', rrule: null, location: 'Room 7' }]);
    await world.push();
    await world.sync();
    const { body: after } = await world.on('GET', path);
    expect(after).toMatchObject({ type: 'exception', location: 'Room 7', pushed: 'done' });
    const again = await world.on('PATCH', path, { body: { rrule: null, location: 'Room 7' } });
    expect([again.status, again.body]).toEqual([200, after]);
  });
});
/** What an application may write of what it reads. */
const writable = [
  ...['subject', 'start', 'end', 'isAllDay', 'rrule', 'attendees', 'location', 'importance', 'sensitivity', 'showAs'],
  ...['categories', 'reminderMinutes'],
];

describe('what cannot be done', () => {
  const writes = [
    ['PATCH', '', { subject: 'x' }],
    ['DELETE', '', undefined],
    ['POST', '/cancel', {}],
    ['POST', '/accept', {}],
    ['POST', '/tentative', {}],
    ['POST', '/decline', {}],
    ['POST', '/undo', undefined],
  ] as const;

  it.each<readonly [string, string, string, string]>([
    ['cancels a meeting of others', 'theirs', '/cancel', 'not_organizer'],
    ['accepts its own', 'own', '/accept', 'is_organizer'],
    ['accepts its own tentatively', 'own', '/tentative', 'is_organizer'],
    ['declines its own', 'own', '/decline', 'is_organizer'],
    ['answers an occurrence of its own', 'occurrence', '/accept', 'is_organizer'],
    ['answers what was called off', 'called off', '/accept', 'meeting_cancelled'],
    ['takes back what was never merged', 'own', '/undo', 'nothing_to_undo'],
  ])('nobody %s', async (_name, of, verb, code) => {
    const answer = await world.on('POST', `/events/${ids[of] ?? ''}${verb}`, { body: {} });
    expect([answer.status, answer.body['code']]).toEqual([409, code]);
  });

  it.each(writes)('%s …%s of an event that is not there is 404', async (method, verb, body) => {
    const answer = await world.on(method, `/events/nobody${verb}`, body === undefined ? {} : { body });
    expect([answer.status, answer.body['code']]).toEqual([404, 'event_unknown']);
  });

  it.each(writes)('%s …%s in a calendar that is shared for reading is 409', async (method, verb, body) => {
    const answer = await world.on(
      method,
      `/events/${ids['read only'] ?? ''}${verb}`,
      body === undefined ? {} : { body },
    );
    expect([answer.status, answer.body['code']]).toEqual([409, 'calendar_read_only']);
  });

  it('makes no event in a calendar that is shared for reading', async () => {
    const body = { ...timed(2), calendarId: ids['shared calendar'] };
    expect((await world.on('POST', '/events', { body })).body).toMatchObject({ code: 'calendar_read_only' });
  });

  it('wrote nothing of all this', async () => {
    expect((await world.app.store.readHead({ connectionId: world.id, domain: 'calendar' }))?.head.counts.outbox).toBe(
      0,
    );
    for (const one of await world.items('/events')) expect(one).toMatchObject({ pushed: 'done' });
  });
});
