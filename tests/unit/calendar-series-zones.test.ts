import { describe, expect, it } from 'vitest';
import { sameFields } from '../../shared/domains/calendar/as-sent.ts';
import { exceptionOf, joinEvent, slotOf } from '../../shared/domains/calendar/join.ts';
import { isRefusal } from '../../shared/domains/calendar/refusal.ts';
import { asShown, toWire } from '../../shared/domains/calendar/write-members.ts';
import type { EngineRecord } from '../../shared/engine/model.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { exception, itemOf, master, occurrence, recordOf } from '../support/events.ts';

const CUSTOM = 'tzone://Microsoft/Custom';
const EASTERN = 'Eastern Standard Time';
const utc = (dateTime: string): Fields => ({ dateTime, timeZone: 'UTC' });
const masterRecord = (more: Fields): EngineRecord => {
  const record = recordOf(master(more));
  return { ...record, fields: { ...record.fields, ...itemOf(master(more), true).fields } };
};
const joined = (item: Fields, of: EngineRecord): Fields => joinEvent(item, new Map([[of.graphId ?? '', of]]));
const repeating = (pattern: Fields, range: Fields): Fields => ({
  recurrence: {
    pattern: { type: 'daily', interval: 1, ...pattern },
    range: { type: 'noEnd', startDate: '2026-03-02', ...range },
  },
});
const wireOf = (written: Fields, event: Fields): Fields => {
  const body = toWire(written, { ...event, ...written });
  if (isRefusal(body)) throw new Error(`refused: ${body.part} ${body.reason}`);
  return body;
};

