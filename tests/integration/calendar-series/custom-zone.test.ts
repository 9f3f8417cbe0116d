import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { EventView } from '../../../shared/api/calendar/event-schemas.ts';
import { membersOf, openSeriesWorld, plusDays, seriesNamed, textOf, type SeriesWorld } from './support.ts';

/** A zone of its own, with the rules of Tehran as they were: 3:30 ahead, 4:30 in summer. */
const CUSTOM = 'tzone://Microsoft/Custom';
const turn = (month: number) => ({ month, week: 5, weekday: 0, minutes: 120 });
const customZone = { standard: 210, daylight: { offset: 270, starts: turn(3), ends: turn(10) } };
const at = (dateTime: string) => ({ dateTime, timeZone: CUSTOM });
const told = z.object({
  originalStartTimeZone: z.string(),
  recurrence: z.object({
    range: z.object({ recurrenceTimeZone: z.string(), startDate: z.string(), endDate: z.string() }),
  }),
});

let world: SeriesWorld;
beforeAll(async () => {
  world = await openSeriesWorld();
});
afterAll(() => world.close());
afterEach(() => world.clear());

const first = (): string => world.day(5).slice(0, 10);
const weekday = (date: string): string =>
  new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' })
    .format(Date.parse(`${date}T00:00:00Z`))
    .toLowerCase();
const nth = async (turns: number): Promise<EventView> => {
  const found = (await membersOf(world, await seriesNamed(world, 'Far away')))[turns];
  if (found === undefined) throw new Error('there are fewer');
  return found;
};
const inGraph = async () => {
  const { graphId } = await seriesNamed(world, 'Far away');
  return told.parse(await world.graph(`/me/events/${graphId ?? ''}`));
};
const same = async (): Promise<void> => {
  await world.settle();
  expect(await world.differences()).toEqual([]);
};
const patch = async (event: EventView, body: Record<string, unknown>): Promise<void> => {
  expect(await world.on('PATCH', `/events/${event.id}`, { body })).toMatchObject({ status: 200 });
};
const weekly = () => ({
  pattern: { type: 'weekly', interval: 1, daysOfWeek: [weekday(first())] },
  range: { type: 'noEnd', startDate: first(), recurrenceTimeZone: CUSTOM },
});

