import { describe, expect, it } from 'vitest';
import { eventDefaults, recordDefaults } from '../../shared/domains/calendar/event-fields.ts';
import { CANCEL, calendarPush } from '../../shared/domains/calendar/push.ts';
import { responseFields, type Answer } from '../../shared/domains/calendar/push-respond.ts';
import { readEvent } from '../../shared/domains/calendar/read-event.ts';
import { asShown, refusalOf } from '../../shared/domains/calendar/write-members.ts';
import type { PushOutcome } from '../../shared/engine/domain.ts';
import type { EngineRecord, OutboxOperation } from '../../shared/engine/model.ts';
import { ConflictError, RejectedError, TransientError } from '../../shared/errors.ts';
import type { Fields, Json } from '../../shared/lib/json.ts';
import { exception, itemOf, master, occurrence, single } from '../support/events.ts';
import { FakeCalendar, losing } from '../support/fake-calendar.ts';

const operationOf = (fields: Fields, more: Partial<OutboxOperation> = {}): OutboxOperation => ({
  ...{ op: 'op-1', kind: 'event', recordId: 'r', graphId: null, action: 'update', fields, seq: 1, attempts: 0 },
  ...{ nextAttemptAt: '', claim: null, createdAt: '', lastError: null },
  ...more,
});

/** The record of an event as it was last read, with what was written here since. */
function recordOf(mailbox: FakeCalendar, graphId: string, ours: Fields = {}): EngineRecord {
  const item = mailbox.items.get(graphId);
  if (item === undefined) throw new Error('there is no such event');
  const { fields, etag } = itemOf(mailbox.shown(item));
  const base = { ...eventDefaults, calendarId: item.calendar, ...fields };
  return {
    ...{ id: 'r', kind: 'event', graphId, etag, stream: 's', generation: 0, modifiedAt: null },
    ...{ fields: { ...base, ...ours }, base, own: [], truncated: false },
  };
}

/** Pushes until the outcome is known, as the engine does after failures that may pass. */
async function push(mailbox: FakeCalendar, record: EngineRecord, operation: OutboxOperation): Promise<PushOutcome> {
  let { triedOn } = operation;
  for (let attempts = operation.attempts; ; attempts++) {
    try {
      return await calendarPush.push({ ...operation, attempts, triedOn }, record, mailbox);
    } catch (error) {
      if (!(error instanceof TransientError) || attempts > 5) throw error;
      mailbox.around = () => undefined;
      triedOn ??= record.etag;
    }
  }
}

/** Times of the API: instants, and the zone that they are made in. */
const times = (start: string, end: string, timeZone: string): Fields => ({
  start: { dateTime: start, timeZone },
  end: { dateTime: end, timeZone },
});
const nine = times('2026-03-30T07:00:00Z', '2026-03-30T08:00:00Z', 'Europe/Berlin');
const wall = (dateTime: string, timeZone: string): Json => ({ dateTime: `${dateTime}.0000000`, timeZone });
const lost = (['before', 'after'] as const).map((when) => [when]);
const only = (mailbox: FakeCalendar): Fields => mailbox.standing[0]?.members ?? {};

