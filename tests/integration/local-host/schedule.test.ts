import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../../infra/local/host/timers/ncrontab.ts';
import { checkPastDue, isTooFrequentToMonitor, statusAfterRun } from '../../../infra/local/host/timers/status.ts';

const START = new Date('2026-11-26T01:02:03Z');

function occurrences(text: string, count: number): string[] {
  const schedule = parseSchedule(text);
  const found: string[] = [];
  let at = START;
  for (let index = 0; index < count; index += 1) {
    at = schedule.next(at);
    found.push(at.toISOString());
  }
  return found;
}

/** Texts of one field: everything, a number, a range, a list or a step. */
function field(min: number, max: number): fc.Arbitrary<string> {
  const number = fc.integer({ min, max });
  const range = fc.tuple(number, number).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 1, max: Math.max(1, Math.floor((max - min) / 2)) }).map((size) => `*/${size}`);
  const list = fc.array(number, { minLength: 1, maxLength: 3 }).map((numbers) => numbers.join(','));
  return fc.oneof(fc.constant('*'), number.map(String), range, step, list);
}

describe('NCRONTAB', () => {
  it('finds the same occurrences as another implementation', () => {
    const text = fc
      .tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
      .map((fields) => fields.join(' '));
    fc.assert(
      fc.property(
        text,
        fc.date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true }),
        (schedule, after) => {
          const expected = new Cron(schedule, { timezone: 'UTC', domAndDow: true }).nextRun(after);
          fc.pre(expected !== null);
          expect(parseSchedule(schedule).next(after).toISOString()).toBe(expected.toISOString());
        },
      ),
    );
  });

  it('takes five fields as a schedule without seconds', () => {
    expect(occurrences('*/30 * * * *', 2)).toEqual(['2026-11-26T01:30:00.000Z', '2026-11-26T02:00:00.000Z']);
  });

  it('understands names, long and short', () => {
    expect(occurrences('0 0 9 * Jan Mon', 1)).toEqual(['2027-01-04T09:00:00.000Z']);
    expect(occurrences('0 0 9 * january MONDAY-friday', 1)).toEqual(['2027-01-01T09:00:00.000Z']);
  });

  it.each(['', '* * * *', '60 * * * * *', '* * * 0 * *', '* * * * * 7', '*/0 * * * * *', 'x * * * * *', '00:05:00'])(
    'refuses %j',
    (text) => {
      expect(() => parseSchedule(text)).toThrow();
    },
  );

  it('says so when a schedule never comes', () => {
    expect(() => parseSchedule('0 0 0 30 2 *').next(START)).toThrow('no next occurrence');
  });

  it('is too frequent to monitor when it fires more than once a minute, now and then is enough', () => {
    expect(isTooFrequentToMonitor(parseSchedule('0,30 * * * * *'), START)).toBe(true);
    expect(isTooFrequentToMonitor(parseSchedule('0 * * * * *'), START)).toBe(false);
  });

  it('is past due after its stored next run, and not before', () => {
    const schedule = parseSchedule('0 0 * * * *');
    const status = statusAfterRun(schedule, START);
    expect(checkPastDue(schedule, status, new Date('2026-11-26T01:59:59Z')).isPastDue).toBe(false);
    expect(checkPastDue(schedule, status, new Date('2026-11-26T05:00:00Z')).isPastDue).toBe(true);
  });
});
