import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AVAILABILITIES, freeBusy, knowledgeOf, type Knowledge } from '../../shared/domains/calendar/free-busy.ts';
import { statisticsOf } from '../../shared/domains/calendar/statistics.ts';
import { readDoubts } from '../../shared/domains/calendar/doubts.ts';
import { newCursor } from '../../shared/engine/cursor-moves.ts';
import { newHead } from '../../shared/engine/head.ts';
import type { Hint } from '../../shared/engine/model.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { exception, master, recordOf, single } from '../support/events.ts';
import { sampleRecord } from '../support/sample-rows.ts';

const HOUR = 3_600_000;
const FIRST = Date.parse('2026-03-02T00:00:00Z');
const hours = (from: number, to: number) => ({ from: FIRST + from * HOUR, to: FIRST + to * HOUR });
const text = (hour: number): string => new Date(FIRST + hour * HOUR).toISOString();
const event = (from: number, to: number, showAs: string | null, more: Fields = {}): Fields => ({
  ...{ type: 'single', showAs, isCancelled: false, isAllDay: false },
  start: { dateTime: text(from), timeZone: 'UTC' },
  end: { dateTime: text(to), timeZone: 'UTC' },
  ...more,
});
const allDay = (zone: string | null): Fields => ({
  ...{ type: 'single', showAs: 'oof', isAllDay: true, originalTimeZone: zone },
  ...{ start: { date: '2026-03-02' }, end: { date: '2026-03-03' } },
});
const all: Knowledge = hours(-1_000, 1_000);
const told = (range: { from: number; to: number }, known: readonly Knowledge[], events: readonly Fields[]) =>
  freeBusy(range, known, events).map(({ start, end, status }) => [
    (Date.parse(start) - FIRST) / HOUR,
    (Date.parse(end) - FIRST) / HOUR,
    status,
  ]);

