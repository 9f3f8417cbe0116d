import ICAL from 'ical.js';
import { describe, expect, it } from 'vitest';
import { readViews, toIcs } from '../../shared/api/calendar/ics/to-ics.ts';
import { shownDefaults } from '../../shared/domains/calendar/event-fields.ts';
import { offsetMs } from '../../shared/domains/calendar/instants.ts';
import { icsInstances } from '../support/ics-instances.ts';

const NOW = new Date('2026-03-01T00:00:00Z');
const RANGE = { from: '2026-03-01', to: '2026-04-01' };
const at = (dateTime: string, timeZone = 'UTC') => ({ dateTime, timeZone });
const view = (id: string, more: Record<string, unknown>) => ({
  ...{ ...shownDefaults, id, graphId: `G-${id}`, calendarId: 'C', type: 'single', subject: id, pushed: 'done' },
  ...{ start: at('2026-03-02T09:00:00Z'), end: at('2026-03-02T10:00:00Z'), ...more },
});
const series = view('series', { type: 'master', iCalUId: 'UID-1', rrule: 'FREQ=DAILY;COUNT=3' });
const part = (id: string, type: string, more: Record<string, unknown>) =>
  view(id, { type, seriesMasterId: 'series', ...more });
/** An occurrence of a daily series at nine, on this day of March. */
const on = (day: number, more: Record<string, unknown> = {}) => {
  const date = `2026-03-${String(day).padStart(2, '0')}`;
  const times = { start: at(`${date}T09:00:00Z`), end: at(`${date}T10:00:00Z`), recurrenceId: `${date}T09:00:00Z` };
  return part(`on ${day}`, 'occurrence', { subject: 'series', ...times, ...more });
};
const all = [2, 3, 4].map((day) => on(day));
const text = (...events: unknown[]): string => toIcs('Calendar', readViews(events), NOW);
const starts = (...events: unknown[]): string[] =>
  icsInstances(text(...events), RANGE).map((one) => one.replace(/ \S+ /, ' '));
const one = (...events: unknown[]): ICAL.Component => {
  const [event] = ICAL.Component.fromString(text(...events)).getAllSubcomponents('vevent');
  if (event === undefined) throw new Error('there is no event');
  return event;
};

it('a series whose rule is not understood is shown occurrence by occurrence, each by a UID of its own', () => {
  const first = part('first', 'occurrence', {});
  const other = part('other', 'exception', {
    iCalUId: 'UID-1',
    start: at('2026-03-03T12:00:00Z'),
    end: at('2026-03-03T13:00:00Z'),
  });
  expect(starts({ ...series, rrule: null }, first, other)).toEqual([
    '2026-03-02T09:00:00Z first',
    '2026-03-03T12:00:00Z other',
  ]);
});

it('an exception that does not say which slot it fills takes none, and the series stays', () => {
  const odd = part('odd', 'exception', { iCalUId: 'UID-1', recurrenceId: null });
  expect(starts(series, ...all, odd)).toEqual([
    ...['2026-03-02T09:00:00Z odd', '2026-03-02T09:00:00Z series', '2026-03-03T09:00:00Z series'],
    '2026-03-04T09:00:00Z series',
  ]);
});

it('an occurrence of a series that is not there is shown by itself', () => {
  expect(starts(part('lost', 'occurrence', { seriesMasterId: null }))).toEqual(['2026-03-02T09:00:00Z lost']);
});

it('an event that does not say when it is, is not shown', () => {
  expect(starts(view('never', { start: null, end: null }), series, ...all)).toHaveLength(3);
});

it.each([
  ['040000008200E00074C5B7101A82E008', '040000008200E00074C5B7101A82E008'],
  ['a-1@example.com', 'a-1@example.com'],
  ['x\r\nSUMMARY:evil', expect.stringMatching(/^[\w-]{43}$/)],
  ['a;b,c', expect.stringMatching(/^[\w-]{43}$/)],
])('a UID that others chose (%j) is plain', (iCalUId, expected) => {
  const event = one(view('x', { iCalUId }));
  expect(event.getFirstPropertyValue('uid')).toEqual(expected);
  expect(event.getFirstPropertyValue('summary')).toBe('x');
});

it.each([
  ['https://x.example/a,b;c', 'https://x.example/a%2Cb%3Bc'],
  ['https://x.example/\r\nSUMMARY:evil', 'https://x.example/SUMMARY:evil'],
  ['no address', null],
])('an address (%j) is one, as it is', (webLink, expected) => {
  const event = one(view('x', { webLink }));
  expect(event.getFirstPropertyValue('url')).toBe(expected);
  expect(event.getFirstPropertyValue('summary')).toBe('x');
});

