import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openCalendarApi, type CalendarApi } from '../../support/calendar-api.ts';

const BOB = 'bob@contoso.example';
const ADELE = 'adele@contoso.example';
const shown = z.looseObject({ id: z.string(), graphId: z.string().nullable() });
const truths = z.object({ events: z.array(z.looseObject({ id: z.string(), subject: z.string() })) });

let world: CalendarApi;
beforeAll(async () => {
  world = await openCalendarApi();
  await world.control('POST', '/users', { userPrincipalName: BOB, displayName: 'Bob' });
  await world.sync();
});
afterAll(() => world.close());

/** A text that matches. */
const like = (says: RegExp): unknown => expect.stringMatching(says);
const at = (days: number, time?: string) => ({ dateTime: world.day(days, time), timeZone: 'Europe/Berlin' });
const date = (days: number) => ({ date: world.day(days).slice(0, 10) });
const hour = (days: number) => ({ start: at(days), end: at(days, '10:00:00') });
const settled = async (): Promise<void> => {
  await world.push();
  await world.sync();
  await world.sync();
};
const post = async (body: Record<string, unknown>): Promise<z.output<typeof shown>> => {
  const answer = await world.on('POST', '/events', { body });
  if (answer.status !== 201) throw new Error(`POST answered ${answer.status}: ${answer.text}`);
  return shown.parse(answer.body);
};
const read = async (id: string): Promise<Record<string, unknown>> => (await world.on('GET', `/events/${id}`)).body;
const between = (from: number, to: number): string =>
  `from=${world.day(from, '00:00:00')}Z&to=${world.day(to, '00:00:00')}Z`;
/** What somebody's mailbox holds by this subject. */
const truth = async (upn: string, subject: string) =>
  truths.parse(await world.control('GET', `/users/${upn}/events`)).events.filter((one) => one.subject === subject);
const bookmark = async (): Promise<string> =>
  String((await world.on('GET', '/changes?after=latest&domain=calendar')).body['nextCursor']);
const since = (after: string): Promise<Record<string, unknown>[]> =>
  world.items(`/changes?domain=calendar&limit=200&after=${after}`);

describe('a new event', () => {
  it.each<readonly [string, () => Record<string, unknown>, Record<string, unknown>]>([
    ['an hour', () => hour(1), { type: 'single', isAllDay: false, teams: null, rrule: null }],
    ['no time at all', () => ({ start: at(1), end: at(1) }), { type: 'single' }],
    ['days', () => ({ start: date(1), end: date(3), isAllDay: true }), { type: 'single', isAllDay: true }],
    ['a Teams meeting', () => ({ ...hour(1), onlineMeeting: true }), { teams: { joinUrl: like(/^https:/) } }],
    ['a series', () => ({ ...hour(1), rrule: ' rrule:freq=daily;count=3\n' }), { rrule: 'FREQ=DAILY;COUNT=3' }],
    [
      'days again and again',
      () => ({ start: date(1), end: date(2), rrule: 'FREQ=WEEKLY;COUNT=2' }),
      { type: 'master' },
    ],
    [
      'all there is',
      () => ({
        ...{ ...hour(1), location: 'Room 4', importance: 'high', sensitivity: 'personal', showAs: 'oof' },
        ...{ categories: ['Red'], reminderMinutes: 30, body: { contentType: 'text', content: 'Agenda: one' } },
      }),
      { location: 'Room 4', importance: 'high', sensitivity: 'personal', showAs: 'oof', reminderMinutes: 30 },
    ],
  ])('of %s is in Outlook as it is here', async (name, body, is) => {
    const made = await post({ subject: name, ...body() });
    await settled();
    const now = await read(made.id);
    expect(now).toMatchObject({ ...is, subject: name, pushed: 'done', responseStatus: 'organizer' });
    const { start, end } = body();
    if (now['isAllDay'] === true) expect(now).toMatchObject({ start, end });
    expect(await truth(ADELE, name)).toMatchObject([{ id: now['graphId'] }]);
    expect((await world.on('DELETE', `/events/${made.id}`)).status).toBe(204);
    await settled();
    expect(await truth(ADELE, name)).toEqual([]);
  });

  it('says at once how its series repeats, in the words that Outlook gives back', async () => {
    const made = await post({ subject: 'Said', ...hour(1), rrule: ' rrule:freq=weekly;count=3\n' });
    const rrule = like(/^FREQ=WEEKLY;BYDAY=[A-Z]{2};WKST=MO;COUNT=3$/);
    expect(made).toMatchObject({ type: 'master', rrule, pushed: 'pending' });
    await world.on('DELETE', `/events/${made.id}`);
  });
});

