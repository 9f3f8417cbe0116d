import { expect } from 'vitest';
import { days, expand, firstDate } from '../../support/calendar-patterns.ts';
import type { SeriesKind } from './kinds.ts';
import { heldRule, partyOf, type NewSeries, type PartyName, type SeriesEnd } from './parties.ts';
import { dayOf, inSlot, plusDays, seriesNamed, wholeSeries, type SeriesWorld } from './support.ts';

const BERLIN = { windows: 'W. Europe Standard Time', iana: 'Europe/Berlin' };
const DAY_MS = 86_400_000;
const TIME = '09:00:00';

/** The series of a kind, and the days that it has in the range. */
export interface Planned {
  readonly series: NewSeries;
  readonly dates: readonly string[];
}

/** A series of this kind that begins soon after the range does, as days by Graph's own words bring it. */
export function plan({ range }: Pick<SeriesWorld, 'range'>, { name, pattern, rule, end, first }: SeriesKind): Planned {
  const soon = Math.ceil((Date.parse(range.from) - Date.UTC(2000, 0, 1)) / DAY_MS) + 4;
  const begins = first ?? firstDate(pattern, soon);
  const limit = end === 'never' ? 2_000 : 'count' in end ? end.count : end.days;
  const all = expand(pattern, { startDate: begins, until: days(begins, 20_000) }, limit);
  const ends: SeriesEnd = end !== 'never' && 'days' in end ? { until: all.at(-1) ?? begins } : end;
  const inner = { from: plusDays(range.from.slice(0, 10), 3), to: plusDays(range.to.slice(0, 10), -3) };
  const dates = all.filter((date) => date >= inner.from && date < inner.to);
  return { series: { subject: name, zone: BERLIN, first: begins, time: TIME, pattern, rule, end: ends }, dates };
}

/**
 * What can become of a series, one after the other: it is made, one occurrence is edited, one deleted, one moved, one cancelled; it
 * is split (what follows is a new series), and deleted. After each, both sides and the rule are held to one another, and the days to
 * those that are meant.
 */
export async function live(world: SeriesWorld, name: PartyName, { series, dates }: Planned): Promise<void> {
  const party = partyOf(world, name);
  const { subject, zone } = series;
  const [one = '', gone = '', moved = ''] = dates;
  const [off = '', split = ''] = [dates[3], dates.at(-1)];
  expect(dates.length).toBeGreaterThan(3);
  const daysOf = async (of: string): Promise<string[]> =>
    (await wholeSeries(world, of)).members.map(({ recurrenceId }) => dayOf(recurrenceId, zone.iana));
  const inner = (found: readonly string[]): string[] => found.filter((date) => date >= one && date <= split);
  const rests = async (left: readonly string[]): Promise<void> => {
    await world.settle();
    expect(await world.differences()).toEqual([]);
    expect(inner(await daysOf(subject))).toEqual(left);
  };
  const on = async (date: string) => inSlot((await wholeSeries(world, subject)).members, { date, zone: zone.iana });

  await party.make(series);
  await rests(dates);
  expect((await seriesNamed(world, subject)).rrule).toBe(heldRule(series));

  await party.edit(await on(one), { subject: 'Edited', location: 'Room 7' }, zone);
  await rests(dates);
  expect(await on(one)).toMatchObject({ type: 'exception', subject: 'Edited', location: 'Room 7' });

  await party.remove(await on(gone));
  const without = dates.filter((date) => date !== gone);
  await rests(without);

  const room = Date.parse(moved) - Date.parse(gone) > DAY_MS;
  const to = { date: plusDays(moved, room ? -1 : 0), time: '15:30:00' };
  await party.edit(await on(moved), { to }, zone);
  await rests(without);
  expect(await on(moved)).toMatchObject({ type: 'exception', subject });

  await party.cancel(await on(off));
  const kept = without.filter((date) => date !== off);
  await rests(kept);
  const { id, exdates } = await seriesNamed(world, subject);
  expect(exdates.map((slot) => dayOf(slot, zone.iana))).toEqual([gone, off]);

  await party.shorten(await seriesNamed(world, subject), series, plusDays(split, -1));
  const rest = { ...series, subject: 'And what follows', first: split, time: '11:00:00' };
  await party.make(rest);
  await rests(kept.filter((date) => date < split));
  const after = await seriesNamed(world, subject);
  expect(after).toMatchObject({ id, rrule: heldRule({ ...series, end: { until: plusDays(split, -1) } }) });
  expect(await on(one)).toMatchObject({ type: 'exception', subject: 'Edited' });
  expect((await daysOf(rest.subject))[0]).toBe(split);

  for (const of of [after, await seriesNamed(world, rest.subject)]) await party.remove(of);
  await world.settle();
  expect([await world.ours(), await world.theirs()]).toEqual([[], []]);
}
