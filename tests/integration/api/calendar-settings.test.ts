import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openCalendarApi, type CalendarApi } from '../../support/calendar-api.ts';

let world: CalendarApi;
beforeAll(async () => {
  world = await openCalendarApi({ selectCalendars: true });
});
afterAll(() => world.close());

const listed = z.array(z.looseObject({ isDefault: z.boolean(), selected: z.boolean() }));

it('has those looked at for notifications that are chosen by the settings of the connection, and knows the default one by name', async () => {
  await world.sync();
  expect(listed.parse(await world.items('/calendars')).some(({ selected }) => selected)).toBe(false);
  const settings = { calendar: { calendarIds: ['default'] } };
  expect((await world.on('PATCH', '', { body: { settings } })).status).toBe(200);
  expect(listed.parse(await world.items('/calendars')).filter(({ selected }) => selected)).toMatchObject([
    { isDefault: true },
  ]);
  const due = await world.app.due.oldest('subscriptions');
  expect([due?.connectionId, (due?.dueAt ?? null) !== null && (due?.dueAt ?? 0) <= world.clock.now()]).toEqual([
    world.id,
    true,
  ]);
});

it('refuses a calendar that the mailbox does not list, as the selection does', async () => {
  const settings = { calendar: { calendarIds: ['default', 'no-such-calendar'] } };
  expect(await world.on('PATCH', '', { body: { settings } })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'body.settings.calendar.calendarIds.1' }] },
  });
});

it('works on a write anew, by the same Idempotency-Key, when the account was mended that it had to wait for', async () => {
  const body = {
    subject: 'Tea',
    start: { dateTime: world.day(3, '09:00:00'), timeZone: 'UTC' },
    end: { dateTime: world.day(3, '10:00:00'), timeZone: 'UTC' },
  };
  const post = () => world.on('POST', '/events', { body, once: 'tea' });
  const found = await world.app.connections.read(world.id);
  if (found === null) throw new Error('no connection');
  const broken = { ...found.connection, status: 'reauth_required' as const, reason: 'reauth_required' };
  const version = await world.app.connections.replace(broken, found.version);
  expect(await post()).toMatchObject({ status: 409, body: { code: 'reauth_required' } });
  await world.app.connections.replace(found.connection, version);
  const mended = await post();
  expect([mended.status, mended.headers.has('idempotency-replayed')]).toEqual([201, false]);
});
