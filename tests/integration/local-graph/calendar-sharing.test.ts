import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ADA, at, BOB, CalendarLab, daily, meeting, WINDOW } from './calendar-support.ts';
import type { Person } from './calendar-support.ts';
import { text } from './support.ts';
import type { Item } from './support.ts';

describe('calendars', () => {
  let lab: CalendarLab;
  let ada: Person;
  let bob: Person;
  beforeEach(async () => {
    lab = await CalendarLab.start();
    ({ ada, bob } = lab);
  });
  afterEach(() => lab.close());

  const named = async (person: Person, name: string): Promise<Item | undefined> =>
    (await person.all('/me/calendars')).find((item) => item['name'] === name);

  it('are listed with their default one, made, renamed and removed', async () => {
    expect((await ada.get('/me/calendars')).value).toMatchObject([
      {
        name: 'Calendar',
        isDefaultCalendar: true,
        canEdit: true,
        canShare: true,
        isRemovable: false,
        owner: { address: ADA },
      },
      { name: 'Birthdays', isDefaultCalendar: false, canEdit: false },
    ]);
    const made = await ada.post('/me/calendars', { name: 'Side', color: 'LightGreen' });
    expect(made.json).toMatchObject({ name: 'Side', color: 'lightGreen', isDefaultCalendar: false, isRemovable: true });
    expect((await ada.post('/me/calendars', { name: 'side' })).code).toBe('ErrorFolderExists');
    const path = `/me/calendars/${made.at('id')}`;
    const renamed = await ada.send('PATCH', path, { body: { name: 'Aside' } });
    expect([renamed.at('name'), renamed.at('id')]).toEqual(['Aside', made.at('id')]);
    await ada.post(`${path}/events`, meeting());
    expect((await ada.send('DELETE', path)).status).toBe(204);
    expect((await ada.get(path)).code).toBe('ErrorItemNotFound');
    expect((await ada.get('/me/events')).value).toEqual([]);
    expect((await ada.send('DELETE', '/me/calendar')).code).toBe('ErrorDeleteDistinguishedFolder');
  });

  it('come ten to a page, and in groups', async () => {
    for (let nth = 0; nth < 11; nth += 1) await ada.post('/me/calendars', { name: `More ${nth}` });
    const page = await ada.get('/me/calendars');
    expect([page.value.length, page.link('nextLink') === undefined]).toEqual([10, false]);
    expect(await ada.all('/me/calendars')).toHaveLength(13);
    const [mine] = (await ada.get('/me/calendarGroups')).value;
    expect((await ada.get(`/me/calendarGroups/${text(mine, 'id')}/calendars?$top=50`)).value).toHaveLength(13);
  });

  it('hold their own events: `/me/events` is over all of them, views over one', async () => {
    const side = (await ada.post('/me/calendars', { name: 'Side' })).at('id');
    const made = await ada.post(`/me/calendars/${side}/events`, { ...meeting(), subject: 'Aside' });
    await ada.add();
    const subjects = async (path: string): Promise<unknown[]> =>
      (await ada.get(path)).value.map((item) => item['subject']);
    expect(await subjects('/me/events')).toEqual(['Review', 'Aside']);
    expect(await subjects('/me/calendar/events')).toEqual(['Review']);
    expect(await subjects(`/me/calendars/${side}/events`)).toEqual(['Aside']);
    expect(await subjects(`/me/calendarView?${WINDOW}`)).toEqual(['Review']);
    expect(await subjects(`/me/calendars('${side}')/calendarView?${WINDOW}`)).toEqual(['Aside']);
    expect((await ada.get(`/me/calendar/events/${made.at('id')}`)).status).toBe(404);
  });

  it('shared with somebody show in their list, with the owner and ids of their own', async () => {
    const id = await ada.add(daily());
    await lab.lab.control('POST', `/users/${ADA}/calendars/Calendar/share`, { with: BOB, role: 'read' });
    const shared = await named(bob, 'Ada Lovelace');
    expect(shared).toMatchObject({
      owner: { address: ADA },
      canShare: false,
      canEdit: false,
      isDefaultCalendar: false,
    });
    const path = `/me/calendars/${text(shared, 'id')}`;
    const [event] = (await bob.get(`${path}/events`)).value;
    expect(event).toMatchObject({ subject: 'Stand-up', type: 'seriesMaster', isOrganizer: true });
    expect(event?.['id']).not.toBe(id);
    expect((await bob.get(`/me/events/${text(event, 'id')}`)).json).toMatchObject({ subject: 'Stand-up' });
    expect((await bob.get(`/me/events/${id}`)).status).toBe(404);
    expect((await bob.get('/me/events')).value).toEqual([]);
    const round = await bob.round(`${path}/calendarView/delta?${WINDOW}`);
    expect(round.items).toHaveLength(30);
    await ada.patch(id, { subject: 'Renamed' });
    const next = await bob.round(round.link);
    expect(next.items.find((item) => item['type'] === 'seriesMaster')).toMatchObject({
      id: event?.['id'],
      subject: 'Renamed',
    });
    expect((await bob.patch(text(event, 'id'), { subject: 'x' })).code).toBe('ErrorAccessDenied');
  });

  it('that are shared to write are written in the name of the owner', async () => {
    await lab.lab.control('POST', `/users/${ADA}/calendars/Calendar/share`, { with: BOB, role: 'write' });
    const path = `/me/calendars/${text(await named(bob, 'Ada Lovelace'), 'id')}`;
    const made = await bob.post(`${path}/events`, { ...meeting(), subject: 'For Ada' });
    expect(made.json).toMatchObject({ subject: 'For Ada', organizer: { emailAddress: { address: ADA } } });
    expect((await ada.get('/me/events')).value).toMatchObject([{ subject: 'For Ada', isOrganizer: true }]);
    expect((await bob.send('DELETE', `/me/events/${made.at('id')}`)).status).toBe(204);
    expect((await ada.get('/me/events')).value).toEqual([]);
  });

  it('that are shared no more are gone, whatever was known of them', async () => {
    await ada.add();
    await lab.lab.control('POST', `/users/${ADA}/calendars/Calendar/share`, { with: BOB });
    const path = `/me/calendars/${text(await named(bob, 'Ada Lovelace'), 'id')}`;
    const { link } = await bob.round(`${path}/calendarView/delta?${WINDOW}`);
    await lab.lab.control('POST', `/users/${ADA}/calendars/Calendar/unshare`, { with: BOB });
    expect(await named(bob, 'Ada Lovelace')).toBeUndefined();
    for (const gone of [path, `${path}/events`, link]) expect((await bob.get(gone)).code).toBe('ErrorItemNotFound');
  });

  it('show private events to a sharee as busy alone, unless the role is for more', async () => {
    await ada.add({
      sensitivity: 'private',
      subject: 'Doctor',
      location: { displayName: 'Clinic' },
      body: { content: 'x' },
    });
    const share = (role: string) =>
      lab.lab.control('POST', `/users/${ADA}/calendars/Calendar/share`, { with: BOB, role });
    const seen = async (): Promise<Item | undefined> =>
      (await bob.get(`/users/${ADA}/calendarView?${WINDOW}`)).value[0];
    await share('delegateWithoutPrivateEventAccess');
    expect(await seen()).toMatchObject({
      subject: 'Private Appointment',
      bodyPreview: '',
      locations: [],
      showAs: 'busy',
    });
    await share('delegateWithPrivateEventAccess');
    expect(await seen()).toMatchObject({ subject: 'Doctor', locations: [{ displayName: 'Clinic' }] });
    await share('freeBusyRead');
    expect(await seen()).toMatchObject({ subject: 'Private Appointment' });
  });

  it('of another mailbox open with a shared permission and the owner’s word alone, under the owner’s ids', async () => {
    const id = await ada.add();
    const path = `/users/${ADA}/calendar/events`;
    expect((await bob.get(path)).code).toBe('ErrorItemNotFound');
    await lab.lab.control('POST', `/users/${ADA}/calendars/Calendar/share`, { with: BOB, role: 'read' });
    expect((await bob.get(path)).value).toMatchObject([{ id, subject: 'Review' }]);
    expect((await bob.get(`/users/${ADA}/events/${id}`)).json).toMatchObject({ subject: 'Review' });
    expect((await bob.send('PATCH', `/users/${ADA}/events/${id}`, { body: { subject: 'x' } })).code).toBe(
      'ErrorAccessDenied',
    );
    const plain = await lab.as(BOB, ['Calendars.ReadWrite']);
    expect((await plain.get(path)).code).toBe('ErrorAccessDenied');
    expect((await bob.get(`/users/${ADA}/mailFolders`)).status).not.toBe(200);
  });

  it('have permissions, that of the organization always among them', async () => {
    const path = '/me/calendar/calendarPermissions';
    const [everybody] = (await ada.get(path)).value;
    expect(everybody).toMatchObject({
      emailAddress: { name: 'My Organization' },
      role: 'freeBusyRead',
      isRemovable: false,
    });
    const made = await ada.post(path, { emailAddress: { address: BOB, name: 'Bob' }, role: 'write' });
    expect([made.status, made.json['role']]).toEqual([201, 'write']);
    expect(await named(bob, 'Ada Lovelace')).toMatchObject({ canEdit: true });
    await ada.send('PATCH', `${path}/${made.at('id')}`, { body: { role: 'read' } });
    expect(await named(bob, 'Ada Lovelace')).toMatchObject({ canEdit: false });
    expect((await ada.send('DELETE', `${path}/${made.at('id')}`)).status).toBe(204);
    expect(await named(bob, 'Ada Lovelace')).toBeUndefined();
    expect((await ada.send('DELETE', `${path}/${text(everybody, 'id')}`)).status).toBe(400);
  });
});

