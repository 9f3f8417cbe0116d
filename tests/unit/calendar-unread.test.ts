import { expect, it } from 'vitest';
import { unreadEvents } from '../../shared/domains/calendar/unread.ts';

const range = { from: Date.parse('2026-03-02T00:00:00Z'), to: Date.parse('2026-03-03T00:00:00Z') };
const times = (from: string, to: string, timeZone?: string, isAllDay: unknown = false) =>
  JSON.stringify({ start: { dateTime: from, timeZone }, end: { dateTime: to, timeZone }, isAllDay });
const told = (...raws: string[]) =>
  unreadEvents(
    raws.map((raw) => ({ raw })),
    range,
  )?.map(({ start, end, showAs }) => [start, end, showAs]);
const slot = (from: string, to: string) => [
  { dateTime: from, timeZone: 'UTC' },
  { dateTime: to, timeZone: 'UTC' },
  'unknown',
];

it.each<readonly [string, string, unknown[]]>([
  [
    'on its own clock',
    times('2026-03-02T10:00:00', '2026-03-02T11:00:00', 'Tokyo Standard Time'),
    [slot('2026-03-02T01:00:00Z', '2026-03-02T02:00:00Z')],
  ],
  [
    'in UTC where it names no zone',
    times('2026-03-02T10:00:00', '2026-03-02T11:00:00'),
    [slot('2026-03-02T10:00:00Z', '2026-03-02T11:00:00Z')],
  ],
  ['not, on another day', times('2026-03-05T10:00:00', '2026-03-05T11:00:00'), []],
  [
    'as long as it may last on any clock, where it is a whole day',
    times('2026-03-01T00:00:00', '2026-03-02T00:00:00', 'UTC', true),
    [slot('2026-02-28T00:00:00Z', '2026-03-03T00:00:00Z')],
  ],
  [
    'as long, where nobody can tell',
    times('2026-03-01T00:00:00', '2026-03-02T00:00:00', 'UTC', 'maybe'),
    [slot('2026-02-28T00:00:00Z', '2026-03-03T00:00:00Z')],
  ],
])('P7: an event that could not be read may take place %s', (_name, raw, expected) => {
  expect(told(raw)).toEqual(expected);
});

it.each([
  '',
  '{"subject":"x"}',
  times('soon', 'later'),
  times('2026-03-02T10:00:00', '2026-03-01T10:00:00'),
  '{"start":',
])('P7: one that does not say when (%s) may be at any time, whatever others say', (raw) => {
  expect(told(raw, times('2026-03-02T10:00:00', '2026-03-02T11:00:00'))).toBeUndefined();
});

it('P7: one in a zone that nobody knows may be at any time', () => {
  expect(told(times('2026-03-02T10:00:00', '2026-03-02T11:00:00', 'tzone://Microsoft/Custom'))).toBeUndefined();
});
