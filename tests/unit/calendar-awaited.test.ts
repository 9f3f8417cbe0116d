import { describe, expect, it } from 'vitest';
import { awaited, occurrencesOf } from '../../shared/domains/calendar/awaited.ts';
import { readFormer } from '../../shared/domains/calendar/former.ts';
import { remakesParts } from '../../shared/domains/calendar/own-doing.ts';
import { newOperation } from '../../shared/engine/outbox-rows.ts';
import { newHead } from '../../shared/engine/head.ts';
import type { EngineRecord, OutboxOperation } from '../../shared/engine/model.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { event, exception, master, occurrence, recordOf, single } from '../support/events.ts';

const span = (from: string, to: string) => ({
  from: Date.parse(`${from}T00:00:00Z`),
  to: Date.parse(`${to}T00:00:00Z`),
});
const days = span('2026-03-04', '2026-03-07');
const slots = (fields: Fields, range = days): string[] => occurrencesOf(fields, range).map(({ slot }) => slot);
const series = (more: Fields): Fields => ({ ...recordOf(master()).fields, ...more });
const timed = (timeZone: string): Fields => ({
  start: { dateTime: '2026-03-02T08:00:00Z', timeZone },
  end: { dateTime: '2026-03-02T08:30:00Z', timeZone },
});

describe('the occurrences that a rule brings to a range', () => {
  it.each<readonly [string, Fields, string[]]>([
    ['go on', { rrule: 'FREQ=DAILY' }, ['2026-03-04T08:00:00Z', '2026-03-05T08:00:00Z', '2026-03-06T08:00:00Z']],
    [
      'end with its last day',
      { rrule: 'FREQ=DAILY;UNTIL=20260305T225959Z' },
      ['2026-03-04T08:00:00Z', '2026-03-05T08:00:00Z'],
    ],
    ['are counted from the first', { rrule: 'FREQ=DAILY;INTERVAL=2;COUNT=2' }, ['2026-03-04T08:00:00Z']],
    ['are over', { rrule: 'FREQ=DAILY;COUNT=2' }, []],
    [
      'are days',
      { rrule: 'FREQ=DAILY;INTERVAL=3', start: { date: '2026-03-02' }, end: { date: '2026-03-03' } },
      ['2026-03-05'],
    ],
    [
      'began before',
      { rrule: 'FREQ=WEEKLY', ...timed('UTC'), end: { dateTime: '2026-03-05T08:30:00Z', timeZone: 'UTC' } },
      ['2026-03-02T08:00:00Z'],
    ],
    ['are none of a rule that nobody understands', { rrule: null }, []],
  ])('%s', (_name, fields, expected) => {
    expect(slots(series({ ...timed('Europe/Berlin'), ...fields }))).toEqual(expected);
  });

  it('keep their clock over summer time', () => {
    const zoned = series({ ...timed('Europe/Berlin'), rrule: 'FREQ=DAILY' });
    expect(slots(zoned, span('2026-03-28', '2026-03-30'))).toEqual(['2026-03-28T08:00:00Z', '2026-03-29T07:00:00Z']);
  });
});

