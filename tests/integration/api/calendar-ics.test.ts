import ICAL from 'ical.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { calendarFeedPage } from '../../../shared/api/calendar/ics/serve-feed.ts';
import { ProblemError } from '../../../shared/errors.ts';
import { changeConnection } from '../../../shared/jobs/change-connection.ts';
import { KEYS } from '../../support/api-world.ts';
import { openCalendarApi, type CalendarApi } from '../../support/calendar-api.ts';
import { icsInstances } from '../../support/ics-instances.ts';
import { instead } from '../../support/instead.ts';

let world: CalendarApi;
let url: string;
const EVIL = 'x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:evil\n\u0000\u2028;,\\"';

const wall = (zone: string, days: number, time?: string) => ({ dateTime: world.day(days, time), timeZone: zone });
const dayOfMonthOf = (days: number): number => Number(world.day(days).slice(8, 10));
const midnight = (days: number) => wall('UTC', days, '00:00:00');
const plain = (subject: string, days: number, more: Record<string, unknown> = {}) => ({
  ...{ subject, start: wall('UTC', days), end: wall('UTC', days, '10:00:00'), ...more },
});
const repeats = (pattern: Record<string, unknown>, days: number, numberOfOccurrences = 0) => ({
  pattern: { interval: 1, ...pattern },
  range: {
    ...{ type: numberOfOccurrences === 0 ? 'noEnd' : 'numbered', startDate: world.day(days).slice(0, 10) },
    ...(numberOfOccurrences === 0 ? {} : { numberOfOccurrences }),
  },
});
/** A daily series at half past two at night, where clocks are changed. */
const nightly = (zone: string, more: Record<string, unknown> = {}) => ({
  subject: `nightly in ${zone}`,
  start: wall(zone, 1, '02:30:00'),
  end: wall(zone, 1, '03:15:00'),
  // One of them each night, so that it meets the times that its clock skips, and shows twice, whatever day it is.
  recurrence: repeats({ type: 'daily', interval: zone === zones[1] ? 1 : 3 }, 1),
  ...more,
});
const customZone = {
  standard: -210,
  daylight: {
    offset: -150,
    starts: { month: 3, week: 2, weekday: 0, minutes: 120 },
    ends: { month: 11, week: 1, weekday: 0, minutes: 120 },
  },
};
const zones = ['Lord Howe Standard Time', 'AUS Eastern Standard Time', 'GMT Standard Time', 'Eastern Standard Time'];

beforeAll(async () => {
  world = await openCalendarApi();
  await world.arrive(plain(EVIL, 2, { location: { displayName: EVIL }, categories: ['Red; x:1'] }));
  await world.arrive(plain('secret', 3, { sensitivity: 'private', location: { displayName: 'clinic' } }));
  await world.arrive(
    plain('hidden', 3, { sensitivity: 'confidential', body: { contentType: 'text', content: 'clinic' } }),
  );
  await world.arrive(plain('free', 4, { showAs: 'free' }));
  for (const zone of zones) await world.arrive(nightly(zone));
  await world.arrive(nightly('tzone://Microsoft/Custom', { subject: 'customs', customZone }));
  for (const dayOfMonth of [15, 30]) {
    const first = Array.from({ length: 62 }, (_, day) => day + 1).find((day) => dayOfMonthOf(day) === dayOfMonth) ?? 1;
    await world.arrive({
      subject: `each ${dayOfMonth}th`,
      start: wall('Tokyo Standard Time', first),
      end: wall('Tokyo Standard Time', first, '09:30:00'),
      recurrence: repeats({ type: 'absoluteMonthly', dayOfMonth }, first, 12),
    });
  }
  const days = await world.arrive({
    ...{ subject: 'days', isAllDay: true, start: midnight(5), end: midnight(6) },
    recurrence: repeats({ type: 'daily', interval: 2 }, 5, 8),
  });
  const at = (day: number): string => `/events/${days}?date=${world.day(day).slice(0, 10)}`;
  await world.outlook('DELETE', at(7));
  await world.outlook('PATCH', at(9), { start: midnight(10), end: midnight(11) });
  await world.outlook('PATCH', at(11), { subject: 'other day' });
  const weekly = await world.arrive({
    ...{ subject: 'weekly', start: wall('GMT Standard Time', 6), end: wall('GMT Standard Time', 6, '10:00:00') },
    recurrence: repeats({ type: 'daily', interval: 7 }, 6, 30),
  });
  const week = (day: number): string => `/events/${weekly}?date=${world.day(day).slice(0, 10)}`;
  const moved = {
    start: wall('Tokyo Standard Time', 14, '20:00:00'),
    end: wall('Tokyo Standard Time', 14, '21:00:00'),
  };
  await world.outlook('PATCH', week(13), moved);
  await world.outlook('DELETE', week(20));
  await world.outlook('DELETE', week(195));
  await world.sync();
  url = String((await world.on('POST', '/calendar-feeds', { body: {} })).body['url']);
});
afterAll(() => world.close());

