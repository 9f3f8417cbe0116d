import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shownDefaults } from '../../shared/domains/calendar/event-fields.ts';
import { exceptionOf, joinEvent, mastersWanted, readMasters } from '../../shared/domains/calendar/join.ts';
import { OWN_FIELDS } from '../../shared/domains/calendar/series.ts';
import { remoteRecordId } from '../../shared/engine/ids.ts';
import type { EngineRecord } from '../../shared/engine/model.ts';
import { sameJson, type Fields } from '../../shared/lib/json.ts';
import { event, exception, itemOf, master, occurrence, recordOf, single } from '../support/events.ts';

const masterRecord = (more: Fields = {}): EngineRecord => {
  const record = recordOf(master(more));
  return { ...record, fields: { ...record.fields, ...itemOf(master(more), true).fields } };
};
/** What makes an exception of its series, in another room. */
const exceptionMembers: Fields = {
  ...{ id: 'O-2026-03-04', type: 'exception', seriesMasterId: 'M1', iCalUId: 'uid-x', recurrence: null },
  location: { displayName: 'Room 9' },
};
const held = (record: EngineRecord): ReadonlyMap<string, EngineRecord> => new Map([[record.graphId ?? '', record]]);
const rowOf = (record: EngineRecord): Fields => event.index(record)[0]?.item ?? {};

