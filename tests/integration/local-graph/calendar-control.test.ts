import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ADA, at, BOB, CalendarLab, daily, meeting, timeOf } from './calendar-support.ts';

const snapshot = z.object({
  timeZone: z.string(),
  calendars: z.array(z.looseObject({ name: z.string(), shared: z.boolean(), owner: z.string() })),
  events: z.array(
    z.looseObject({ id: z.string(), type: z.string(), subject: z.string(), isAllDay: z.boolean(), showAs: z.string() }),
  ),
  instances: z.array(z.looseObject({ id: z.string(), type: z.string(), subject: z.string() })),
});
const effects = z.array(z.object({ kind: z.string(), id: z.string(), by: z.string() }));

describe('control over calendars', () => {
  let lab: CalendarLab;
  beforeEach(async () => {
    lab = await CalendarLab.start();
  });
  afterEach(() => lab.close());

  const truth = async (upn: string, query = ''): Promise<z.infer<typeof snapshot>> =>
    snapshot.parse((await lab.lab.control('GET', `/users/${upn}/events${query}`)).json);

  it('does what people do in Outlook, and shows what is there', async () => {
    const id = await lab.put(ADA, daily());
    const path = `/users/${ADA}/events/${id}`;
    await lab.lab.control('PATCH', `${path}?date=2026-11-03`, { subject: 'Other' });
    await lab.lab.control('DELETE', `${path}?date=2026-11-04`);
    const now = await truth(ADA, '?from=2026-11-02T00:00:00Z&to=2026-11-06T00:00:00Z');
    expect(now.events).toMatchObject([{ id, type: 'seriesMaster', cancelledOccurrences: [`OID.${id}.2026-11-04`] }]);
    expect(now.instances.map((one) => [one.type, one.subject])).toEqual([
      ['occurrence', 'Stand-up'],
      ['exception', 'Other'],
      ['occurrence', 'Stand-up'],
    ]);
    await lab.lab.control('DELETE', path);
    expect((await truth(ADA)).events).toEqual([]);
  });

  it('gives an exception a new version when its series changes, for it has of it what is not its own', async () => {
    const id = await lab.put(ADA, daily());
    await lab.lab.control('PATCH', `/users/${ADA}/events/${id}?date=2026-11-03`, { categories: ['Blue'] });
    const shown = async (): Promise<unknown[]> => {
      const { instances } = await truth(ADA, '?from=2026-11-03T00:00:00Z&to=2026-11-04T00:00:00Z');
      return instances.flatMap((one) => [one.type, one.subject, one['@odata.etag']]);
    };
    const [, , before] = await shown();
    await lab.lab.control('PATCH', `/users/${ADA}/events/${id}`, { subject: 'Renamed' });
    const [type, subject, after] = await shown();
    expect([type, subject, after === before]).toEqual(['exception', 'Renamed', false]);
  });

  it('notes every write with who made it', async () => {
    const id = await lab.ada.add();
    await lab.ada.patch(id, { subject: 'x' });
    await lab.lab.control('DELETE', `/users/${ADA}/events/${id}`);
    const noted = effects.parse((await lab.lab.control('GET', `/users/${ADA}/effects`)).items);
    expect(noted.map((one) => [one.kind, one.by, one.id])).toEqual([
      ['create', 'app', id],
      ['update', 'app', id],
      ['delete', 'control', id],
    ]);
  });

  it('puts words of its own where readers must bear new ones', async () => {
    const id = await lab.put(ADA, { showAs: 'napping', importance: 'cosmic', sensitivity: 'whispered' });
    expect((await lab.ada.get(`/me/events/${id}`)).json).toMatchObject({ showAs: 'napping', importance: 'cosmic' });
  });

  it('refuses what Graph would, in the same words', async () => {
    const answer = await fetch(`${lab.lab.server.control}/users/${ADA}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...meeting(), end: at('2026-11-01T00:00:00') }),
    });
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('ErrorPropertyValidationFailure'),
    ]);
  });

  it('answers and cancels in somebody’s name', async () => {
    const id = await lab.put(ADA, { attendees: [{ emailAddress: { address: BOB } }] });
    const [theirs] = (await truth(BOB)).events;
    await lab.lab.control('POST', `/users/${BOB}/events/${theirs?.id ?? ''}/accept`, {});
    expect((await lab.ada.get(`/me/events/${id}`)).json).toMatchObject({
      attendees: [{ status: { response: 'accepted' } }],
    });
    await lab.lab.control('POST', `/users/${ADA}/events/${id}/cancel`, { comment: 'Ill' });
    expect((await truth(BOB)).events).toMatchObject([{ isCancelled: true }]);
  });

  it('makes, shares and removes calendars', async () => {
    await lab.lab.control('POST', `/users/${ADA}/calendars`, { name: 'Team', color: 'lightRed' });
    await lab.put(ADA, { calendar: 'Team', subject: 'In the team' });
    await lab.lab.control('POST', `/users/${ADA}/calendars/Team/share`, { with: BOB, role: 'read' });
    const bobs = await truth(BOB);
    expect(bobs.calendars.at(-1)).toMatchObject({ name: 'Ada Lovelace - Team', shared: true, owner: ADA });
    expect(bobs.events).toMatchObject([{ subject: 'In the team' }]);
    await lab.lab.control('DELETE', `/users/${ADA}/calendars/Team`);
    expect((await truth(BOB)).events).toEqual([]);
  });

  it('puts an event into a calendar that somebody shares: it is in the owner’s, under an id for each', async () => {
    await lab.lab.control('POST', `/users/${ADA}/calendars`, { name: 'Team' });
    const path = `/users/${ADA}/calendars/Team/share`;
    const shared = String((await lab.lab.control('POST', path, { with: BOB, role: 'write' })).json['calendarId']);
    const id = await lab.put(BOB, { calendar: shared, subject: 'By Bob' });
    const [mine, theirs] = [(await truth(ADA)).events, (await truth(BOB)).events];
    expect([mine, theirs]).toMatchObject([[{ subject: 'By Bob' }], [{ subject: 'By Bob', id, calendarId: shared }]]);
    expect(mine[0]?.id).not.toBe(id);
    await lab.lab.control('DELETE', `/users/${BOB}/events/${id}`);
    expect((await truth(ADA)).events).toEqual([]);
  });

  it('gives a new user a calendar, a zone and somebody to work for', async () => {
    const body = { userPrincipalName: 'dora@contoso.example', events: 20, delegated: ADA, timeZone: 'Asia/Tokyo' };
    await lab.lab.control('POST', '/users', body);
    const now = await truth('dora@contoso.example');
    expect(now.timeZone).toBe('Tokyo Standard Time');
    expect(now.calendars.map((one) => one.owner)).toContain(ADA);
    expect(now.events.length).toBeGreaterThan(20);
    const noted = await lab.lab.control('GET', '/users/dora@contoso.example/effects');
    expect(noted.items).toEqual([]);
  });

  it('leaves birthdays to the contacts', async () => {
    const birthdays = (await truth(ADA)).calendars.find((one) => one.name === 'Birthdays');
    const made = await lab.ada.post(`/me/calendars/${String(birthdays?.['id'])}/events`, meeting());
    expect([made.status, made.code]).toEqual([403, 'ErrorAccessDenied']);
  });

  it('has ids of occurrences translated like those of other items', async () => {
    await lab.ada.add(daily());
    const id = String((await lab.ada.view())[1]?.['id']);
    const translate = async (inputIds: string[], targetIdType: string): Promise<string> => {
      const sourceIdType = targetIdType === 'restId' ? 'restImmutableEntryId' : 'restId';
      const answer = await lab.ada.post('/me/translateExchangeIds', { inputIds, sourceIdType, targetIdType });
      return String(answer.value[0]?.['targetId']);
    };
    const plain = await translate([id], 'restId');
    expect(plain).not.toBe(id);
    expect((await lab.ada.get(`/me/events/${plain}`)).at('id')).toBe(id);
    expect(await translate([plain], 'restImmutableEntryId')).toBe(id);
  });

  it('fills a calendar with a lifelike half year, the same for the same seed', async () => {
    await lab.lab.control('POST', `/users/${ADA}/events`, { count: 150, seed: 3, delegated: 'boss@contoso.example' });
    const now = await truth(ADA, '?from=2026-09-20T00:00:00Z&to=2027-03-25T00:00:00Z');
    expect(now.events.length).toBeGreaterThan(150);
    expect(new Set(now.instances.map((one) => one.type))).toEqual(
      new Set(['singleInstance', 'occurrence', 'exception']),
    );
    const patterns = now.events.flatMap((one) => {
      const read = z.object({ pattern: z.object({ type: z.string() }) }).safeParse(one['recurrence']);
      return read.success ? [read.data.pattern.type] : [];
    });
    expect(new Set(patterns).size).toBe(6);
    expect(now.events.some((one) => one.isAllDay)).toBe(true);
    expect(now.events.some((one) => one['onlineMeeting'] !== null)).toBe(true);
    expect(
      now.events.some((one) => Array.isArray(one['cancelledOccurrences']) && one['cancelledOccurrences'].length > 0),
    ).toBe(true);
    expect(now.calendars.find((one) => one.shared)).toMatchObject({ owner: 'boss@contoso.example' });
    const other = await CalendarLab.start();
    try {
      await other.lab.control('POST', `/users/${ADA}/events`, { count: 150, seed: 3 });
      const again = snapshot.parse((await other.lab.control('GET', `/users/${ADA}/events`)).json);
      const subjects = now.events.slice(0, 150).map((one) => [one.subject, timeOf(one)]);
      expect(again.events.map((one) => [one.subject, timeOf(one)])).toEqual(subjects);
    } finally {
      await other.close();
    }
  });
});
