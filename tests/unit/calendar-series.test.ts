import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  differences,
  exdatesOf,
  joinMaster,
  OWN_FIELDS,
  ownPart,
  readOccurrenceId,
  recurrenceIdOf,
  slotOn,
  type SeriesSlots,
} from '../../shared/domains/calendar/series.ts';

const master = {
  type: 'master',
  subject: 'Stand-up',
  attendees: [{ address: 'bob@demo.example', response: 'accepted' }],
  location: 'Room 5',
  start: { dateTime: '2026-03-02T09:00:00Z', timeZone: 'Europe/London' },
  end: { dateTime: '2026-03-02T09:15:00Z', timeZone: 'Europe/London' },
  seriesMasterId: null,
  iCalUId: 'U',
  rrule: 'FREQ=DAILY',
  exdates: ['2026-03-05T09:00:00Z'],
  recurrenceId: null,
};
const thin = {
  type: 'occurrence',
  seriesMasterId: 'M',
  start: { dateTime: '2026-03-03T09:00:00Z', timeZone: 'Europe/London' },
  end: { dateTime: '2026-03-03T09:15:00Z', timeZone: 'Europe/London' },
  recurrenceId: '2026-03-03T09:00:00Z',
};

describe('an occurrence', () => {
  it('carries what its master carries, and its own times', () => {
    expect(joinMaster(thin, master)).toEqual({
      ...thin,
      subject: 'Stand-up',
      attendees: master.attendees,
      location: 'Room 5',
    });
  });

  it('is stored as its own part alone', () => {
    expect(ownPart(joinMaster(thin, master), master)).toEqual(thin);
  });
});

describe('an exception', () => {
  const exception = { ...master, ...thin, type: 'exception', subject: 'Long stand-up', location: null };

  it('is told by what differs from its master', () => {
    expect(differences(exception, master)).toEqual(['location', 'subject']);
    expect(ownPart(exception, master)).toMatchObject({ subject: 'Long stand-up', location: null });
    expect(ownPart(exception, master)).not.toHaveProperty('attendees');
  });

  it('follows its master in all that it does not say itself', () => {
    const moved = joinMaster(ownPart(exception, master), { ...master, attendees: [], location: 'Room 6' });
    expect(moved).toMatchObject({ subject: 'Long stand-up', location: null, attendees: [] });
  });

  it('comes back whole, whatever it is', () => {
    const names = [...OWN_FIELDS, 'subject', 'location', 'attendees'];
    const value = fc.constantFrom<string | null | readonly string[]>('a', 'b', null, [], ['a']);
    const whole = fc.record(Object.fromEntries(names.map((name) => [name, value])));
    fc.assert(
      fc.property(whole, whole, (item, of) => {
        expect(joinMaster(ownPart(item, of), of)).toEqual(item);
      }),
    );
  });
});

const daily: SeriesSlots = {
  isAllDay: false,
  startDate: '2026-03-02',
  firstStart: Date.parse('2026-03-02T09:00:00Z'),
  timeZone: 'GMT Standard Time',
};
const oid = (date: string): string => `OID.AAMkADAGAADDdm4NAAA=.${date}`;

describe('cancelled occurrences', () => {
  it('are named by master and day', () => {
    expect(readOccurrenceId('OID.AAMk.with.dots=.2026-03-05')).toEqual({
      masterId: 'AAMk.with.dots=',
      date: '2026-03-05',
    });
    for (const text of ['', 'AAMk', 'OID..2026-03-05', 'OID.A.2026-02-30', 'OID.A.2026-03-05T09:00'])
      expect(readOccurrenceId(text)).toBeNull();
  });

  it('are EXDATEs at the time of the series, in summer and winter', () => {
    expect(exdatesOf([oid('2026-04-01'), oid('2026-03-05'), oid('2026-03-05')], daily)).toEqual({
      exdates: ['2026-03-05T09:00:00Z', '2026-04-01T08:00:00Z'],
      unread: [],
    });
  });

  it.each([
    ['AUS Eastern Standard Time', '2026-03-01T22:00:00Z', '2026-04-06', '2026-04-05T23:00:00Z'],
    ['Eastern Standard Time', '2026-03-03T01:00:00Z', '2026-03-09', '2026-03-10T00:00:00Z'],
    ['Tokyo Standard Time', '2026-03-02T00:00:00Z', '2026-04-06', '2026-04-06T00:00:00Z'],
    ['tzone://Microsoft/Custom', '2026-03-02T04:30:00Z', '2026-04-06', '2026-04-06T04:30:00Z'],
  ])('of a series in %s stand on its own days', (timeZone, first, date, slot) => {
    expect(slotOn(date, { ...daily, timeZone, firstStart: Date.parse(first) })).toBe(slot);
  });

  it('are days as such of an all-day series', () => {
    expect(exdatesOf([oid('2026-03-05')], { ...daily, isAllDay: true }).exdates).toEqual(['2026-03-05']);
  });

  it('are kept apart where they cannot be read', () => {
    expect(exdatesOf(['something new', oid('2026-03-05')], daily)).toEqual({
      exdates: ['2026-03-05T09:00:00Z'],
      unread: ['something new'],
    });
  });
});

describe('the slot of an occurrence', () => {
  it('is where it was before it was moved', () => {
    const originalStart = '2026-03-04T09:00:00Z';
    expect(recurrenceIdOf({ originalStart }, daily)).toBe('2026-03-04T09:00:00Z');
    expect(recurrenceIdOf({ originalStart, occurrenceId: oid('2026-03-09') }, daily)).toBe('2026-03-04T09:00:00Z');
    expect(recurrenceIdOf({ originalStart: '2026-03-04T09:00:00.0000000+00:00' }, daily)).toBe('2026-03-04T09:00:00Z');
  });

  it('is where a plain occurrence is', () => {
    const start = { dateTime: '2026-03-04T09:00:00.0000000', timeZone: 'UTC' };
    expect(recurrenceIdOf({ start }, daily)).toBe('2026-03-04T09:00:00Z');
  });

  it('is the day in its id where nothing else says it, and unknown without', () => {
    expect(recurrenceIdOf({ occurrenceId: oid('2026-04-01') }, daily)).toBe('2026-04-01T08:00:00Z');
    expect(recurrenceIdOf({}, daily)).toBeNull();
  });

  it.each([
    ['Tokyo Standard Time', '2026-03-03T15:00:00Z'],
    ['Eastern Standard Time', '2026-03-04T05:00:00Z'],
    ['UTC', '2026-03-04T00:00:00Z'],
    ['Eastern Standard Time', '2026-03-04T00:00:00Z'],
    ['tzone://Microsoft/Custom', '2026-03-03T15:00:00Z'],
  ])('of an all-day series in %s is a day', (timeZone, originalStart) => {
    expect(recurrenceIdOf({ originalStart }, { ...daily, isAllDay: true, timeZone })).toBe('2026-03-04');
  });
});
