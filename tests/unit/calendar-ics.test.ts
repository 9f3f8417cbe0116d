import ICAL from 'ical.js';
import { expect, it } from 'vitest';
import { readViews, toIcs } from '../../shared/api/calendar/ics/to-ics.ts';
import { shownDefaults } from '../../shared/domains/calendar/event-fields.ts';
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
  expect(starts(series, odd)).toEqual([
    ...['2026-03-02T09:00:00Z odd', '2026-03-02T09:00:00Z series', '2026-03-03T09:00:00Z series'],
    '2026-03-04T09:00:00Z series',
  ]);
});

it('an occurrence of a series that is not there is shown by itself', () => {
  expect(starts(part('lost', 'occurrence', { seriesMasterId: null }))).toEqual(['2026-03-02T09:00:00Z lost']);
});

it('an event that does not say when it is, is not shown', () => {
  expect(starts(view('never', { start: null, end: null }), series)).toHaveLength(3);
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
