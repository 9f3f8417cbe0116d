import { describe, expect, it } from 'vitest';
import { joinChanges } from '../../shared/domains/calendar/join-changes.ts';
import type { Change, EngineRecord } from '../../shared/engine/model.ts';
import { event, exception, master, occurrence, recordOf } from '../support/events.ts';
import { sampleChange } from '../support/sample-rows.ts';

const scope = { connectionId: 'c', domain: 'calendar' };
const series = recordOf(master());
const part = recordOf(occurrence('2026-03-03'));

const join = (changes: readonly Change[], standing: readonly EngineRecord[] = []): Promise<readonly Change[]> =>
  joinChanges(
    {
      readRemotes: () => Promise.resolve(new Map(standing.map(({ id, graphId }) => [graphId ?? '', id]))),
      readRecords: () => Promise.resolve(new Map(standing.map((record) => [record.id, record]))),
    },
    scope,
    changes,
  );
const row = (type: string, of: EngineRecord, sides: Partial<Change>): Change =>
  sampleChange(1, { type: `event.${type}`, id: of.id, graphId: of.graphId, ...sides });
const gone = (of: EngineRecord): Change => row('deleted', of, { before: event.show(of) });

describe('rows of a series that is gone', () => {
  it('read as it was when it went, and name it', async () => {
    const [, deleted] = await join([gone(series), gone(part)]);
    expect(deleted).toMatchObject({
      ...{ id: part.id, graphId: part.graphId },
      before: { id: part.id, graphId: part.graphId, type: 'occurrence', seriesMasterId: series.id, subject: 'Standup' },
    });
    expect(deleted?.before?.['recurrenceId']).toBe('2026-03-03T08:00:00Z');
    const [alone] = await join([gone(part)]);
    expect(alone?.before).toMatchObject({ id: part.id, subject: null, seriesMasterId: null });
  });

  it('name the day that was filled, of a series of days', async () => {
    const utc = (dateTime: string) => ({ dateTime: `${dateTime}:00:00`, timeZone: 'UTC' });
    const times = { start: utc('2026-03-02T15'), end: utc('2026-03-03T15') };
    const tokyo = { originalStartTimeZone: 'Tokyo Standard Time', originalEndTimeZone: 'Tokyo Standard Time' };
    const days = recordOf(master({ isAllDay: true, ...tokyo, ...times }));
    const day = recordOf(occurrence('2026-03-04', { start: utc('2026-03-03T15'), end: utc('2026-03-04T15') }));
    const [, deleted] = await join([gone(days), gone(day)]);
    expect(deleted?.before).toMatchObject({ recurrenceId: '2026-03-04', start: { date: '2026-03-04' } });
  });

  it('read as it is where it stands again', async () => {
    const now = { ...series, fields: { ...series.fields, subject: 'Anew' } };
    const [, deleted] = await join([gone(series), gone(part)], [now]);
    expect(deleted?.before).toMatchObject({ subject: 'Anew' });
  });
});

describe('what a row says has changed', () => {
  const alone = recordOf({ ...exception('2026-03-03'), subject: 'Standup', location: { displayName: 'Room 9' } });
  const sides = { before: event.show(part), after: event.show({ ...alone, id: part.id }) };
  const changedOf = async (changed: string[]): Promise<readonly string[]> =>
    (await join([row('updated', part, { ...sides, changed })], [series]))[0]?.changed ?? [];

  it('is what differs as it is read', async () => {
    expect(await changedOf(['type', 'subject', 'showAs', 'location'])).toEqual(['type', 'location']);
  });

  it('is never nothing, and may be of what no row shows', async () => {
    expect(await changedOf(['subject'])).toEqual(['subject']);
    expect(await changedOf(['subject', 'body', 'location'])).toEqual(['body', 'location']);
  });
});