describe('a new event', () => {
  const unborn: EngineRecord = {
    ...{ id: 'r', kind: 'event', graphId: null, etag: null, stream: 's', generation: 0, modifiedAt: null },
    ...{ fields: eventDefaults, base: null, own: [], truncated: false },
  };
  const create = (fields: Fields): OutboxOperation =>
    operationOf({ ...eventDefaults, calendarId: 'B', ...nine, ...fields }, { effect: 'create', action: 'create' });

  it('is made in its calendar, in its own zone, with the key of its operation', async () => {
    const mailbox = new FakeCalendar();
    const attendees = [{ address: 'grace@example.com', name: null, type: 'optional', response: 'none' }];
    const fields = { subject: 'Review', location: 'Room 4', attendees, reminderMinutes: 10, isOnlineMeeting: true };
    const outcome = await push(mailbox, unborn, create({ ...fields, onlineMeeting: null }));
    expect(mailbox.calls[0]).toBe('POST /me/calendars/B/events');
    expect(only(mailbox)).toEqual({
      ...{ type: 'singleInstance', subject: 'Review', location: { displayName: 'Room 4' }, transactionId: 'op-1' },
      attendees: [{ type: 'optional', emailAddress: { address: 'grace@example.com' } }],
      ...{ isReminderOn: true, reminderMinutesBeforeStart: 10, isAllDay: false },
      ...{ isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' },
      start: wall('2026-03-30T09:00:00', 'W. Europe Standard Time'),
      end: wall('2026-03-30T10:00:00', 'W. Europe Standard Time'),
    });
    expect(outcome.outcome === 'done' && readEvent(outcome.item).origin).toBe('op-1');
  });

  it.each(lost)('P8 is made once though its answer, or the request, is lost %s it has its effect', async (when) => {
    for (const refusesKnownKeys of [false, true]) {
      const mailbox = new FakeCalendar();
      mailbox.refusesKnownKeys = refusesKnownKeys;
      losing(mailbox, 1, when);
      expect((await push(mailbox, unborn, create({ subject: 'Once' }))).outcome).toBe('done');
      expect(mailbox.standing).toHaveLength(1);
    }
  });

  it('P8 is looked for before it is made again, should Graph have forgotten the key', async () => {
    const mailbox = new FakeCalendar();
    mailbox.forgetsKeys = true;
    losing(mailbox, 1, 'after');
    await push(mailbox, unborn, create({ subject: 'Once' }));
    expect(mailbox.standing).toHaveLength(1);
  });

  it.each(lost)('P8 is made once by its key where Graph does not let it be looked for, lost %s it is', async (when) => {
    const mailbox = new FakeCalendar();
    mailbox.refusesFilters = true;
    losing(mailbox, 1, when);
    expect((await push(mailbox, unborn, create({ subject: 'Once' }))).outcome).toBe('done');
    expect(mailbox.standing).toHaveLength(1);
  });

  it('P8 is found again where Graph refuses its key as known', async () => {
    const mailbox = new FakeCalendar();
    mailbox.refusesKnownKeys = true;
    mailbox.add({ ...single(), transactionId: 'op-1' }, { calendar: 'B' });
    expect(await push(mailbox, unborn, create({}))).toMatchObject({ outcome: 'done', item: { id: 'G1' } });
  });

  it('P8 is never taken for an occurrence of it that was edited since, and carries the same key', async () => {
    const mailbox = new FakeCalendar();
    mailbox.add({ ...exception('2026-03-04'), transactionId: 'op-1' }, { calendar: 'B' });
    mailbox.add({ ...master(), transactionId: 'op-1' }, { calendar: 'B' });
    const tried = { ...create({ rrule: 'FREQ=DAILY' }), attempts: 1, triedOn: 'before' };
    expect(await push(mailbox, unborn, tried)).toMatchObject({ outcome: 'done', item: { type: 'seriesMaster' } });
    expect(mailbox.calls).toEqual(['LIST /me/calendars/B/events', 'GET /me/calendars/B/events/G2']);
  });

  it('has no reminder where that was said, and the one that Outlook sets where nothing was', async () => {
    for (const [said, reminder] of [
      [{ reminderMinutes: null }, { isReminderOn: false }],
      [{ reminderMinutes: 0 }, { isReminderOn: true, reminderMinutesBeforeStart: 0 }],
      [{}, {}],
    ] as const) {
      const mailbox = new FakeCalendar();
      const fields = { ...recordDefaults, calendarId: 'B', ...nine, ...said };
      await push(mailbox, unborn, operationOf(fields, { effect: 'create', action: 'create' }));
      const { isReminderOn, reminderMinutesBeforeStart } = only(mailbox);
      expect({ isReminderOn, reminderMinutesBeforeStart }).toEqual(reminder);
    }
  });

  it('is a series by a rule, on the clock of its zone', async () => {
    const mailbox = new FakeCalendar();
    await push(mailbox, unborn, create({ rrule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=4' }));
    expect(only(mailbox)['recurrence']).toMatchObject({
      pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'] },
      range: {
        ...{ type: 'numbered', numberOfOccurrences: 4, startDate: '2026-03-30' },
        recurrenceTimeZone: 'W. Europe Standard Time',
      },
    });
  });

  it.each([
    ['FREQ=WEEKLY', 'FREQ=WEEKLY;BYDAY=MO;WKST=MO'],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,MO', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=MO'],
    ['FREQ=DAILY;WKST=MO;UNTIL=20260410T120000Z', 'FREQ=DAILY;UNTIL=20260410T215959Z'],
    ['FREQ=DAILY;UNTIL=20260410', 'FREQ=DAILY;UNTIL=20260410T215959Z'],
    ['FREQ=YEARLY;COUNT=3', 'FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=30;COUNT=3'],
  ])('P9 shows the rule %s at once as Outlook will show it', async (rrule, shows) => {
    const mailbox = new FakeCalendar();
    const given = { ...eventDefaults, ...nine, type: 'master', rrule };
    const shown = asShown({ rrule }, given);
    expect(shown).toEqual({ rrule: shows });
    await push(mailbox, unborn, create(shown));
    const made = itemOf({ ...only(mailbox), id: 'G1', type: 'seriesMaster' });
    expect(made.fields['rrule']).toBe(shows);
    expect(asShown({ rrule: shows }, { ...given, ...made.fields })).toEqual({ rrule: shows });
    expect(asShown({ subject: 'x' }, given)).toEqual({ subject: 'x' });
  });

  it.each([
    ['Europe/Rome', 'Europe/Berlin', 'W. Europe Standard Time'],
    ['Asia/Tokyo', 'Asia/Tokyo', 'Tokyo Standard Time'],
    ['UTC', 'UTC', 'UTC'],
  ])('P9 shows a time in %s at once in the zone that Outlook has for it', async (zone, shows, name) => {
    const mailbox = new FakeCalendar();
    const [start, end] = ['2026-03-30T07:00:00Z', '2026-03-30T08:00:00Z'].map((dateTime) => ({
      dateTime,
      timeZone: zone,
    }));
    const shown = asShown({ start: start ?? null, end: end ?? null, originalTimeZone: zone }, eventDefaults);
    expect(shown).toEqual({
      start: { ...start, timeZone: shows },
      end: { ...end, timeZone: shows },
      originalTimeZone: name,
    });
    await push(mailbox, unborn, create(shown));
    const [told, until] = [only(mailbox)['start'], only(mailbox)['end']];
    expect([told, until]).toMatchObject([{ timeZone: name }, { timeZone: name }]);
    const made = {
      ...only(mailbox),
      id: 'G1',
      type: 'singleInstance',
      originalStartTimeZone: name,
      originalEndTimeZone: name,
    };
    expect(itemOf(made).fields).toMatchObject(shown);
    // The begin alone is written, and goes with the end that stands.
    expect(asShown({ start: start ?? null }, { ...eventDefaults, ...shown })).toEqual({ start: shown['start'] });
  });

  it('is told in UTC in a zone for which Outlook has no name, and is refused as a series there', async () => {
    const mailbox = new FakeCalendar();
    const troll = times('2026-03-30T07:00:00Z', '2026-03-30T08:00:00Z', 'Antarctica/Troll');
    await push(mailbox, unborn, create(troll));
    expect(only(mailbox)).toMatchObject({ start: wall('2026-03-30T07:00:00', 'UTC') });
    expect(asShown({ ...troll, originalTimeZone: 'Antarctica/Troll' }, eventDefaults)).toMatchObject({
      ...{ start: { timeZone: 'UTC' }, originalTimeZone: 'UTC' },
    });
    expect(refusalOf({ ...troll, rrule: 'FREQ=DAILY' }, eventDefaults)).toMatchObject({
      ...{ part: 'start', reason: expect.stringContaining('Antarctica/Troll') as unknown },
    });
  });

  it('keeps the time of a series in a zone that has left the clock of its Windows name', () => {
    for (const timeZone of ['America/Mazatlan', 'America/Chihuahua', 'America/Ojinaga', 'Asia/Almaty']) {
      const start = { dateTime: '2026-12-01T17:00:00Z', timeZone };
      const end = { dateTime: '2026-12-01T18:00:00Z', timeZone };
      const shown = asShown({ start, end, rrule: 'FREQ=DAILY;COUNT=3' }, { ...eventDefaults, type: 'master' });
      expect(shown).toMatchObject({ start: { dateTime: start.dateTime }, end: { dateTime: end.dateTime } });
    }
  });

  it('is dates where it lasts all day', async () => {
    const mailbox = new FakeCalendar();
    await push(mailbox, unborn, create({ isAllDay: true, start: { date: '2026-03-30' }, end: { date: '2026-04-01' } }));
    expect(only(mailbox)).toMatchObject({
      ...{ isAllDay: true, start: wall('2026-03-30T00:00:00', 'UTC'), end: wall('2026-04-01T00:00:00', 'UTC') },
    });
  });

  it('is refused for good where Outlook has no such rule, before anything is sent, and by the name of the part', async () => {
    const mailbox = new FakeCalendar();
    const rrule = 'FREQ=HOURLY';
    await expect(push(mailbox, unborn, create({ rrule }))).rejects.toThrow(/^FREQ: /);
    expect(mailbox.calls).toEqual([]);
    expect(refusalOf({ rrule }, { ...eventDefaults, ...nine })).toMatchObject({ part: 'FREQ' });
    expect(refusalOf({ start: { date: '2026-03-30' } }, { ...eventDefaults, ...nine })).toMatchObject({
      part: 'start',
    });
    expect(refusalOf({ subject: 'x', rrule: null }, { ...eventDefaults, ...nine })).toBeNull();
  });

  it('is refused for good where its calendar is gone', async () => {
    const gone = push(new FakeCalendar(), unborn, create({ calendarId: 'gone' }));
    await expect(gone).rejects.toBeInstanceOf(RejectedError);
  });

  it('is read once more where a Teams link was asked for and has not come yet', async () => {
    const mailbox = new FakeCalendar();
    await push(mailbox, unborn, create({ isOnlineMeeting: true }));
    expect(mailbox.calls).toEqual(['POST /me/calendars/B/events', 'GET /me/calendars/B/events/G1']);
  });
});

describe('a change', () => {
  it('is sent as far as it goes, if the event is as we know it', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(single());
    const sent = { subject: 'Moved', showAs: 'oof', reminderMinutes: null };
    const outcome = await push(mailbox, recordOf(mailbox, id, sent), operationOf(sent));
    expect([outcome.outcome, mailbox.calls]).toEqual(['done', [`PATCH /me/calendars/A/events/${id}`]]);
    expect(only(mailbox)).toMatchObject({ subject: 'Moved', showAs: 'oof', isReminderOn: false, importance: 'normal' });
  });

  it('tells begin and end together, as they stand', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(single());
    const sent = { end: { dateTime: '2026-03-02T10:30:00Z', timeZone: 'Europe/Berlin' } };
    await push(mailbox, recordOf(mailbox, id, sent), operationOf(sent));
    expect(only(mailbox)).toMatchObject({
      ...{ start: wall('2026-03-02T09:00:00', 'W. Europe Standard Time'), isAllDay: false },
      end: wall('2026-03-02T11:30:00', 'W. Europe Standard Time'),
    });
  });

  it('tells the begin that Outlook has, and not one of a later change that waits', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(single());
    const end = { dateTime: '2026-03-02T10:30:00Z', timeZone: 'Europe/Berlin' };
    await push(mailbox, recordOf(mailbox, id, nine), operationOf({ end }));
    expect(only(mailbox)).toMatchObject({
      start: wall('2026-03-02T09:00:00', 'W. Europe Standard Time'),
      end: wall('2026-03-02T11:30:00', 'W. Europe Standard Time'),
    });
  });

  it('P10 overwrites nobody who was there first, but shows what is there now', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(single());
    const record = recordOf(mailbox, id, { subject: 'Ours' });
    mailbox.edit(id, { subject: 'Theirs' });
    const outcome = await push(mailbox, record, operationOf({ subject: 'Ours' }));
    expect(outcome).toMatchObject({ outcome: 'changed', item: { subject: 'Theirs' } });
  });

  it.each(lost)('P8 is sent once in effect though it is lost %s it has its effect', async (when) => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(single());
    losing(mailbox, 1, when);
    const sent = { subject: 'Moved', ...nine, categories: ['B', 'A'] };
    expect((await push(mailbox, recordOf(mailbox, id, sent), operationOf(sent))).outcome).toBe('done');
    expect([mailbox.items.get(id)?.version, only(mailbox)['subject']]).toEqual([2, 'Moved']);
  });

  it('of one occurrence reaches it alone, without a version, and makes it an exception', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add({ ...single(), ...occurrence('2026-03-03') }, { occurrence: true });
    const sent = { subject: 'Later', type: 'exception' };
    const outcome = await push(mailbox, recordOf(mailbox, id, sent), operationOf(sent));
    expect(outcome).toMatchObject({ outcome: 'done', item: { type: 'exception' } });
    expect(mailbox.calls).toEqual([`GET /me/calendars/A/events/${id}`, `PATCH /me/calendars/A/events/${id}`]);
  });

  it('of one occurrence is sent without the version that it shows where it cannot be written with that', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add({ ...single(), ...occurrence('2026-03-03') }, { occurrence: true });
    const sent = { subject: 'Later', type: 'exception' };
    mailbox.around = (when, { ifMatch }) => {
      if (when === 'before' && ifMatch !== undefined) throw new ConflictError('no such version');
    };
    const outcome = await push(mailbox, recordOf(mailbox, id, sent), operationOf(sent));
    expect(outcome).toMatchObject({ outcome: 'done', item: { type: 'exception' } });
  });

  it.each(['before it is looked at', 'after it is looked at', 'before a second try'])(
    'P10 of one occurrence overwrites nobody who has made it an exception since, %s',
    async (since) => {
      const mailbox = new FakeCalendar();
      const { id } = mailbox.add({ ...single(), ...occurrence('2026-03-03') }, { occurrence: true });
      const sent = { subject: 'Ours', type: 'exception' };
      const record = recordOf(mailbox, id, sent);
      const edit = (): void => {
        mailbox.around = () => undefined;
        mailbox.edit(id, { type: 'exception', subject: 'Theirs' });
      };
      if (since === 'after it is looked at') mailbox.around = edit;
      else edit();
      const attempts = since === 'before a second try' ? 1 : 0;
      const outcome = await push(
        mailbox,
        record,
        operationOf(sent, { attempts, triedOn: attempts > 0 ? 'before' : undefined }),
      );
      expect([outcome.outcome, only(mailbox)['subject']]).toEqual(['changed', 'Theirs']);
    },
  );

  it('keeps the Teams block in a new body, as it stands at this moment', async () => {
    const link = 'https://teams.microsoft.com/l/meetup-join/19%3ameeting_x/0?context=%7b%7d';
    const ruler = '_'.repeat(80);
    const block = `<div><span>${ruler}</span><div><a href="${link}">Join</a></div><span>${ruler}</span></div>`;
    const held = { contentType: 'html', content: `<html><body><p>Old</p>${block}</body></html>` };
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(single({ body: held, isOnlineMeeting: true }));
    const sent = { body: { contentType: 'html', content: '<p>New</p>' } };
    await push(mailbox, recordOf(mailbox, id, sent), operationOf(sent));
    const body = JSON.stringify(only(mailbox)['body']);
    expect([body.includes('New'), body.includes(link), body.includes('Old')]).toEqual([true, true, false]);
    const { version } = mailbox.items.get(id) ?? {};
    const again = await push(
      mailbox,
      recordOf(mailbox, id, sent),
      operationOf(sent, { attempts: 1, triedOn: 'before' }),
    );
    expect([again.outcome, mailbox.items.get(id)?.version]).toEqual(['done', version]);
  });

  it('keeps the block of the meeting itself, though both bodies name another meeting first', async () => {
    const linkOf = (name: string): string => `https://teams.microsoft.com/l/meetup-join/19%3a${name}/0`;
    const text = (content: string): Fields => ({ contentType: 'text', content });
    const held = `After ${linkOf('OTHER')}\r\n${'_'.repeat(80)}\r\nJoin: ${linkOf('own')}\r\n${'_'.repeat(80)}`;
    const mailbox = new FakeCalendar();
    const onlineMeeting = { joinUrl: linkOf('own'), conferenceId: null };
    const { id } = mailbox.add(single({ body: text(held), isOnlineMeeting: true, onlineMeeting }));
    const sent = { body: text(`After ${linkOf('OTHER')} (new agenda)`) };
    await push(mailbox, recordOf(mailbox, id, sent), operationOf(sent));
    expect(JSON.stringify(only(mailbox)['body'])).toContain(`Join: ${linkOf('own')}`);
  });

  const html = (content: string): Fields => ({ body: { contentType: 'html', content } });
  const guest = { address: 'grace@example.com', name: 'Grace', type: 'optional', response: 'accepted' };
  it.each([
    ['an online meeting', {}, { isOnlineMeeting: true }],
    ['an emptied body', html('<p>Agenda</p>'), html('')],
    ['a shorter body', html('<p>one, two, three</p>'), html('<p>one</p>')],
    ['a body in other words of HTML', html('<p>Agenda</p>'), html('<p><b>Agenda</b></p>')],
    ['another part of a guest', {}, { attendees: [guest] }],
    ['another zone', {}, times('2026-03-02T08:00:00Z', '2026-03-02T09:00:00Z', 'Europe/London')],
  ])('P8 P10 is sent again where nothing of it has arrived: %s', async (_, held, sent) => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(single(held));
    const record = recordOf(mailbox, id, sent);
    losing(mailbox, 1, 'before');
    expect((await push(mailbox, record, operationOf(sent))).outcome).toBe('done');
    expect(mailbox.items.get(id)?.version).toBe(2);
    // What has arrived, and was not heard of, is not sent again.
    losing(mailbox, 1, 'after');
    const other = recordOf(mailbox, id, { ...sent, subject: 'B' });
    expect((await push(mailbox, other, operationOf({ ...sent, subject: 'B' }))).outcome).toBe('done');
    expect(mailbox.items.get(id)?.version).toBe(3);
  });

  it('keeps nothing of a body that merely names a meeting, where the event itself is none', async () => {
    const url = 'https://teams.microsoft.com/l/meetup-join/19%3ameeting_x/0';
    const text = (content: string): Fields => ({ body: { contentType: 'text', content } });
    const sendTo = async (meeting: Fields): Promise<unknown> => {
      const mailbox = new FakeCalendar();
      const { id } = mailbox.add(single({ ...text(`Old\nRecording: ${url}\nOld`), ...meeting }));
      await push(mailbox, recordOf(mailbox, id, text('New')), operationOf(text('New')));
      return only(mailbox)['body'];
    };
    const kept = text(`New\r\n\r\nRecording: ${url}`)['body'];
    for (const onlineMeetingUrl of [null, ''])
      expect(await sendTo({ isOnlineMeeting: false, onlineMeetingUrl })).toEqual(text('New')['body']);
    for (const meeting of [{ isOnlineMeeting: true }, { onlineMeetingUrl: url }, { onlineMeeting: { joinUrl: url } }])
      expect(await sendTo(meeting)).toEqual(kept);
  });

  it('is gone where the event is no longer in its calendar', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(single());
    const record = recordOf(mailbox, id, { subject: 'x' });
    await mailbox.write({ method: 'DELETE', path: `/me/calendars/A/events/${id}` });
    for (const attempts of [0, 1])
      expect(
        await push(
          mailbox,
          record,
          operationOf({ subject: 'x' }, { attempts, triedOn: attempts > 0 ? 'before' : undefined }),
        ),
      ).toEqual({ outcome: 'gone' });
  });

  it('of a rule is sent with the start that it needs', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(master());
    const sent = { rrule: 'FREQ=WEEKLY;BYDAY=MO' };
    await push(mailbox, recordOf(mailbox, id, sent), operationOf(sent));
    expect(only(mailbox)['recurrence']).toMatchObject({ range: { startDate: '2026-03-02', type: 'noEnd' } });
    expect(only(mailbox)['start']).toEqual(master()['start']);
  });

  it.each(['FREQ=WEEKLY;BYDAY=MO', 'FREQ=DAILY;WKST=MO;UNTIL=20260410T120000Z', 'FREQ=DAILY;COUNT=3'])(
    'P8 of a rule is sent once in effect though its answer is lost: %s',
    async (rrule) => {
      const mailbox = new FakeCalendar();
      const { id } = mailbox.add(master());
      losing(mailbox, 1, 'after');
      expect((await push(mailbox, recordOf(mailbox, id, { rrule }), operationOf({ rrule }))).outcome).toBe('done');
      const other = operationOf({ rrule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=9' }, { attempts: 1, triedOn: 'before' });
      expect((await push(mailbox, recordOf(mailbox, id), other)).outcome).toBe('done');
      expect(mailbox.items.get(id)?.version).toBe(3);
    },
  );
});

