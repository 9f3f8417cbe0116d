import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EventView } from '../../../shared/api/calendar/event-schemas.ts';
import { changesAfter, KOLKATA, LONDON, LORD_HOWE, NEW_YORK, SYDNEY, TOKYO } from './clock-changes.ts';
import { partyOf, type NewSeries, type PartyName, type ZoneNames } from './parties.ts';
import { openSeriesWorld, plusDays, seriesNamed, textOf, wholeSeries, type SeriesWorld } from './support.ts';

let world: SeriesWorld;
beforeAll(async () => {
  world = await openSeriesWorld({ past: 30, future: 420 });
});
afterAll(() => world.close());
afterEach(() => world.clear());

/** A series of Outlook runs over the clock going ahead, one of the application over its going back; without either, over New York's. */
const firstOf = (zone: ZoneNames, editor: PartyName): string => {
  const changing = [TOKYO.iana, KOLKATA.iana, UTC.iana].includes(zone.iana) ? NEW_YORK : zone;
  const changes = changesAfter(changing, world.day(0).slice(0, 10));
  return plusDays(changes[editor === 'Outlook' ? 'ahead' : 'back'].date, -4);
};
const each = (first: string, days: readonly number[]): string[] => days.map((day) => plusDays(first, day));
const series = (zone: ZoneNames, first: string): NewSeries => ({
  ...{
    subject: 'Off',
    zone,
    first,
    time: null,
    rule: 'FREQ=DAILY;INTERVAL=3',
    end: { until: plusDays(first, 15) },
  },
  pattern: {
    ...{
      type: 'daily',
      interval: 3,
      daysOfWeek: [],
      firstDayOfWeek: 'sunday',
      index: 'first',
      month: 0,
      dayOfMonth: 0,
    },
  },
});
const members = async (): Promise<readonly EventView[]> => (await wholeSeries(world, 'Off')).members;
const on = async (date: string): Promise<EventView> => {
  const found = (await members()).find(({ recurrenceId }) => recurrenceId === date);
  if (found === undefined) throw new Error(`there is nothing on ${date}`);
  return found;
};
/** Begins, slots and ends: all of them days. */
const shown = async (): Promise<unknown[]> =>
  (await members()).map(({ start, end, recurrenceId }) => [textOf(start), textOf(end), recurrenceId]);
const oneDay = (date: string): string[] => [date, plusDays(date, 1), date];

const UTC = { windows: 'UTC', iana: 'UTC' };
const ways = ['dates', 'instants', 'byPreference'] as const;
const zones = {
  Sydney: SYDNEY,
  'New York': NEW_YORK,
  London: LONDON,
  Tokyo: TOKYO,
  'Lord Howe': LORD_HOWE,
  Kolkata: KOLKATA,
};

/** In every zone where Graph tells days; the other two ways share the zones. */
const zonesOf = (way: (typeof ways)[number]): [string, ZoneNames][] =>
  Object.entries(zones).filter((_, nth) => way === 'dates' || nth % 2 === ways.indexOf(way) % 2);

describe.each(ways)('where Graph tells all-day events as %s', (allDayTimes) => {
  const some = zonesOf(allDayTimes);
  beforeAll(() => world.ways({ allDayTimes }));

  it.each(some)('a series made in %s is days, whatever becomes of it', async (_name, zone) => {
    await life('Outlook', zone);
  });

  it('a series that the application makes is days', async () => {
    await life('the application', UTC);
  });

  it.each(some)('what the application does to a series made in %s is done to its days', async (_name, zone) => {
    await life('Outlook', zone, 'the application');
  });

  it.each(some)('an event of several days in %s is these days', async (_name, zone) => {
    const at = (date: string) => ({ dateTime: `${date}T00:00:00`, timeZone: zone.windows });
    const [from = '', to = ''] = each(firstOf(zone, 'Outlook'), [2, 5]);
    const id = await world.arrive({ subject: 'Journey', isAllDay: true, start: at(from), end: at(to) });
    await world.settle();
    const [event] = await world.ours();
    expect(event).toMatchObject({
      isAllDay: true,
      start: { date: from },
      end: { date: to },
      originalTimeZone: zone.windows,
    });
    const later = { start: { date: plusDays(from, 1) }, end: { date: plusDays(to, 1) } };
    await world.on('PATCH', `/events/${event?.id ?? ''}`, { body: later });
    await world.settle();
    expect((await world.ours())[0]).toMatchObject({ ...later, originalTimeZone: zone.windows });
    await world.outlook('DELETE', `/events/${id}`);
    await world.settle();
    expect(await world.ours()).toEqual([]);
  });
});

/** A series of one party, and what another does to it. */
async function life(maker: PartyName, zone: ZoneNames, editor: PartyName = maker): Promise<void> {
  const first = firstOf(zone, editor);
  const planned = series(zone, first);
  await partyOf(world, maker).make(planned);
  await world.settle();
  const party = partyOf(world, editor);
  const dates = each(first, [0, 3, 6, 9, 12, 15]);
  const [, gone = '', moved = '', edited = '', , last = ''] = dates;
  expect(await shown()).toEqual(dates.map(oneDay));
  expect((await seriesNamed(world, 'Off')).rrule).toBe(`FREQ=DAILY;INTERVAL=3;UNTIL=${last.replaceAll('-', '')}`);
  await party.remove(await on(gone));
  await party.edit(await on(moved), { to: { date: plusDays(moved, 1), time: null } }, zone);
  await party.edit(await on(edited), { subject: 'Away' }, zone);
  await world.settle();
  const left = dates.filter((date) => date !== gone);
  const expected = left.map((date) =>
    date === moved ? [...oneDay(plusDays(date, 1)).slice(0, 2), date] : oneDay(date),
  );
  expect(await shown()).toEqual(expected);
  expect(await on(moved)).toMatchObject({ type: 'exception', isAllDay: true, originalTimeZone: zone.windows });
  expect(await on(edited)).toMatchObject({ type: 'exception', subject: 'Away', originalTimeZone: zone.windows });
  expect((await seriesNamed(world, 'Off')).exdates).toEqual([gone]);
  const split = plusDays(edited, -1);
  await party.shorten(await seriesNamed(world, 'Off'), planned, split);
  await world.settle();
  expect(await shown()).toEqual(expected.filter(([, , slot]) => slot !== undefined && slot < edited));
  expect((await seriesNamed(world, 'Off')).rrule).toBe(`FREQ=DAILY;INTERVAL=3;UNTIL=${split.replaceAll('-', '')}`);
  await party.remove(await seriesNamed(world, 'Off'));
  await world.settle();
  expect([await world.ours(), await world.theirs()]).toEqual([[], []]);
}
