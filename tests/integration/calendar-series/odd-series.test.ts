import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { daily, DAILY, LONDON, NEW_YORK } from './clock-changes.ts';
import { graphRecurrence, graphTimes, partyOf, type NewSeries } from './parties.ts';
import { memberOn, membersOf, openSeriesWorld, plusDays, seriesNamed, textOf, type SeriesWorld } from './support.ts';

let world: SeriesWorld;
beforeAll(async () => {
  world = await openSeriesWorld();
});
afterAll(() => world.close());
afterEach(() => world.clear());

const date = (days: number): string => world.day(days).slice(0, 10);
const same = async (): Promise<void> => {
  await world.settle();
  expect(await world.differences()).toEqual([]);
};
const told = z.object({ type: z.string(), cause: z.string(), changed: z.array(z.string()) });
/** Does this, and answers what the feed then tells that is not our doing. */
const notOurs = async (act: () => Promise<unknown>): Promise<string[]> => {
  const mark = z.string().parse((await world.on('GET', '/changes?after=latest&domain=calendar')).body['nextCursor']);
  await act();
  await same();
  const rows = (await world.items(`/changes?domain=calendar&limit=200&after=${mark}`)).map((row) => told.parse(row));
  return rows
    .filter(({ cause }) => cause !== 'own-write')
    .map(({ type, cause, changed }) => `${type} ${cause} ${changed.join()}`);
};
const patch = async (id: string, body: Record<string, unknown>): Promise<void> => {
  expect((await world.on('PATCH', `/events/${id}`, { body })).status).toBe(200);
};
const away = async (subject: string): Promise<void> => {
  await world.outlook('DELETE', `/events/${(await seriesNamed(world, subject)).graphId ?? ''}`);
  await same();
};
const weekday = (of: string): string =>
  new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' })
    .format(Date.parse(`${of}T00:00:00Z`))
    .toLowerCase();
const weekly = (subject: string, first: string, end: NewSeries['end']): NewSeries => {
  const day = weekday(first);
  const rule = `FREQ=WEEKLY;BYDAY=${day.slice(0, 2).toUpperCase()}`;
  const pattern = { ...DAILY, type: 'weekly', daysOfWeek: [day] };
  return { subject, zone: LONDON, first, time: '09:00:00', pattern, rule, end };
};

it('an all-day exception of a series with times names the time that it had', async () => {
  const zone = NEW_YORK;
  await partyOf(world, 'Outlook').make(daily({ subject: 'Evenings', zone, first: date(4), time: '19:00:00' }, 6));
  await same();
  const master = await seriesNamed(world, 'Evenings');
  for (const [name, day] of [
    ['Outlook', 5],
    ['the application', 7],
  ] as const) {
    const one = await memberOn(world, master, { date: date(day), zone: zone.iana });
    await partyOf(world, name).edit(one, { to: { date: date(day), time: null } }, zone);
    await same();
    const after = await memberOn(world, master, { date: date(day), zone: zone.iana });
    expect(after).toMatchObject({ isAllDay: true, start: { date: date(day) }, recurrenceId: one.recurrenceId });
  }
  await away('Evenings');
});

it('an exception with times of an all-day series names the day that it had', async () => {
  const zone = NEW_YORK;
  await partyOf(world, 'Outlook').make({ ...weekly('Days', date(4), { count: 5 }), zone, time: null });
  await same();
  const master = await seriesNamed(world, 'Days');
  for (const [name, day] of [
    ['Outlook', 11],
    ['the application', 18],
  ] as const) {
    const one = await memberOn(world, master, { date: date(day), zone: zone.iana });
    const to = { date: date(day), time: '21:00:00' };
    if (name === 'Outlook')
      await world.outlook('PATCH', `/events/${one.graphId ?? ''}`, {
        isAllDay: false,
        ...graphTimes(to, zone.windows),
      });
    else await partyOf(world, name).edit(one, { to }, zone);
    await same();
    const after = await memberOn(world, master, { date: date(day), zone: zone.iana });
    expect(after).toMatchObject({ isAllDay: false, start: { timeZone: zone.iana }, recurrenceId: date(day) });
  }
  await away('Days');
});