const schedule = z.array(
  z.object({
    scheduleId: z.string(),
    availabilityView: z.string(),
    scheduleItems: z.array(z.record(z.string(), z.unknown())),
    error: z.object({ responseCode: z.string() }).optional(),
  }),
);

describe('free and busy', () => {
  let lab: CalendarLab;
  beforeEach(async () => {
    lab = await CalendarLab.start();
  });
  afterEach(() => lab.close());

  const ask = (schedules: readonly string[], more: object = {}) =>
    lab.bob.post('/me/calendar/getSchedule', {
      Schedules: schedules,
      StartTime: at('2026-11-24T09:00:00'),
      EndTime: at('2026-11-24T13:00:00'),
      AvailabilityViewInterval: 60,
      ...more,
    });

  it('is told for each address, and what cannot be told is said there', async () => {
    await lab.ada.add();
    await lab.ada.add({ showAs: 'tentative', start: at('2026-11-24T11:30:00'), end: at('2026-11-24T12:00:00') });
    const found = schedule.parse((await ask([ADA, BOB, 'nobody@else.example'])).value);
    expect(found.map((one) => [one.availabilityView, one.error?.responseCode])).toEqual([
      ['0210', undefined],
      ['0000', undefined],
      ['', 'ErrorMailRecipientNotFound'],
    ]);
    expect(found[0]?.scheduleItems[0]).toEqual({
      status: 'busy',
      start: { dateTime: '2026-11-24T09:00:00.0000000', timeZone: 'UTC' },
      end: { dateTime: '2026-11-24T10:00:00.0000000', timeZone: 'UTC' },
    });
  });

  it('has limits', async () => {
    const codes = async (schedules: readonly string[], more: object = {}) => (await ask(schedules, more)).status;
    expect(await codes(Array.from({ length: 21 }, () => ADA))).toBe(400);
    expect(await codes([ADA], { EndTime: at('2027-01-25T09:00:00') })).toBe(400);
    expect(await codes([ADA], { EndTime: at('2027-01-24T09:00:00') })).toBe(200);
    expect(await codes([ADA], { AvailabilityViewInterval: 4 })).toBe(400);
    expect(await codes([ADA], { AvailabilityViewInterval: 1440 })).toBe(200);
    const often = { pattern: { type: 'daily', interval: 1 }, range: { type: 'noEnd', startDate: '2026-11-24' } };
    for (let nth = 0; nth < 17; nth += 1) await lab.ada.add({ recurrence: often });
    const [full] = schedule.parse((await ask([ADA], { EndTime: at('2027-01-24T09:00:00') })).value);
    expect(full?.error?.responseCode).toBe('5006');
  });

  it('is not for personal accounts, and says so of a mailbox that cannot be read', async () => {
    await lab.lab.control('POST', '/users', { userPrincipalName: 'me@contoso.example', kind: 'personal' });
    const me = await lab.as('me@contoso.example', ['Calendars.Read']);
    expect((await me.post('/me/calendar/getSchedule', {})).status).toBe(403);
    await lab.lab.control('PATCH', `/users/${ADA}`, { mailbox: 'notEnabled' });
    expect(schedule.parse((await ask([ADA])).value)[0]?.error?.responseCode).toBe('ErrorNoFreeBusyAccess');
  });
});

describe('time zones', () => {
  it('are listed by both names, and the mailbox has its own', async () => {
    const lab = await CalendarLab.start();
    try {
      const { ada } = lab;
      const names = async (path: string) => (await ada.get(`/me/outlook/${path}`)).value.map((item) => item['alias']);
      expect(await names('supportedTimeZones')).toContain('Pacific Standard Time');
      expect(await names("supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')")).toContain(
        'Europe/Berlin',
      );
      expect((await ada.get('/me/mailboxSettings')).json).toMatchObject({ timeZone: 'W. Europe Standard Time' });
      await ada.send('PATCH', '/me/mailboxSettings', { body: { timeZone: 'Tokyo Standard Time' } });
      expect((await ada.get('/me/mailboxSettings')).json).toMatchObject({ timeZone: 'Tokyo Standard Time' });
      expect((await ada.send('PATCH', '/me/mailboxSettings', { body: { timeZone: 'Mars' } })).status).toBe(400);
    } finally {
      await lab.close();
    }
  });
});