describe('P7 the occurrences that are counted on', () => {
  const write = (fields: Fields, done: boolean): EngineRecord['own'] => [{ op: 'o', fields, before: {}, done }];
  const part = (type: string, day: string): Fields => ({ type, recurrenceId: `2026-03-0${day}T08:00:00Z` });
  const times = recordOf(occurrence('2026-03-04')).fields;
  const parts = [{ ...times, ...part('occurrence', '4') }, part('exception', '5')];
  const lately = { modifiedAt: '2026-02-28T12:00:00Z', unshown: true };
  const now = new Date('2026-03-01T00:00:00Z');
  const said = (more: Partial<EngineRecord>, inDoubt = false, held = parts) =>
    awaited(recordOf(master({ showAs: 'oof' }), more), { range: days, parts: held, inDoubt, now }).map(
      ({ start, showAs }) =>
        `${/-(\d\d)T/.exec(JSON.stringify(start))?.[1] ?? ''} ${JSON.stringify(showAs).slice(1, -1)}`,
    );

  it.each<readonly [string, Partial<EngineRecord>, boolean, string[]]>([
    ['none of what a page told', {}, false, []],
    ['none where another word of it waits', { own: write({ subject: 'x' }, false) }, false, []],
    ['those that no page has told of since our last write', { ownEtag: 'W/"1"' }, false, ['06 oof']],
    ['none where others have changed it since', { ownEtag: 'W/"0"' }, false, []],
    ['those that no page has told of, where others have changed it lately', lately, false, ['06 unknown']],
    ['none where that is so long ago that one has', { ...lately, modifiedAt: '2026-02-26T23:59:59Z' }, false, []],
    ['none where one has shown it since', { ...lately, unshown: undefined }, false, []],
    ['those that no page has told of, where nobody says when', { ...lately, modifiedAt: null }, false, ['06 unknown']],
    [
      'all while Outlook is to take new times',
      { own: write({ end: null }, false) },
      false,
      ['04 oof', '05 unknown', '06 oof'],
    ],
    ['all of a series that Outlook does not have', { graphId: null }, false, ['04 oof', '05 unknown', '06 oof']],
    ['all until it was read again', { ownEtag: 'W/"1"' }, true, ['04 oof', '05 unknown', '06 oof']],
    ['all where others have made another of it', {}, true, ['04 unknown', '05 unknown', '06 unknown']],
  ])('are %s', (_name, more, inDoubt, expected) => {
    expect(said(more, inDoubt)).toEqual(expected);
  });

  it('are those that last for longer since a change, and none that was left out', () => {
    const until = (time: string): Fields => ({
      ...{ ...part('occurrence', '4'), start: { dateTime: '2026-03-04T08:00:00Z', timeZone: 'UTC' } },
      end: { dateTime: `2026-03-04T${time}Z`, timeZone: 'UTC' },
    });
    const { fields } = recordOf(master());
    const more = { ...lately, fields: { ...fields, exdates: ['2026-03-05T08:00:00Z', '2026-03-06T08:00:00Z'] } };
    const held = ['08:29:00', '08:30:00', '09:00:00'].map((time) => said(more, false, [until(time)]));
    expect(held).toEqual([['04 unknown'], [], []]);
    expect(said({ ...more, ownEtag: 'W/"1"' }, false, [until('08:29:00')])).toEqual(['04 busy']);
  });
});