it('the last occurrence of a series that is over stands where it was moved to, with its series', async () => {
  const series = weekly('Over', date(-60), { until: date(-39) });
  const times = (of: string) => graphTimes({ date: of, time: '09:00:00' }, LONDON.windows);
  const id = await world.arrive({ subject: 'Over', ...times(date(-60)), recurrence: graphRecurrence(series) });
  await world.settle();
  expect(await world.ours()).toEqual([]);
  await world.outlook('PATCH', `/events/${id}?date=${date(-39)}`, times(date(2)));
  for (const location of ['Room 1', 'Room 2']) {
    await same();
    const [one] = (await world.ours()).filter(({ type }) => type === 'exception');
    expect(one).toMatchObject({ subject: 'Over', start: { timeZone: 'Europe/London' } });
    expect(typeof one?.seriesMasterId).toBe('string');
    await partyOf(world, 'Outlook').edit(one ?? (await seriesNamed(world, 'Over')), { location }, LONDON);
  }
  await world.outlook('DELETE', `/events/${id}`);
  await same();
  expect(await world.ours()).toEqual([]);
});

it('a series becomes a single event, and a single event a series, on both sides', async () => {
  const body = { subject: 'Now and then', start: { dateTime: world.day(6), timeZone: 'Europe/London' } };
  const end = { dateTime: world.day(6, '10:00:00'), timeZone: 'Europe/London' };
  expect((await world.on('POST', '/events', { body: { ...body, end, rrule: 'FREQ=DAILY;COUNT=5' } })).status).toBe(201);
  await same();
  const master = await seriesNamed(world, 'Now and then');
  expect(await notOurs(() => patch(master.id, { rrule: null }))).toEqual([]);
  expect((await world.ours()).map(({ id, type, rrule }) => [id, type, rrule])).toEqual([[master.id, 'single', null]]);
  const recurrence = graphRecurrence(daily({ subject: '', zone: LONDON, first: date(6), time: null }, 4));
  await world.outlook('PATCH', `/events/${master.graphId ?? ''}`, { recurrence });
  await same();
  expect(await membersOf(world, await seriesNamed(world, 'Now and then'))).toHaveLength(4);
  await world.outlook('PATCH', `/events/${master.graphId ?? ''}`, { recurrence: null });
  await same();
  const rrule = 'FREQ=DAILY;INTERVAL=2;COUNT=3';
  expect(await notOurs(() => patch(master.id, { rrule }))).toEqual([]);
  expect(await membersOf(world, await seriesNamed(world, 'Now and then'))).toHaveLength(3);
  await away('Now and then');
});

it.each(['Outlook', 'the application'] as const)(
  'P9 what ends of a series of %s by a write of ours is our doing',
  async (maker) => {
    const series = daily({ subject: 'Sprints', zone: LONDON, first: date(4), time: '09:00:00' }, 8);
    await partyOf(world, maker).make(series);
    await same();
    const master = await seriesNamed(world, 'Sprints');
    const slot = (day: number) => memberOn(world, master, { date: date(day), zone: LONDON.iana });
    await partyOf(world, 'Outlook').edit(await slot(10), { location: 'Room 1' }, LONDON);
    await partyOf(world, 'the application').edit(await slot(7), { location: 'Room 2' }, LONDON);
    await partyOf(world, 'Outlook').remove(await slot(8));
    await same();
    // The exception of Outlook's goes with the end, ours with the number of times.
    const { id } = master;
    expect(await notOurs(() => partyOf(world, 'the application').shorten(master, series, date(9)))).toEqual([]);
    expect(await membersOf(world, master)).toHaveLength(5);
    expect(await notOurs(() => patch(id, { rrule: 'FREQ=DAILY;COUNT=3' }))).toEqual([]);
    expect(await membersOf(world, master)).toHaveLength(3);
    await partyOf(world, 'Outlook').edit(await slot(5), { location: 'Room 3' }, LONDON);
    await same();
    expect(await notOurs(() => patch(id, { rrule: null }))).toEqual([]);
    expect((await world.ours()).map(({ type }) => type)).toEqual(['single']);
  },
);

