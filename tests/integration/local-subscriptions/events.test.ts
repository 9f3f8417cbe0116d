import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { ADELE } from '../local-entra/world.ts';
import { openSubscriptionWorld, type SubscriptionWorld } from './world.ts';

let world: SubscriptionWorld;
beforeEach(async () => {
  world = await openSubscriptionWorld();
  await world.useToken(await token(['Calendars.Read']));
});
afterEach(() => world.close());

const IMMUTABLE = { prefer: 'IdType="ImmutableId"' };
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 8000, interval: 10 });
const time = (hour: string): object => ({ dateTime: `2026-11-24T${hour}:00:00`, timeZone: 'UTC' });
const BODY = { subject: 'Review', start: time('10'), end: time('11') };

async function token(scopes: readonly string[]): Promise<string> {
  const made = await world.control('POST', '/tokens', { upn: ADELE.username, scopes });
  return z.object({ accessToken: z.string() }).parse(made).accessToken;
}

async function put(upn: string, fields: object = {}): Promise<string> {
  const made = await world.control('POST', `/users/${upn}/events`, { ...BODY, ...fields });
  return z.array(z.object({ id: z.string() })).parse(made)[0]?.id ?? '';
}

const told = (): string[] =>
  world.receiver.items().map((item) => `${item.changeType ?? ''} ${item.resourceData?.id ?? ''}`);

describe('a subscription to events', () => {
  it('hears what is made, changed and deleted, perhaps more than once, in the kind of id it asked for', async () => {
    const made = await world.subscribe({ resource: 'me/events' }, IMMUTABLE);
    expect(made.status).toBe(201);
    const id = await put(ADELE.username);
    await world.control('PATCH', `/users/${ADELE.username}/events/${id}`, { subject: 'Other' });
    await world.control('DELETE', `/users/${ADELE.username}/events/${id}`);
    await until(() => {
      expect(new Set(told())).toEqual(new Set([`created ${id}`, `updated ${id}`, `deleted ${id}`]));
    });
    for (const item of world.receiver.items()) {
      expect(item.resource).toMatch(/^(Users\/[0-9a-f-]{36}\/Events\/|users\('[0-9a-f-]{36}'\)\/events\(')/);
      expect(item.clientState).toBe('secret-state');
    }
  });

  it('is told of an occurrence by its own id when it becomes an exception, by the series when it is deleted', async () => {
    const recurrence = { pattern: { type: 'daily', interval: 1 }, range: { type: 'noEnd', startDate: '2026-11-24' } };
    const id = await put(ADELE.username, { recurrence });
    await world.subscribe({ resource: 'me/events', changeType: 'updated' }, IMMUTABLE);
    await world.control('PATCH', `/users/${ADELE.username}/events/${id}?date=2026-11-25`, { subject: 'Other' });
    await until(() => {
      expect(told()).toHaveLength(1);
    });
    expect(told()[0]).not.toBe(`updated ${id}`);
    await world.control('DELETE', `/users/${ADELE.username}/events/${id}?date=2026-11-26`);
    await until(() => {
      expect(told().at(-1)).toBe(`updated ${id}`);
    });
  });

  it('hears of all own calendars and of invitations, and not of mail', async () => {
    await world.subscribe({ resource: 'me/events', changeType: 'created' }, IMMUTABLE);
    await world.control('POST', `/users/${ADELE.username}/calendars`, { name: 'Side' });
    const aside = await put(ADELE.username, { calendar: 'Side' });
    await world.control('POST', '/users', { userPrincipalName: 'boss@contoso.example' });
    await put('boss@contoso.example', { attendees: [{ emailAddress: { address: ADELE.username } }] });
    await world.mail();
    await until(() => {
      expect(told()).toHaveLength(2);
    });
    expect(told()[0]).toBe(`created ${aside}`);
  });

  it('hears nothing of a calendar that somebody else shares', async () => {
    await world.control('POST', '/users', { userPrincipalName: 'boss@contoso.example' });
    const share = { with: ADELE.username, role: 'write' };
    await world.control('POST', '/users/boss@contoso.example/calendars/Calendar/share', share);
    await world.subscribe({ resource: 'me/events', changeType: 'created' }, IMMUTABLE);
    await put('boss@contoso.example', { subject: 'Theirs' });
    const own = await put(ADELE.username);
    await until(() => {
      expect(told()).toEqual([`created ${own}`]);
    });
  });

  it('needs the permission to read events, and a path that can be subscribed to', async () => {
    const main = String((await world.graph('GET', '/me/calendar')).body['id']);
    for (const resource of [`me/calendars/${main}/events`, 'me/calendarView', 'me/calendars']) {
      expect((await world.subscribe({ resource })).status, resource).toBe(400);
    }
    expect((await world.subscribe({ resource: 'me/messages' })).status).toBe(403);
    await world.useToken(await token(['Calendars.ReadBasic', 'Mail.Read']));
    expect((await world.subscribe({ resource: 'me/events' })).status).toBe(403);
    await world.useToken(await token(['Calendars.Read.Shared', 'Mail.Read']));
    expect((await world.subscribe({ resource: 'users/boss@contoso.example/events' })).status).not.toBe(201);
  });
});
