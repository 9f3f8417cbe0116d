import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { KEYS, type Answer, type CallOptions } from '../../support/api-world.ts';
import { openCalendarApi, type CalendarApi } from '../../support/calendar-api.ts';
import { instead } from '../../support/instead.ts';

let world: CalendarApi;
beforeAll(async () => {
  world = await openCalendarApi({ selectCalendars: true });
});
afterAll(() => world.close());

const trail = z.array(z.looseObject({ operation: z.string(), outcome: z.string() }));
const listed = z.array(z.looseObject({ id: z.string(), selected: z.boolean() }));

it('syncs nothing until calendars were chosen by the session, once', async () => {
  const session = world.landed.searchParams.get('session') ?? '';
  const read = () => world.call('GET', `/oauth/sessions/${session}`);
  const select = (calendarIds: unknown, key?: string, once?: string, parts: CallOptions['parts'] = {}) =>
    world.call('POST', '/oauth/microsoft/select', {
      ...{ body: { session, calendarIds }, parts },
      ...(key === undefined ? {} : { key }),
      ...(once === undefined ? {} : { once }),
    });
  expect((await read()).body).toMatchObject({ connectionId: world.id, status: 'listing', calendars: [] });
  expect((await select('all', undefined, 'choice')).body).toMatchObject({ code: 'first_sync_running' });
  expect((await world.on('GET', '/calendars/default')).body).toMatchObject({ code: 'first_sync_running' });
  const range = `from=${world.day(1)}Z&to=${world.day(2)}Z&calendar=default`;
  expect((await world.on('GET', `/free-busy?${range}`)).text).toMatch(/unknown/);
  await world.sync();
  const { body } = await read();
  const calendars = listed.parse(body['calendars']);
  expect([body['status'], calendars.some(({ selected }) => selected)]).toEqual(['ready', false]);
  const refused = (answer: { status: number; body: Record<string, unknown> }) => [answer.status, answer.body['code']];
  expect(refused(await world.call('GET', `/oauth/sessions/${session}`, { key: null }))).toEqual([401, 'key_missing']);
  expect((await world.call('GET', `/oauth/sessions/${session}`, { key: KEYS.read })).status).toBe(200);
  expect(refused(await select('all', KEYS.read))).toEqual([403, 'scope_missing']);
  expect(await world.items('/events')).toEqual([]);
  expect((await select(['nobody'])).status).toBe(400);
  expect((await select('all', KEYS.confined)).status).toBe(404);
  expect((await world.call('GET', '/oauth/sessions/unknown')).body).toMatchObject({ code: 'session_unknown' });
  // What was told to come again has taken no key.
  let first: Promise<Answer> | undefined;
  const { due } = world.app;
  const beside = await select('all', undefined, undefined, {
    due: instead(due, 'add', async (row) => {
      // All was looked at by then: another choice comes first.
      await (first ??= select([calendars[0]?.id], undefined, 'choice'));
      await due.add(row);
    }),
  });
  expect(refused(beside)).toEqual([410, 'session_used']);
  const chosen = (await first) ?? expect.fail('nobody chose');
  expect([chosen.status, listed.parse(chosen.body['calendars']).map(({ selected }) => selected)]).toEqual([
    200,
    calendars.map((_, index) => index === 0),
  ]);
  await world.arrive({
    subject: 'Chosen',
    start: { dateTime: world.day(1), timeZone: 'UTC' },
    end: { dateTime: world.day(1, '10:00:00'), timeZone: 'UTC' },
  });
  await world.sync();
  expect((await world.items('/events')).map((one) => one['subject'])).toEqual(['Chosen']);
  expect((await world.items('/changes?domain=calendar')).map(({ type }) => type)).toContain('sync.baseline_completed');
  expect((await select('all')).body).toMatchObject({ status: 410, code: 'session_used' });
  const audit = await world.call('GET', `/audit?connectionId=${world.id}`, { key: KEYS.admin });
  expect(trail.parse(audit.body['items']).map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual(
    expect.arrayContaining(['selectOauthCalendars done', 'selectOauthCalendars refused']),
  );
  expect((await read()).body).toMatchObject({ status: 'selected' });
  world.clock.move(3_600_001);
  expect((await read()).body).toMatchObject({ status: 410, code: 'session_expired' });
});

it('keeps what was chosen when the account is connected again', async () => {
  const before = await world.items('/calendars');
  const link = {
    userId: 'u',
    workspaceId: 'ws-2',
    domains: ['calendar'],
    settings: { calendar: { selectCalendars: true } },
  };
  const { body } = await world.call('POST', '/connect-links', { body: link });
  expect((await world.follow(String(body['url']))).status).toBe(200);
  expect((await world.items('/calendars')).map((one) => one['selected'])).toEqual(before.map((one) => one['selected']));
  expect(before.some((one) => one['selected'] === true)).toBe(true);
});
