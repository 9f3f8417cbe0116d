import { afterAll, beforeAll, expect, it } from 'vitest';
import { KEYS } from '../../support/api-world.ts';
import { openCalendarApi, type CalendarApi } from '../../support/calendar-api.ts';

let world: CalendarApi;
beforeAll(async () => {
  world = await openCalendarApi();
  await world.sync();
});
afterAll(() => world.close());

const at = (days: number, time?: string): Record<string, string> => ({
  dateTime: world.day(days, time),
  timeZone: 'Europe/Berlin',
});
const settled = async (): Promise<void> => {
  await world.push();
  await world.sync();
  await world.sync();
};
const between = (from: number, to: number): string =>
  `from=${world.day(from, '00:00:00')}Z&to=${world.day(to, '00:00:00')}Z`;

it('makes an event that stands at once, is changed, and is deleted, here and in Outlook', async () => {
  const body = { subject: 'Ours', start: at(2), end: at(2, '10:00:00'), categories: ['Red'], onlineMeeting: true };
  const made = await world.on('POST', '/events', { body });
  expect([made.status, made.body['pushed'], made.body['type'], made.body['graphId']]).toEqual([
    201,
    'pending',
    'single',
    null,
  ]);
  await settled();
  const path = `/events/${String(made.body['id'])}`;
  const stands = await world.on('GET', path);
  expect(stands.body).toMatchObject({ subject: 'Ours', pushed: 'done', categories: ['Red'] });
  expect(stands.body['teams']).not.toBeNull();
  const changed = await world.on('PATCH', path, { body: { subject: 'Changed', end: at(2, '11:00:00') } });
  expect(changed.body).toMatchObject({ subject: 'Changed', pushed: 'pending' });
  await settled();
  expect((await world.items(`/events?${between(1, 4)}&category=red`)).map((one) => one['subject'])).toEqual([
    'Changed',
  ]);
  expect((await world.on('DELETE', path)).status).toBe(204);
  expect((await world.on('GET', path)).status).toBe(404);
  await settled();
  expect(await world.items(`/events?${between(1, 4)}`)).toEqual([]);
});

it('has no reminder where that was said, and Outlook’s own where nothing was', async () => {
  const times = { start: at(25), end: at(25, '10:00:00') };
  const made = async (body: Record<string, unknown>): Promise<string> =>
    `/events/${String((await world.on('POST', '/events', { body: { ...times, ...body } })).body['id'])}`;
  const paths = [await made({ reminderMinutes: null }), await made({})];
  await settled();
  const stand = await Promise.all(paths.map((path) => world.on('GET', path)));
  expect(stand.map(({ body }) => [body['reminderMinutes'], body['pushed']])).toEqual([
    [null, 'done'],
    [15, 'done'],
  ]);
  for (const path of paths) await world.on('DELETE', path);
  await settled();
});

it('joins occurrences with their series, and makes an exception of the one that is changed', async () => {
  const body = {
    subject: 'Daily',
    location: 'Room 1',
    start: at(5),
    end: at(5, '10:00:00'),
    rrule: 'FREQ=DAILY;COUNT=4',
  };
  const made = await world.on('POST', '/events', { body });
  expect(made.body).toMatchObject({ type: 'master', rrule: 'FREQ=DAILY;COUNT=4' });
  await settled();
  const all = await world.items(`/events?${between(4, 12)}&series=true&limit=2`);
  expect(all).toHaveLength(2);
  const found = await world.items(`/events?${between(4, 12)}&series=true`);
  expect(found.map((one) => one['type'])).toEqual([...Array<string>(4).fill('occurrence'), 'master']);
  for (const one of found) expect(one).toMatchObject({ subject: 'Daily', location: 'Room 1' });
  expect(found[0]?.['seriesMasterId']).toBe(made.body['id']);
  const path = `/events/${String(found[1]?.['id'])}`;
  const moved = await world.on('PATCH', path, { body: { location: 'Room 2' } });
  expect(moved.body).toMatchObject({ type: 'exception', subject: 'Daily', location: 'Room 2' });
  expect((await world.on('PATCH', path, { body: { rrule: 'FREQ=DAILY' } })).status).toBe(400);
  await settled();
  const after = await world.items(`/events?${between(4, 12)}`);
  expect(after.map((one) => [one['type'], one['location']])).toEqual([
    ['occurrence', 'Room 1'],
    ['exception', 'Room 2'],
    ['occurrence', 'Room 1'],
    ['occurrence', 'Room 1'],
  ]);
  const feed = await world.items('/changes?domain=calendar&limit=200');
  const rows = feed.filter((row) => row['id'] === found[1]?.['id'] && row['after'] !== null);
  expect(rows.length).toBeGreaterThan(0);
  for (const { after: shown } of rows)
    expect(shown).toMatchObject({ subject: 'Daily', seriesMasterId: made.body['id'] });
  expect((await world.on('DELETE', `/events/${String(made.body['id'])}`)).status).toBe(204);
  await settled();
});