/** A text that matches. */
const like = (says: RegExp): unknown => expect.stringMatching(says);
async function get(address = url, init: RequestInit = {}): Promise<Response> {
  return calendarFeedPage(world.app)(new Request(address, init));
}
const textOf = async (): Promise<string> => (await get()).text();
async function refusal(address = url): Promise<[number, string] | null> {
  try {
    await get(address);
    return null;
  } catch (error) {
    if (error instanceof ProblemError) return [error.status, error.code];
    throw error;
  }
}

const listed = z.array(
  z.looseObject({
    subject: z.string().nullable(),
    sensitivity: z.string().nullable(),
    start: z.union([z.object({ dateTime: z.string() }), z.object({ date: z.string() })]),
    end: z.union([z.object({ dateTime: z.string() }), z.object({ date: z.string() })]),
  }),
);

/** What the API lists in a range, as a calendar program would show it. */
async function listedInstances({ from, to }: { from: string; to: string }): Promise<string[]> {
  const all: z.output<typeof listed> = [];
  for (let cursor = ''; ;) {
    const { body } = await world.on('GET', `/events?limit=200&from=${from}&to=${to}${cursor}`);
    all.push(...listed.parse(body['items']));
    if (typeof body['nextCursor'] !== 'string') break;
    cursor = `&cursor=${body['nextCursor']}`;
  }
  const time = (at: z.output<typeof listed>[number]['start']): string => ('date' in at ? at.date : at.dateTime);
  const name = ({ subject, sensitivity }: z.output<typeof listed>[number]): string =>
    ['private', 'confidential'].includes(sensitivity ?? '') ? 'Private' : (subject ?? '');
  return all
    .map((one) => `${time(one.start)} ${time(one.end)} ${name(one)}`)
    .filter((one) => one >= from && one < to)
    .toSorted();
}

async function expectWhatIsListed(): Promise<void> {
  const range = { from: `${world.day(-60, '00:00:00')}Z`, to: `${world.day(500, '00:00:00')}Z` };
  // What control characters there were is no matter of instances.
  const bare = (all: string[]): string[] =>
    all.map((one) => one.replaceAll('\r\n', '\n').replaceAll(/[^\P{Cc}\n\t]/gu, '')).toSorted();
  const [shown, expected] = [icsInstances(await textOf(), range), await listedInstances(range)];
  expect(expected.length).toBeGreaterThan(500);
  expect(bare(shown)).toEqual(bare(expected));
}

