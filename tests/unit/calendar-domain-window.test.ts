import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sideOf, spanOfWindow, windowAt, windowQuery } from '../../shared/domains/calendar/window.ts';
import type { Side } from '../../shared/engine/domain.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { exception, itemOf, master, occurrence, single } from '../support/events.ts';

const DAY_MS = 86_400_000;
const instants = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
const settings = fc.record({
  pastDays: fc.integer({ min: 0, max: 400 }),
  futureDays: fc.integer({ min: 1, max: 400 }),
});

describe('P18: the window of a calendar', () => {
  it('always holds what was asked for, until it rolls, though it does so up to a day late', () => {
    fc.assert(
      fc.property(instants, fc.string({ minLength: 1 }), settings, (now, id, wanted) => {
        const window = spanOfWindow(windowAt(now, id, wanted));
        expect(window?.from).toBeLessThanOrEqual(now.getTime() - wanted.pastDays * DAY_MS);
        expect(window?.to).toBeGreaterThanOrEqual(now.getTime() + (wanted.futureDays + 1) * DAY_MS);
        expect((window?.to ?? 0) - (window?.from ?? 0)).toBe((wanted.pastDays + wanted.futureDays + 4) * DAY_MS);
      }),
    );
  });

  it('rolls once in a day, by a day, each calendar at an hour of its own', () => {
    const wanted = { pastDays: 30, futureDays: 365 };
    const hours = new Set<number>();
    for (let calendar = 0; calendar < 60; calendar++) {
      const windows = Array.from({ length: 25 }, (_, hour) =>
        windowAt(new Date(Date.parse('2026-03-02T00:30:00Z') + hour * 3_600_000), `calendar ${calendar}`, wanted),
      );
      const changes = windows.slice(1).flatMap((window, at) => (window === windows[at] ? [] : [at]));
      expect(changes).toHaveLength(1);
      hours.add(changes[0] ?? -1);
      const [before, after] = [spanOfWindow(windows[0] ?? ''), spanOfWindow(windows[24] ?? '')];
      expect((after?.from ?? 0) - (before?.from ?? 0)).toBe(DAY_MS);
    }
    expect(hours.size).toBeGreaterThan(12);
  });

  it('is asked for in UTC, its end exclusive', () => {
    expect(windowQuery('2026-03-01/2026-04-01')).toBe(
      'startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z',
    );
    expect(spanOfWindow('rubbish')).toBeNull();
  });
});

describe('the side of a window', () => {
  const WINDOW = '2026-03-01/2026-04-01';
  const timed = (start: string, end: string): Fields =>
    itemOf(single({ start: { dateTime: start, timeZone: 'UTC' }, end: { dateTime: end, timeZone: 'UTC' } })).fields;
  const days = (start: string, end: string): Fields => ({ isAllDay: true, start: { date: start }, end: { date: end } });

  it('is behind for an event that is over before it begins, ahead for one that begins when it is over', () => {
    const cases: [Fields, Side | null][] = [
      [timed('2026-02-28T23:00:00', '2026-03-01T00:00:00'), 'behind'],
      [timed('2026-02-28T23:00:00', '2026-03-01T00:00:01'), null],
      [timed('2026-03-31T23:59:59', '2026-04-01T01:00:00'), null],
      [timed('2026-04-01T00:00:00', '2026-04-01T01:00:00'), 'ahead'],
      [timed('2026-04-01T00:00:00', '2026-04-01T00:00:00'), 'ahead'],
      [timed('2026-03-01T00:00:00', '2026-03-01T00:00:00'), null],
      [timed('2026-01-01T00:00:00', '2027-01-01T00:00:00'), null],
    ];
    expect(cases.map(([fields]) => sideOf(fields, WINDOW))).toEqual(cases.map(([, side]) => side));
  });

  it('is told of an all-day event only where it is so on every clock', () => {
    expect([
      sideOf(days('2026-02-28', '2026-03-01'), WINDOW),
      sideOf(days('2026-02-27', '2026-02-28'), WINDOW),
      sideOf(days('2026-04-01', '2026-04-02'), WINDOW),
      sideOf(days('2026-04-02', '2026-04-03'), WINDOW),
    ]).toEqual([null, 'behind', null, 'ahead']);
  });

  it('is that of an occurrence or exception by its own time', () => {
    expect([
      sideOf(itemOf(occurrence('2026-02-20')).fields, WINDOW),
      sideOf(itemOf(occurrence('2026-03-20')).fields, WINDOW),
      sideOf(itemOf(exception('2026-04-20')).fields, WINDOW),
    ]).toEqual(['behind', null, 'ahead']);
  });

  it('is behind for a series that has ended, ahead for one that has not begun; none for one that goes on', () => {
    const range = (range: Fields, pattern: Fields = { type: 'daily', interval: 1 }): Side | null =>
      sideOf(
        itemOf(master({ recurrence: { pattern, range: { startDate: '2026-03-02', ...range } } })).fields,
        '2027-03-01/2027-04-01',
      );
    expect([
      range({ type: 'endDate', endDate: '2026-12-31' }),
      range({ type: 'endDate', endDate: '2027-03-01' }),
      range({ type: 'noEnd' }),
      range({ type: 'numbered', numberOfOccurrences: 100 }),
      range({ type: 'numbered', numberOfOccurrences: 400 }),
      range({ type: 'numbered', numberOfOccurrences: 12 }, { type: 'absoluteMonthly', interval: 1, dayOfMonth: 2 }),
      range({ type: 'numbered', numberOfOccurrences: 10 }, { type: 'absoluteMonthly', interval: 1, dayOfMonth: 2 }),
      range({ type: 'mystery' }),
      sideOf(itemOf(master()).fields, '2025-01-01/2025-02-01'),
    ]).toEqual(['behind', null, null, 'behind', null, null, 'behind', null, 'ahead']);
  });

  it('is none where nobody can say when the event is', () => {
    const old = timed('2020-01-01T00:00:00', '2020-01-01T01:00:00');
    expect([sideOf({}, WINDOW), sideOf(old, 'odd')]).toEqual([null, null]);
  });
});