it('says busy, free and unknown', async () => {
  await world.arrive({
    subject: 'Busy',
    showAs: 'busy',
    start: { dateTime: world.day(20), timeZone: 'UTC' },
    end: { dateTime: world.day(20, '10:00:00'), timeZone: 'UTC' },
  });
  await world.sync();
  const { body } = await world.on(
    'GET',
    `/free-busy?from=${world.day(20, '08:00:00')}Z&to=${world.day(20, '12:00:00')}Z`,
  );
  expect(body['slots']).toMatchObject([{ status: 'free' }, { status: 'busy' }, { status: 'free' }]);
  const beyond = await world.on('GET', `/free-busy?from=${world.day(600)}Z&to=${world.day(601)}Z`);
  expect(beyond.body).toMatchObject({ status: 'unknown', slots: [{ status: 'unknown' }] });
  expect((await world.on('GET', `/free-busy?from=${world.day(2)}Z&to=${world.day(1)}Z`)).status).toBe(400);
});

it('lists, deselects and selects calendars, and counts what they hold', async () => {
  const [main] = await world.items('/calendars');
  expect(main).toMatchObject({ isDefault: true, selected: true, webhook: true, delegateEmail: null });
  expect(typeof main?.['lastSyncedAt']).toBe('string');
  const path = `/calendars/${encodeURIComponent(String(main?.['id']))}`;
  expect((await world.on('GET', path)).body).toEqual(main);
  expect(await world.items('/calendars/stats')).toMatchObject([{ calendarId: main?.['id'], name: main?.['name'] }]);
  expect((await world.on('POST', `${path}/sync`)).status).toBe(202);
  expect((await world.on('DELETE', `${path}/webhook`)).status).toBe(204);
  expect((await world.on('GET', path)).body).toMatchObject({ webhook: false });
  expect((await world.on('POST', `${path}/webhook`)).body).toMatchObject({ webhook: true });
  expect((await world.on('DELETE', path)).status).toBe(204);
  expect((await world.on('GET', path)).body).toMatchObject({ selected: false });
  const body = { subject: 'No', start: at(2), end: at(2, '10:00:00') };
  expect((await world.on('POST', '/events', { body })).body).toMatchObject({ code: 'calendar_not_selected' });
  expect((await world.on('GET', `/free-busy?${between(1, 2)}`)).body).toMatchObject({ status: 'unknown' });
  const odd = await world.on('PUT', '/calendars/selection', { body: { calendarIds: ['nobody'] } });
  expect(odd.body).toMatchObject({ status: 400, errors: [{ path: 'body.calendarIds.0' }] });
  const all = await world.on('PUT', '/calendars/selection', { body: { calendarIds: 'all' } });
  expect(all.body['items']).toMatchObject([{ selected: true }, { selected: true }]);
});

it('refuses what is wrong, with each fault at its place, and keys that may not', async () => {
  const body = { subject: 'No', start: at(2), end: { date: world.day(3).slice(0, 10) } };
  expect((await world.on('POST', '/events', { body })).body).toMatchObject({ errors: [{ path: 'body.end' }] });
  const ends = { subject: 'No', start: at(3), end: at(2), rrule: 'FREQ=SECONDLY' };
  expect((await world.on('POST', '/events', { body: ends })).body).toMatchObject({ errors: [{ path: 'body.rrule' }] });
  const back = { subject: 'No', start: at(3), end: at(2) };
  expect((await world.on('POST', '/events', { body: back })).body).toMatchObject({ errors: [{ path: 'body.end' }] });
  expect((await world.on('POST', '/events', { body, key: KEYS.read })).status).toBe(403);
  expect((await world.on('GET', '/events', { key: KEYS.confined })).status).toBe(404);
  expect((await world.on('GET', '/events?cursor=abc')).status).toBe(400);
});