describe('P18: an occurrence', () => {
  it('carries what its master carries, on the clock of its series', () => {
    const joined = joinEvent(rowOf(recordOf(occurrence('2026-03-30'))), held(masterRecord()));
    expect(joined).toEqual({
      ...event.show(masterRecord()),
      ...{ id: 'r-O-2026-03-30', graphId: 'O-2026-03-30', type: 'occurrence', seriesMasterId: 'r-M1' },
      ...{ iCalUId: null, rrule: null, exdates: [], recurrenceId: '2026-03-30T08:00:00Z' },
      start: { dateTime: '2026-03-30T08:00:00Z', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-03-30T08:30:00Z', timeZone: 'Europe/Berlin' },
    });
  });

  it('is days where its series is', () => {
    const allDay = {
      ...{ isAllDay: true, originalStartTimeZone: 'Tokyo Standard Time', originalEndTimeZone: 'Tokyo Standard Time' },
      start: { dateTime: '2026-03-02T00:00:00', timeZone: 'UTC' },
      end: { dateTime: '2026-03-03T00:00:00', timeZone: 'UTC' },
    };
    const times = (day: string, end: string, hour: string): Fields => ({
      start: { dateTime: `${day}T${hour}:00:00`, timeZone: 'UTC' },
      end: { dateTime: `${end}T${hour}:00:00`, timeZone: 'UTC' },
    });
    const expected = {
      ...{ isAllDay: true, start: { date: '2026-03-05' }, end: { date: '2026-03-06' }, recurrenceId: '2026-03-05' },
    };
    for (const [day, end, hour] of [
      ['2026-03-05', '2026-03-06', '00'],
      ['2026-03-04', '2026-03-05', '15'],
    ] as const) {
      const record = recordOf(occurrence('2026-03-05', times(day, end, hour)));
      expect(joinEvent(record.fields, held(masterRecord(allDay)))).toMatchObject(expected);
    }
  });

  it('shows a change of its master, without a change of its own', () => {
    const row = rowOf(recordOf(occurrence('2026-03-03')));
    expect(joinEvent(row, held(masterRecord({ subject: 'Stand-up' })))['subject']).toBe('Stand-up');
  });

  it('takes nothing over from what it was before, as an exception', () => {
    const before = recordOf(exception('2026-03-04'));
    const record = { ...before, fields: { ...before.fields, ...itemOf(occurrence('2026-03-04')).fields } };
    const joined = joinEvent(rowOf(record), held(masterRecord()));
    expect(joined).toMatchObject({ subject: 'Standup', start: { dateTime: '2026-03-04T08:00:00Z' } });
    expect(event.show(record)).toMatchObject({ subject: null, type: 'occurrence' });
  });

  it('whose master is not held shows its own part, and names no master', () => {
    expect(joinEvent(rowOf(recordOf(occurrence('2026-03-03'))), new Map())).toMatchObject({
      ...{ subject: null, type: 'occurrence', seriesMasterId: null, graphId: 'O-2026-03-03' },
    });
  });
});

describe('an exception', () => {
  it('has what it says itself, empty values too', () => {
    const row = rowOf(recordOf(exception('2026-03-04', { location: { displayName: '' }, categories: [] })));
    expect(joinEvent(row, held(masterRecord()))).toMatchObject({
      ...{ subject: 'Standup, later', location: null, categories: [], recurrenceId: '2026-03-04T08:00:00Z' },
      ...{ seriesMasterId: 'r-M1', type: 'exception', rrule: null },
    });
  });

  it('P10 tells nothing beside its own that its occurrence did not have of its master already', () => {
    const days = (day: string, end: string): Fields => ({
      start: { dateTime: `${day}T00:00:00`, timeZone: 'UTC' },
      end: { dateTime: `${end}T00:00:00`, timeZone: 'UTC' },
    });
    const allDay = { isAllDay: true, originalStartTimeZone: 'UTC', originalEndTimeZone: 'UTC' };
    const hours = { start: occurrence('2026-03-04')['start'] ?? null, end: occurrence('2026-03-04')['end'] ?? null };
    for (const [of, times, time] of [
      [{}, hours, '08:00:00'],
      [{ ...allDay, ...days('2026-03-02', '2026-03-03') }, days('2026-03-04', '2026-03-05'), '00:00:00'],
    ] as const) {
      const own = { ...exceptionMembers, ...times, originalStart: `2026-03-04T${time}Z` };
      const told = itemOf(exception('2026-03-04', { ...master(of), ...own }), true).fields;
      const full = event.inFull?.(recordOf(occurrence('2026-03-04', times)).fields, masterRecord(of).fields) ?? {};
      const differing = Object.keys(told).filter((field) => !sameJson(told[field], full[field]));
      expect(differing.toSorted()).toEqual(['iCalUId', 'location', 'type', 'webLink']);
    }
    expect(event.inFull?.(recordOf(exception('2026-03-04')).fields, masterRecord().fields)).toBeNull();
    expect(event.inFull?.(recordOf(single()).fields, masterRecord().fields)).toBeNull();
  });

  it('that was only written here has all else from its master', () => {
    const before = recordOf(occurrence('2026-03-04'));
    const patch = exceptionOf(before.fields, masterRecord().fields, { subject: 'Standup, moved' });
    const recurrenceId = '2026-03-04T08:00:00Z';
    expect(patch).toEqual({ subject: 'Standup, moved', type: 'exception', recurrenceId });
    const record = { ...before, fields: { ...before.fields, ...patch } };
    expect(joinEvent(rowOf(record), held(masterRecord()))).toMatchObject({
      ...{ type: 'exception', subject: 'Standup, moved', location: 'Room 4', showAs: 'busy', isOrganizer: true },
      attendees: [{ address: 'grace@example.com' }],
    });
    expect(exceptionOf(recordOf(single()).fields, undefined, { subject: 'x' })).toEqual({ subject: 'x' });
  });

  it('that was only written here is days where its series is', () => {
    const allDay = {
      isAllDay: true,
      start: { dateTime: '2026-03-02T00:00:00', timeZone: 'UTC' },
      end: { dateTime: '2026-03-03T00:00:00', timeZone: 'UTC' },
    };
    const times = {
      start: { dateTime: '2026-03-05T00:00:00', timeZone: 'UTC' },
      end: { dateTime: '2026-03-06T00:00:00', timeZone: 'UTC' },
    };
    const of = masterRecord(allDay);
    const before = recordOf(occurrence('2026-03-05', times));
    const patch = exceptionOf(before.fields, of.fields, { subject: 'Off' });
    const record = { ...before, fields: { ...before.fields, ...patch } };
    expect(joinEvent(rowOf(record), held(of))).toMatchObject({
      ...{ subject: 'Off', isAllDay: true, start: { date: '2026-03-05' }, recurrenceId: '2026-03-05' },
    });
    // Begin and end go together here, too: days both.
    const end = { date: '2026-03-08' };
    const longer = exceptionOf(record.fields, of.fields, { end });
    expect(longer).toEqual({ start: { date: '2026-03-05' }, end, originalTimeZone: of.fields['originalTimeZone'] });
    const changed = { ...record, fields: { ...record.fields, ...longer } };
    expect(joinEvent(rowOf(changed), held(of))).toMatchObject({
      ...{ subject: 'Off', isAllDay: true, start: { date: '2026-03-05' }, end, recurrenceId: '2026-03-05' },
    });
    expect(exceptionOf(changed.fields, of.fields, { end })).toEqual({ end });
  });

  it('that is moved here keeps the slot that it fills, and tells begin and end', () => {
    const before = recordOf(occurrence('2026-03-04'));
    const start = { dateTime: '2026-03-04T12:00:00Z', timeZone: 'Europe/Berlin' };
    const patch = exceptionOf(before.fields, masterRecord().fields, { start });
    expect(patch).toMatchObject({ start, end: { dateTime: '2026-03-04T08:30:00Z', timeZone: 'Europe/Berlin' } });
    const record = { ...before, fields: { ...before.fields, ...patch } };
    expect(joinEvent(rowOf(record), held(masterRecord()))).toMatchObject({
      ...{ start, recurrenceId: '2026-03-04T08:00:00Z', subject: 'Standup', isAllDay: false },
    });
  });
});

describe('joining', () => {
  it('leaves other events as they are, and completes them', () => {
    const record = recordOf(single());
    expect(joinEvent(rowOf(record), new Map())).toEqual(event.show(record));
    expect(joinEvent({ type: 'single' }, new Map())).toEqual({ ...shownDefaults, type: 'single' });
  });

  it('gives every field that is not an occurrence’s own as the master has it, whatever the master is', () => {
    const value = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.array(fc.string()));
    const fields = fc.dictionary(fc.constantFrom(...Object.keys(shownDefaults)), value);
    fc.assert(
      fc.property(fields, (more) => {
        const of = masterRecord();
        const record: EngineRecord = { ...of, fields: { ...of.fields, ...more, type: 'master' } };
        const joined = joinEvent(recordOf(occurrence('2026-03-03')).fields, held(record));
        for (const name of Object.keys(shownDefaults)) {
          if (OWN_FIELDS.includes(name) || name === 'calendarId') continue;
          expect([name, sameJson(joined[name], record.fields[name])]).toEqual([name, true]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('reads each master once, those that were born here by the id that they have', async () => {
    const scope = { connectionId: 'c', domain: 'calendar' };
    const asked: (readonly string[])[] = [];
    const here = masterRecord();
    const store = {
      readRemotes: () => Promise.resolve(new Map([['M2', 'born']])),
      readRecords: (_: unknown, ids: readonly string[]) => {
        asked.push(ids);
        return Promise.resolve(new Map([['born', here]]));
      },
    };
    const items = [
      occurrence('2026-03-03'),
      exception('2026-03-04'),
      single(),
      { ...occurrence('x'), seriesMasterId: 'M2' },
    ];
    const fields = items.slice(0, 3).map((raw) => recordOf(raw).fields);
    const other = { ...(fields[0] ?? {}), seriesMasterId: 'M2' };
    expect(mastersWanted([...fields, other])).toEqual(['M1', 'M2']);
    const masters = await readMasters(store, scope, [...fields, other]);
    expect([[...masters.keys()], asked]).toEqual([['M2'], [[remoteRecordId('c', 'M1'), 'born']]]);
    expect((await readMasters(store, scope, [fields[2] ?? {}])).size + asked.length).toBe(1);
  });
});
