import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ADA, at, BOB, CalendarLab, daily, invited, onDay, starts, timeOf } from './calendar-support.ts';
import type { Person } from './calendar-support.ts';
import { text } from './support.ts';
import type { Item } from './support.ts';

const inbox = async (person: Person): Promise<unknown[][]> =>
  (await person.all('/me/mailFolders/inbox/messages')).map((item) => [item['subject'], item['meetingMessageType']]);

const answersOf = (item: Item): unknown[] =>
  z
    .array(z.object({ status: z.object({ response: z.string() }) }))
    .parse(item['attendees'])
    .map((one) => one.status.response);

describe('a meeting', () => {
  let lab: CalendarLab;
  let ada: Person;
  let bob: Person;
  beforeEach(async () => {
    lab = await CalendarLab.start();
    ({ ada, bob } = lab);
  });
  afterEach(() => lab.close());

  const copy = async (): Promise<Item> => {
    const [item] = (await bob.get('/me/events')).value;
    if (item === undefined) throw new Error('nothing has come');
    return item;
  };

  it('arrives in the calendar and the inbox of those invited, under another id', async () => {
    const id = await ada.add(invited(BOB, 'someone@else.example'));
    const own = (await ada.get(`/me/events/${id}`)).json;
    const theirs = await copy();
    expect(theirs).toMatchObject({
      subject: 'Review',
      isOrganizer: false,
      showAs: 'tentative',
      responseStatus: { response: 'notResponded', time: '0001-01-01T00:00:00Z' },
      organizer: { emailAddress: { address: ADA } },
    });
    expect(theirs['id']).not.toBe(id);
    expect(theirs['iCalUId']).toBe(own['iCalUId']);
    expect(answersOf(own)).toEqual(['none', 'none']);
    expect(await inbox(bob)).toEqual([['Review', 'meetingRequest']]);
    expect(await inbox(ada)).toEqual([]);
  });

  it.each([
    ['accept', 'accepted', 'busy', 'meetingAccepted'],
    ['tentativelyAccept', 'tentativelyAccepted', 'tentative', 'meetingTenativelyAccepted'],
  ])('is answered by %s', async (action, response, showAs, mail) => {
    const id = await ada.add(invited(BOB));
    const answer = await bob.post(`/me/events/${text(await copy(), 'id')}/${action}`, { comment: 'See you' });
    expect(answer.status).toBe(202);
    expect(await copy()).toMatchObject({ showAs, responseStatus: { response, time: '2026-11-20T10:00:00.0000000Z' } });
    expect(answersOf((await ada.get(`/me/events/${id}`)).json)).toEqual([response]);
    expect((await inbox(ada)).map(([, type]) => type)).toEqual([mail]);
  });

  it('that is declined leaves the calendar and tells the organizer', async () => {
    const id = await ada.add(invited(BOB));
    await bob.post(`/me/events/${text(await copy(), 'id')}/decline`, { Comment: 'No' });
    expect((await bob.get('/me/events')).value).toEqual([]);
    expect(answersOf((await ada.get(`/me/events/${id}`)).json)).toEqual(['declined']);
  });

  it('is answered without a word where no answer is to be sent', async () => {
    const id = await ada.add(invited(BOB));
    const theirs = text(await copy(), 'id');
    expect((await bob.post(`/me/events/${theirs}/accept`, { comment: 'x', sendResponse: false })).code).toBe(
      'ErrorInvalidParameter',
    );
    await bob.post(`/me/events/${theirs}/accept`, { sendResponse: false });
    expect(await copy()).toMatchObject({ responseStatus: { response: 'accepted' } });
    expect(answersOf((await ada.get(`/me/events/${id}`)).json)).toEqual(['none']);
    expect(await inbox(ada)).toEqual([]);
  });

  it('proposes another time', async () => {
    const id = await ada.add(invited(BOB));
    const proposedNewTime = { start: at('2026-11-25T10:00:00'), end: at('2026-11-25T11:00:00') };
    await bob.post(`/me/events/${text(await copy(), 'id')}/tentativelyAccept`, { proposedNewTime });
    expect((await ada.get(`/me/events/${id}`)).json).toMatchObject({
      attendees: [
        {
          proposedNewTime: { start: { dateTime: '2026-11-25T10:00:00.0000000', timeZone: 'W. Europe Standard Time' } },
        },
      ],
    });
  });

  it('is not answered by its organizer, nor cancelled by an attendee', async () => {
    const id = await ada.add(invited(BOB));
    const own = await ada.post(`/me/events/${id}/accept`);
    expect([own.status, own.code]).toEqual([400, 'ErrorInvalidRequest']);
    const theirs = await bob.post(`/me/events/${text(await copy(), 'id')}/cancel`, { comment: 'x' });
    expect([theirs.status, theirs.message]).toEqual([
      400,
      "Your request can't be completed. You need to be an organizer to cancel a meeting.",
    ]);
  });

  it('that changes its time changes in all copies, and answers are void', async () => {
    const id = await ada.add(invited(BOB));
    await bob.post(`/me/events/${text(await copy(), 'id')}/accept`);
    await bob.patch(text(await copy(), 'id'), { categories: ['Mine'], reminderMinutesBeforeStart: 5 });
    await ada.patch(id, { start: at('2026-11-25T10:00:00'), end: at('2026-11-25T11:00:00') });
    const theirs = await copy();
    expect(timeOf(theirs)).toBe('2026-11-25T09:00:00');
    expect(theirs).toMatchObject({
      categories: ['Mine'],
      reminderMinutesBeforeStart: 5,
      showAs: 'tentative',
      responseStatus: { response: 'notResponded' },
    });
    expect(answersOf((await ada.get(`/me/events/${id}`)).json)).toEqual(['none']);
  });

  it('keeps answers when anything else changes, and overwrites what an attendee changed', async () => {
    const id = await ada.add(invited(BOB));
    const theirs = text(await copy(), 'id');
    await bob.post(`/me/events/${theirs}/accept`);
    await bob.patch(theirs, { subject: 'My words' });
    expect((await ada.get(`/me/events/${id}`)).json).toMatchObject({ subject: 'Review' });
    await ada.patch(id, { subject: 'New words' });
    expect(await copy()).toMatchObject({ subject: 'New words', responseStatus: { response: 'accepted' } });
    expect(answersOf((await ada.get(`/me/events/${id}`)).json)).toEqual(['accepted']);
  });

  it('mails those alone who were added or taken out when nothing else changes', async () => {
    await lab.lab.control('POST', '/users', { userPrincipalName: 'cleo@contoso.example' });
    const cleo = await lab.as('cleo@contoso.example', ['Calendars.ReadWrite', 'Mail.Read']);
    const id = await ada.add(invited(BOB));
    await ada.patch(id, invited(BOB, cleo.upn));
    expect([(await inbox(bob)).length, (await inbox(cleo)).length]).toEqual([1, 1]);
    await ada.patch(id, invited(cleo.upn));
    expect(await inbox(bob)).toContainEqual(['Canceled: Review', 'meetingCancelled']);
    expect(await copy()).toMatchObject({ isCancelled: true, subject: 'Canceled: Review' });
    expect((await cleo.get('/me/events')).value).toMatchObject([{ isCancelled: false }]);
  });

  it('that is cancelled stays with the attendee as such, and leaves the organizer', async () => {
    const id = await ada.add(invited(BOB));
    expect((await ada.post(`/me/events/${id}/cancel`, { Comment: 'Ill' })).status).toBe(202);
    expect((await ada.get('/me/events')).value).toEqual([]);
    const theirs = await copy();
    expect(theirs).toMatchObject({ isCancelled: true, subject: 'Canceled: Review', showAs: 'free' });
    expect(await inbox(bob)).toContainEqual(['Canceled: Review', 'meetingCancelled']);
    await bob.send('DELETE', `/me/events/${text(theirs, 'id')}`);
    expect((await bob.get('/me/events')).value).toEqual([]);
  });

  it('that its organizer deletes is cancelled, one that an attendee deletes is not', async () => {
    const [first, second] = [await ada.add(invited(BOB)), await ada.add({ ...invited(BOB), subject: 'Second' })];
    const copies = (await bob.get('/me/events')).value;
    await bob.send('DELETE', `/me/events/${text(copies[0], 'id')}`);
    expect(answersOf((await ada.get(`/me/events/${first}`)).json)).toEqual(['none']);
    await ada.send('DELETE', `/me/events/${second}`);
    expect((await bob.get('/me/events')).value).toMatchObject([{ isCancelled: true, subject: 'Canceled: Second' }]);
  });

  it('of a series carries its exceptions, and the cancellation of one occurrence', async () => {
    await ada.add(daily(invited(BOB), { type: 'numbered', numberOfOccurrences: 4 }));
    const view = await ada.view();
    await ada.patch(onDay(view, '2026-11-03'), { start: at('2026-11-03T15:00:00'), end: at('2026-11-03T15:15:00') });
    await ada.post(`/me/events/${onDay(view, '2026-11-04')}/cancel`, { comment: 'Holiday' });
    expect(starts(await ada.view())).toEqual(['2026-11-02T08:00:00', '2026-11-03T14:00:00', '2026-11-05T08:00:00']);
    const theirs = await bob.view();
    expect(theirs.map((item) => [timeOf(item).slice(8, 13), item['type'], item['isCancelled']])).toEqual([
      ['02T08', 'occurrence', false],
      ['03T14', 'exception', false],
      ['04T08', 'exception', true],
      ['05T08', 'occurrence', false],
    ]);
  });

  it('of a series can be answered for one occurrence', async () => {
    const series = await ada.add(daily(invited(BOB), { type: 'numbered', numberOfOccurrences: 3 }));
    const theirs = await bob.view();
    await bob.post(`/me/events/${onDay(theirs, '2026-11-03')}/decline`, {});
    await bob.post(`/me/events/${onDay(theirs, '2026-11-04')}/accept`, {});
    expect(
      (await bob.view()).map((item) => z.object({ response: z.string() }).parse(item['responseStatus']).response),
    ).toEqual(['notResponded', 'accepted']);
    expect((await ada.view()).map((item) => answersOf(item)[0])).toEqual(['none', 'declined', 'accepted']);
    expect(answersOf((await ada.get(`/me/events/${series}`)).json)).toEqual(['none']);
  });

  it('hides who else is invited where the organizer wants it', async () => {
    await ada.add({ ...invited(BOB, 'someone@else.example'), hideAttendees: true });
    expect(answersOf(await copy())).toHaveLength(1);
  });

  it('is forwarded, by an attendee too', async () => {
    await lab.lab.control('POST', '/users', { userPrincipalName: 'cleo@contoso.example' });
    const cleo = await lab.as('cleo@contoso.example', ['Calendars.ReadWrite', 'Mail.Read']);
    const id = await ada.add(invited(BOB));
    const toRecipients = [{ emailAddress: { address: cleo.upn } }];
    expect(
      (await bob.post(`/me/events/${text(await copy(), 'id')}/forward`, { ToRecipients: toRecipients })).status,
    ).toBe(202);
    expect((await cleo.get('/me/events')).value).toMatchObject([{ organizer: { emailAddress: { address: ADA } } }]);
    expect(answersOf((await ada.get(`/me/events/${id}`)).json)).toEqual(['none', 'none']);
    expect(await inbox(bob)).toHaveLength(1);
  });

  it('from outside, and answers from outside, come by control', async () => {
    await lab.put(ADA, { organizer: { address: 'boss@else.example' }, ...invited(ADA), subject: 'Summons' });
    expect((await ada.get('/me/events')).value).toMatchObject([
      { subject: 'Summons', isOrganizer: false, responseStatus: { response: 'notResponded' } },
    ]);
    const id = await ada.add(invited('someone@else.example'));
    await lab.lab.control('POST', `/users/${ADA}/events/${id}/respond`, {
      attendee: 'someone@else.example',
      response: 'accepted',
    });
    expect(answersOf((await ada.get(`/me/events/${id}`)).json)).toEqual(['accepted']);
  });
});

