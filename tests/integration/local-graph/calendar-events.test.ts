import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADA, at, CalendarLab, daily, meeting, starts, timeOf, WINDOW } from './calendar-support.ts';
import type { Person } from './calendar-support.ts';

const PROPERTY = 'String {11111111-2222-3333-4444-555555555555} Name OperationKey';

describe('events', () => {
  let lab: CalendarLab;
  let ada: Person;
  beforeEach(async () => {
    lab = await CalendarLab.start();
    ({ ada } = lab);
  });
  afterEach(() => lab.close());

  it('are made, read, changed and deleted', async () => {
    const made = await ada.post('/me/events', { ...meeting(), categories: ['Red category'], importance: 'High' });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      subject: 'Review',
      type: 'singleInstance',
      importance: 'high',
      showAs: 'busy',
      sensitivity: 'normal',
      start: { dateTime: '2026-11-24T09:00:00.0000000', timeZone: 'UTC' },
      originalStartTimeZone: 'W. Europe Standard Time',
      isOrganizer: true,
      responseStatus: { response: 'organizer', time: '0001-01-01T00:00:00Z' },
      recurrence: null,
      seriesMasterId: null,
      onlineMeeting: null,
      isReminderOn: true,
      reminderMinutesBeforeStart: 15,
    });
    expect(made.json).not.toHaveProperty('originalStart');
    expect(made.json).not.toHaveProperty('transactionId');
    const id = made.at('id');
    const changed = await ada.patch(id, { subject: 'Changed', location: { displayName: 'Room 1' } });
    expect(changed.status).toBe(200);
    expect(changed.json).toMatchObject({
      id,
      subject: 'Changed',
      categories: ['Red category'],
      location: { displayName: 'Room 1' },
    });
    expect(changed.at('changeKey')).not.toBe(made.at('changeKey'));
    expect(changed.json['@odata.etag']).toBe(`W/"${changed.at('changeKey')}"`);
    expect((await ada.send('DELETE', `/me/events/${id}`)).status).toBe(204);
    expect((await ada.get(`/me/events/${id}`)).code).toBe('ErrorItemNotFound');
  });

  it('have ids of two kinds, which open nothing else', async () => {
    const id = await ada.add();
    const plain = String((await ada.get('/me/events', { prefer: '' })).value[0]?.['id']);
    expect(plain).not.toBe(id);
    expect((await ada.get(`/me/events/${plain}`)).at('id')).toBe(id);
    expect((await ada.get(`/me/messages/${id}`)).code).toBe('ErrorItemNotFound');
    expect((await lab.bob.get(`/me/events/${id}`)).code).toBe('ErrorItemNotFound');
    expect((await ada.get('/me/events/nonsense')).code).toBe('ErrorInvalidIdMalformed');
  });

  it('in Deleted Items answer 404, or by a setting still under the immutable id', async () => {
    const id = await ada.add();
    await ada.send('DELETE', `/me/events/${id}`);
    expect((await ada.get(`/me/events/${id}`)).status).toBe(404);
    await lab.settings({ deletedReadable: true });
    expect((await ada.get(`/me/events/${id}`)).status).toBe(200);
    const main = (await ada.get('/me/calendar')).at('id');
    expect((await ada.get(`/me/calendars/${main}/events/${id}`)).status).toBe(404);
    const other = await ada.add();
    await ada.post(`/me/events/${other}/permanentDelete`);
    expect((await ada.get(`/me/events/${other}`)).status).toBe(404);
  });

  it('with a transactionId come into being once', async () => {
    const body = { ...meeting(), transactionId: 'op-1' };
    const [first, again] = [await ada.post('/me/events', body), await ada.post('/me/events', body)];
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.at('id')).toBe(first.at('id'));
    expect(first.at('transactionId')).toBe('op-1');
    expect((await ada.get('/me/events')).value).toHaveLength(1);
    const other = await ada.post('/me/events', { ...body, subject: 'Another' });
    expect([other.status, other.code]).toEqual([409, 'ErrorDuplicateTransactionId']);
    await lab.settings({ duplicateTransaction: 'conflict' });
    expect((await ada.post('/me/events', body)).status).toBe(409);
    expect((await ada.patch(first.at('id'), { transactionId: 'op-2' })).at('transactionId')).toBe('op-1');
  });

  it('refuse a stale If-Match with 412', async () => {
    const id = await ada.add();
    const stale = String((await ada.get(`/me/events/${id}`)).json['@odata.etag']);
    expect((await ada.patch(id, { subject: 'One' }, { 'if-match': stale })).status).toBe(200);
    const refused = await ada.patch(id, { subject: 'Two' }, { 'if-match': stale });
    expect([refused.status, refused.code]).toEqual([412, 'ErrorIrresolvableConflict']);
    expect((await ada.send('DELETE', `/me/events/${id}`, { headers: { 'if-match': stale } })).status).toBe(412);
    expect((await ada.patch(id, { subject: 'Two' }, { 'if-match': '*' })).status).toBe(200);
  });

  it('show times in the zone that is asked for, and refuse one that nobody knows', async () => {
    const id = await ada.add();
    const inTokyo = await ada.get(`/me/events/${id}`, {
      prefer: 'outlook.timezone="Asia/Tokyo", IdType="ImmutableId"',
    });
    expect(inTokyo.json['start']).toEqual({ dateTime: '2026-11-24T18:00:00.0000000', timeZone: 'Asia/Tokyo' });
    const nowhere = await ada.get(`/me/events/${id}`, { prefer: 'outlook.timezone="Nowhere"' });
    expect([nowhere.status, nowhere.code]).toEqual([400, 'TimeZoneNotSupportedException']);
    const refused = await ada.post('/me/events', { ...meeting(), start: at('2026-11-24T10:00:00', 'Mars/Olympus') });
    expect([refused.status, refused.code]).toEqual([400, 'TimeZoneNotSupportedException']);
    const utc = await ada.post('/me/events', {
      ...meeting(),
      start: at('2026-11-24T10:00:00Z'),
      end: at('2026-11-24T13:00:00+01:00'),
    });
    expect([timeOf(utc.json), timeOf(utc.json, 'end')]).toEqual(['2026-11-24T10:00:00', '2026-11-24T12:00:00']);
  });

  it.each([
    ['no start', { start: undefined }, 'ErrorPropertyValidationFailure'],
    ['an end before the start', { end: at('2026-11-24T09:00:00') }, 'ErrorPropertyValidationFailure'],
    ['an all-day event at ten', { isAllDay: true }, 'ErrorInvalidRequest'],
    ['an all-day event that ends at ten', { isAllDay: true, start: at('2026-11-24T00:00:00') }, 'ErrorInvalidRequest'],
    [
      'an all-day event in two zones',
      { isAllDay: true, start: at('2026-11-24T00:00:00'), end: at('2026-11-25T00:00:00', 'UTC') },
      'ErrorInvalidRequest',
    ],
    [
      'an all-day event of no day',
      { isAllDay: true, start: at('2026-11-24T00:00:00'), end: at('2026-11-24T00:00:00') },
      'ErrorPropertyValidationFailure',
    ],
    ['a word that is none', { showAs: 'asleep' }, 'UnableToDeserializePostBody'],
    ['a member that is none', { colour: 'red' }, 'ErrorInvalidRequest'],
    [
      'more than 500 attendees',
      { attendees: Array.from({ length: 501 }, (_, nth) => ({ emailAddress: { address: `a${nth}@x.example` } })) },
      'ErrorPropertyValidationFailure',
    ],
  ])('refuse %s', async (_, fields, code) => {
    const answer = await ada.post('/me/events', { ...meeting(), ...fields });
    expect([answer.status, answer.code]).toEqual([400, code]);
    expect((await ada.get('/me/events')).value).toEqual([]);
  });

  it('of all day are dates, or instants where a zone is asked for', async () => {
    const sydney = 'AUS Eastern Standard Time';
    const id = await ada.add({
      isAllDay: true,
      start: at('2026-11-24T00:00:00', sydney),
      end: at('2026-11-25T00:00:00', sydney),
    });
    const asked = (zone: string): Promise<string> =>
      ada.get(`/me/events/${id}`, { prefer: `IdType="ImmutableId"${zone}` }).then((answer) => timeOf(answer.json));
    expect(await asked('')).toBe('2026-11-24T00:00:00');
    expect(await asked(', outlook.timezone="UTC"')).toBe('2026-11-23T13:00:00');
    expect(await asked(`, outlook.timezone="${sydney}"`)).toBe('2026-11-24T00:00:00');
    await lab.settings({ allDayTimes: 'dates' });
    expect(await asked(', outlook.timezone="UTC"')).toBe('2026-11-24T00:00:00');
    await lab.settings({ allDayTimes: 'instants' });
    expect(await asked('')).toBe('2026-11-23T13:00:00');
  });

  it('ignore what only the service writes', async () => {
    const made = await ada.post('/me/events', {
      ...meeting(),
      iCalUId: 'mine',
      isOrganizer: false,
      organizer: { emailAddress: { address: 'x@y.example' } },
      type: 'occurrence',
      isCancelled: true,
    });
    expect(made.json).toMatchObject({ isOrganizer: true, type: 'singleInstance', isCancelled: false });
    expect(made.json).toMatchObject({ organizer: { emailAddress: { address: ADA } } });
    expect(made.at('iCalUId')).not.toBe('mine');
  });

  it('clear what a PATCH sets to null', async () => {
    const id = await ada.add({
      categories: ['a'],
      location: { displayName: 'Here' },
      body: { contentType: 'text', content: 'x' },
    });
    const cleared = await ada.patch(id, { subject: null, categories: null, location: null, body: null });
    expect(cleared.json).toMatchObject({ subject: '', categories: [], locations: [], bodyPreview: '' });
  });

  it('are selected, filtered, ordered and paged', async () => {
    for (const hour of ['08', '10', '09']) {
      await ada.add({
        subject: `At ${hour}`,
        start: at(`2026-11-24T${hour}:00:00`),
        end: at(`2026-11-24T${hour}:30:00`),
      });
    }
    await ada.add(daily({ categories: ['Team'] }));
    const list = (query: string): Promise<unknown[]> =>
      ada.get(`/me/events?${query}`).then((answer) => answer.value.map((item) => item['subject']));
    expect(await list("$filter=start/dateTime ge '2026-11-24T08:00'&$orderby=start/dateTime")).toEqual([
      'At 09',
      'At 10',
    ]);
    expect(await list("$filter=categories/any(c:c eq 'Team')")).toEqual(['Stand-up']);
    expect(await list("$filter=startswith(subject,'At') and importance eq 'normal'&$orderby=subject desc")).toEqual([
      'At 10',
      'At 09',
      'At 08',
    ]);
    expect(await list("$filter=type eq 'seriesMaster'")).toEqual(['Stand-up']);
    const page = await ada.get('/me/events?$top=3&$count=true&$select=subject');
    expect([page.value.length, page.json['@odata.count']]).toEqual([3, 4]);
    expect(Object.keys(page.value[0] ?? {}).sort()).toEqual(['@odata.etag', 'id', 'subject']);
    expect((await ada.get(page.link('nextLink') ?? '')).value).toHaveLength(1);
    expect((await ada.get('/me/events?$select=colour')).code).toBe('RequestBroker--ParseUri');
    expect((await ada.get('/me/events?$search="x"')).status).toBe(400);
  });

  it('carry extended properties, which show when they are asked for and can be found by', async () => {
    const id = await ada.add({ singleValueExtendedProperties: [{ id: PROPERTY, value: 'op-1' }] });
    expect((await ada.get(`/me/events/${id}`)).json).not.toHaveProperty('singleValueExtendedProperties');
    const expand = `$expand=singleValueExtendedProperties($filter=id eq '${PROPERTY}')`;
    expect((await ada.get(`/me/events/${id}?${expand}`)).json).toMatchObject({
      singleValueExtendedProperties: [{ id: PROPERTY, value: 'op-1' }],
    });
    const any = `$filter=singleValueExtendedProperties/Any(ep: ep/id eq '${PROPERTY}' and ep/value eq `;
    expect((await ada.get(`/me/events?${any}'op-1')`)).value).toHaveLength(1);
    expect((await ada.get(`/me/events?${any}'op-2')`)).value).toHaveLength(0);
  });

  it('stand in calendarView by start, as many as meet the window', async () => {
    await ada.add();
    await ada.add({ start: at('2026-10-31T23:00:00'), end: at('2026-11-01T01:00:00') });
    await ada.add({ start: at('2026-11-30T23:30:00'), end: at('2026-12-01T01:00:00') });
    await ada.add({ start: at('2026-10-31T23:00:00'), end: at('2026-11-01T00:59:00') });
    await ada.add({ start: at('2026-12-01T01:00:00'), end: at('2026-12-01T02:00:00') });
    const view = await ada.get(
      `/me/calendarView?startDateTime=2026-11-01T01:00:00%2B01:00&endDateTime=2026-12-01T00:00:00Z`,
    );
    expect(starts(view.value)).toEqual(['2026-11-24T09:00:00', '2026-11-30T22:30:00']);
    const zoned = await ada.get(
      `/me/calendarView?startDateTime=2026-11-01T01:00:00%2B02:00&endDateTime=2026-12-01T00:00:00Z`,
    );
    expect(zoned.value).toHaveLength(4);
  });

  it('in calendarView keep their times of making from who selects them', async () => {
    await ada.add();
    const query = `${WINDOW}&$select=subject,createdDateTime,lastModifiedDateTime`;
    const [item = {}] = (await ada.get(`/me/calendarView?${query}`)).value;
    expect(Object.keys(item).sort()).toEqual(['@odata.etag', 'id', 'subject']);
    expect((await ada.get(`/me/calendarView?${WINDOW}`)).value[0]).toHaveProperty('createdDateTime');
  });

  it('ask calendarView for a window that makes sense', async () => {
    const ask = async (query: string): Promise<string> => (await ada.get(`/me/calendarView?${query}`)).code;
    expect(await ask('$top=1')).toBe('ErrorInvalidParameter');
    expect(await ask('startDateTime=soon&endDateTime=2026-12-01')).toBe('ErrorInvalidParameter');
    expect(await ask('startDateTime=2026-12-02&endDateTime=2026-12-01')).toBe(
      'ErrorCalendarEndDateIsEarlierThanStartDate',
    );
    expect(await ask('startDateTime=2020-12-02&endDateTime=2026-12-01')).toBe('ErrorCalendarViewRangeTooBig');
  });

  it('need a permission, and keep bodies from the basic one', async () => {
    const id = await ada.add({ body: { contentType: 'text', content: 'secret' } });
    const reader = await lab.as(ADA, ['Calendars.Read']);
    expect((await reader.get(`/me/events/${id}`)).json).toMatchObject({ bodyPreview: 'secret' });
    expect((await reader.patch(id, { subject: 'x' })).code).toBe('ErrorAccessDenied');
    const basic = await lab.as(ADA, ['Calendars.ReadBasic']);
    const shown = (await basic.get(`/me/events/${id}`)).json;
    expect([shown['subject'], 'body' in shown, 'bodyPreview' in shown]).toEqual(['Review', false, false]);
    expect((await (await lab.as(ADA, ['Mail.Read'])).get('/me/events')).status).toBe(403);
  });

  it('are changed in batches, and by who signs in without a user', async () => {
    const requests = [1, 2].map((nth) => ({
      id: String(nth),
      method: 'POST',
      url: '/me/events',
      headers: { 'content-type': 'application/json' },
      body: { ...meeting(), subject: `Batch ${nth}` },
    }));
    const answer = await ada.post('/$batch', { requests });
    expect(answer.json['responses']).toHaveLength(2);
    expect((await ada.get('/me/events')).value).toHaveLength(2);
    const token = await lab.lab.tokenFor({ roles: ['Calendars.Read'] });
    const alone = await lab.lab.get(`/users/${ADA}/events`, { authorization: `Bearer ${token}` });
    expect(alone.value).toHaveLength(2);
  });

  it('count against the limits of the mailbox', async () => {
    await lab.lab.settings({ throttle: { per10min: 3 } });
    const statuses = [];
    for (let nth = 0; nth < 5; nth += 1) statuses.push((await ada.get('/me/events')).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
  });
});
