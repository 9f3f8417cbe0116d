import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { graphDayOf, graphTimeOf, readEventTimes } from '../../shared/domains/calendar/event-times.ts';
import { instantText, readInstant } from '../../shared/domains/calendar/instants.ts';
import { graphZoneOf } from '../../shared/domains/calendar/zones.ts';

const every = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
const day = fc.integer({ min: 0, max: 15_000 }).map((days) => Temporal.PlainDate.from('2000-01-01').add({ days }));
const inUtc = (date: Temporal.PlainDate, zone: string) => ({
  dateTime: date.toZonedDateTime(zone).toInstant().toString().replace('Z', '.0000000'),
  timeZone: 'UTC',
});

describe('an all-day event', () => {
  it('is the same days in whatever zone its midnights come', () => {
    fc.assert(
      fc.property(every, day, fc.integer({ min: 1, max: 40 }), (zone, first, length) => {
        const until = first.add({ days: length });
        const expected = { isAllDay: true, start: { date: first.toString() }, end: { date: until.toString() } };
        const own = (date: Temporal.PlainDate) => ({ dateTime: `${date.toString()}T00:00:00.0000000`, timeZone: zone });
        const common = {
          isAllDay: true,
          originalStartTimeZone: graphZoneOf(zone),
          originalEndTimeZone: graphZoneOf(zone),
        };
        expect(readEventTimes({ ...common, start: own(first), end: own(until) })).toEqual(expected);
        // A Windows zone stands for many, whose clocks were not always one: converted, the zone itself is needed.
        const exact = { isAllDay: true, originalStartTimeZone: zone };
        expect(readEventTimes({ ...exact, start: inUtc(first, zone), end: inUtc(until, zone) })).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['Pacific/Pago_Pago', '2026-03-01T11:00:00.0000000'],
    ['America/New_York', '2026-03-01T05:00:00.0000000'],
    ['Europe/Berlin', '2026-02-28T23:00:00.0000000'],
    ['Asia/Kathmandu', '2026-02-28T18:15:00.0000000'],
    ['Asia/Tokyo', '2026-02-28T15:00:00.0000000'],
    ['Pacific/Auckland in winter', '2026-02-28T12:00:00.0000000'],
  ])('is told from the next midnight where its zone is custom: %s', (_zone, dateTime) => {
    const start = { dateTime, timeZone: 'UTC' };
    const times = readEventTimes({
      start,
      end: start,
      isAllDay: true,
      originalStartTimeZone: 'tzone://Microsoft/Custom',
    });
    expect(times).toEqual({ isAllDay: true, start: { date: '2026-03-01' }, end: { date: '2026-03-02' } });
  });

  it.each([
    ['Middle East Standard Time', '2026-03-28T22:00:00.0000000', '2026-03-29'],
    ['America/Sao_Paulo', '2018-11-04T03:00:00.0000000', '2018-11-04'],
    ['Line Islands Standard Time', '2026-02-28T10:00:00.0000000', '2026-03-01'],
    ['Tonga Standard Time', '2026-02-28T11:00:00.0000000', '2026-03-01'],
  ])('of %s is the day that its midnight begins, also where clocks jump over it', (zone, dateTime, date) => {
    const start = { dateTime, timeZone: 'UTC' };
    expect(readEventTimes({ start, end: start, isAllDay: true, originalStartTimeZone: zone })).toMatchObject({
      start: { date },
    });
  });

  it('lasts a day at least', () => {
    const start = { dateTime: '2026-03-01T00:00:00.0000000', timeZone: 'UTC' };
    const end = { dateTime: '2026-02-01T00:00:00.0000000', timeZone: 'UTC' };
    expect(readEventTimes({ start, end, isAllDay: true })).toMatchObject({ end: { date: '2026-03-02' } });
  });

  it('is told to Graph as midnights', () => {
    expect(graphDayOf({ date: '2026-03-01' })).toEqual({ dateTime: '2026-03-01T00:00:00.0000000', timeZone: 'UTC' });
    expect(graphDayOf({ date: '2026-02-30' })).toBeNull();
  });
});

describe('an event with times', () => {
  it('is an instant in UTC and the zone that it was made in', () => {
    const times = readEventTimes({
      start: { dateTime: '2026-07-01T16:00:00.0000000', timeZone: 'UTC' },
      end: { dateTime: '2026-07-01T17:30:00.0000000', timeZone: 'UTC' },
      isAllDay: false,
      originalStartTimeZone: 'Pacific Standard Time',
      originalEndTimeZone: 'tzone://Microsoft/Custom',
    });
    expect(times).toEqual({
      isAllDay: false,
      start: { dateTime: '2026-07-01T16:00:00Z', timeZone: 'America/Los_Angeles' },
      end: { dateTime: '2026-07-01T17:30:00Z', timeZone: 'UTC' },
    });
  });

  it('is not told where a time cannot be read', () => {
    const good = { dateTime: '2026-07-01T16:00:00.0000000', timeZone: 'UTC' };
    for (const bad of [
      { dateTime: 'soon', timeZone: 'UTC' },
      { ...good, timeZone: 'Customized Time Zone' },
    ]) {
      expect(readEventTimes({ start: bad, end: good, isAllDay: false })).toBeNull();
      expect(readEventTimes({ start: good, end: bad, isAllDay: false })).toBeNull();
    }
    expect(readEventTimes({ start: { dateTime: 'soon' }, end: good, isAllDay: true })).toBeNull();
  });

  it('is told to Graph on its wall clock, and means the same instant there', () => {
    expect(graphTimeOf({ dateTime: '2026-07-01T16:00:00Z', timeZone: 'America/Los_Angeles' })).toEqual({
      dateTime: '2026-07-01T09:00:00.0000000',
      timeZone: 'Pacific Standard Time',
    });
    const near = Date.UTC(2026, 9, 25);
    const moment = fc.oneof(
      fc.integer({ min: near - 7_200_000, max: near + 10_800_000 }),
      fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2037, 0, 1) }),
    );
    const zone = fc.constantFrom(
      'Europe/London',
      'Europe/Berlin',
      'Australia/Sydney',
      'America/New_York',
      'Asia/Tokyo',
    );
    fc.assert(
      fc.property(moment, zone, (at, timeZone) => {
        const told = graphTimeOf({ dateTime: instantText(at), timeZone });
        expect(told === null ? null : readInstant(told)).toBe(at);
      }),
      { numRuns: 2000 },
    );
  });

  it('is told in UTC where its wall clock shows the time a second time, or its zone is not known', () => {
    const utc = (dateTime: string) => ({ dateTime, timeZone: 'UTC' });
    expect(graphTimeOf({ dateTime: '2026-10-25T00:30:00Z', timeZone: 'Europe/London' })?.timeZone).toBe(
      'GMT Standard Time',
    );
    expect(graphTimeOf({ dateTime: '2026-10-25T01:30:00Z', timeZone: 'Europe/London' })).toEqual(
      utc('2026-10-25T01:30:00.0000000'),
    );
    expect(graphTimeOf({ dateTime: '2026-10-25T01:30:00Z', timeZone: 'tzone://Microsoft/Custom' })).toEqual(
      utc('2026-10-25T01:30:00.0000000'),
    );
    expect(graphTimeOf({ dateTime: 'soon', timeZone: 'UTC' })).toBeNull();
  });
});