it('the clocks of years that nobody asks for are not told', () => {
  const old = view('old', {
    start: at('1641-03-02T09:00:00Z', 'Europe/Berlin'),
    end: at('1641-03-02T10:00:00Z', 'Europe/Berlin'),
  });
  const lines = text(old)
    .split('\r\n')
    .filter((line) => /^DTSTART:\d/.test(line));
  expect(lines.toSorted()[0]?.slice(8, 12)).toBe('1970');
  expect(lines.length).toBeLessThan(150);
});

it('the name of a calendar, which its owner has chosen, is one line and nothing more', () => {
  const name = 'a,b;c\\d\r\nEND:VCALENDAR\nBEGIN:VEVENT\u0000';
  const feed = toIcs(name, readViews([view('one', {})]), NOW);
  expect(ICAL.Component.fromString(feed).getAllSubcomponents('vevent')).toHaveLength(1);
  expect(feed).toContain('\r\nX-WR-CALNAME:a\\,b\\;c\\\\d END:VCALENDAR BEGIN:VEVENT\r\n');
});

describe('a series of which a part is held', () => {
  const daily = (rrule: string, more: Record<string, unknown> = {}) => ({ ...series, rrule, ...more });
  const rules = (...events: unknown[]): string[] => text(...events).match(/^(DTSTART|DTEND|RRULE|EXDATE).*$/gm) ?? [];
  const days = (...of: number[]) => of.map((day) => on(day));

  it.each(['FREQ=DAILY', 'FREQ=DAILY;COUNT=900', 'FREQ=DAILY;UNTIL=20300101T000000Z'])(
    'by %s begins and ends with what is held of it',
    (rrule) => {
      expect(rules(daily(rrule), ...days(10, 11, 12)).map((line) => line.trim())).toEqual([
        'DTSTART:20260310T090000Z',
        'DTEND:20260310T100000Z',
        'RRULE:FREQ=DAILY;UNTIL=20260312T090000Z',
      ]);
    },
  );

  it('that is held whole keeps its rule', () => {
    expect(rules(series, ...all).map((line) => line.trim())).toContain('RRULE:FREQ=DAILY;COUNT=3');
    expect(rules(daily('FREQ=DAILY;COUNT=4'), ...all).map((line) => line.trim())).toContain(
      'RRULE:FREQ=DAILY;UNTIL=20260304T090000Z',
    );
  });

  it('says of a slot that no event fills that it is cancelled, though its master does not', () => {
    expect(starts(daily('FREQ=DAILY'), ...days(2, 4, 5))).toEqual(
      [2, 4, 5].map((day) => `2026-03-0${day}T09:00:00Z series`),
    );
  });

  it('puts no occurrence back that was moved out of the window', () => {
    const moved = (day: number, to: string) =>
      on(day, { type: 'exception', subject: 'moved', start: at(`${to}T12:00:00Z`), end: at(`${to}T13:00:00Z`) });
    // That of the 3rd was moved and is held, that of the 6th was moved beyond the window.
    expect(starts(daily('FREQ=DAILY'), ...days(2, 4, 5, 7), moved(3, '2026-03-08'))).toEqual([
      ...[2, 4, 5, 7].map((day) => `2026-03-0${day}T09:00:00Z series`),
      '2026-03-08T12:00:00Z moved',
    ]);
  });

  it('shows by itself what its rule does not bring, and what was moved from before its first occurrence', () => {
    const from = (start: string, end: string) => ({ start: at(start), end: at(end) });
    const eleven = '2026-03-05T11:00:00Z';
    const off = on(5, { recurrenceId: eleven, ...from(eleven, '2026-03-05T12:00:00Z') });
    const noon = from('2026-03-09T12:00:00Z', '2026-03-09T13:00:00Z');
    const old = on(2, { type: 'exception', subject: 'old', ...noon });
    const shown = starts(daily('FREQ=DAILY'), old, ...days(3, 4), off, ...days(6));
    expect(shown).toEqual([
      ...[3, 4].map((day) => `2026-03-0${day}T09:00:00Z series`),
      ...['2026-03-05T11:00:00Z series', '2026-03-06T09:00:00Z series', '2026-03-09T12:00:00Z old'],
    ]);
  });

  it('is shown one by one where more of its slots are empty than not, or its start is not on its rule', () => {
    for (const rrule of ['FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=SU']) {
      const shown = text(daily(rrule), ...days(2, 16, 30));
      expect(shown.match(/BEGIN:VEVENT/g)).toHaveLength(3);
      expect(shown).not.toContain('RRULE');
    }
  });

  it('counts days on the clock that it repeats on, whatever other clocks its slots are named by', () => {
    const berlin = (dateTime: string) => at(dateTime, 'Europe/Berlin');
    const late = (utc: string) => ({ start: berlin(utc), end: berlin(utc.replace(':30:', ':45:')), recurrenceId: utc });
    const master = daily('FREQ=WEEKLY;BYDAY=SA', { ...late('2026-03-06T23:30:00Z'), recurrenceId: null });
    // Saturdays at half past midnight, over the change of clocks of the 29th.
    const slots = ['2026-03-13T23:30:00Z', '2026-03-20T23:30:00Z', '2026-03-27T23:30:00Z', '2026-04-03T22:30:00Z'];
    const shown = text(master, ...slots.map((slot) => on(1, { ...late(slot), id: slot })));
    expect(shown).toContain('DTSTART;TZID=Europe/Berlin:20260314T003000');
    expect(shown).toContain('RRULE:FREQ=WEEKLY;BYDAY=SA;WKST=MO;UNTIL=20260403T223000Z');
    expect(icsInstances(shown, { from: '2026-03-01', to: '2026-05-01' }).map((line) => line.slice(0, 20))).toEqual(
      slots,
    );
  });

  it('that lasts all day begins with a day', () => {
    const day = (from: string, to: string) => ({ isAllDay: true, start: { date: from }, end: { date: to } });
    const whole = daily('FREQ=DAILY;INTERVAL=3', day('2026-03-01', '2026-03-03'));
    const parts = [7, 10].map((from) => {
      const date = `2026-03-${String(from).padStart(2, '0')}`;
      return on(from, { ...day(date, `2026-03-${String(from + 2).padStart(2, '0')}`), recurrenceId: date });
    });
    expect(rules(whole, ...parts).map((line) => line.trim())).toEqual([
      ...['DTSTART;VALUE=DATE:20260307', 'DTEND;VALUE=DATE:20260309', 'RRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20260310'],
    ]);
  });
});

