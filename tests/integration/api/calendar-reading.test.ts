import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCalendarApi, type CalendarApi } from '../../support/calendar-api.ts';

let world: CalendarApi;
let early: Record<string, unknown>[];

/** A text that matches. */
const like = (says: RegExp): unknown => expect.stringMatching(says);
const utc = (days: number, time?: string) => ({ dateTime: world.day(days, time), timeZone: 'UTC' });
const event = (
  subject: string,
  from: [number, string?],
  to: [number, string?],
  more: Record<string, unknown> = {},
) => ({
  ...{ subject, start: utc(...from), end: utc(...to), ...more },
});
const allDay = (subject: string, from: number, to: number) =>
  event(subject, [from, '00:00:00'], [to, '00:00:00'], { isAllDay: true });

beforeAll(async () => {
  world = await openCalendarApi({ calendarIds: 'all' });
  early = await world.items('/events?calendar=default');
  await world.outlook('POST', '/calendars', { name: 'Projects' });
  await world.arrive(event('breakfast', [2, '07:00:00'], [2, '08:00:00'], { categories: ['Red', 'Blue'] }));
  await world.arrive(event('late', [2, '23:30:00'], [3, '00:30:00'], { importance: 'high' }));
  await world.arrive(event('moment', [3, '12:00:00'], [3, '12:00:00']));
  await world.arrive(event('trip', [1, '12:00:00'], [6, '12:00:00']));
  await world.arrive(allDay('day', 3, 4));
  await world.arrive(allDay('week', 2, 9));
  await world.arrive({ ...event('project', [3, '15:00:00'], [3, '16:00:00']), calendar: 'Projects' });
  const range = { type: 'numbered', startDate: world.day(-3).slice(0, 10), numberOfOccurrences: 10 };
  const recurrence = { pattern: { type: 'daily', interval: 1 }, range };
  await world.arrive(event('daily', [-3, '10:00:00'], [-3, '10:30:00'], { recurrence, categories: ['Green'] }));
  await world.sync();
});
afterAll(() => world.close());

const subjects = async (query: string): Promise<string[]> =>
  (await world.items(`/events?${query}`)).map((one) => String(one['subject']));
/** From day to day, each with its time. */
const within = (from: [number, string?], to: [number, string?]): string =>
  `from=${world.day(...from)}Z&to=${world.day(...to)}Z`;

describe('a range', () => {
  it.each<readonly [string, [number, string?], [number, string?], string[]]>([
    ['has what runs into it', [3, '00:15:00'], [3, '00:20:00'], ['trip', 'week', 'late', 'day']],
    ['has nothing that ends as it begins', [3, '00:30:00'], [3, '00:31:00'], ['trip', 'week', 'day']],
    ['has nothing that begins as it ends', [3, '09:00:00'], [3, '10:00:00'], ['trip', 'week', 'day']],
    ['has what begins as it begins', [3, '12:00:00'], [3, '12:01:00'], ['trip', 'week', 'day', 'moment']],
    ['has the days that touch it', [4, '00:00:00'], [4, '00:01:00'], ['trip', 'week']],
    ['has the last moment of a day', [3, '23:59:00'], [4, '00:00:00'], ['trip', 'week', 'day']],
    ['has long ones that began long ago', [8, '12:00:00'], [8, '13:00:00'], ['week']],
    ['has occurrences', [3, '10:00:00'], [3, '10:30:00'], ['trip', 'week', 'day', 'daily']],
    ['beyond all is empty', [20], [21], []],
    ['before the window is empty', [-300], [-299], []],
  ])('%s', async (_name, from, to, expected) => {
    expect((await subjects(within(from, to))).toSorted()).toEqual(expected.toSorted());
  });

  it('takes any offset', async () => {
    const query = `from=${encodeURIComponent(`${world.day(3, '14:00:00')}+02:00`)}&to=${world.day(3, '12:01:00')}Z`;
    expect(await subjects(query)).toContain('moment');
  });

  it('is listed by start, long ones that run already first', async () => {
    const listed = await world.items(`/events?${within([0], [12])}&calendar=default`);
    const key = (one: Record<string, unknown>): string =>
      JSON.stringify(one['start']).replace('{"date":', '{"dateTime":');
    expect(listed.map(key)).toEqual(listed.map(key).toSorted());
    expect(await subjects(within([7], [7, '10:00:01']))).toEqual(['week']);
  });

  it('has the masters behind all others where they are asked for', async () => {
    const listed = await world.items(`/events?${within([3], [4])}&series=true`);
    expect(listed.at(-1)).toMatchObject({
      subject: 'daily',
      type: 'master',
      rrule: like(/COUNT=10/),
    });
    expect(listed.filter(({ type }) => type === 'master')).toHaveLength(1);
    expect((await world.items(`/events?${within([40], [41])}&series=true`)).length).toBe(0);
  });
});