describe('a deletion', () => {
  const remove = operationOf({}, { effect: 'delete', action: 'delete' });

  it.each(lost)('P8 has its effect once though it is lost %s it has its effect', async (when) => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(single());
    losing(mailbox, 1, when);
    const outcome = await push(mailbox, recordOf(mailbox, id), remove);
    expect([outcome.outcome, mailbox.standing]).toEqual([when === 'after' ? 'gone' : 'done', []]);
  });

  it('P10 deletes nothing that somebody has changed since', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(single());
    const record = recordOf(mailbox, id);
    mailbox.edit(id, { subject: 'Theirs' });
    expect(await push(mailbox, record, remove)).toMatchObject({ outcome: 'changed', item: { subject: 'Theirs' } });
    expect(mailbox.standing).toHaveLength(1);
  });

  it.each(lost)(
    'that cancels tells those who were asked, once, though it is lost %s it has its effect',
    async (when) => {
      const mailbox = new FakeCalendar();
      const { id } = mailbox.add(single());
      losing(mailbox, 1, when);
      const cancel = operationOf({ comment: 'Snow' }, { effect: 'delete', action: CANCEL });
      await push(mailbox, recordOf(mailbox, id), cancel);
      expect([mailbox.standing, mailbox.mails]).toEqual([[], ['cancel Snow']]);
    },
  );

  it('P8 that cancels finds the meeting cancelled, though it still stands', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(single({ isCancelled: true }));
    const cancel = operationOf({}, { effect: 'delete', action: CANCEL, attempts: 1, triedOn: 'before' });
    expect((await push(mailbox, recordOf(mailbox, id), cancel)).outcome).toBe('done');
    expect(mailbox.mails).toEqual([]);
  });

  it('that cancels is refused for good to who did not call the meeting', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(single({ isOrganizer: false }));
    const cancel = push(mailbox, recordOf(mailbox, id), operationOf({}, { effect: 'delete', action: CANCEL }));
    await expect(cancel).rejects.toBeInstanceOf(RejectedError);
  });
});

