import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { KEYS } from '../../support/api-world.ts';
import { openCalendarApi, type CalendarApi } from '../../support/calendar-api.ts';

const BOB = 'bob@contoso.example';
const ADELE = 'adele@contoso.example';

let world: CalendarApi;
/** The same mailbox, connected by somebody else. */
let second: string;

/** A text that matches. */
const like = (says: RegExp): unknown => expect.stringMatching(says);
const utc = (days: number, time?: string) => ({ dateTime: world.day(days, time), timeZone: 'UTC' });
const event = (subject: string, day: number, minutes: number, more: Record<string, unknown> = {}) => ({
  ...{ subject, start: utc(day, '09:00:00'), end: utc(day, `09:${String(minutes).padStart(2, '0')}:00`), ...more },
});
const shared = z.object({ calendarId: z.string() });

beforeAll(async () => {
  world = await openCalendarApi({ calendarIds: 'all' });
  await world.outlook('POST', '/calendars', { name: 'Projects' });
  await world.control('POST', '/users', { userPrincipalName: BOB, displayName: 'Bob' });
  await world.control('POST', `/users/${BOB}/calendars`, { name: 'Open' });
  for (const [name, role] of [
    ['Calendar', 'read'],
    ['Open', 'write'],
  ])
    shared.parse(await world.control('POST', `/users/${BOB}/calendars/${name ?? ''}/share`, { with: ADELE, role }));
  await world.control('POST', `/users/${BOB}/events`, event('theirs', 2, 30));
  await world.sync();
  const body = {
    ...{ userId: 'u2', workspaceId: 'ws-1', domains: ['calendar'] },
    returnUrl: 'https://app.example.com/connected',
  };
  const linked = await world.call('POST', '/connect-links', { body });
  const back = await world.follow(String(linked.body['url']));
  second = new URL(back.headers.get('location') ?? '').searchParams.get('connectionId') ?? '';
  await runSyncJob({ connectionId: second, domain: 'calendar', why: 'manual', due: null }, world.app);
});
afterAll(() => world.close());