describe('a series', () => {
  it('is gone whole at once where it is deleted, and stays gone', async () => {
    const { id } = await post({ subject: 'Short-lived', ...hour(5), rrule: 'FREQ=DAILY;COUNT=3' });
    await settled();
    const found = await world.items(`/events?${between(4, 9)}`);
    expect(found).toHaveLength(3);
    const one = `/events/${String(found[1]?.['id'])}`;
    expect((await world.on('DELETE', `/events/${id}`)).status).toBe(204);
    const isGone = async (status: 'busy' | 'free'): Promise<void> => {
      expect(await world.items(`/events?${between(4, 9)}&series=true`)).toEqual([]);
      expect((await world.on('GET', one)).status).toBe(404);
      expect((await world.on('PATCH', one, { body: { subject: 'x' } })).status).toBe(404);
      const { body } = await world.on('GET', `/free-busy?${between(4, 9)}`);
      expect(body).toMatchObject({ status });
    };
    // Until Outlook has taken it, its time is not free there.
    await isGone('busy');
    await world.push();
    await isGone('free');
    await settled();
    await isGone('free');
  });

  it('is what a single event becomes that gets a rule, at once', async () => {
    const { id } = await post({ subject: 'Turned', ...hour(12) });
    await settled();
    const turned = await world.on('PATCH', `/events/${id}`, { body: { rrule: 'FREQ=DAILY;COUNT=2' } });
    expect(turned.body).toMatchObject({ type: 'master', rrule: 'FREQ=DAILY;COUNT=2', pushed: 'pending' });
    await settled();
    const types = (await world.items(`/events?${between(11, 16)}&series=true`)).map((one) => one['type']);
    expect(types).toEqual(['occurrence', 'occurrence', 'master']);
    await world.on('DELETE', `/events/${id}`);
    await settled();
  });
});

describe('the begin of a series', () => {
  it('is on a day that its rule brings, which then begins there', async () => {
    const { id } = await post({ subject: 'Shifted', ...hour(30), rrule: 'FREQ=WEEKLY;COUNT=3' });
    await settled();
    const path = `/events/${id}`;
    const refused = await world.on('PATCH', path, { body: hour(31) });
    const fault = { path: 'body.start', message: like(/^DTSTART: /) };
    expect([refused.status, refused.body['errors']]).toEqual([400, [fault]]);
    expect((await world.on('PATCH', path, { body: hour(37) })).body).toMatchObject({ pushed: 'pending' });
    await settled();
    const occurrences = (await world.items(`/events?${between(29, 60)}`)).map((one) => one['start']);
    expect(occurrences).toMatchObject(
      [37, 44, 51].map((day) => ({ dateTime: like(new RegExp(`^${date(day).date}`)) })),
    );
    expect((await world.on('PATCH', path, { body: { ...hour(38), rrule: 'FREQ=DAILY;COUNT=2' } })).status).toBe(200);
    await world.on('DELETE', path);
    await settled();
  });
});