describe('a Teams meeting', () => {
  let lab: CalendarLab;
  let ada: Person;
  beforeEach(async () => {
    lab = await CalendarLab.start();
    ({ ada } = lab);
  });
  afterEach(() => lab.close());

  const join = (item: Item): string | undefined =>
    z.object({ joinUrl: z.string() }).nullable().parse(item['onlineMeeting'])?.joinUrl;

  it('has its link at once, in the members and in the body, in all copies', async () => {
    const made = await ada.post('/me/events', {
      subject: 'Online',
      start: at('2026-11-24T10:00:00'),
      end: at('2026-11-24T11:00:00'),
      body: { contentType: 'html', content: '<p>Agenda</p>' },
      isOnlineMeeting: true,
      onlineMeetingProvider: 'teamsForBusiness',
      ...invited(BOB),
    });
    expect(made.json).toMatchObject({
      isOnlineMeeting: true,
      onlineMeetingProvider: 'teamsForBusiness',
      onlineMeetingUrl: null,
    });
    const url = join(made.json);
    expect(url).toMatch(/^https:\/\/teams\.microsoft\.com\/l\/meetup-join\//);
    const body = z.object({ content: z.string() }).parse(made.json['body']).content;
    expect([body.includes('Agenda'), body.includes(url ?? '-')]).toEqual([true, true]);
    const [theirs = {}] = (await lab.bob.get('/me/events')).value;
    expect(join(theirs)).toBe(url);
  });

  it('has its link a little later where the service takes its time', async () => {
    await lab.settings({ teamsDelayMs: 60_000 });
    const id = await ada.add({ isOnlineMeeting: true });
    const before = (await ada.get(`/me/events/${id}`)).json;
    expect([before['isOnlineMeeting'], join(before)]).toEqual([true, undefined]);
    await lab.lab.control('POST', '/clock', { advanceSeconds: 61 });
    await expect
      .poll(async () => join((await ada.get(`/me/events/${id}`)).json))
      .toContain('https://teams.microsoft.com/');
  });

  it('loses its link with the block in its body', async () => {
    const id = await ada.add({ isOnlineMeeting: true });
    const made = (await ada.get(`/me/events/${id}`)).json;
    const { content } = z.object({ content: z.string() }).parse(made['body']);
    const kept = await ada.patch(id, {
      body: { contentType: 'html', content: content.replace('</body>', '<p>More</p></body>') },
    });
    expect(join(kept.json)).toBe(join(made));
    const lost = await ada.patch(id, { body: { contentType: 'html', content: '<p>Mine alone</p>' } });
    expect(lost.json).toMatchObject({ isOnlineMeeting: false, onlineMeeting: null, onlineMeetingProvider: 'unknown' });
  });

  it('is not taken back, and can be made of any event', async () => {
    const id = await ada.add();
    const made = await ada.patch(id, { isOnlineMeeting: true });
    expect(join(made.json)).toBeDefined();
    const after = await ada.patch(id, { isOnlineMeeting: false, onlineMeetingProvider: 'skypeForBusiness' });
    expect(after.json).toMatchObject({ isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' });
    expect(join(after.json)).toBe(join(made.json));
  });

  it('is not for personal accounts', async () => {
    await lab.lab.control('POST', '/users', { userPrincipalName: 'me@contoso.example', kind: 'personal' });
    const me = await lab.as('me@contoso.example', ['Calendars.ReadWrite']);
    const made = await me.post('/me/events', {
      subject: 'x',
      start: at('2026-11-24T10:00:00'),
      end: at('2026-11-24T11:00:00'),
      isOnlineMeeting: true,
    });
    expect(made.json).toMatchObject({ isOnlineMeeting: false, onlineMeeting: null });
  });

  it('of another kind has its address elsewhere', async () => {
    const id = await lab.put(ADA, {
      onlineMeetingUrl: 'https://meet.lync.com/contoso/ada/ABC',
      onlineMeetingProvider: 'skypeForBusiness',
    });
    expect((await ada.get(`/me/events/${id}`)).json).toMatchObject({
      onlineMeetingUrl: 'https://meet.lync.com/contoso/ada/ABC',
      onlineMeeting: null,
      onlineMeetingProvider: 'skypeForBusiness',
    });
  });
});