const calendarNamed = async (name: string): Promise<Record<string, unknown>> => {
  const found = (await world.items('/calendars')).find((one) => one['name'] === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};
const pathOf = async (name: string): Promise<string> =>
  `/calendars/${encodeURIComponent(String((await calendarNamed(name))['id']))}`;

describe('calendars', () => {
  it('are listed with whose they are and what may be done in them, the default one first', async () => {
    const listed = await world.items('/calendars');
    expect(listed[0]).toMatchObject({ isDefault: true });
    const told = listed.map(({ name, owner, delegateEmail, canEdit, webhook, selected }) => ({
      ...{ name, owner: owner === null ? null : z.object({ address: z.string() }).parse(owner).address },
      ...{ delegateEmail, canEdit, webhook, selected },
    }));
    const own = { owner: ADELE, delegateEmail: null, canEdit: true, webhook: true, selected: true };
    const theirs = { owner: BOB, delegateEmail: BOB, webhook: false, selected: true };
    expect(told).toEqual(
      expect.arrayContaining([
        { ...own, name: 'Calendar' },
        { ...own, name: 'Projects' },
        { ...theirs, name: 'Bob', canEdit: false },
        { ...theirs, name: 'Bob - Open', canEdit: true },
      ]),
    );
    const first = await world.on('GET', '/calendars?limit=2');
    const rest = await world.on('GET', `/calendars?limit=200&cursor=${String(first.body['nextCursor'])}`);
    const all = [first, rest].flatMap(({ body }) => z.array(z.unknown()).parse(body['items']));
    expect(all).toEqual(listed);
  });

  it('are read one by one, by id or as the default one', async () => {
    const projects = await calendarNamed('Projects');
    expect((await world.on('GET', await pathOf('Projects'), { key: KEYS.read })).body).toEqual(projects);
    expect((await world.on('GET', '/calendars/default')).body).toMatchObject({ name: 'Calendar', isDefault: true });
  });

  it.each([
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/sync'],
    ['POST', '/webhook'],
    ['DELETE', '/webhook'],
  ])('%s …%s of one that is not there is 404', async (method, verb) => {
    const answer = await world.on(method, `/calendars/nobody${verb}`);
    expect([answer.status, answer.body['code']]).toEqual([404, 'calendar_unknown']);
  });

  it('of others are told of by nobody', async () => {
    const answer = await world.on('POST', `${await pathOf('Bob')}/webhook`);
    expect([answer.status, answer.body['code']]).toEqual([409, 'webhook_unavailable']);
  });

  it('are polled where that is wanted, and told of again', async () => {
    const path = await pathOf('Projects');
    for (const wanted of [false, false, true, true]) {
      const answer = await world.on(wanted ? 'POST' : 'DELETE', `${path}/webhook`);
      expect(answer.status).toBe(wanted ? 200 : 204);
      expect(await calendarNamed('Projects')).toMatchObject({ webhook: wanted });
      expect(await calendarNamed('Calendar')).toMatchObject({ webhook: true });
    }
  });

  it('take events of ours where they are shared for writing', async () => {
    const { id: calendarId } = await calendarNamed('Bob - Open');
    const made = await world.on('POST', '/events', { body: { ...event('lent', 3, 30), calendarId } });
    expect(made.status).toBe(201);
    await world.push();
    await world.sync();
    const [lent] = await world.items(`/events?calendar=${encodeURIComponent(String(calendarId))}`);
    expect(lent).toMatchObject({ id: made.body['id'], subject: 'lent', pushed: 'done', calendarId });
  });
});

describe('a selection', () => {
  const selected = async (id: string): Promise<string[]> => {
    const { body } = await world.call('GET', `/connections/${id}/calendars`);
    const items = z.array(z.object({ name: z.string(), selected: z.boolean() })).parse(body['items']);
    return items.filter((one) => one.selected).map(({ name }) => name);
  };

  it('is each connection’s own, though they share a mailbox', async () => {
    expect(await selected(second)).toEqual(['Calendar']);
    const projects = String((await calendarNamed('Projects'))['id']);
    const put = await world.call('PUT', `/connections/${second}/calendars/selection`, {
      body: { calendarIds: [projects, projects, 'default'] },
    });
    expect([put.status, await selected(second)]).toEqual([200, ['Calendar', 'Projects']]);
    await Promise.all([
      world.on('PUT', '/calendars/selection', { body: { calendarIds: [projects] } }),
      world.call('PUT', `/connections/${second}/calendars/selection`, { body: { calendarIds: 'default' } }),
    ]);
    expect([await selected(world.id), await selected(second)]).toEqual([['Projects'], ['Calendar']]);
    await world.sync();
    expect(await world.items('/events')).toEqual([]);
    await world.on('PUT', '/calendars/selection', { body: { calendarIds: 'all' } });
    await world.sync();
    expect((await world.items('/events')).map((one) => one['subject'])).toContain('theirs');
  });

  it('loses a calendar by DELETE, which Outlook keeps, and is told of it once', async () => {
    const path = await pathOf('Bob');
    const after = String((await world.on('GET', '/changes?after=latest&domain=calendar')).body['nextCursor']);
    for (let time = 0; time < 2; time++) expect((await world.on('DELETE', path)).status).toBe(204);
    await world.sync();
    expect(await selected(world.id)).toEqual(['Calendar', 'Birthdays', 'Bob - Open', 'Projects']);
    expect((await world.items('/events')).map((one) => one['subject'])).not.toContain('theirs');
    const told = await world.items(`/changes?domain=calendar&after=${after}`);
    expect(told.map(({ type }) => type)).toEqual(['sync.stream_removed']);
    const stats = `/calendars/stats?calendar=${path.slice('/calendars/'.length)}`;
    for (const [method, asked] of [
      ['POST', `${path}/sync`],
      ['POST', `${path}/webhook`],
      ['GET', stats],
    ] as const) {
      const answer = await world.on(method, asked);
      expect([answer.status, answer.body['code']]).toEqual([409, 'calendar_not_selected']);
    }
    const audit = await world.call('GET', `/audit?connectionId=${world.id}&limit=200`, { key: KEYS.admin });
    const calendarId = decodeURIComponent(path.slice('/calendars/'.length));
    expect(audit.body['items']).toEqual(
      expect.arrayContaining(
        ['deselectCalendar', 'syncCalendar', 'enableCalendarWebhook'].map((operation): unknown =>
          expect.objectContaining({ operation, on: { connectionId: world.id, calendarId } }),
        ),
      ),
    );
  });

  it.each<readonly [unknown, string, RegExp]>([
    [{ calendarIds: ['nobody', 'default', 'nothing'] }, 'body.calendarIds.0', /no calendar of this mailbox/],
    [{ calendarIds: 'none' }, 'body.calendarIds', /"all", "default" or a list/],
    [{}, 'body.calendarIds', /missing|"all", "default" or a list/],
    [{ calendarIds: 'all', color: 'red' }, 'body.color', /not known here/],
  ])('%j is refused', async (body, path, says) => {
    const answer = await world.on('PUT', '/calendars/selection', { body });
    const [fault] = z.array(z.object({ path: z.string(), message: z.string() })).parse(answer.body['errors']);
    expect([answer.status, fault]).toEqual([400, { path, message: like(says) }]);
  });
});

describe('figures', () => {
  it('are those of a mailbox that was counted by hand', async () => {
    const organizer = { address: 'grace@navy.example', name: 'Grace' };
    const attendees = [{ emailAddress: { address: ADELE } }];
    const calendar = 'Projects';
    const range = { type: 'numbered', startDate: world.day(10).slice(0, 10), numberOfOccurrences: 4 };
    const recurrence = { pattern: { type: 'daily', interval: 1 }, range };
    const series = await world.arrive(event('series', 10, 15, { calendar, recurrence, categories: ['Red'] }));
    await world.outlook('PATCH', `/events/${series}?date=${world.day(11).slice(0, 10)}`, { importance: 'high' });
    await world.outlook('DELETE', `/events/${series}?date=${world.day(12).slice(0, 10)}`);
    await world.arrive(event('alone', 11, 20, { calendar, showAs: 'oof', importance: 'low' }));
    await world.arrive(event('free', 11, 40, { calendar, showAs: 'free' }));
    await world.arrive(event('theirs', 12, 50, { calendar, organizer, attendees, categories: ['Red', 'Blue'] }));
    await world.arrive(event('called off', 12, 50, { calendar, organizer, attendees, isCancelled: true }));
    const day = { start: utc(13, '00:00:00'), end: utc(14, '00:00:00'), isAllDay: true };
    await world.arrive({ ...event('day', 13, 0), ...day, calendar });
    await world.sync();
    const { id } = await calendarNamed('Projects');
    const figures = async (query = '') =>
      world.items(`/calendars/stats?calendar=${encodeURIComponent(String(id))}${query}`);
    expect(await figures()).toEqual([
      {
        ...{ calendarId: id, name: 'Projects' },
        // 3 of the series, alone, free, theirs, day; the one that was called off is apart.
        ...{ events: 7, recurring: 3, allDay: 1, cancelled: 1, online: 0, meetings: 1 },
        // 3 times 15 and 20; theirs is tentative.
        busyMinutes: 65,
        byImportance: { normal: 5, high: 1, low: 1 },
        byResponse: { organizer: 6, notResponded: 1 },
        byCategory: { Red: 4, Blue: 1 },
      },
    ]);
    const [some] = await figures(`&from=${world.day(11, '00:00:00')}Z&to=${world.day(12, '00:00:00')}Z`);
    expect(some).toMatchObject({
      events: 3,
      recurring: 1,
      busyMinutes: 35,
      byImportance: { high: 1, low: 1, normal: 1 },
    });
    const listed = await world.items(`/events?calendar=${encodeURIComponent(String(id))}&limit=200`);
    expect(listed).toHaveLength(8);
  });

  it('are of all that is selected, each by itself, on pages of any length', async () => {
    const names = (await world.items('/calendars/stats')).map(({ name }) => name);
    expect(names).toEqual(['Calendar', 'Birthdays', 'Bob - Open', 'Projects']);
    const first = await world.on('GET', '/calendars/stats?limit=3');
    const rest = await world.on('GET', `/calendars/stats?limit=3&cursor=${String(first.body['nextCursor'])}`);
    const paged = [first, rest].flatMap(({ body }) => z.array(z.object({ name: z.string() })).parse(body['items']));
    expect(paged.map(({ name }) => name)).toEqual(names);
    expect((await world.on('GET', '/calendars/stats?calendar=nobody')).status).toBe(404);
    const odd = await world.on('GET', `/calendars/stats?from=${world.day(2)}Z&to=${world.day(1)}Z`);
    expect(odd.body).toMatchObject({ status: 400, errors: [{ path: 'query.to' }] });
  });

  it('are none of a calendar that was not read yet: nobody can tell what it holds', async () => {
    const path = await pathOf('Bob');
    await world.on('PUT', '/calendars/selection', { body: { calendarIds: 'all' } });
    expect((await world.items('/calendars/stats')).map(({ name }) => name)).not.toContain('Bob');
    const answer = await world.on('GET', `/calendars/stats?calendar=${path.slice('/calendars/'.length)}`);
    expect([answer.status, answer.body['code']]).toEqual([409, 'first_sync_running']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await world.sync();
    expect((await world.items('/calendars/stats')).map(({ name }) => name)).toContain('Bob');
  });
});
