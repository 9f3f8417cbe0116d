import { describe, expect, it } from 'vitest';
import { demandTold } from '../../shared/api/calendar/demand-told.ts';
import { withRule } from '../../shared/api/calendar/to-event-fields.ts';
import { eventDefaults } from '../../shared/domains/calendar/event-fields.ts';
import { toWire } from '../../shared/domains/calendar/write-members.ts';
import { ProblemError } from '../../shared/errors.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { itemOf, master } from '../support/events.ts';

const berlin = (dateTime: string): Fields => ({ dateTime, timeZone: 'Europe/Berlin' });
/** Mondays at half past midnight in Berlin, which is a Sunday in UTC. */
const series: Fields = {
  ...eventDefaults,
  ...itemOf(
    master({
      originalStartTimeZone: 'W. Europe Standard Time',
      start: { dateTime: '2026-03-01T23:30:00', timeZone: 'UTC' },
      end: { dateTime: '2026-03-02T00:30:00', timeZone: 'UTC' },
      recurrence: {
        pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'], firstDayOfWeek: 'monday' },
        range: { type: 'noEnd', startDate: '2026-03-02', recurrenceTimeZone: 'W. Europe Standard Time' },
      },
    }),
    true,
  ).fields,
};
const rule = series['rrule'];
const moved = (start: string, end: string): Fields => ({ start: berlin(start), end: berlin(end) });

describe('a series that is to begin at another time', () => {
  it('keeps its rule as it is while the day stays on its own clock', () => {
    expect(rule).toBe('FREQ=WEEKLY;BYDAY=MO;WKST=MO');
    const later = moved('2026-03-02T08:00:00Z', '2026-03-02T09:00:00Z');
    expect(withRule(later, series)).toBe(later);
  });

  it('tells its rule anew with the first day that it has then', () => {
    const fields = withRule(moved('2026-03-08T23:30:00Z', '2026-03-09T00:30:00Z'), series);
    expect(fields['rrule']).toBe(rule);
    expect(toWire(fields, { ...series, ...fields })).toMatchObject({
      start: { dateTime: '2026-03-09T00:30:00.0000000' },
      recurrence: { range: { type: 'noEnd', startDate: '2026-03-09' } },
    });
  });

  it('is refused where its rule does not bring that day, at the start that was given', () => {
    const fields = withRule(moved('2026-03-09T23:30:00Z', '2026-03-10T00:30:00Z'), series);
    const tell = (): void => {
      demandTold(fields, { ...series, ...fields }, 'body.start');
    };
    expect(tell).toThrow(ProblemError);
    expect(tell).toThrow(
      expect.objectContaining({
        faults: [{ path: 'body.start', message: expect.stringMatching(/^DTSTART/) as unknown }],
      }),
    );
  });

  it('is told what is given with it, and of others nothing is added', () => {
    const start = moved('2026-03-09T23:30:00Z', '2026-03-10T00:30:00Z');
    const given = { ...start, rrule: 'FREQ=DAILY' };
    expect(withRule(given, series)).toBe(given);
    for (const type of ['single', 'occurrence', 'exception']) expect(withRule(start, { ...series, type })).toBe(start);
    expect(withRule({ subject: 'x' }, series)).toEqual({ subject: 'x' });
  });
});
