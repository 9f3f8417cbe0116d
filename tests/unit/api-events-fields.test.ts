import { describe, expect, it } from 'vitest';
import { demandTold } from '../../shared/api/calendar/demand-told.ts';
import { sameFields } from '../../shared/domains/calendar/as-sent.ts';
import { eventDefaults } from '../../shared/domains/calendar/event-fields.ts';
import type { Refusal } from '../../shared/domains/calendar/refusal.ts';
import { asShown, toWire } from '../../shared/domains/calendar/write-members.ts';
import { ProblemError } from '../../shared/errors.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { itemOf, master } from '../support/events.ts';

/** Mondays at half past midnight in Berlin, which is a Sunday in UTC. */
const seriesOf = (range: Fields, more: Fields = {}): Fields => ({
  ...eventDefaults,
  ...itemOf(
    master({
      originalStartTimeZone: 'W. Europe Standard Time',
      start: { dateTime: '2026-03-01T23:30:00', timeZone: 'UTC' },
      end: { dateTime: '2026-03-02T00:30:00', timeZone: 'UTC' },
      recurrence: {
        pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'], firstDayOfWeek: 'monday' },
        range: { startDate: '2026-03-02', recurrenceTimeZone: 'W. Europe Standard Time', ...range },
      },
      ...more,
    }),
    true,
  ).fields,
});
const series = seriesOf({ type: 'noEnd' });
const ending = seriesOf({ type: 'endDate', endDate: '2026-03-16' });
/** The same days without times, made in UTC. */
const midnight = (dateTime: string): Fields => ({ dateTime, timeZone: 'UTC' });
const allDays = seriesOf(
  { type: 'noEnd', recurrenceTimeZone: 'UTC' },
  {
    ...{ isAllDay: true, originalStartTimeZone: 'UTC', originalEndTimeZone: 'UTC' },
    ...{ start: midnight('2026-03-02T00:00:00'), end: midnight('2026-03-03T00:00:00') },
  },
);
const moved = (start: string, end: string, timeZone = 'Europe/Berlin'): Fields => ({
  start: { dateTime: start, timeZone },
  end: { dateTime: end, timeZone },
  isAllDay: false,
  originalTimeZone: timeZone,
});
const wireOf = (written: Fields, event = series): Fields | Refusal => toWire(written, { ...event, ...written });

describe('a series that is to begin at another time', () => {
  it('keeps its rule as it is while the day stays on its own clock', () => {
    expect(series['rrule']).toBe('FREQ=WEEKLY;BYDAY=MO;WKST=MO');
    expect(wireOf(moved('2026-03-02T08:00:00Z', '2026-03-02T09:00:00Z'))).not.toHaveProperty('recurrence');
    // By another name of its zone, too.
    const rome = moved('2026-03-02T08:00:00Z', '2026-03-02T09:00:00Z', 'Europe/Rome');
    expect(wireOf(rome)).not.toHaveProperty('recurrence');
  });

  it('tells its rule anew with the first day that it has then', () => {
    expect(wireOf(moved('2026-03-08T23:30:00Z', '2026-03-09T00:30:00Z'))).toMatchObject({
      start: { dateTime: '2026-03-09T00:30:00.0000000' },
      recurrence: {
        pattern: { type: 'weekly', daysOfWeek: ['monday'], firstDayOfWeek: 'monday' },
        range: { type: 'noEnd', startDate: '2026-03-09', recurrenceTimeZone: 'W. Europe Standard Time' },
      },
    });
  });

  it('is refused where its rule does not bring that day, or has ended by then, at the start that was given', () => {
    for (const [event, day] of [
      [series, '10'],
      [ending, '23'],
    ] as const) {
      const fields = moved(`2026-03-${day}T08:00:00Z`, `2026-03-${day}T09:00:00Z`);
      const tell = (): void => {
        demandTold(fields, { ...event, ...fields }, 'body.start');
      };
      expect(tell).toThrow(ProblemError);
      expect(tell).toThrow(
        expect.objectContaining({
          faults: [{ path: 'body.start', message: expect.stringMatching(/^DTSTART/) as unknown }],
        }),
      );
    }
  });

  it('is told the rule that is given with it, and of others nothing is added', () => {
    const start = moved('2026-03-10T08:00:00Z', '2026-03-10T09:00:00Z');
    expect(wireOf({ ...start, rrule: 'FREQ=DAILY' })).toMatchObject({ recurrence: { pattern: { type: 'daily' } } });
    expect(wireOf(start, { ...series, type: 'single', rrule: null, recurrence: null })).not.toHaveProperty(
      'recurrence',
    );
    expect(wireOf({ subject: 'x' })).toEqual({ subject: 'x' });
  });
});

describe('a series that is moved into another time zone', () => {
  const tokyo = moved('2026-03-01T17:00:00Z', '2026-03-01T18:00:00Z', 'Asia/Tokyo');

  it('repeats on the clock there, on the same days, and is shown so at once', () => {
    // Monday at two in Tokyo is a Sunday in Berlin.
    expect(wireOf(tokyo)).toMatchObject({
      start: { dateTime: '2026-03-02T02:00:00.0000000', timeZone: 'Tokyo Standard Time' },
      recurrence: {
        pattern: { daysOfWeek: ['monday'] },
        range: { startDate: '2026-03-02', recurrenceTimeZone: 'Tokyo Standard Time' },
      },
    });
    expect(asShown(tokyo, series)).toMatchObject({
      ...{ start: tokyo['start'], end: tokyo['end'], originalTimeZone: 'Tokyo Standard Time' },
      rrule: series['rrule'],
    });
  });

  it('ends on the same day there, whatever instant that was', () => {
    expect(ending).toMatchObject({ rrule: 'FREQ=WEEKLY;BYDAY=MO;WKST=MO;UNTIL=20260316T225959Z' });
    const shown = asShown(tokyo, ending);
    expect(shown['rrule']).toBe('FREQ=WEEKLY;BYDAY=MO;WKST=MO;UNTIL=20260316T145959Z');
    // With the rule as it is shown then, and without it.
    for (const written of [tokyo, { ...tokyo, rrule: shown['rrule'] ?? null }])
      expect(wireOf(written, ending)).toMatchObject({
        recurrence: { range: { type: 'endDate', endDate: '2026-03-16' } },
      });
  });

  it('gets its times in one, and its days in its own', () => {
    expect(wireOf(moved('2026-03-02T08:00:00Z', '2026-03-02T09:00:00Z'), allDays)).toMatchObject({
      recurrence: { range: { startDate: '2026-03-02', recurrenceTimeZone: 'W. Europe Standard Time' } },
    });
    const allDay = { start: { date: '2026-03-09' }, end: { date: '2026-03-10' }, isAllDay: true };
    expect(wireOf(allDay, { ...series, originalTimeZone: 'Tokyo Standard Time' })).toMatchObject({
      start: { dateTime: '2026-03-09T00:00:00.0000000', timeZone: 'Tokyo Standard Time' },
      recurrence: { range: { startDate: '2026-03-09', recurrenceTimeZone: 'Tokyo Standard Time' } },
    });
  });

  it('P8 has not arrived while it begins at that instant in its old zone', () => {
    const sent = moved('2026-03-01T23:30:00Z', '2026-03-02T00:30:00Z', 'Europe/London');
    expect(sameFields(sent, series)).toBe(false);
    expect(sameFields(moved('2026-03-01T23:30:00Z', '2026-03-02T00:30:00Z', 'Europe/Rome'), series)).toBe(true);
  });
});