describe('free and busy', () => {
  it('is what the events of a known calendar say, from begin to end without a gap', () => {
    expect(
      told(hours(8, 12), [all], [event(9, 10, 'busy'), event(10, 11, 'tentative'), event(11, 13, 'free')]),
    ).toEqual([
      [8, 9, 'free'],
      [9, 10, 'busy'],
      [10, 11, 'tentative'],
      [11, 12, 'free'],
    ]);
    expect(told(hours(8, 9), [all], [])).toEqual([[8, 9, 'free']]);
  });

  it('is the strongest of what several events say', () => {
    const events = [
      event(8, 12, 'workingElsewhere'),
      event(9, 11, 'tentative'),
      event(10, 11, 'oof'),
      event(10, 10.5, 'busy'),
    ];
    expect(told(hours(8, 12), [all], events)).toEqual([
      [8, 9, 'workingElsewhere'],
      [9, 10, 'tentative'],
      [10, 10.5, 'busy'],
      [10.5, 11, 'oof'],
      [11, 12, 'workingElsewhere'],
    ]);
  });

  it('P7 is unknown outside of what is known, and never free for want of knowledge', () => {
    expect(told(hours(0, 10), [hours(2, 8)], [event(3, 4, 'busy')])).toEqual([
      [0, 2, 'unknown'],
      [2, 3, 'free'],
      [3, 4, 'busy'],
      [4, 8, 'free'],
      [8, 10, 'unknown'],
    ]);
    expect(told(hours(0, 2), [all, null], [event(0, 1, 'busy')])).toEqual([
      [0, 1, 'busy'],
      [1, 2, 'unknown'],
    ]);
    expect(told(hours(0, 2), [], [])).toEqual([[0, 2, 'unknown']]);
    expect(told(hours(20, 22), [hours(0, 2)], [])).toEqual([[20, 22, 'unknown']]);
    // What is held ahead of the window is no more than what it says itself.
    expect(told(hours(1, 6), [hours(0, 2)], [event(3, 4, 'free'), event(4, 5, 'busy')])).toEqual([
      [1, 2, 'free'],
      [2, 4, 'unknown'],
      [4, 5, 'busy'],
      [5, 6, 'unknown'],
    ]);
  });

  it('P7 is unknown on the clock of who asks as long as a day there may touch one that is outside of what is known, wherever that was made', () => {
    const asked = (iana: string) =>
      freeBusy(hours(-1, 101), [hours(0, 100)], [], { iana }).map(
        ({ start, status }) => `${(Date.parse(start) - FIRST) / HOUR} ${status}`,
      );
    expect(asked('Pacific/Auckland')).toEqual(['-1 unknown', '1 free', '75 unknown']);
    expect(asked('Pacific/Honolulu')).toEqual(['-1 unknown', '24 free', '98 unknown']);
    expect(told(hours(-1, 101), [hours(0, 100)], [])).toEqual([
      ...[
        [-1, 0, 'unknown'],
        [0, 100, 'free'],
        [100, 101, 'unknown'],
      ],
    ]);
    const short = freeBusy(hours(0, 20), [hours(0, 20)], [], { iana: 'UTC' });
    expect(short.map(({ status }) => status)).toEqual(['unknown']);
  });

  it('P7 is unknown where an event says what nobody understands, or nothing', () => {
    for (const showAs of ['unknown', 'napping', null])
      expect(told(hours(0, 1), [all], [event(0, 1, showAs)])).toEqual([[0, 1, 'unknown']]);
  });

  it('is not taken by a meeting that was cancelled', () => {
    expect(told(hours(0, 1), [all], [event(0, 1, 'busy', { isCancelled: true })])).toEqual([[0, 1, 'free']]);
  });

  it('P7 is unknown where an event that is in doubt, or whose series is, would be free; and as strong as ever where it is not', () => {
    const inDoubt = new Set(['e', 'm']);
    const of = (showAs: string, more: Fields) =>
      freeBusy(hours(0, 1), [all], [event(0, 1, showAs, more)], { inDoubt }).map(({ status }) => status);
    expect(of('free', { id: 'e' })).toEqual(['unknown']);
    expect(of('free', { id: 'o', seriesMasterId: 'm' })).toEqual(['unknown']);
    expect(of('busy', { id: 'e', isCancelled: true })).toEqual(['unknown']);
    expect(of('busy', { id: 'e' })).toEqual(['busy']);
    expect(of('free', { id: 'o', seriesMasterId: 'other' })).toEqual(['free']);
  });

  it('is taken by an all-day event on the clock of its zone; where that is not known, as long as on any', () => {
    expect(told(hours(-24, 48), [all], [allDay('Tokyo Standard Time')])[1]).toEqual([-9, 15, 'oof']);
    expect(told(hours(-24, 48), [all], [allDay('UTC')])[1]).toEqual([0, 24, 'oof']);
    for (const zone of ['tzone://Microsoft/Custom', null])
      expect(told(hours(-24, 48), [all], [allDay(zone)])[1]).toEqual([-14, 36, 'oof']);
  });

  it('says of each moment what the strongest claim on it says, whatever the events and windows', () => {
    const span = fc.tuple(fc.integer({ min: -5, max: 30 }), fc.integer({ min: 0, max: 12 }));
    const events = fc.array(fc.tuple(span, fc.constantFrom(...AVAILABILITIES)), { maxLength: 8 });
    const windows = fc.array(fc.option(span), { maxLength: 3 });
    fc.assert(
      fc.property(events, windows, (claimed, known) => {
        const slots = told(
          hours(0, 24),
          known.map((one) => (one === null ? null : hours(one[0], one[0] + one[1]))),
          claimed.map(([[from, length], status]) => event(from, from + length, status)),
        );
        const statusAt = (hour: number) => slots.find(([from, to]) => Number(from) <= hour && Number(to) > hour)?.[2];
        for (let hour = 0; hour < 24; hour++) {
          const unknown =
            known.length === 0 || known.some((one) => one === null || hour < one[0] || hour >= one[0] + one[1]);
          const said = claimed.flatMap(([[from, length], status]) =>
            from <= hour && hour < from + length ? [status] : [],
          );
          const expected =
            AVAILABILITIES.find((each) => said.includes(each) || (each === 'unknown' && unknown)) ?? 'free';
          expect(statusAt(hour)).toBe(expected);
        }
        expect([slots[0]?.[0], slots.at(-1)?.[1]]).toEqual([0, 24]);
        for (const [index, slot] of slots.slice(1).entries()) {
          expect(slot[0]).toBe(slots[index]?.[1]);
          expect(slot[2]).not.toBe(slots[index]?.[2]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('what is known of a calendar', () => {
  const plan = {
    ...{ id: 's', kind: 'event', label: 's', root: false, first: { path: '/' } },
    ...{ expected: null, idsPath: null, containerPath: null },
  };
  const read = {
    ...newCursor(plan),
    baselined: true,
    phase: 'delta',
    midRound: false,
    window: '2026-03-01/2026-04-01',
    lastPolledAt: '2026-03-02T12:00:00.000Z',
  } as const;
  const polled = new Date('2026-03-02T12:00:00Z');

  it('is its window, once it was read to its end', () => {
    const known = { from: Date.parse('2026-03-01T00:00:00Z'), to: Date.parse('2026-04-01T00:00:00Z') };
    expect(knowledgeOf(read, polled)).toEqual(known);
    expect(knowledgeOf({ ...read, phase: 'sweep' }, polled)).toEqual(known);
  });

  it('P7 is nothing before that, while it is read anew, where reading fails, where its window is not known, and where nobody has looked for long', () => {
    const cases = [
      undefined,
      newCursor(plan),
      { ...read, baselined: false },
      { ...read, phase: 'full' as const },
      { ...read, failures: 1 },
      { ...read, lastError: 'remote.transient' },
      { ...read, window: undefined },
      { ...read, lastPolledAt: null },
      { ...read, lastPolledAt: '2026-03-02T11:59:59.000Z' },
    ];
    expect(cases.map((one) => knowledgeOf(one, polled))).toEqual(cases.map(() => null));
  });
});

describe('P7 what waits to be read again', () => {
  const scope = { connectionId: 'c', domain: 'calendar' };
  const hint = (id: string, why: Hint['why'], more: Partial<Hint> = {}): Hint => ({
    ...{ id, why, stream: 'A', kind: 'event', graphId: `g-${id}`, cause: 'poll', since: '', notBefore: null },
    ...{ held: false, ...more },
  });
  const held = [
    sampleRecord('master', { kind: 'event', fields: { type: 'master' } }),
    sampleRecord('single', { kind: 'event', fields: { type: 'single' } }),
    sampleRecord('going', { kind: 'event', fields: { type: 'master' }, leaving: 'o' }),
  ];
  const doubtsOf = (hints: readonly Hint[], count = hints.length) =>
    readDoubts(
      {
        readHints: () => Promise.resolve([...hints]),
        readRecords: (_, ids) =>
          Promise.resolve(new Map(held.filter(({ id }) => ids.includes(id)).map((one) => [one.id, one]))),
      },
      scope,
      { counts: { ...newHead().counts, hints: count } },
    );

  it('is a series at its times, what is new at any time of its calendar, and any other event at any time of any', async () => {
    const cases: readonly (readonly [readonly Hint[], readonly string[], readonly string[] | 'all'])[] = [
      [[], [], []],
      [[hint('master', 'thin')], ['master'], []],
      [[hint('single', 'removed'), hint('x', 'unseen')], ['single', 'x'], []],
      [[hint('new', 'thin', { stream: 'B' }), hint('master', 'thin')], ['new', 'master'], ['B']],
      [[hint('single', 'thin')], ['single'], 'all'],
      [[hint('going', 'thin')], ['going'], 'all'],
      [[hint('A', 'thin', { kind: 'calendar' })], [], []],
      [Array.from({ length: 101 }, () => hint('master', 'thin')), ['master'], 'all'],
    ];
    for (const [hints, ids, streams] of cases)
      expect(await doubtsOf(hints)).toEqual({
        ids: new Set(ids),
        streams: streams === 'all' ? 'all' : new Set(streams),
      });
  });

  it('is not asked for where nothing waits', async () => {
    expect(await doubtsOf([hint('single', 'thin')], 0)).toEqual({ ids: new Set(), streams: new Set() });
  });
});

describe('the statistics of a calendar', () => {
  const shown = (raw: Fields): Fields => recordOf(raw).fields;

  it('count what takes place, and leave masters and what is cancelled out', () => {
    const teams = { onlineMeeting: { joinUrl: 'https://teams.microsoft.com/l/meetup-join/x/0' } };
    const events = [
      shown(single({ categories: ['A', 'B'], ...teams })),
      shown(exception('2026-03-04', { categories: ['A'], importance: 'high', attendees: [] })),
      shown(single({ id: 'S2', isCancelled: true })),
      shown(single({ id: 'S3', showAs: 'free', categories: [] })),
      shown(master()),
    ];
    expect(statisticsOf(events)).toEqual({
      ...{ events: 3, recurring: 1, allDay: 0, cancelled: 1, online: 1, meetings: 2, busyMinutes: 90 },
      ...{ byImportance: { normal: 2, high: 1 }, byResponse: { organizer: 3 }, byCategory: { A: 2, B: 1 } },
    });
    expect(statisticsOf([])).toMatchObject({ events: 0, busyMinutes: 0, byCategory: {} });
  });

  it('count no minutes of all-day events, and survive any word', () => {
    expect(statisticsOf([allDay('UTC'), event(0, 1, 'busy', { categories: ['__proto__'] })])).toMatchObject({
      ...{ events: 2, allDay: 1, busyMinutes: 60 },
    });
  });
});