describe('a write on its way', () => {
  const ports = { clock: { now: () => new Date(0) }, random: { token: () => 't', fraction: () => 0 } };
  const operation = (record: EngineRecord, fields: Fields, effect?: 'create' | 'delete'): OutboxOperation =>
    newOperation(ports, record, { action: 'x', fields, last: 0, ...(effect === undefined ? {} : { effect }) });

  it('asks for the occurrences of a series that it makes or moves', () => {
    const [whole, one] = [recordOf(master()), recordOf(single())];
    const asked = [
      remakesParts(operation(whole, {}, 'create'), whole),
      ...['start', 'end', 'isAllDay', 'rrule', 'subject'].map((name) =>
        remakesParts(operation(whole, { [name]: null }), whole),
      ),
      remakesParts(operation(one, { start: null }), one),
    ];
    expect(asked).toEqual([true, true, true, true, true, false, false]);
  });

  const moved = recordOf(single(), { base: recordOf(single()).fields, fields: series(timed('UTC')) });
  const reads = async (
    waiting: readonly OutboxOperation[],
    records: readonly EngineRecord[],
    parts: readonly EngineRecord[] = [],
  ): ReturnType<typeof readFormer> => {
    const entries = parts.flatMap((part) => event.index(part));
    const held = (ids: readonly string[]) =>
      records.flatMap((of): [string, EngineRecord][] => (ids.includes(of.id) ? [[of.id, of]] : []));
    return readFormer(
      {
        readOutbox: () => Promise.resolve([...waiting]),
        readRecords: (_, ids) => Promise.resolve(new Map(held(ids))),
        readRemotes: () => Promise.resolve(new Map([['M1', 'r-M1']])),
        list: (_, { from, to, where }) =>
          Promise.resolve({
            entries: entries.filter(
              ({ order, columns }) =>
                order >= from && order < to && Object.entries(where).every(([name, value]) => columns[name] === value),
            ),
            next: null,
          }),
      },
      { connectionId: 'c', domain: 'calendar' },
      { counts: { ...newHead().counts, outbox: waiting.length } },
      days,
    );
  };
  const former = async (...args: Parameters<typeof reads>): Promise<readonly Fields[] | undefined> =>
    (await reads(...args))?.events;
  const leaving = (record: EngineRecord): [OutboxOperation, EngineRecord] => {
    const asked = operation(record, {}, 'delete');
    return [asked, { ...record, leaving: asked.op }];
  };

  it('leaves an event where Outlook has it until that has taken it', async () => {
    const move = operation(moved, { start: null });
    expect(await former([move], [moved])).toMatchObject([
      { type: 'single', start: recordOf(single()).fields['start'] },
    ]);
    expect(await former([operation(moved, { subject: null })], [moved])).toEqual([]);
    expect(await former([move], [{ ...moved, base: series({}) }])).toEqual([]);
    expect(await former([], [moved])).toEqual([]);
    expect(
      await reads(
        Array.from({ length: 101 }, (_, at) => ({ ...move, recordId: `r${at}` })),
        [],
      ),
    ).toBeNull();
  });

  it('that deletes an event leaves it there as well, and where a write that it overtook may have brought it', async () => {
    const [asked, gone] = leaving(recordOf(single({ showAs: 'oof' })));
    expect(await former([asked], [gone])).toMatchObject([{ showAs: 'oof', start: gone.fields['start'] }]);
    expect(await former([], [gone])).toEqual([]);
    // Outlook has taken the deletion, and another one waits.
    expect(await former([asked], [{ ...gone, leaving: 'another' }])).toEqual([]);
    const [overtaking, both] = leaving({ ...moved, fields: { ...recordOf(single()).fields, ...timed('UTC') } });
    expect((await former([overtaking], [both]))?.map(({ start }) => start)).toEqual([
      both.fields['start'],
      both.base?.['start'],
    ]);
  });

  it('that deletes one day of a series leaves it as its series is, though that is being deleted, too', async () => {
    const [asked, gone] = leaving(recordOf(occurrence('2026-03-05')));
    const whole = recordOf(master({ showAs: 'oof' }));
    expect(await former([asked], [gone, whole])).toMatchObject([
      { showAs: 'oof', recurrenceId: '2026-03-05T08:00:00Z' },
    ]);
    const [also, leavingWhole] = leaving(whole);
    expect(await former([asked, { ...also, op: 'p' }], [gone, { ...leavingWhole, leaving: 'p' }])).toMatchObject([
      { showAs: 'oof', recurrenceId: '2026-03-05T08:00:00Z' },
    ]);
  });

  it('that deletes a series leaves what pages have told of it', async () => {
    const [asked, gone] = leaving(recordOf(master({ showAs: 'oof' })));
    const parts = [
      ...['2026-03-02', '2026-03-04', '2026-03-09'].map((day) => recordOf(occurrence(day))),
      recordOf(exception('2026-03-05', { showAs: 'tentative' })),
      recordOf(occurrence('2026-03-06', { seriesMasterId: 'M2' })),
    ];
    const found = await reads([asked], [gone], parts);
    expect(found?.events.map(({ showAs, recurrenceId }) => [showAs, recurrenceId])).toEqual([
      ['oof', '2026-03-04T08:00:00Z'],
      ['tentative', '2026-03-05T08:00:00Z'],
    ]);
    expect(found?.series).toEqual([gone]);
    // One that was single before, and may be still.
    const [late, turned] = leaving({ ...moved, fields: series({}) });
    const both = await reads([late], [turned]);
    expect([both?.events.map(({ type }) => type), both?.series]).toEqual([['single'], [turned]]);
  });
});