describe('an answer', () => {
  const invitation = single({ isOrganizer: false, responseStatus: { response: 'notResponded', time: null } });
  const answer = (word: Answer, reply: Parameters<typeof responseFields>[1] = {}): OutboxOperation =>
    operationOf(responseFields(word, reply), { action: word });

  it.each([
    ['accept', 'accepted', 'accept'],
    ['tentative', 'tentativelyAccepted', 'tentativelyAccept'],
    ['decline', 'declined', 'decline'],
  ] as const)('%s shows %s, and tells the organizer with a comment', async (word, shows, call) => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(invitation);
    const outcome = await push(mailbox, recordOf(mailbox, id), answer(word, { comment: 'Fine' }));
    expect([outcome.outcome, mailbox.response(id), mailbox.mails]).toEqual(['done', shows, [`${call} "Fine"`]]);
  });

  it.each(lost)('P8 tells the organizer once though it is lost %s it has its effect', async (when) => {
    for (const word of ['accept', 'decline'] as const) {
      const mailbox = new FakeCalendar();
      const { id } = mailbox.add(invitation);
      losing(mailbox, 1, when);
      expect((await push(mailbox, recordOf(mailbox, id), answer(word))).outcome).toBe('done');
      expect(mailbox.mails).toEqual([`${word} null`]);
    }
  });

  it('that was given in Outlook already is not given twice', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add({ ...invitation, responseStatus: { response: 'accepted', time: null } });
    expect((await push(mailbox, recordOf(mailbox, id), answer('accept'))).outcome).toBe('done');
    expect([mailbox.mails, mailbox.calls.length]).toEqual([[], 1]);
  });

  it.each(lost)(
    'P8 that was given already has its comment told, once, though it is lost %s it has its effect',
    async (when) => {
      const mailbox = new FakeCalendar();
      const { id } = mailbox.add({ ...invitation, responseStatus: { response: 'accepted', time: null } });
      // The same answer again: its comment alone is new.
      const { reply = null } = responseFields('accept', { comment: 'I will be there' });
      losing(mailbox, 1, when);
      await push(mailbox, recordOf(mailbox, id), operationOf({ reply }, { action: 'accept' }));
      expect(mailbox.mails).toEqual(['accept "I will be there"']);
      // Who says it again means it again.
      await push(mailbox, recordOf(mailbox, id), operationOf({ reply }, { action: 'accept' }));
      expect(mailbox.mails).toHaveLength(2);
    },
  );

  it('that lost against one given in Outlook is not sent at all', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add({ ...invitation, responseStatus: { response: 'declined', time: null } });
    await push(mailbox, recordOf(mailbox, id), operationOf({ reply: { comment: 'x' } }, { action: 'accept' }));
    expect(mailbox.mails).toEqual([]);
  });

  it('can be given without a word to the organizer', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(invitation);
    await push(mailbox, recordOf(mailbox, id), answer('accept', { sendResponse: false }));
    expect([mailbox.response(id), mailbox.mails]).toEqual(['accepted', []]);
  });

  it('that is to be told to nobody goes without its comment, which Graph would refuse', async () => {
    const mailbox = new FakeCalendar();
    const { id } = mailbox.add(invitation);
    const quiet = answer('accept', { comment: 'x', sendResponse: false });
    expect((await push(mailbox, recordOf(mailbox, id), quiet)).outcome).toBe('done');
    expect([mailbox.response(id), mailbox.mails]).toEqual(['accepted', []]);
  });
});