describe('where clocks are changed', () => {
  const YEAR = { from: '2026-01-01', to: '2027-01-01' };
  const berlin = (utc: string) => at(utc, 'Europe/Berlin');
  const times = (from: string, to: string) => ({ start: berlin(from), end: berlin(to) });
  const shown = (...events: unknown[]): string[] => icsInstances(text(...events), YEAR);
  const lines = (...events: unknown[]): string[] =>
    (text(...events).match(/^(DTSTART|DTEND|RRULE|EXDATE|RECURRENCE-ID)\S*/gm) ?? []).filter(
      (line) => !/^DTSTART:\d{8}T\d{6}$/.test(line),
    );
  const minute = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
  /** A daily series, and the occurrences that Outlook lists of it. */
  const daily = (...spans: readonly (readonly [string, string])[]) => {
    const [first = ['', '']] = spans;
    const parts = spans.map(([from, to]) =>
      part(from, 'occurrence', { ...times(from, to), recurrenceId: from, subject: 'series' }),
    );
    return [{ ...series, rrule: 'FREQ=DAILY', ...times(...first) }, ...parts];
  };
  const listed = (...spans: readonly (readonly [string, string])[]): string[] =>
    spans.map(([from, to]) => `${from} ${to} series`);

  it.each([
    ['the first hour of two', '2026-10-25T00:15:00Z', '2026-10-25T00:45:00Z', ';TZID=Europe/Berlin:20261025T021500'],
    ['the second one', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00Z', ':20261025T013000Z'],
    ['both of them', '2026-10-25T00:45:00Z', '2026-10-25T01:15:00Z', ':20261025T004500Z'],
    ['what ends in the second', '2026-10-24T20:00:00Z', '2026-10-25T01:00:00Z', ':20261024T200000Z'],
    ['the hour after them', '2026-10-25T02:00:00Z', '2026-10-25T03:00:00Z', ';TZID=Europe/Berlin:20261025T030000'],
  ])('an event in %s is told by what reads back', (_name, from, to, start) => {
    expect(shown(view('x', times(from, to)))).toEqual([`${from} ${to} x`]);
    expect(lines(view('x', times(from, to)))[0]).toBe(`DTSTART${start}`);
  });

  it.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'])(
    'any event of %s reads back, a change of an occurrence too',
    (zone) => {
      const change = [...Array(365 * 24).keys()]
        .map((hour) => Date.UTC(2026, 0, 1, hour))
        .filter((ms) => offsetMs(zone, ms) !== offsetMs(zone, ms + 3_600_000));
      const quarters = change.flatMap((ms) => [...Array(24).keys()].map((quarter) => ms + (quarter - 12) * 900_000));
      const spans = quarters.flatMap((ms) => [15, 60, 135].map((length) => [minute(ms), minute(ms + length * 60_000)]));
      const alone = spans.map(([from = '', to = ''], index) =>
        view(`x${index}`, { start: at(from, zone), end: at(to, zone) }),
      );
      expect(shown(...alone)).toEqual(spans.map(([from = '', to = ''], index) => `${from} ${to} x${index}`).toSorted());
      const moved = spans.map(([from = '', to = ''], index) => {
        const [first, second] = [5, 6].map((day) => on(day, { id: `${day}-${index}`, seriesMasterId: `s${index}` }));
        const own = { type: 'exception', subject: 'moved', start: at(from, zone), end: at(to, zone) };
        return [{ ...series, id: `s${index}`, iCalUId: `s${index}` }, first, { ...second, ...own }];
      });
      expect(shown(...moved.flat()).filter((line) => line.endsWith('moved'))).toEqual(
        spans.map(([from = '', to = '']) => `${from} ${to} moved`).toSorted(),
      );
    },
  );

  const ends = ['2026-10-25T01:30:00Z', '2026-10-26T02:30:00Z', '2026-10-27T02:30:00Z'];
  const set = ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z', '2026-10-27T01:30:00Z'];
  const hourly = set.map((from, index): [string, string] => [from, ends[index] ?? '']);

  it('a series of which the first that is held ends in an hour that comes again begins with the next one', () => {
    expect(shown(...daily(...hourly))).toEqual(listed(...hourly));
    expect(lines(...daily(...hourly)).slice(0, 2)).toEqual([
      'DTSTART;TZID=Europe/Berlin:20261026T023000',
      'DTEND;TZID=Europe/Berlin:20261026T033000',
    ]);
  });

  it('a series of which the first that is held is at a time that is skipped keeps its clock', () => {
    const [master, ...parts] = daily(
      ['2026-03-28T01:30:00Z', '2026-03-28T02:00:00Z'],
      ['2026-03-29T01:30:00Z', '2026-03-29T02:00:00Z'],
      ['2026-03-30T00:30:00Z', '2026-03-30T01:00:00Z'],
      ['2026-03-31T00:30:00Z', '2026-03-31T01:00:00Z'],
    );
    const held = [master, ...parts.slice(1)];
    expect(shown(...held).map((line) => line.slice(0, 20))).toEqual(parts.slice(1).map(({ id }) => id));
    expect(lines(...held)).toContain('DTSTART;TZID=Europe/Berlin:20260330T023000');
  });

  it('an occurrence in the second of two hours is shown there, and that of its day is not', () => {
    const spans = daily(
      ['2026-10-24T00:30:00Z', '2026-10-24T01:00:00Z'],
      ['2026-10-25T01:30:00Z', '2026-10-25T02:00:00Z'],
      ['2026-10-26T01:30:00Z', '2026-10-26T02:00:00Z'],
    );
    expect(shown(...spans).map((line) => line.slice(0, 20))).toEqual(spans.slice(1).map(({ id }) => id));
    expect(lines(...spans)).toContain('RECURRENCE-ID;TZID=Europe/Berlin:20261025T023000');
  });

  it('slots that are empty or changed are named by the clock of their series, also where that skips or repeats them', () => {
    const day = (date: string, from: string): [string, string] => [
      `${date}T${from}:00Z`,
      `${date}T${from.slice(0, 2)}:45:00Z`,
    ];
    const around = (month: string, [before, on, after]: readonly [string, string, string], hours: readonly string[]) =>
      [before, on, after].map((date, index) => day(`2026-${month}-${date}`, hours[index] ?? ''));
    const spring = around('03', ['28', '29', '30'], ['01:30', '01:30', '00:30']);
    const autumn = around('10', ['24', '25', '26'], ['00:30', '00:30', '01:30']);
    for (const spans of [spring, autumn]) {
      const [master, first, second, third] = daily(...spans);
      const name = `${spans === spring ? '20260329' : '20261025'}T023000`;
      expect(lines(master, first, third)).toContain(`EXDATE;TZID=Europe/Berlin:${name}`);
      expect(shown(master, first, third)).toHaveLength(2);
      const moved = { ...second, type: 'exception', ...times('2026-06-01T10:00:00Z', '2026-06-01T11:00:00Z') };
      expect(lines(master, first, moved, third)).toContain(`RECURRENCE-ID;TZID=Europe/Berlin:${name}`);
      expect(shown(master, first, moved, third)).toHaveLength(3);
    }
  });
});

it('an event of no length has no end, single or of a series', () => {
  const none = { end: at('2026-03-02T09:00:00Z') };
  const parts = [2, 3, 4].map((day) => on(day, { end: on(day).start }));
  for (const events of [[view('x', none)], [{ ...series, ...none }, ...parts]]) {
    expect(text(...events)).not.toContain('DTEND');
    expect(starts(...events)).toHaveLength(events.length === 1 ? 1 : 3);
  }
});