describe('a filter', () => {
  it.each([
    ['category=red', ['breakfast']],
    ['category=GREEN', Array<string>(10).fill('daily')],
    ['category=green&series=true', Array<string>(11).fill('daily')],
    ['category=none', []],
    ['importance=high', ['late']],
    ['importance=low', []],
    ['importance=high&category=red', []],
  ])('%s', async (query, expected) => {
    expect(await subjects(query)).toEqual(expected);
  });

  it('by calendar has its events alone, and knows those that there are', async () => {
    const calendars = await world.items('/calendars');
    const id = String(calendars.find(({ name }) => name === 'Projects')?.['id']);
    expect(await subjects(`calendar=${encodeURIComponent(id)}`)).toEqual(['project']);
    expect(await subjects('calendar=default')).not.toContain('project');
    expect(await subjects('calendar=default')).toHaveLength(16);
    const unknown = await world.on('GET', '/events?calendar=nobody');
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'calendar_unknown']);
    expect(early).toEqual([]);
  });

  it.each([
    ['importance=huge', 'query.importance', /low.*normal.*high/],
    ['series=yes', 'query.series', /true.*false/],
    ['from=2026-01-05', 'query.from', /ISO/],
    ['from=soon', 'query.from', /ISO/],
    ['from=2026-01-06T00:00:00Z&to=2026-01-05T00:00:00Z', 'query.to', /after from/],
    ['limit=0', 'query.limit', />=1/],
    ['limit=201', 'query.limit', /<=200/],
    ['category=', 'query.category', />=1/],
    ['categories=red', 'query.categories', /known are .*category/],
    ['cursor=abc', 'query.cursor', /no cursor/],
  ])('%s is refused, with what may be', async (query, path, says) => {
    const answer = await world.on('GET', `/events?${query}`);
    expect([answer.status, answer.body['errors']]).toEqual([400, [{ path, message: like(says) }]]);
  });
});

describe('pages', () => {
  it.each([1, 2, 3, 7])('of %i bring each event once, whatever changes before them', async (limit) => {
    const query = `${within([-5], [12])}&series=true`;
    const all = (await world.items(`/events?${query}&limit=200`)).map(({ id }) => String(id));
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const page = await world.on('GET', `/events?${query}&limit=${limit}${cursor}`);
      const items = page.body['items'];
      if (!Array.isArray(items)) throw new Error(page.text);
      seen.push(...items.map((item: unknown) => String(idOf(item))));
      if (seen.length <= limit) await world.arrive(event(`new ${limit}`, [1, '06:00:00'], [1, '06:01:00']));
      if (seen.length <= limit) await world.sync();
      if (typeof page.body['nextCursor'] !== 'string') break;
      cursor = `&cursor=${page.body['nextCursor']}`;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => all.includes(id))).toEqual(all);
  });

  it('are of one list alone', async () => {
    const { body } = await world.on('GET', '/events?limit=1&category=green');
    const cursor = String(body['nextCursor']);
    expect((await world.on('GET', `/events?limit=1&cursor=${cursor}`)).status).toBe(400);
    expect((await world.on('GET', `/events?limit=1&category=green&cursor=${cursor}`)).status).toBe(200);
  });
});

const idOf = (item: unknown): unknown => (typeof item === 'object' && item !== null && 'id' in item ? item.id : null);