describe('a meeting', () => {
  const invited = async (subject: string): Promise<string> => {
    const attendees = [{ emailAddress: { address: ADELE }, type: 'required' }];
    await world.control('POST', `/users/${BOB}/events`, { subject, ...utc(3), attendees });
    await world.sync();
    const found = (await world.items(`/events?${between(2, 5)}`)).find((one) => one['subject'] === subject);
    return String(found?.['id']);
  };
  const utc = (days: number) => ({
    start: { dateTime: world.day(days), timeZone: 'UTC' },
    end: { dateTime: world.day(days, '10:00:00'), timeZone: 'UTC' },
  });
  const answersAtBobs = async (subject: string): Promise<unknown> => {
    const [event] = await truth(BOB, subject);
    const attendees = z.array(z.object({ status: z.object({ response: z.string() }) })).parse(event?.['attendees']);
    return attendees.map(({ status }) => status.response);
  };

  it.each([
    ['accept', 'accepted', { comment: 'Fine' }, 'accepted'],
    ['tentative', 'tentativelyAccepted', undefined, 'tentativelyAccepted'],
    ['accept', 'accepted', { sendResponse: false }, 'none'],
  ])('is answered by %s (%s, %j), of which its organizer hears: %s', async (verb, response, body, heard) => {
    const subject = `Asked ${verb} ${heard}`;
    const id = await invited(subject);
    expect(await read(id)).toMatchObject({ isOrganizer: false, organizer: { address: BOB } });
    const answer = await world.on('POST', `/events/${id}/${verb}`, body === undefined ? {} : { body });
    expect(answer.body).toMatchObject({ responseStatus: response, pushed: 'pending' });
    await settled();
    expect(await read(id)).toMatchObject({ responseStatus: response, pushed: 'done' });
    expect(await answersAtBobs(subject)).toEqual([heard]);
  });

  it('of a series is answered one by one, or whole', async () => {
    const range = { type: 'numbered', startDate: world.day(16).slice(0, 10), numberOfOccurrences: 3 };
    const recurrence = { pattern: { type: 'daily', interval: 1 }, range };
    const attendees = [{ emailAddress: { address: ADELE }, type: 'required' }];
    await world.control('POST', `/users/${BOB}/events`, { subject: 'Asked often', ...utc(16), recurrence, attendees });
    await world.sync();
    const listed = async () => world.items(`/events?${between(15, 20)}&series=true`);
    const told = async () => (await listed()).map((one) => [one['type'], one['responseStatus']]);
    const [, second, , master] = await listed();
    const one = await world.on('POST', `/events/${String(second?.['id'])}/accept`);
    expect(one.body).toMatchObject({ type: 'exception', responseStatus: 'accepted', subject: 'Asked often' });
    await settled();
    const none = ['occurrence', 'notResponded'];
    expect(await told()).toEqual([none, ['exception', 'accepted'], none, ['master', 'notResponded']]);
    await world.on('POST', `/events/${String(master?.['id'])}/tentative`);
    await settled();
    const maybe = ['occurrence', 'tentativelyAccepted'];
    expect([(await told())[0], (await told())[3]]).toEqual([maybe, ['master', 'tentativelyAccepted']]);
    expect((await world.on('POST', `/events/${String(master?.['id'])}/decline`)).status).toBe(200);
    await settled();
    expect(await listed()).toEqual([]);
  });

  it('keeps what others answered where more are asked', async () => {
    const asked = (...addresses: string[]) => addresses.map((address) => ({ address }));
    const made = await post({ subject: 'More', ...hour(4), attendees: asked('grace@navy.example', BOB) });
    await settled();
    const { graphId } = await read(made.id);
    const answer = { attendee: 'grace@navy.example', response: 'accepted' };
    await world.outlook('POST', `/events/${String(graphId)}/respond`, answer);
    await world.sync();
    const more = { attendees: asked('Grace@navy.example', 'ida@nbs.example') };
    const { body } = await world.on('PATCH', `/events/${made.id}`, { body: more });
    const answers = (of: unknown) =>
      z
        .array(z.object({ response: z.string() }))
        .parse(of)
        .map(({ response }) => response);
    expect(answers(body['attendees'])).toEqual(['accepted', 'none']);
    // Written back as it was read, with an answer that nobody gave.
    const told = z.array(z.looseObject({ response: z.string() })).parse(body['attendees']);
    const back = { attendees: told.map((one) => ({ ...one, response: 'declined' })) };
    const again = await world.on('PATCH', `/events/${made.id}`, { body: back });
    expect([again.status, answers(again.body['attendees'])]).toEqual([200, ['accepted', 'none']]);
    await settled();
    expect(answers((await read(made.id))['attendees'])).toEqual(['accepted', 'none']);
    await world.on('DELETE', `/events/${made.id}`);
    await settled();
  });

  it('goes where it is declined', async () => {
    const id = await invited('Declined');
    expect((await world.on('POST', `/events/${id}/decline`)).body).toMatchObject({ responseStatus: 'declined' });
    await settled();
    expect((await world.on('GET', `/events/${id}`)).status).toBe(404);
    expect(await answersAtBobs('Declined')).toEqual(['declined']);
  });

  it('is called off by its organizer, with words to those who were asked', async () => {
    const made = await post({ subject: 'Called off', ...hour(3), attendees: [{ address: BOB }] });
    await settled();
    expect(await truth(BOB, 'Called off')).toHaveLength(1);
    const cancelled = await world.on('POST', `/events/${made.id}/cancel`, { body: { comment: 'Snow' } });
    expect([cancelled.status, (await world.on('GET', `/events/${made.id}`)).status]).toEqual([204, 404]);
    await settled();
    expect(await truth(ADELE, 'Called off')).toEqual([]);
    expect((await truth(BOB, 'Canceled: Called off')).concat(await truth(BOB, 'Called off'))).toMatchObject([
      { isCancelled: true },
    ]);
  });
});

