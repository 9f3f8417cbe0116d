import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { changesAfter, daily, instantsOf, LONDON, LORD_HOWE, NEW_YORK, SYDNEY, TOKYO } from './clock-changes.ts';
import { partyOf, type NewSeries, type PartyName, type ZoneNames } from './parties.ts';
import { inSlot, openSeriesWorld, plusDays, seriesNamed, textOf, wholeSeries, type SeriesWorld } from './support.ts';

let world: SeriesWorld;
beforeAll(async () => {
  world = await openSeriesWorld({ past: 30, future: 420 });
});
afterAll(() => world.close());
afterEach(() => world.clear());

const today = (): string => world.day(0).slice(0, 10);
const week = (first: string): string[] => Array.from({ length: 7 }, (_, day) => plusDays(first, day));
const startsOf = async (subject: string): Promise<string[]> =>
  (await wholeSeries(world, subject)).members.map(({ start }) => textOf(start));
const same = async (): Promise<void> => {
  await world.settle();
  expect(await world.differences()).toEqual([]);
};
const made = async (party: PartyName, series: NewSeries): Promise<void> => {
  await partyOf(world, party).make(series);
  await same();
};
const away = async (party: PartyName, subject: string): Promise<void> => {
  await partyOf(world, party).remove(await seriesNamed(world, subject));
  await same();
};

const changes: [string, ZoneNames, ZoneNames, 'ahead' | 'back'][] = [
  ['Sydney', SYDNEY, SYDNEY, 'ahead'],
  ['Sydney', SYDNEY, SYDNEY, 'back'],
  ['New York', NEW_YORK, NEW_YORK, 'ahead'],
  ['New York', NEW_YORK, NEW_YORK, 'back'],
  ['London', LONDON, LONDON, 'ahead'],
  ['London', LONDON, LONDON, 'back'],
  ['Lord Howe, by half an hour', LORD_HOWE, LORD_HOWE, 'ahead'],
  ['Lord Howe, by half an hour', LORD_HOWE, LORD_HOWE, 'back'],
  ['Tokyo, where none is, as those of New York change', TOKYO, NEW_YORK, 'ahead'],
];

describe.each(changes)('over a change of the clocks of %s', (_name, zone, changing, direction) => {
  it.each(['Outlook', 'the application'] as const)('a series of %s keeps its time of day', async (name) => {
    const party = partyOf(world, name);
    const { date } = changesAfter(changing, today())[direction];
    const dates = week(plusDays(date, -3));
    const series = daily({ subject: 'Nine', zone, first: plusDays(date, -3), time: '09:00:00' });
    await made(name, series);
    const nine = instantsOf(dates, '09:00:00', zone);
    expect(await startsOf('Nine')).toEqual(nine);
    const on = async (of: string) => inSlot((await wholeSeries(world, 'Nine')).members, { date: of, zone: zone.iana });
    await party.remove(await on(date));
    await same();
    expect((await seriesNamed(world, 'Nine')).exdates).toEqual(instantsOf([date], '09:00:00', zone));
    const next = plusDays(date, 1);
    await party.edit(await on(next), { to: { date: next, time: '16:00:00' } }, zone);
    await party.edit(await on(plusDays(date, -1)), { subject: 'Edited' }, zone);
    await same();
    const [slot] = instantsOf([next], '09:00:00', zone);
    expect(await on(next)).toMatchObject({ type: 'exception', recurrenceId: slot });
    expect(textOf((await on(next)).start)).toBe(instantsOf([next], '16:00:00', zone)[0]);
    const off = plusDays(date, 2);
    await party.cancel(await on(off));
    await same();
    expect((await seriesNamed(world, 'Nine')).exdates).toEqual(instantsOf([date, off], '09:00:00', zone));
    await party.shorten(await seriesNamed(world, 'Nine'), series, plusDays(date, -1));
    await made(name, { ...series, subject: 'From the change on', first: date, end: { count: 3 } });
    expect(await startsOf('Nine')).toEqual(nine.slice(0, 3));
    expect(await startsOf('From the change on')).toEqual(nine.slice(3, 6));
    await away(name, 'From the change on');
    await away(name, 'Nine');
  });
});