it('P9 a series with a last day that turns into days, and back, by a write of ours', async () => {
  const end = { until: date(8) };
  const rule = async (): Promise<string | null> => (await seriesNamed(world, 'Trip')).rrule;
  await partyOf(world, 'Outlook').make({
    ...daily({ subject: 'Trip', zone: LONDON, first: date(4), time: '09:00:00' }),
    end,
  });
  await same();
  const { id, rrule } = await seriesNamed(world, 'Trip');
  expect(await notOurs(() => patch(id, { start: { date: date(4) }, end: { date: date(5) } }))).toEqual([]);
  expect(await rule()).toBe(`FREQ=DAILY;UNTIL=${date(8).replaceAll('-', '')}`);
  const at = (time: string) => ({ dateTime: world.day(4, time), timeZone: 'Europe/London' });
  expect(await notOurs(() => patch(id, { start: at('10:00:00'), end: at('11:00:00') }))).toEqual([]);
  expect(await rule()).toBe(rrule);
  await away('Trip');
});

it('a series that another calls, of which they cancel one, shows that one as cancelled', async () => {
  const upn = 'bob@contoso.example';
  const control = async (path: string, body: unknown): Promise<unknown> => {
    const sent = { method: 'POST', body: JSON.stringify(body) };
    const text = await (await fetch(`${world.microsoft.control}/users${path}`, sent)).text();
    return text === '' ? null : JSON.parse(text);
  };
  await control('', { userPrincipalName: upn, displayName: 'Bob' });
  const series = daily({ subject: 'Theirs', zone: LONDON, first: date(3), time: '09:00:00' }, 6);
  const attendees = [{ type: 'required', emailAddress: { address: 'adele@contoso.example' } }];
  const times = graphTimes({ date: series.first, time: series.time }, LONDON.windows);
  const event = { subject: 'Theirs', attendees, ...times, recurrence: graphRecurrence(series) };
  const [made] = z.array(z.object({ id: z.string() })).parse(await control(`/${upn}/events`, event));
  await same();
  await control(`/${upn}/events/${made?.id ?? ''}/cancel?date=${date(5)}`, { comment: 'Snow' });
  await same();
  const master = await seriesNamed(world, 'Theirs');
  const off = await memberOn(world, master, { date: date(5), zone: 'Europe/London' });
  expect(off).toMatchObject({ type: 'exception', isCancelled: true, subject: 'Canceled: Theirs', isOrganizer: false });
  expect((await world.on('POST', `/events/${off.id}/cancel`, { body: {} })).body).toMatchObject({
    code: 'not_organizer',
  });
  // It stays until it is taken away, by the application too.
  expect((await world.on('DELETE', `/events/${off.id}`)).status).toBe(204);
  await same();
  expect((await seriesNamed(world, 'Theirs')).exdates).toEqual([off.recurrenceId]);
  await away('Theirs');
});

it.each([
  ['in its own words', 'FREQ=WEEKLY;BYDAY=??;WKST=SU'],
  ['without the first day of the week', 'FREQ=WEEKLY;BYDAY=??'],
  ['as every day of that name', 'FREQ=DAILY;BYDAY=??'],
  ['without the first day of the week, every other of which it skips', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=??'],
])('a series that is cut off %s keeps what was changed of it', async (_name, rule) => {
  const interval = rule.includes('INTERVAL=2') ? 2 : 1;
  const nth = (turn: number): string => date(4 + turn * 7 * interval);
  const series = weekly('Kept', nth(0), 'never');
  const windows = 'America/New_York';
  const zone = { windows, iana: 'America/New_York' };
  await partyOf(world, 'Outlook').make({ ...series, zone, pattern: { ...series.pattern, interval } });
  await same();
  const master = await seriesNamed(world, 'Kept');
  const one = await memberOn(world, master, { date: nth(1), zone: zone.iana });
  await partyOf(world, 'Outlook').edit(one, { location: 'Room 7' }, zone);
  await world.outlook('DELETE', `/events/${master.graphId ?? ''}?date=${nth(2)}`);
  await same();
  const cut = { ...series, zone, rule: rule.replace('??', weekday(nth(0)).slice(0, 2).toUpperCase()) };
  await partyOf(world, 'the application').shorten(master, cut, plusDays(nth(4), 1));
  await same();
  const members = await membersOf(world, master);
  expect(members.map(({ type }) => type)).toEqual(['occurrence', 'exception', 'occurrence', 'occurrence']);
  expect((await seriesNamed(world, 'Kept')).exdates).toHaveLength(1);
  expect(members.map(({ start }) => textOf(start).slice(0, 10))).toEqual([0, 1, 3, 4].map(nth));
  await away('Kept');
});
