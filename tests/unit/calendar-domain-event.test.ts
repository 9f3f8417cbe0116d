import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { shownDefaults } from '../../shared/domains/calendar/event-fields.ts';
import { wholeDefaults } from '../../shared/domains/calendar/read-event.ts';
import { groupKey } from '../../shared/engine/ids.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { CALENDAR, event, exception, itemOf, master, occurrence, recordOf, single, STREAM } from '../support/events.ts';

describe('a single event of a page', () => {
  it('is read in the words of the contract', () => {
    const item = itemOf(single());
    expect(item).toMatchObject({
      ...{ graphId: 'S1', etag: 'W/"1"', partial: false, needs: null, origin: undefined },
      modifiedAt: '2026-01-02T03:04:05.0000000Z',
    });
    expect(item.fields).toEqual({
      ...{ type: 'single', seriesMasterId: null, iCalUId: 'uid-1', subject: 'Review', preview: 'All of it' },
      start: { dateTime: '2026-03-02T08:00:00Z', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-03-02T09:00:00Z', timeZone: 'Europe/Berlin' },
      ...{ isAllDay: false, originalTimeZone: 'W. Europe Standard Time' },
      ...{ isCancelled: false, isOrganizer: true, organizer: { address: 'ada@example.com', name: 'Ada' } },
      attendees: [{ address: 'grace@example.com', name: 'Grace', type: 'required', response: 'accepted' }],
      ...{ responseStatus: 'organizer', location: 'Room 4', importance: 'normal', sensitivity: 'normal' },
      ...{ showAs: 'busy', categories: ['Blue category'], reminderMinutes: 15, isOnlineMeeting: false, teams: null },
      ...{ webLink: 'https://outlook.office365.com/owa/?itemid=S1', body: null, reply: null },
      ...{ rrule: null, recurrence: null, exdates: [] },
    });
  });

  it('P8 P9 names the operation that made it, or none; where it does not speak of it, it may be of any', () => {
    const origin = (transactionId: string | null) => itemOf(single({ transactionId })).origin;
    expect([origin('op-1'), origin(null), origin(''), itemOf(single()).origin]).toEqual([
      'op-1',
      null,
      null,
      undefined,
    ]);
    // What was made of one day of a series was not made by who made the series, though it carries the same.
    expect(itemOf(exception('2026-03-04', { transactionId: 'op-1' })).origin).toBeNull();
    expect(itemOf(master({ transactionId: 'op-1' })).origin).toBe('op-1');
  });

  it('keeps words that Graph gets later, as data', () => {
    const odd = { showAs: 'napping', importance: 'cosmic', sensitivity: 'x', type: 'parallelInstance' };
    const attendees = [{ type: 'robot', status: { response: 'shrugged' }, emailAddress: { address: 'r@example.com' } }];
    expect(itemOf(single({ ...odd, attendees })).fields).toMatchObject({
      ...odd,
      attendees: [{ address: 'r@example.com', name: null, type: 'robot', response: 'shrugged' }],
    });
  });

  it('is read though one of its locations cannot be', () => {
    const joinUrl = 'https://teams.live.com/meet/1';
    const locations = [null, 'Room 4', { displayName: 4 }, { displayName: joinUrl, uniqueId: null }];
    expect(itemOf(single({ locations })).fields).toMatchObject({ location: 'Room 4', teams: { joinUrl } });
  });

  it('is dates where it lasts all day, whatever zone it comes in', () => {
    const days = (start: string, end: string, zone: string) =>
      itemOf(
        single({
          ...{ isAllDay: true, originalStartTimeZone: zone, originalEndTimeZone: zone },
          ...{ start: { dateTime: start, timeZone: 'UTC' }, end: { dateTime: end, timeZone: 'UTC' } },
        }),
      ).fields;
    const day = { isAllDay: true, start: { date: '2026-03-02' }, end: { date: '2026-03-03' } };
    expect(days('2026-03-02T00:00:00', '2026-03-03T00:00:00', 'Tokyo Standard Time')).toMatchObject(day);
    expect(days('2026-03-01T15:00:00', '2026-03-02T15:00:00', 'Tokyo Standard Time')).toMatchObject(day);
    expect(days('2026-03-02T08:00:00', '2026-03-03T08:00:00', 'Pacific Standard Time')).toMatchObject(day);
  });

  it('keeps a zone that nobody knows by its name', () => {
    const { fields } = itemOf(single({ originalStartTimeZone: 'tzone://Microsoft/Custom' }));
    expect([fields['originalTimeZone'], fields['start']]).toEqual([
      'tzone://Microsoft/Custom',
      { dateTime: '2026-03-02T08:00:00Z', timeZone: 'UTC' },
    ]);
  });

  it('has its Teams link from wherever it stands', () => {
    const joinUrl = 'https://teams.microsoft.com/l/meetup-join/19%3ameeting_x/0?context=%7b%7d';
    const places = [
      { onlineMeeting: { joinUrl, conferenceId: '291 633 251' } },
      { onlineMeetingUrl: joinUrl },
      { location: { displayName: joinUrl } },
      { body: { contentType: 'html', content: `<p>Join: <a href="${joinUrl}">here</a></p>` } },
    ];
    for (const members of places) expect(itemOf(single(members)).fields['teams']).toMatchObject({ joinUrl });
    expect(itemOf(single(places[0])).fields['teams']).toEqual({ joinUrl, conferenceId: '291 633 251' });
  });

  it('names the operation that made it, by its transactionId', () => {
    expect(itemOf(single({ transactionId: 'op-1' })).origin).toBe('op-1');
  });

  it('is partial where a page shows a part of it, and says nothing of the rest', () => {
    const { partial, fields } = itemOf({ id: 'S1', subject: 'Moved' });
    expect([partial, fields]).toEqual([true, { subject: 'Moved', body: null, reply: null }]);
  });

  const telling = Object.keys(single()).filter((name) => !name.startsWith('@') && !/^(id|lastModified.*)$/.test(name));
  it.each(telling)('is partial where a page leaves out %s', (member) => {
    const without = (all: Fields): Fields =>
      Object.fromEntries(Object.entries(all).filter(([name]) => name !== member));
    expect(itemOf(without(single())).partial).toBe(true);
  });

  it('is partial where it is a day of a series, and does not say which', () => {
    const { originalStart, ...rest } = exception('2026-03-04');
    expect(originalStart).toBeDefined();
    expect(itemOf(rest).partial).toBe(true);
    expect(itemOf(exception('2026-03-04')).partial).toBe(false);
  });

  it('holds every field where it is read itself, but not where it is', () => {
    const { fields, partial } = itemOf({ id: 'S1', type: 'singleInstance', subject: 'Bare' }, true);
    const said = Object.keys(event.defaults).filter((name) => !['calendarId', 'exdates'].includes(name));
    // Of a record that begins here it matters whether the reminder was named.
    const names = [...said, 'reminderMinutes'];
    expect([Object.keys(fields).toSorted(), partial]).toEqual([names.toSorted(), false]);
    expect(fields).toMatchObject({ subject: 'Bare', attendees: [], showAs: null, teams: null });
  });
});

describe('an occurrence', () => {
  it('is its own part alone, and asks for its master', () => {
    const item = itemOf(occurrence('2026-03-03'));
    expect(item).toMatchObject({ etag: null, modifiedAt: null, partial: false, needs: 'M1', origin: null });
    // Whatever it had for itself as an exception it has no more.
    expect(item.fields).toEqual({
      ...wholeDefaults,
      ...{ type: 'occurrence', seriesMasterId: 'M1' },
      start: { dateTime: '2026-03-03T08:00:00Z', timeZone: 'UTC' },
      end: { dateTime: '2026-03-03T08:30:00Z', timeZone: 'UTC' },
    });
  });

  it('P6 reads the same from its page and from itself, so that neither is a change of the other', () => {
    const whole = { ...single({ id: 'O-2026-03-03', type: 'occurrence', seriesMasterId: 'M1' }) };
    const times = { start: occurrence('2026-03-03')['start'] ?? null, end: occurrence('2026-03-03')['end'] ?? null };
    expect(itemOf({ ...whole, ...times }, true)).toEqual(itemOf(occurrence('2026-03-03')));
  });

  it('has a thin row, found by its series', () => {
    const record = recordOf(occurrence('2026-03-03'));
    expect(event.index(record)).toEqual([
      {
        order: 'e:2026-03-03T08:00:00.000Z',
        id: 'r-O-2026-03-03',
        item: {
          ...{ id: 'r-O-2026-03-03', graphId: 'O-2026-03-03', calendarId: CALENDAR, type: 'occurrence' },
          ...{ seriesMasterId: 'M1', start: record.fields['start'], end: record.fields['end'], pushed: 'done' },
        },
        columns: { stream: STREAM, series: groupKey('M1') },
      },
    ]);
  });
});

describe('a series', () => {
  it('has a rule, keeps what Graph says of it, and is read itself for its cancelled days', () => {
    const item = itemOf(master());
    expect(item).toMatchObject({ partial: true, needs: null });
    expect(item.fields).toMatchObject({
      ...{ type: 'master', rrule: 'FREQ=DAILY;UNTIL=20260630T215959Z', recurrence: master()['recurrence'] },
    });
    expect(item.fields).not.toHaveProperty('exdates');
  });

  it('tells the cancelled days as instants on its own clock, across summer time', () => {
    const cancelledOccurrences = ['OID.M1.2026-03-27', 'OID.M1.2026-03-30'];
    const item = itemOf(master({ cancelledOccurrences }), true);
    expect([item.partial, item.fields['exdates']]).toEqual([false, ['2026-03-27T08:00:00Z', '2026-03-30T07:00:00Z']]);
  });

  it('keeps its cancelled days where the answer to a write does not tell them', () => {
    expect(itemOf(master(), true).fields).not.toHaveProperty('exdates');
  });

  it('keeps a recurrence that nobody understands, without a rule', () => {
    const recurrence = { pattern: { type: 'lunar', interval: 1 }, range: { type: 'noEnd', startDate: '2026-03-02' } };
    expect(itemOf(master({ recurrence }), true).fields).toMatchObject({ rrule: null, recurrence });
  });

  it('stands in a list of its own, with the time at which it is over', () => {
    const [row, ...others] = event.index(recordOf(master()));
    expect([row?.order, others]).toEqual(['m:2026-03-02T08:00:00.000Z', []]);
    expect(row?.columns).toEqual({ stream: STREAM, series: groupKey('M1'), ends: '2026-08-01T00:30:00.000Z' });
  });

  it('is a group with its occurrences and exceptions; a single event is of none', () => {
    const group = (raw: ReturnType<typeof single>) => event.groupOf?.(itemOf(raw).fields, itemOf(raw).graphId);
    expect([master(), occurrence('2026-03-03'), exception('2026-03-04'), single()].map(group)).toEqual([
      'M1',
      'M1',
      'M1',
      null,
    ]);
  });
});

describe('an exception', () => {
  it('is whole, and names the slot that it fills, wherever it was moved', () => {
    expect(itemOf(exception('2026-03-04'))).toMatchObject({
      ...{ partial: false, needs: 'M1', etag: 'W/"1"' },
      fields: {
        ...{ type: 'exception', seriesMasterId: 'M1', subject: 'Standup, later' },
        recurrenceId: '2026-03-04T08:00:00Z',
        start: { dateTime: '2026-03-04T14:00:00Z', timeZone: 'Europe/Berlin' },
      },
    });
  });
});

describe('the kind', () => {
  it('tells a removal apart, refuses what is no event, and a time that is none', () => {
    expect(event.decode({ id: 'S1', '@removed': { reason: 'deleted' } }, false)).toEqual({
      type: 'removed',
      graphId: 'S1',
    });
    const odd = ['soon', '2026-03-02T09:00:00+99:99'].map((dateTime) =>
      single({ start: { dateTime, timeZone: 'UTC' } }),
    );
    for (const rubbish of [null, {}, { id: '' }, ...odd]) expect(() => event.decode(rubbish, false)).toThrow(ZodError);
  });

  it('places what a page brings in its calendar, and what names none nowhere', () => {
    expect(event.placed?.(STREAM)).toEqual({ calendarId: CALENDAR });
    expect([event.placeOf({ calendarId: CALENDAR }), event.placeOf(itemOf(single(), true).fields)]).toEqual([
      STREAM,
      undefined,
    ]);
  });

  it('reads an event again below its calendar, where what was deleted or moved is not found', () => {
    expect(event.itemPath('A/b=', STREAM)).toMatch(/^\/me\/calendars\/CAL-A\/events\/A%2Fb%3D\?\$select=\w+/);
    expect(event.itemPath('G')).toMatch(/^\/me\/events\/G\?\$select=.*cancelledOccurrences/);
  });

  it('shows what the contract names, and neither bodies nor what is of our own use', () => {
    const shown = event.show(recordOf(master()));
    expect(Object.keys(shown).toSorted()).toEqual(
      [...Object.keys(shownDefaults), 'id', 'graphId', 'pushed'].toSorted(),
    );
    for (const name of ['body', 'reply', 'recurrence', 'isOnlineMeeting']) expect(shown).not.toHaveProperty(name);
    expect(event.show(recordOf(single(), { graphId: null }))['pushed']).toBe('pending');
  });

  it('has a second row for an event of more than a day, by its end', () => {
    const long = single({ end: { dateTime: '2026-03-09T09:00:00', timeZone: 'UTC' } });
    expect(event.index(recordOf(long)).map(({ order }) => order)).toEqual([
      'e:2026-03-02T08:00:00.000Z',
      'l:2026-03-09T09:00:00.000Z',
    ]);
  });

  it('cuts texts and lists, and never what names things', () => {
    const long = 'x'.repeat(5_000);
    const cut = event.shrink({ calendarId: long, seriesMasterId: long, subject: long, body: { content: long } });
    expect(cut).toEqual({ calendarId: long, seriesMasterId: long, subject: long.slice(0, 1_000), body: null });
  });

  it('merges answers of attendees, and categories whatever their case', () => {
    const { attendees, categories } = event.sets ?? {};
    const ours = { address: 'Grace@example.com', name: null, type: 'required', response: 'none' };
    const theirs = { address: 'grace@example.com', name: 'Grace', type: 'required', response: 'accepted' };
    expect([attendees?.keyOf(ours), attendees?.join?.(theirs, ours)]).toEqual(['grace@example.com', theirs]);
    expect(attendees?.join?.({ ...theirs, type: 'optional' }, ours)).toBeUndefined();
    expect(attendees?.isUnedited?.(theirs, ours)).toBe(true);
    expect(attendees?.isUnedited?.({ ...theirs, type: 'optional' }, ours)).toBe(false);
    expect(categories?.keyOf('RED')).toBe(categories?.keyOf('red'));
  });

  it('sorts rows as time runs, from the first year to the last', () => {
    const instants = fc.integer({ min: Date.parse('0001-01-02T00:00:00Z'), max: Date.parse('9999-12-30T00:00:00Z') });
    const orderAt = (ms: number): string =>
      event.index(
        recordOf(
          single({
            start: { dateTime: new Date(ms).toISOString().replace('Z', ''), timeZone: 'UTC' },
            end: { dateTime: new Date(ms + 1000).toISOString().replace('Z', ''), timeZone: 'UTC' },
          }),
        ),
      )[0]?.order ?? '';
    fc.assert(
      fc.property(instants, instants, (a, b) => {
        expect(Math.sign(orderAt(a) < orderAt(b) ? -1 : orderAt(a) > orderAt(b) ? 1 : 0)).toBe(Math.sign(a - b));
      }),
      { numRuns: 200 },
    );
  });
});