const zones = { Sydney: SYDNEY, 'New York': NEW_YORK, London: LONDON, 'Lord Howe': LORD_HOWE };

describe.each(Object.entries(zones))('in %s', (_name, zone) => {
  it.each(['Outlook', 'the application'] as const)(
    'a series of %s at a time that the clock skips is later on that day alone',
    async (name) => {
      const { date, time } = changesAfter(zone, today()).ahead;
      const first = plusDays(date, -3);
      await made(name, daily({ subject: 'Skipped', zone, first, time }));
      expect(await startsOf('Skipped')).toEqual(instantsOf(week(first), time, zone));
      await away(name, 'Skipped');
    },
  );

  it.each(['Outlook', 'the application'] as const)(
    'a series of %s at a time that the clock shows twice has the first of the two',
    async (name) => {
      const { date, time } = changesAfter(zone, today()).back;
      const first = plusDays(date, -3);
      await made(name, daily({ subject: 'Twice', zone, first, time }));
      expect(await startsOf('Twice')).toEqual(instantsOf(week(first), time, zone));
      await away(name, 'Twice');
    },
  );

  it.each(['Outlook', 'the application'] as const)(
    'a series of %s that begins at a time that the clock skips goes on at the time that it showed',
    async (name) => {
      const { date, time } = changesAfter(zone, today()).ahead;
      await made(name, daily({ subject: 'From then on', zone, first: date, time }));
      const starts = await startsOf('From then on');
      expect(starts[0]).toBe(instantsOf([date], time, zone)[0]);
      expect(new Set(starts.slice(1).map((start) => start.slice(11))).size).toBe(1);
      await away(name, 'From then on');
    },
  );
});

it('an event at the second of two equal times is at that, and a series of such a time keeps the clock', async () => {
  const { date, time } = changesAfter(NEW_YORK, today()).back;
  const [first = ''] = instantsOf([date], time, NEW_YORK);
  const second = new Date(Date.parse(first) + 3_600_000).toISOString().replace('.000', '');
  const end = new Date(Date.parse(second) + 1_800_000).toISOString();
  const at = (dateTime: string) => ({ dateTime, timeZone: 'America/New_York' });
  const body = { subject: 'Second', start: at(second), end: at(end) };
  expect((await world.on('POST', '/events', { body })).status).toBe(201);
  await same();
  const [one] = await world.ours();
  expect([one?.subject, textOf(one?.start ?? null)]).toEqual(['Second', second]);
  await world.on('DELETE', `/events/${one?.id ?? ''}`);
  await same();
  const series = { ...body, subject: 'Each day', rrule: 'FREQ=DAILY;COUNT=4' };
  expect((await world.on('POST', '/events', { body: series })).status).toBe(201);
  await same();
  const later = Array.from({ length: 3 }, (_, day) => plusDays(date, day + 1));
  expect((await startsOf('Each day')).slice(1)).toEqual(instantsOf(later, time, NEW_YORK));
  await away('the application', 'Each day');
});

it('a series that ends between two equal times has the first of them', async () => {
  const { date, time } = changesAfter(NEW_YORK, today()).back;
  const first = plusDays(date, -3);
  const starts = instantsOf(week(first).slice(0, 4), time, NEW_YORK);
  const until = new Date(Date.parse(starts.at(-1) ?? '') + 1_800_000).toISOString().replaceAll(/[-:]|\.000/g, '');
  await made('the application', {
    ...daily({ subject: 'Night', zone: NEW_YORK, first, time }),
    ...{ rule: `FREQ=DAILY;UNTIL=${until}`, end: 'never' },
  });
  expect(await startsOf('Night')).toEqual(starts);
  await away('the application', 'Night');
});