describe('P10: both sides edit an event', () => {
  it('and of the same field Outlook’s value stands, until it is taken back', async () => {
    const { id, ...made } = await post({ subject: 'Before', ...hour(6) });
    expect(made.graphId).toBeNull();
    await settled();
    const graphId = String((await read(id))['graphId']);
    const after = await bookmark();
    await world.on('PATCH', `/events/${id}`, { body: { subject: 'Ours', showAs: 'oof' } });
    await world.outlook('PATCH', `/events/${graphId}`, { subject: 'Theirs', importance: 'high' });
    await settled();
    expect(await read(id)).toMatchObject({ subject: 'Theirs', importance: 'high', showAs: 'oof', pushed: 'done' });
    const conflicts = (await since(after)).filter(({ type }) => type === 'event.conflict');
    expect(conflicts).toMatchObject([{ id, losing: { subject: 'Ours' }, after: { subject: 'Theirs' } }]);

    const undone = await world.on('POST', `/events/${id}/undo`);
    expect(undone.body).toMatchObject({ subject: 'Ours', importance: 'high', pushed: 'pending' });
    await settled();
    expect(await truth(ADELE, 'Ours')).toMatchObject([{ importance: 'high', showAs: 'oof' }]);
    const again = await world.on('POST', `/events/${id}/undo`);
    expect([again.status, again.body['code']]).toEqual([409, 'nothing_to_undo']);
    await world.on('DELETE', `/events/${id}`);
    await settled();
  });
});

describe('an Idempotency-Key', () => {
  it('gives each write of events its effect once', async () => {
    const attendees = [{ address: 'grace@navy.example' }];
    const create = { subject: 'Once', ...hour(7), attendees };
    const twice = async (method: string, path: string, body: unknown, other: unknown) => {
      const once = `${method} ${path}`.replaceAll(' ', '-');
      const first = await world.on(method, path, { once, body });
      const second = await world.on(method, path, { once, body });
      expect([second.status, second.text]).toEqual([first.status, first.text]);
      expect(second.headers.get('idempotency-replayed')).toBe('true');
      expect((await world.on(method, path, { once, body: other })).status).toBe(422);
      return first;
    };
    const { id } = shown.parse((await twice('POST', '/events', create, { ...create, subject: 'x' })).body);
    await twice('PATCH', `/events/${id}`, { subject: 'Once more' }, { subject: 'x' });
    await settled();
    expect(await truth(ADELE, 'Once more')).toHaveLength(1);
    await twice('POST', `/events/${id}/cancel`, { comment: 'Snow' }, {});
    await settled();
    expect(await truth(ADELE, 'Once more')).toEqual([]);
    const asked = await world.arrive({
      ...{ subject: 'Asked once', organizer: { address: 'grace@navy.example' } },
      start: { dateTime: world.day(7), timeZone: 'UTC' },
      end: { dateTime: world.day(7, '10:00:00'), timeZone: 'UTC' },
      attendees: [{ emailAddress: { address: ADELE } }],
    });
    await world.sync();
    const theirs = (await world.items(`/events?${between(6, 9)}`)).find((one) => one['graphId'] === asked);
    const path = `/events/${String(theirs?.['id'])}`;
    for (const verb of ['tentative', 'accept', 'decline'])
      await twice('POST', `${path}/${verb}`, { comment: 'Fine' }, {});
    await settled();
    await twice('DELETE', `/events/${(await post({ subject: 'Gone', ...hour(8) })).id}`, undefined, { x: 1 });
  });
});