describe('a feed', () => {
  it('shows what GET events lists, instance by instance, over all changes of clocks', async () => {
    await expectWhatIsListed();
  });

  it('brings the clocks of its zones, half hours too, and none that nobody knows', async () => {
    const calendar = ICAL.Component.fromString(await textOf());
    const told = calendar.getAllSubcomponents('vtimezone').map((zone) => String(zone.getFirstPropertyValue('tzid')));
    expect(told.toSorted()).toEqual(
      ['America/New_York', 'Asia/Tokyo', 'Australia/Lord_Howe', 'Australia/Sydney', 'Europe/London'].toSorted(),
    );
    const howe = (await textOf()).split('BEGIN:VTIMEZONE').find((text) => text.includes('TZID:Australia/Lord_Howe'));
    expect(howe).toContain('TZOFFSETFROM:+1100\r\nTZOFFSETTO:+1030');
    expect(howe).toContain('TZOFFSETFROM:+1030\r\nTZOFFSETTO:+1100');
  });

  it('is one line a property, whatever people write', async () => {
    const text = await textOf();
    expect(text.split('\r\n').filter((line) => line.startsWith('SUMMARY:evil'))).toEqual([]);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[^\P{Cc}\t]/u);
    expect(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
    const events = ICAL.Component.fromString(text).getAllSubcomponents('vevent');
    const evil = events.find((one) => String(one.getFirstPropertyValue('summary')).startsWith('x'));
    expect(String(evil?.getFirstPropertyValue('summary'))).toContain('x\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:evil\n');
    expect(String(evil?.getFirstPropertyValue('categories'))).toBe('Red; x:1');
  });

  it('tells of what is private nothing but when it is', async () => {
    const text = await textOf();
    for (const word of ['secret', 'hidden', 'clinic']) expect(text).not.toContain(word);
    const events = ICAL.Component.fromString(text).getAllSubcomponents('vevent');
    const hidden = events.filter((one) => one.getFirstPropertyValue('class') === 'PRIVATE');
    expect(hidden.map((one) => one.getFirstPropertyValue('summary'))).toEqual(['Private', 'Private']);
    for (const one of hidden)
      for (const name of ['url', 'location', 'description', 'categories']) expect(one.hasProperty(name)).toBe(false);
  });

  it('says what takes time and what does not', async () => {
    const events = ICAL.Component.fromString(await textOf()).getAllSubcomponents('vevent');
    const transparent = events.filter((one) => one.getFirstPropertyValue('transp') === 'TRANSPARENT');
    expect(transparent.map((one) => one.getFirstPropertyValue('summary'))).toEqual(['free']);
  });

  it('is answered to who has this version already without a look at its events', async () => {
    const { store } = world.app;
    const lists: string[] = [];
    const watched = instead(store, 'list', (scope, query) => {
      lists.push(query.from.slice(0, 1));
      return store.list(scope, query);
    });
    const page = calendarFeedPage({ ...world.app, store: watched });
    const first = await page(new Request(url));
    expect([first.status, [...new Set(lists)]]).toEqual([200, ['c', 'e', 'm']]);
    lists.length = 0;
    const again = new Request(url, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    expect([(await page(again)).status, lists]).toEqual([304, ['c']]);
    // What was found unchanged is no other version.
    await world.sync();
    expect((await page(again)).status).toBe(304);
  });

  it('is told once a version, by any way of naming it', async () => {
    const first = await get();
    const etag = first.headers.get('etag') ?? '';
    for (const known of [etag, etag.replace('W/', ''), `"x", ${etag}`, '*'])
      expect((await get(url, { headers: { 'if-none-match': known } })).status).toBe(304);
    expect((await get(url, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
    const head = await get(url, { method: 'HEAD' });
    expect([head.status, await head.text(), head.headers.get('etag')]).toEqual([200, '', etag]);
    expect(head.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    expect(head.headers.get('cache-control')).toContain('private');
    await world.arrive(plain('new', 5));
    await world.sync();
    expect((await get(url, { headers: { 'if-none-match': etag } })).status).toBe(200);
    await expect(get(url, { method: 'POST' })).rejects.toMatchObject({ status: 405 });
    // One that is made here gets the UID that Outlook gives it.
    const { body } = await world.on('POST', '/events', {
      body: { subject: 'made', start: wall('UTC', 6), end: wall('UTC', 6, '10:00:00') },
    });
    const pending = await get();
    await world.push();
    const pushed = await get(url, { headers: { 'if-none-match': pending.headers.get('etag') ?? '' } });
    expect([pushed.status, await pending.text()]).toEqual([200, like(new RegExp(`^UID:${String(body['id'])}`, 'm'))]);
    expect(await pushed.text()).not.toContain(`UID:${String(body['id'])}`);
  });
});

describe('the address of a feed', () => {
  const other = async (): Promise<[string, string]> => {
    const { body } = await world.on('POST', '/calendar-feeds');
    return [String(body['url']), String(body['id'])];
  };

  it('opens nothing once it is revoked, and others stay', async () => {
    const [address, id] = await other();
    const first = await world.on('GET', '/calendar-feeds?limit=1');
    const rest = await world.on('GET', `/calendar-feeds?limit=1&cursor=${String(first.body['nextCursor'])}`);
    const listed = [first, rest].flatMap(({ body }) => z.array(z.object({ id: z.string() })).parse(body['items']));
    expect(listed.map((one) => one.id)).toEqual([new URL(url).pathname.slice('/api/calendar-feeds/'.length, -4), id]);
    expect(rest.body['nextCursor']).toBeNull();
    expect(await refusal(address)).toBeNull();
    expect((await world.on('DELETE', `/calendar-feeds/${id}`)).status).toBe(204);
    expect(await refusal(address)).toEqual([404, 'feed_unknown']);
    expect(await refusal()).toBeNull();
    expect((await world.on('DELETE', `/calendar-feeds/${id}`)).status).toBe(404);
    const audit = await world.call('GET', `/audit?connectionId=${world.id}`, { key: KEYS.admin });
    expect(audit.body['items']).toEqual(
      expect.arrayContaining(
        ['createCalendarFeed', 'deleteCalendarFeed'].map((operation): unknown =>
          expect.objectContaining({ operation, on: { connectionId: world.id, calendarFeedId: id } }),
        ),
      ),
    );
  });

  it.each([
    'https://sync.example.com/api/calendar-feeds/x.ics',
    'https://sync.example.com/api/calendar-feeds/AAAAAAAAAAAAAAAAAAAAAA.ics',
    'https://sync.example.com/api/calendar-feeds/AAAAAAAAAAAAAAAAAAAAAA.ics?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'https://sync.example.com/api/calendar-feeds/..%2f..%2fhealth',
  ])('is no other one: %s', async (address) => {
    expect(await refusal(address)).toEqual([404, 'feed_unknown']);
  });

  it('is told once: a replay lacks it, and it lies in no row', async () => {
    const first = await world.on('POST', '/calendar-feeds', { body: {}, once: 'feed' });
    const again = await world.on('POST', '/calendar-feeds', { body: {}, once: 'feed' });
    expect([typeof first.body['url'], again.body['url'], again.body['id']]).toEqual([
      ...['string', undefined, first.body['id']],
    ]);
  });

  it('opens nothing while its calendar is not synced, and asks for patience until it was read', async () => {
    const { calendarId } = z.looseObject({ calendarId: z.string() }).parse((await world.items('/calendar-feeds'))[0]);
    await world.on('PUT', '/calendars/selection', { body: { calendarIds: [] } });
    expect(await refusal()).toEqual([404, 'feed_unknown']);
    const refused = await world.on('POST', '/calendar-feeds', { body: { calendarId } });
    expect([refused.status, refused.body['code']]).toEqual([409, 'calendar_not_selected']);
    await world.sync();
    await world.on('PUT', '/calendars/selection', { body: { calendarIds: [calendarId] } });
    expect(await refusal()).toEqual([503, 'first_sync_running']);
    await world.sync();
    expect(await refusal()).toBeNull();
  });

  it.each(['disconnecting', 'disconnected'] as const)('opens nothing of a connection that is %s', async (status) => {
    await changeConnection(world.app, world.id, (found) => ({ ...found, status }));
    expect(await refusal()).toEqual([404, 'feed_unknown']);
    await changeConnection(world.app, world.id, (found) => ({ ...found, status: 'connected' }));
  });

  it('still opens what was read where the account must be signed in anew', async () => {
    await changeConnection(world.app, world.id, (found) => ({ ...found, status: 'reauth_required' }));
    expect(await refusal()).toBeNull();
    await changeConnection(world.app, world.id, (found) => ({ ...found, status: 'connected' }));
  });
});

it('shows what GET events lists, and nothing put back to its slot, once the window has rolled past moved occurrences', async () => {
  const etag = (await get()).headers.get('etag') ?? '';
  world.clock.move(50 * 86_400_000);
  await world.sync();
  expect((await get(url, { headers: { 'if-none-match': etag } })).status).toBe(200);
  await expectWhatIsListed();
});
