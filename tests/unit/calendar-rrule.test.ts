import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefusal } from '../../shared/domains/calendar/refusal.ts';
import { parseRule } from '../../shared/domains/calendar/rrule-parse.ts';
import { printRule } from '../../shared/domains/calendar/rrule.ts';
import { recurrenceOf, rruleOf } from '../../shared/domains/calendar/rrule-of.ts';

/** Tuesday, 13 January 2026, the second Tuesday of its month. */
const tuesday = { date: '2026-01-13', time: '09:30:00', timeZone: 'Europe/London' };
const on = (date: string) => ({ ...tuesday, date });
const like = (says: RegExp): unknown => expect.stringMatching(says);

/** The rule as we write it ourselves once Graph holds it. */
function held(rrule: string, start = tuesday): unknown {
  const recurrence = recurrenceOf(rrule, start);
  if (isRefusal(recurrence)) return recurrence;
  return rruleOf(recurrence, { isAllDay: false, timeZone: start.timeZone, firstStart: null });
}

describe('spellings of one rule', () => {
  it.each([
    ['FREQ=MONTHLY;BYDAY=2TU', 'FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2'],
    ['FREQ=MONTHLY;BYDAY=+2TU;BYSETPOS=1', 'FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2'],
    ['FREQ=MONTHLY;BYDAY=TU;BYMONTHDAY=14,8,9,10,11,12,13', 'FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2'],
    ['FREQ=MONTHLY', 'FREQ=MONTHLY;BYMONTHDAY=13'],
    ['FREQ=MONTHLY;BYMONTHDAY=13;BYSETPOS=-1', 'FREQ=MONTHLY;BYMONTHDAY=13'],
    ['FREQ=YEARLY', 'FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=13'],
    ['FREQ=YEARLY;BYMONTH=1', 'FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=13'],
    ['FREQ=MONTHLY;BYMONTH=1;BYMONTHDAY=13', 'FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=13'],
    ['FREQ=YEARLY;BYMONTHDAY=13', 'FREQ=MONTHLY;BYMONTHDAY=13'],
    ['FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=-19', 'FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=13'],
    ['FREQ=YEARLY;BYDAY=2TU', 'FREQ=YEARLY;BYMONTH=1;BYDAY=TU;BYSETPOS=2'],
    ['FREQ=YEARLY;BYMONTH=1;BYDAY=2TU', 'FREQ=YEARLY;BYMONTH=1;BYDAY=TU;BYSETPOS=2'],
    ['FREQ=WEEKLY', 'FREQ=WEEKLY;BYDAY=TU;WKST=MO'],
    ['FREQ=DAILY;BYDAY=MO,TU', 'FREQ=WEEKLY;BYDAY=MO,TU;WKST=MO'],
    ['FREQ=MONTHLY;BYDAY=TU', 'FREQ=WEEKLY;BYDAY=TU;WKST=MO'],
    ['FREQ=YEARLY;BYDAY=TU', 'FREQ=WEEKLY;BYDAY=TU;WKST=MO'],
    ['FREQ=DAILY;BYHOUR=9;BYMINUTE=30;BYSECOND=0', 'FREQ=DAILY'],
    [' rrule:count=5;freq=daily;', 'FREQ=DAILY;COUNT=5'],
    ['freq=weekly; byday=mo, tu ; count = 3', 'FREQ=WEEKLY;BYDAY=MO,TU;WKST=MO;COUNT=3'],
  ])('%s is %s', (spelt, ours) => {
    expect(held(spelt)).toBe(ours);
  });

  it.each([
    ['FREQ=MONTHLY;BYMONTHDAY=-1', '2026-01-31', 'FREQ=MONTHLY;BYMONTHDAY=-1'],
    ['FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1', '2026-01-31', 'FREQ=MONTHLY;BYMONTHDAY=-1'],
    ['FREQ=MONTHLY;BYMONTHDAY=30,-1;BYSETPOS=1', '2026-01-30', 'FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1'],
    ['FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=31', '2026-01-31', 'FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=-1'],
    ['FREQ=YEARLY', '2026-01-31', 'FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=31'],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29,-1;BYSETPOS=1', '2026-02-28', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1'],
    ['FREQ=YEARLY;BYDAY=-1FR', '2026-12-25', 'FREQ=YEARLY;BYMONTH=12;BYDAY=FR;BYSETPOS=-1'],
    ['FREQ=MONTHLY;BYDAY=TU;BYMONTHDAY=22,23,24,25,26,27,28', '2026-01-27', 'FREQ=MONTHLY;BYDAY=TU;BYSETPOS=4'],
    ['FREQ=MONTHLY;BYDAY=-1FR', '2026-01-30', 'FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1'],
    ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=-7,-6,-5,-4,-3,-2,-1', '2026-01-30', 'FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1'],
    ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', '2026-01-30', 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1'],
  ])('%s from %s is %s', (spelt, date, ours) => {
    expect(held(spelt, on(date))).toBe(ours);
  });
});