describe('the start of a series', () => {
  const tokyo = repeating({}, { recurrenceTimeZone: 'Tokyo Standard Time' });
  const made = {
    ...tokyo,
    originalStartTimeZone: EASTERN,
    start: utc('2026-03-02T14:00:00'),
    end: utc('2026-03-02T15:00:00'),
  };

  it('is in the zone that its rule counts days in, whichever it was written in', () => {
    expect(itemOf(master(made), true).fields).toMatchObject({
      ...{ originalTimeZone: EASTERN, rrule: 'FREQ=DAILY' },
      start: { dateTime: '2026-03-02T14:00:00Z', timeZone: 'Asia/Tokyo' },
      end: { dateTime: '2026-03-02T15:00:00Z', timeZone: 'Asia/Tokyo' },
    });
  });

  it('is not told anew where the rule alone is written, and its zone and first day stay', () => {
    const { fields } = masterRecord(made);
    expect(wireOf({ rrule: 'FREQ=DAILY;COUNT=3' }, fields)).toStrictEqual({
      recurrence: {
        pattern: {
          type: 'daily',
          interval: 1,
          daysOfWeek: [],
          firstDayOfWeek: 'sunday',
          index: 'first',
          month: 0,
          dayOfMonth: 0,
        },
        range: {
          ...{ type: 'numbered', startDate: '2026-03-02', endDate: '0001-01-01', numberOfOccurrences: 3 },
          recurrenceTimeZone: 'Tokyo Standard Time',
        },
      },
    });
  });

  it('is told on its clock, though that shows the time twice', () => {
    const event = {
      start: { dateTime: '2026-10-25T01:30:00Z', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-10-25T02:00:00Z', timeZone: 'Europe/Berlin' },
      isAllDay: false,
    };
    expect(wireOf(event, {})).toMatchObject({ start: { timeZone: 'UTC' } });
    expect(wireOf({ ...event, rrule: 'FREQ=DAILY' }, {})).toMatchObject({
      start: { dateTime: '2026-10-25T02:30:00.0000000', timeZone: 'W. Europe Standard Time' },
      recurrence: { range: { startDate: '2026-10-25', recurrenceTimeZone: 'W. Europe Standard Time' } },
    });
  });
});

describe('a series in a zone without a name', () => {
  const custom = { ...repeating({}, { recurrenceTimeZone: CUSTOM }), originalStartTimeZone: CUSTOM };
  // At 23:30, three and a half hours ahead of UTC.
  const late = { ...custom, start: utc('2026-03-02T20:00:00'), end: utc('2026-03-02T21:00:00') };

  it('is told its rule without a zone, from the day that it begins on there', () => {
    const recurrence = wireOf({ rrule: 'FREQ=DAILY;UNTIL=20260305T230000Z' }, masterRecord(late).fields)['recurrence'];
    expect(recurrence).toMatchObject({ range: { type: 'endDate', startDate: '2026-03-02', endDate: '2026-03-05' } });
    expect(JSON.stringify(recurrence)).not.toContain('recurrenceTimeZone');
  });

  it('P9 shows a rule that is written as Outlook will, and stays in its zone though it is moved in UTC', () => {
    const { fields } = masterRecord(late);
    const rrule = 'FREQ=DAILY;UNTIL=20260305T230000Z';
    const range = { type: 'endDate', endDate: '2026-03-05', recurrenceTimeZone: CUSTOM };
    const echo = masterRecord({ ...late, ...repeating({}, range) }).fields;
    expect(asShown({ rrule }, fields)).toEqual({ rrule: echo['rrule'] });
    const start = { dateTime: '2026-03-03T22:00:00Z', timeZone: 'UTC' };
    const moved = { start, end: { ...start, dateTime: '2026-03-03T22:30:00Z' } };
    expect(wireOf(moved, echo)).not.toHaveProperty('recurrence');
    expect(wireOf({ ...moved, start: { ...start, timeZone: 'Asia/Tokyo' } }, echo)).toMatchObject({
      recurrence: { range: { startDate: '2026-03-04', recurrenceTimeZone: 'Tokyo Standard Time' } },
    });
  });

  it('names a slot in summer as its EXDATEs do, whoever takes it out', () => {
    const of = masterRecord({ ...late, cancelledOccurrences: ['OID.M1.2026-06-02'] });
    const times = { start: utc('2026-06-02T19:00:00'), end: utc('2026-06-02T20:00:00') };
    const part = recordOf(occurrence('2026-06-02', times)).fields;
    expect([slotOf(part, of.fields)]).toEqual(of.fields['exdates']);
    expect(joined(part, of)['recurrenceId']).toBe('2026-06-02T19:00:00Z');
  });

  it('keeps its days where it lasts all day', () => {
    const allDay = { ...custom, isAllDay: true, start: utc('2026-03-01T20:30:00'), end: utc('2026-03-02T20:30:00') };
    const { fields } = masterRecord(allDay);
    expect(fields).toMatchObject({ start: { date: '2026-03-02' }, end: { date: '2026-03-03' } });
    expect(wireOf({ rrule: 'FREQ=DAILY;UNTIL=20260305' }, fields)['recurrence']).toMatchObject({
      range: { startDate: '2026-03-02', endDate: '2026-03-05' },
    });
  });
});

describe('a rule that means the same days', () => {
  const weekly = masterRecord(
    repeating({ type: 'weekly', daysOfWeek: ['monday'], firstDayOfWeek: 'sunday' }, {}),
  ).fields;
  const patternFor = (rrule: string, of = weekly): unknown => {
    const { recurrence } = wireOf({ rrule }, of);
    return recurrence;
  };

  it('is told as the pattern that stands: by another one Outlook forgets what was changed', () => {
    const same = { pattern: { firstDayOfWeek: 'sunday', daysOfWeek: ['monday'], interval: 1 } };
    for (const rrule of ['FREQ=WEEKLY;BYDAY=MO;COUNT=3', 'FREQ=DAILY;BYDAY=MO;COUNT=3', 'FREQ=WEEKLY;COUNT=3'])
      expect(patternFor(rrule)).toMatchObject(same);
  });

  const apart = (daysOfWeek: readonly string[]): Fields =>
    masterRecord(repeating({ type: 'weekly', interval: 2, daysOfWeek: [...daysOfWeek], firstDayOfWeek: 'sunday' }, {}))
      .fields;

  it('is told so every other week as well, where the days of a week stay together', () => {
    for (const [days, rrule] of [
      [['monday'], 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=3'],
      [['monday', 'wednesday'], 'FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,MO;COUNT=3'],
    ] as const)
      expect(patternFor(rrule, apart(days))).toMatchObject({ pattern: { firstDayOfWeek: 'sunday', daysOfWeek: days } });
  });

  it('is another one where the first day of the week counts, or the days are others', () => {
    expect(patternFor('FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO', apart(['sunday', 'monday']))).toMatchObject({
      pattern: { firstDayOfWeek: 'monday' },
    });
    expect(patternFor('FREQ=WEEKLY;BYDAY=MO,TU')).toMatchObject({ pattern: { daysOfWeek: ['monday', 'tuesday'] } });
  });
});

describe('an exception of another sort than its series', () => {
  const evening = { ...repeating({}, { recurrenceTimeZone: EASTERN }), originalStartTimeZone: EASTERN };
  const timed = masterRecord({ ...evening, start: utc('2026-03-03T00:00:00'), end: utc('2026-03-03T01:00:00') });
  const midnight = { isAllDay: true, start: utc('2026-03-02T00:00:00'), end: utc('2026-03-03T00:00:00') };
  const allDay = masterRecord({ ...evening, ...midnight });

  it('names the time that it had, though it lasts all day now', () => {
    for (const originalStart of ['2026-03-05T00:00:00Z', '2026-03-05T14:00:00Z']) {
      const { fields } = recordOf(
        exception('2026-03-04', { ...midnight, originalStartTimeZone: EASTERN, originalStart }),
      );
      expect([joined(fields, timed)['recurrenceId'], slotOf(fields, timed.fields)]).toEqual([
        originalStart,
        originalStart,
      ]);
    }
    const home = recordOf(
      exception('2026-03-04', { ...midnight, originalStartTimeZone: EASTERN, originalStart: '2026-03-04T05:00:00Z' }),
    );
    const atMidnight = masterRecord({ ...evening, start: utc('2026-03-02T05:00:00'), end: utc('2026-03-02T06:00:00') });
    expect(joined(home.fields, atMidnight)['recurrenceId']).toBe('2026-03-04T05:00:00Z');
  });

  it('names the time that it had, though that is midnight where it was made, and whatever is written of it', () => {
    const london = 'GMT Standard Time';
    const night = { ...repeating({}, { recurrenceTimeZone: london }), originalStartTimeZone: london };
    const of = masterRecord({ ...night, start: utc('2026-03-02T23:00:00'), end: utc('2026-03-02T23:30:00') });
    const originalStart = '2026-03-04T23:00:00Z';
    const days = { isAllDay: true, start: utc('2026-03-05T00:00:00'), end: utc('2026-03-06T00:00:00') };
    const { fields } = recordOf(
      exception('2026-03-04', { ...days, originalStartTimeZone: 'W. Europe Standard Time', originalStart }),
    );
    expect([joined(fields, of)['recurrenceId'], slotOf(fields, of.fields)]).toEqual([originalStart, originalStart]);
    const start = { dateTime: '2026-03-05T01:00:00Z', timeZone: 'Asia/Tokyo' };
    const times = { isAllDay: false, start, end: { ...start, dateTime: '2026-03-05T02:00:00Z' } };
    const written = { ...fields, ...exceptionOf(fields, of.fields, times), originalTimeZone: 'Tokyo Standard Time' };
    expect(joined(written, of)['recurrenceId']).toBe(originalStart);
    for (const patch of [{ subject: 'x' }, { start: { date: '2026-03-06' }, end: { date: '2026-03-07' } }])
      expect(exceptionOf(fields, of.fields, patch)).toEqual(patch);
  });

  it('names the time that it had, where its clock shows midnight a second time', () => {
    const cuba = 'Cuba Standard Time';
    const night = { ...repeating({}, { recurrenceTimeZone: 'UTC' }), originalStartTimeZone: 'UTC' };
    const of = masterRecord({ ...night, start: utc('2026-03-02T05:00:00'), end: utc('2026-03-02T05:30:00') });
    const days = { isAllDay: true, start: utc('2026-11-01T00:00:00'), end: utc('2026-11-02T00:00:00') };
    const originalStart = '2026-11-01T05:00:00Z';
    const { fields } = recordOf(exception('2026-11-01', { ...days, originalStartTimeZone: cuba, originalStart }));
    expect(joined(fields, of)['recurrenceId']).toBe(originalStart);
  });

  it('names the day that it had, though it has times now', () => {
    for (const originalStart of ['2026-03-04T05:00:00Z', '2026-03-04T00:00:00Z']) {
      const { fields } = recordOf(exception('2026-03-04', { originalStartTimeZone: EASTERN, originalStart }));
      expect([joined(fields, allDay)['recurrenceId'], slotOf(fields, allDay.fields)]).toEqual([
        '2026-03-04',
        '2026-03-04',
      ]);
    }
  });

  it('shows what was written of it, before Outlook has told of it', () => {
    const times = (hour: string) => ({ start: utc(`2026-03-05T${hour}:00:00`), end: utc(`2026-03-06T${hour}:00:00`) });
    const day = recordOf(occurrence('2026-03-05', times('00'))).fields;
    const start = { dateTime: '2026-03-05T14:00:00Z', timeZone: 'America/New_York' };
    const written = {
      isAllDay: false,
      start,
      end: { ...start, dateTime: '2026-03-05T15:00:00Z' },
      originalTimeZone: EASTERN,
    };
    const moved = { ...day, ...exceptionOf(day, allDay.fields, written) };
    expect(joined(moved, allDay)).toMatchObject({ isAllDay: false, start, recurrenceId: '2026-03-05' });
  });

  it('is told as midnights of the zone that its series was made in', () => {
    const day = recordOf(occurrence('2026-03-05')).fields;
    const patch = exceptionOf(day, allDay.fields, {
      isAllDay: true,
      start: { date: '2026-03-06' },
      end: { date: '2026-03-07' },
    });
    expect(wireOf(patch, day)).toMatchObject({
      start: { dateTime: '2026-03-06T00:00:00.0000000', timeZone: EASTERN },
      end: { dateTime: '2026-03-07T00:00:00.0000000', timeZone: EASTERN },
    });
    expect(exceptionOf(day, allDay.fields, { subject: 'Other' })).not.toHaveProperty('originalTimeZone');
  });
});

it('a zone by another of its names is what was sent', () => {
  expect(
    sameFields(
      { originalTimeZone: 'Europe/Berlin', subject: 'x' },
      { originalTimeZone: 'W. Europe Standard Time', subject: 'x' },
    ),
  ).toBe(true);
});
