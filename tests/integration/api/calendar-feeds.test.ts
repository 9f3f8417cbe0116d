import ICAL from 'ical.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { calendarFeedPage } from '../../../shared/api/calendar/ics/serve-feed.ts';
import { ProblemError } from '../../../shared/errors.ts';
import { openCalendarApi, type CalendarApi } from '../../support/calendar-api.ts';

let world: CalendarApi;
beforeAll(async () => {
  world = await openCalendarApi();
  await world.sync();
});
afterAll(() => world.close());

const at = (days: number, time?: string) => ({ dateTime: world.day(days, time), timeZone: 'Europe/Berlin' });
const settled = async (): Promise<void> => {
  await world.push();
  await world.sync();
  await world.sync();
};

async function get(url: string, headers: Record<string, string> = {}): Promise<Response | string> {
  try {
    return await calendarFeedPage(world.app)(new Request(url, { headers }));
  } catch (error) {
    if (error instanceof ProblemError) return error.code;
    throw error;
  }
}

it('serves a calendar by a secret address, until it is revoked', async () => {
  const series = { subject: 'Daily', start: at(5), end: at(5, '10:00:00'), rrule: 'FREQ=DAILY;COUNT=4' };
  await world.on('POST', '/events', { body: series });
  const days = { start: { date: world.day(7).slice(0, 10) }, end: { date: world.day(8).slice(0, 10) } };
  const whole = await world.on('POST', '/events', { body: { subject: 'A day', ...days } });
  expect(whole.status).toBe(201);
  const empty = { ...days, end: days.start };
  expect((await world.on('POST', '/events', { body: { subject: 'None', ...empty } })).status).toBe(400);
  await settled();
  const range = `from=${world.day(4)}Z&to=${world.day(12)}Z`;
  const occurrences = (await world.items(`/events?${range}`)).filter((one) => one['subject'] === 'Daily');
  expect(occurrences).toHaveLength(4);
  expect((await world.on('DELETE', `/events/${String(occurrences[1]?.['id'])}`)).status).toBe(204);
  const changed = { body: { subject: 'Changed' } };
  expect((await world.on('PATCH', `/events/${String(occurrences[2]?.['id'])}`, changed)).status).toBe(200);
  await settled();

  const made = await world.on('POST', '/calendar-feeds', { body: {} });
  const url = String(made.body['url']);
  expect([made.status, (await world.items('/calendar-feeds'))[0]?.['url']]).toEqual([201, undefined]);
  const answer = await get(url);
  if (typeof answer === 'string') throw new Error(answer);
  expect(answer.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
  const calendar = ICAL.Component.fromString(await answer.text());
  expect(calendar.getAllSubcomponents('vtimezone').map((zone) => zone.getFirstPropertyValue('tzid'))).toEqual([
    'Europe/Berlin',
  ]);
  const events = calendar.getAllSubcomponents('vevent');
  const named = (summary: string) => {
    const event = events.find((one) => one.getFirstPropertyValue('summary') === summary);
    if (event === undefined) throw new Error(`there is no ${summary}`);
    return event;
  };
  const summaries = events.map((one) => String(one.getFirstPropertyValue('summary')));
  expect(summaries.toSorted()).toEqual(['A day', 'Changed', 'Daily']);
  const local = (days_: number): string => world.day(days_);
  const daily = named('Daily');
  expect(String(daily.getFirstPropertyValue('dtstart'))).toBe(local(5));
  expect(daily.getFirstProperty('dtstart')?.getParameter('tzid')).toBe('Europe/Berlin');
  expect(String(daily.getFirstPropertyValue('rrule'))).toContain('COUNT=4');
  expect(String(daily.getFirstPropertyValue('exdate'))).toBe(local(6));
  expect(String(named('Changed').getFirstPropertyValue('recurrence-id'))).toBe(local(7));
  expect(named('Changed').getFirstPropertyValue('uid')).toBe(daily.getFirstPropertyValue('uid'));
  expect(String(named('A day').getFirstPropertyValue('dtstart'))).toBe(world.day(7).slice(0, 10));

  const etag = answer.headers.get('etag') ?? '';
  expect(await get(url, { 'if-none-match': etag })).toMatchObject({ status: 304 });
  expect(await get(url.replace(/.{5}$/, 'AAAAA'))).toBe('feed_unknown');
  const { pathname, searchParams } = new URL(url);
  const token = searchParams.get('token') ?? '';
  expect(token).toMatch(/^[\w-]{40,}$/);
  // Request logs of the platform keep paths.
  expect(pathname).toBe(`/api/calendar-feeds/${String(made.body['id'])}.ics`);
  expect(await get(url.replace(String(made.body['id']), 'A'.repeat(22)))).toBe('feed_unknown');
  expect(world.lines.join('\n')).not.toContain(token);
  expect((await world.on('DELETE', `/calendar-feeds/${String(made.body['id'])}`)).status).toBe(204);
  expect(await get(url, { 'if-none-match': etag })).toBe('feed_unknown');
});