describe('a day that its month never has', () => {
  it('is held as the last one', () => {
    const recurrence = recurrenceOf('FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31,-1;BYSETPOS=1', on('2026-04-30'));
    expect(recurrence).toMatchObject({ pattern: { type: 'absoluteYearly', month: 4, dayOfMonth: 30 } });
  });
});

describe('what Outlook cannot repeat', () => {
  it.each([
    ['FREQ', 'FREQ=SECONDLY'],
    ['FREQ', 'FREQ=HOURLY;INTERVAL=24'],
    ['FREQ', 'INTERVAL=2'],
    ['FREQ', 'FREQ=FORTNIGHTLY'],
    ['BYHOUR', 'FREQ=DAILY;BYHOUR=9,17'],
    ['BYHOUR', 'FREQ=DAILY;BYHOUR=10'],
    ['BYMINUTE', 'FREQ=DAILY;BYMINUTE=0'],
    ['BYSECOND', 'FREQ=DAILY;BYSECOND=1'],
    ['BYYEARDAY', 'FREQ=YEARLY;BYYEARDAY=100'],
    ['BYWEEKNO', 'FREQ=YEARLY;BYWEEKNO=20'],
    ['RSCALE', 'RSCALE=CHINESE;FREQ=YEARLY'],
    ['SKIP', 'FREQ=MONTHLY;SKIP=BACKWARD'],
    ['BYMONTH', 'FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=13'],
    ['BYMONTH', 'FREQ=MONTHLY;INTERVAL=2;BYMONTH=1'],
    ['BYMONTH', 'FREQ=DAILY;BYMONTH=1'],
    ['BYMONTH', 'FREQ=YEARLY;BYMONTH=1;BYDAY=TU'],
    ['BYMONTHDAY', 'FREQ=MONTHLY;BYMONTHDAY=13,27'],
    ['BYMONTHDAY', 'FREQ=MONTHLY;BYMONTHDAY=-2'],
    ['BYMONTHDAY', 'FREQ=WEEKLY;BYMONTHDAY=13'],
    ['BYMONTHDAY', 'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13'],
    ['BYMONTHDAY', 'FREQ=MONTHLY;BYMONTHDAY=29,30;BYSETPOS=-1'],
    ['BYMONTHDAY', 'FREQ=MONTHLY;BYMONTHDAY=29,30;BYSETPOS=1'],
    ['BYMONTHDAY', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-2'],
    ['BYMONTHDAY', 'FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31'],
    ['BYMONTHDAY', 'FREQ=YEARLY;INTERVAL=2;BYMONTHDAY=13'],
    ['BYMONTHDAY', 'FREQ=YEARLY;BYMONTHDAY=13;BYSETPOS=1'],
    ['BYSETPOS', 'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=5'],
    ['BYSETPOS', 'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1,-1'],
    ['BYSETPOS', 'FREQ=MONTHLY;BYDAY=2TU;BYSETPOS=2'],
    ['BYSETPOS', 'FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1'],
    ['BYSETPOS', 'FREQ=MONTHLY;BYMONTHDAY=13,14,15;BYSETPOS=2'],
    ['BYDAY', 'FREQ=MONTHLY;BYDAY=5TU'],
    ['BYDAY', 'FREQ=MONTHLY;BYDAY=-2TU'],
    ['BYDAY', 'FREQ=MONTHLY;BYDAY=2TU,4TU'],
    ['BYDAY', 'FREQ=YEARLY;BYDAY=20MO'],
    ['BYDAY', 'FREQ=WEEKLY;BYDAY=2TU'],
    ['INTERVAL', 'FREQ=DAILY;INTERVAL=2;BYDAY=TU'],
    ['INTERVAL', 'FREQ=MONTHLY;INTERVAL=2;BYDAY=TU'],
    ['DTSTART', 'FREQ=WEEKLY;BYDAY=MO'],
    ['DTSTART', 'FREQ=MONTHLY;BYDAY=1TU'],
    ['DTSTART', 'FREQ=MONTHLY;BYMONTHDAY=14'],
    ['DTSTART', 'FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=13'],
    ['BYSETPOS', 'FREQ=MONTHLY;BYSETPOS=4;COUNT=3'],
    ['BYSETPOS', 'FREQ=YEARLY;BYSETPOS=1'],
    ['INTERVAL', 'FREQ=DAILY;INTERVAL=100000'],
    ['COUNT', 'FREQ=DAILY;COUNT=1000'],
  ])('is refused by %s: %s', (part, rrule) => {
    expect(held(rrule)).toMatchObject({ outcome: 'refused', part });
  });

  it.each([
    ['FREQ=MONTHLY', '2026-01-31', 'BYMONTHDAY=-1'],
    ['FREQ=MONTHLY;BYMONTHDAY=31', '2026-01-31', 'BYMONTHDAY=-1'],
    ['FREQ=MONTHLY;BYMONTHDAY=30', '2026-01-30', 'BYMONTHDAY=30,-1;BYSETPOS=1'],
    ['FREQ=YEARLY', '2024-02-29', 'BYMONTH=2;BYMONTHDAY=-1'],
  ])('is a month that is skipped, and told how to say what Outlook does: %s from %s', (rrule, date, instead) => {
    expect(held(rrule, on(date))).toMatchObject({ part: 'BYMONTHDAY' });
    expect(JSON.stringify(held(rrule, on(date)))).toContain(instead);
    expect(held(`FREQ=${rrule.includes('YEARLY') ? 'YEARLY' : 'MONTHLY'};${instead}`, on(date))).toBeTypeOf('string');
  });
});

describe('the text of a rule', () => {
  it.each([
    ['RRULE', ''],
    ['RRULE', 'every day'],
    ['RRULE', 'FREQ=DAILY;;COUNT=1'],
    ['RRULE', 'RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY'],
    ['RRULE', `FREQ=DAILY;BYMONTHDAY=${'1,'.repeat(600)}1`],
    ['FREQ', 'FREQ=DAILY;FREQ=WEEKLY'],
    ['COUNT', 'FREQ=DAILY;COUNT=3;UNTIL=20260629T000000Z'],
    ['COUNT', 'FREQ=DAILY;COUNT=0'],
    ['COUNT', 'FREQ=DAILY;COUNT=1,2'],
    ['INTERVAL', 'FREQ=DAILY;INTERVAL=0'],
    ['INTERVAL', 'FREQ=DAILY;INTERVAL=-1'],
    ['INTERVAL', 'FREQ=DAILY;INTERVAL=1.5'],
    ['BYMONTH', 'FREQ=YEARLY;BYMONTH=13'],
    ['BYMONTHDAY', 'FREQ=MONTHLY;BYMONTHDAY=0'],
    ['BYMONTHDAY', 'FREQ=MONTHLY;BYMONTHDAY=32'],
    ['BYSETPOS', 'FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0'],
    ['BYDAY', 'FREQ=WEEKLY;BYDAY=XX'],
    ['BYDAY', 'FREQ=MONTHLY;BYDAY=0MO'],
    ['WKST', 'FREQ=WEEKLY;WKST=1'],
    ['X-RULE', 'FREQ=WEEKLY;X-RULE=1'],
    ['UNTIL', 'FREQ=DAILY;UNTIL=2026-06-29'],
  ])('is refused by %s where it is malformed: %j', (part, text) => {
    expect(parseRule(text)).toMatchObject({ outcome: 'refused', part });
  });

  it.each([
    ['DTSTART', 'DTSTART;TZID=Europe/London:20260113T093000\nRRULE:FREQ=DAILY', /start of the event/],
    ['DTSTART', 'FREQ=DAILY;DTSTART=20260113T093000Z', /start of the event/],
    ['DTEND', 'DTEND:20260113T100000Z\nRRULE:FREQ=DAILY', /as long as the event/],
    ['RDATE', 'RRULE:FREQ=DAILY;COUNT=3\r\nRDATE:20260213T093000Z', /event of its own/],
    ['EXDATE', 'rrule:freq=daily;count=3\nexdate;value=date:20260114', /delete/],
    ['EXRULE', 'FREQ=DAILY\nEXRULE:FREQ=WEEKLY', /delete/],
  ])('is the rule alone, and %s is refused by its name, with what to do instead: %j', (part, text, reason) => {
    expect(parseRule(text)).toMatchObject({ outcome: 'refused', part, reason: like(reason) });
  });

  it('is never an error, whatever it is', () => {
    const part = fc.constantFrom(
      'FREQ',
      'BYDAY',
      'BYMONTHDAY',
      'BYSETPOS',
      'UNTIL',
      'COUNT',
      'INTERVAL',
      'WKST',
      'BYMONTH',
    );
    const value = fc.oneof(
      fc.constantFrom('MONTHLY', 'YEARLY', 'WEEKLY', 'MO', '2TU', 'MO,TU', '-1', '1', '31', '20260629T000000Z'),
      fc.string(),
    );
    const rule = fc.array(fc.tuple(part, value)).map((parts) => parts.map((each) => each.join('=')).join(';'));
    fc.assert(
      fc.property(fc.oneof(rule, fc.string()), (text) => {
        const read = recurrenceOf(text, tuesday);
        if (!isRefusal(read)) expect(isRefusal(parseRule(text))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('is read and written back', () => {
    const text =
      'FREQ=YEARLY;INTERVAL=2;BYMONTH=1,2;BYMONTHDAY=1,-1;BYDAY=MO,-1TU;BYHOUR=9;BYMINUTE=30;BYSECOND=0;BYSETPOS=1;WKST=SU';
    for (const end of ['', ';COUNT=3', ';UNTIL=20260629', ';UNTIL=20260629T235959', ';UNTIL=20260629T235959Z']) {
      const rule = parseRule(`${text}${end}`);
      expect(isRefusal(rule) ? rule : printRule(rule)).toBe(`${text}${end}`);
    }
  });
});
