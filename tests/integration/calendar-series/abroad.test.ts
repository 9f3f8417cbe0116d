import { Temporal } from 'temporal-polyfill';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { changesAfter, daily, instantsOf, NEW_YORK, TOKYO } from './clock-changes.ts';
import { partyOf, type ZoneNames } from './parties.ts';
import { memberOn, membersOf, openSeriesWorld, plusDays, seriesNamed, textOf, type SeriesWorld } from './support.ts';

const LOS_ANGELES = { windows: 'Pacific Standard Time', iana: 'America/Los_Angeles' };

let world: SeriesWorld;
beforeAll(async () => {
  world = await openSeriesWorld({ past: 30, future: 420 });
  await world.outlook('PATCH', '/timeZone', { timeZone: LOS_ANGELES.windows });
});
afterAll(() => world.close());
afterEach(() => world.clear());

/** A time in UTC as a zone's clock shows it. */
const wallIn = (instant: string, { iana }: ZoneNames): string =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(iana).toPlainDateTime().toString({ smallestUnit: 'second' });

it('a series that is made in Tokyo keeps Tokyo’s time where it is read in the United States', async () => {
  const { date } = changesAfter(LOS_ANGELES, world.day(0).slice(0, 10)).ahead;
  const first = plusDays(date, -4);
  const dates = Array.from({ length: 9 }, (_, day) => plusDays(first, day));
  await partyOf(world, 'Outlook').make(daily({ subject: 'Tokyo', zone: TOKYO, first, time: '09:00:00' }, 9));
  await world.settle();
  expect(await world.differences()).toEqual([]);
  const members = await membersOf(world, await seriesNamed(world, 'Tokyo'));
  expect(members.map(({ start }) => textOf(start))).toEqual(instantsOf(dates, '09:00:00', TOKYO));
  for (const { start } of members) expect(start).toMatchObject({ timeZone: 'Asia/Tokyo' });
  // On the clock there it is an evening's, and an hour later from the change on.
  const there = (await world.theirs(LOS_ANGELES.windows)).map(({ start }) => start.dateTime.slice(0, 19));
  expect(members.map(({ start }) => wallIn(textOf(start), LOS_ANGELES))).toEqual(there);
  expect(new Set(there.map((time) => time.slice(11)))).toEqual(new Set(['16:00:00', '17:00:00']));
  // Who is there moves one on their own clock, and takes another away.
  const on = async (day: number) =>
    memberOn(world, await seriesNamed(world, 'Tokyo'), { date: plusDays(first, day), zone: TOKYO.iana });
  const party = partyOf(world, 'the application');
  await party.edit(await on(2), { to: { date: plusDays(first, 1), time: '18:00:00' } }, LOS_ANGELES);
  await party.remove(await on(6));
  await world.settle();
  expect(await world.differences()).toEqual([]);
  expect(await on(2)).toMatchObject({ type: 'exception', start: { timeZone: 'America/Los_Angeles' } });
  expect((await seriesNamed(world, 'Tokyo')).exdates).toEqual(instantsOf([plusDays(first, 6)], '09:00:00', TOKYO));
  await party.remove(await seriesNamed(world, 'Tokyo'));
  await world.settle();
});

it('a series whose days are another zone’s than its start’s repeats, and is cut off, on the clock of its days', async () => {
  const first = plusDays(world.day(0).slice(0, 10), 10);
  const series = daily({ subject: 'Two zones', zone: TOKYO, first, time: '07:30:00' }, 250);
  // In New York it is the evening before.
  const [instant = ''] = instantsOf([first], '07:30:00', TOKYO);
  const at = (ms: number) => ({
    dateTime: wallIn(new Date(Date.parse(instant) + ms).toISOString(), NEW_YORK),
    timeZone: NEW_YORK.windows,
  });
  const range = { type: 'numbered', numberOfOccurrences: 250, startDate: first, recurrenceTimeZone: TOKYO.windows };
  const recurrence = { pattern: series.pattern, range };
  await world.arrive({ subject: 'Two zones', start: at(0), end: at(1_800_000), recurrence });
  await world.settle();
  expect(await world.differences()).toEqual([]);
  const master = await seriesNamed(world, 'Two zones');
  expect(master).toMatchObject({ start: { timeZone: 'Asia/Tokyo' }, originalTimeZone: NEW_YORK.windows });
  const edited = await memberOn(world, master, { date: plusDays(first, 3), zone: TOKYO.iana });
  const party = partyOf(world, 'the application');
  await party.edit(edited, { location: 'Room 7' }, TOKYO);
  await party.shorten(master, series, plusDays(first, 5));
  await world.settle();
  expect(await world.differences()).toEqual([]);
  const members = await membersOf(world, await seriesNamed(world, 'Two zones'));
  expect(members.map(({ type }) => type)).toEqual([
    ...['occurrence', 'occurrence', 'occurrence', 'exception', 'occurrence', 'occurrence'],
  ]);
  expect(members.map(({ start }) => textOf(start))).toEqual(
    instantsOf(
      [0, 1, 2, 3, 4, 5].map((day) => plusDays(first, day)),
      '07:30:00',
      TOKYO,
    ),
  );
  await party.remove(master);
  await world.settle();
});