describe('a series in a zone that has no name', () => {
  let id = '';
  beforeEach(async () => {
    id = await world.arrive({
      ...{ subject: 'Far away', customZone, recurrence: weekly() },
      ...{ start: at(`${first()}T23:30:00`), end: at(`${plusDays(first(), 1)}T00:30:00`) },
    });
    await same();
  });
  afterEach(async () => {
    await world.outlook('DELETE', `/events/${id}`);
    await same();
  });

  it('has the instants that Outlook shows, in summer and in winter, and keeps its zone', async () => {
    const members = await membersOf(world, await seriesNamed(world, 'Far away'));
    const times = new Set(members.map(({ start }) => textOf(start).slice(11)));
    expect(times).toEqual(new Set(['20:00:00Z', '19:00:00Z']));
    expect((await seriesNamed(world, 'Far away')).originalTimeZone).toBe(CUSTOM);
  });

  it('is followed in what Outlook does to it', async () => {
    const [gone, moved, edited] = [await nth(20), await nth(22), await nth(24)];
    await world.outlook('DELETE', `/events/${gone.graphId ?? ''}`);
    const to = plusDays(textOf(moved.start).slice(0, 10), 1);
    const times = { start: at(`${to}T10:00:00`), end: at(`${to}T11:00:00`) };
    await world.outlook('PATCH', `/events/${moved.graphId ?? ''}`, { customZone, ...times });
    await world.outlook('PATCH', `/events/${edited.graphId ?? ''}`, { subject: 'Edited' });
    await same();
    expect(await nth(21)).toMatchObject({
      type: 'exception',
      recurrenceId: moved.recurrenceId,
      originalTimeZone: CUSTOM,
    });
    expect(await inGraph()).toMatchObject({
      originalStartTimeZone: CUSTOM,
      recurrence: { range: { recurrenceTimeZone: CUSTOM } },
    });
  });

  it('keeps its zone, and what was changed of it, in all that an application does to it', async () => {
    const master = await seriesNamed(world, 'Far away');
    const [gone, moved, edited, split] = [await nth(2), await nth(4), await nth(6), await nth(30)];
    await patch(edited, { location: 'Room 9' });
    expect((await world.on('DELETE', `/events/${gone.id}`)).status).toBe(204);
    await same();
    const to = plusDays(textOf(moved.start).slice(0, 10), 1);
    const utc = (time: string) => ({ dateTime: `${to}T${time}`, timeZone: 'UTC' });
    await patch(moved, { start: utc('10:00:00'), end: utc('11:00:00') });
    await same();
    const until = new Date(Date.parse(textOf(split.start)) - 6 * 86_400_000 + 6 * 3_600_000).toISOString().slice(0, 19);
    await patch(master, { rrule: `${master.rrule ?? ''};UNTIL=${until.replaceAll(/[-:]/g, '')}Z` });
    await same();
    const members = await membersOf(world, master);
    expect([members.length, (await seriesNamed(world, 'Far away')).exdates.length]).toEqual([29, 1]);
    expect(members.filter(({ type }) => type === 'exception').map(({ recurrenceId }) => recurrenceId)).toEqual([
      moved.recurrenceId,
      edited.recurrenceId,
    ]);
    expect(await inGraph()).toMatchObject({
      originalStartTimeZone: CUSTOM,
      recurrence: { range: { recurrenceTimeZone: CUSTOM, startDate: first(), endDate: plusDays(first(), 29 * 7 + 1) } },
    });
  });

  it('keeps its zone as the application makes it longer, with the rule that it has or without one', async () => {
    const master = await seriesNamed(world, 'Far away');
    const until = (minutes: number) => ({
      end: { dateTime: `${new Date(Date.parse(textOf(master.end)) + minutes * 60_000).toISOString().slice(0, 19)}Z` },
    });
    for (const body of [until(15), { ...until(30), rrule: master.rrule }]) {
      await patch(master, body);
      await same();
      expect(await seriesNamed(world, 'Far away')).toMatchObject({ ...body, originalTimeZone: CUSTOM });
      expect(await inGraph()).toMatchObject({
        originalStartTimeZone: CUSTOM,
        recurrence: { range: { recurrenceTimeZone: CUSTOM } },
      });
    }
  });

  it('is told of no end that may be before or after an occurrence: nobody knows its clock', async () => {
    const master = await seriesNamed(world, 'Far away');
    const [one] = [await nth(20)];
    const until = new Date(Date.parse(textOf(one.start)) + 60_000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
    const answer = await world.on('PATCH', `/events/${master.id}`, {
      body: { rrule: `${master.rrule ?? ''};UNTIL=${until}Z` },
    });
    expect(answer.body).toMatchObject({ status: 400, errors: [{ path: 'body.rrule' }] });
  });
});

it('a single event in such a zone keeps it as its end is moved', async () => {
  const day = first();
  const id = await world.arrive({
    subject: 'One',
    customZone,
    start: at(`${day}T09:00:00`),
    end: at(`${day}T09:30:00`),
  });
  await world.settle();
  const [one] = await world.ours();
  const end = { dateTime: `${day}T07:00:00Z`, timeZone: 'UTC' };
  expect(await world.on('PATCH', `/events/${one?.id ?? ''}`, { body: { end } })).toMatchObject({ status: 200 });
  await same();
  expect(await world.ours()).toMatchObject([{ end, start: one?.start, originalTimeZone: CUSTOM }]);
  expect(await world.graph(`/me/events/${id}`)).toMatchObject({ originalStartTimeZone: CUSTOM });
});

it('an all-day series in such a zone is days, and stays so in what both sides do to it', async () => {
  const days = (date: string) => ({ start: at(`${date}T00:00:00`), end: at(`${plusDays(date, 1)}T00:00:00`) });
  for (const allDayTimes of ['dates', 'instants']) {
    await world.ways({ allDayTimes });
    const id = await world.arrive({
      subject: 'Far away',
      isAllDay: true,
      customZone,
      ...days(first()),
      recurrence: weekly(),
    });
    await world.settle();
    const dates = Array.from({ length: 40 }, (_, week) => plusDays(first(), 7 * week));
    const shown = async (): Promise<(string | null)[][]> =>
      (await membersOf(world, await seriesNamed(world, 'Far away'))).map((one) => [
        textOf(one.start),
        one.recurrenceId,
      ]);
    expect((await shown()).slice(0, 40)).toEqual(dates.map((date) => [date, date]));
    const [one = '', two = '', three = ''] = dates;
    await world.outlook('PATCH', `/events/${(await nth(1)).graphId ?? ''}`, { customZone, ...days(plusDays(two, 1)) });
    await patch(await nth(2), { start: { date: plusDays(three, 2) }, end: { date: plusDays(three, 3) } });
    expect((await world.on('DELETE', `/events/${(await nth(0)).id}`)).status).toBe(204);
    await world.settle();
    expect((await shown()).slice(0, 2)).toEqual([
      [plusDays(two, 1), two],
      [plusDays(three, 2), three],
    ]);
    expect((await seriesNamed(world, 'Far away')).exdates).toEqual([one]);
    const until = plusDays(first(), 70);
    const master = await seriesNamed(world, 'Far away');
    await patch(master, { rrule: `${master.rrule ?? ''};UNTIL=${until.replaceAll('-', '')}` });
    await world.settle();
    expect(await shown()).toHaveLength(10);
    expect(await inGraph()).toMatchObject({ recurrence: { range: { recurrenceTimeZone: CUSTOM, endDate: until } } });
    await world.outlook('DELETE', `/events/${id}`);
    await world.settle();
    expect(await world.ours()).toEqual([]);
  }
});
