import { afterEach, afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeConnection } from '../../../shared/jobs/change-connection.ts';
import type { Connection } from '../../../shared/engine/connection.ts';
import type { Head } from '../../../shared/engine/head.ts';
import type { CallOptions } from '../../support/api-world.ts';
import { instead } from '../../support/instead.ts';
import { openCalendarApi, type CalendarApi } from '../../support/calendar-api.ts';

let world: CalendarApi;
const early: unknown[] = [];

const utc = (days: number, time?: string) => ({ dateTime: world.day(days, time), timeZone: 'UTC' });
const busy = (showAs: string, from: string, to: string, more: Record<string, unknown> = {}) => ({
  ...{ subject: showAs, showAs, start: utc(2, from), end: utc(2, to), ...more },
});
const range = (from: number, to: number): string =>
  `from=${world.day(from, '00:00:00')}Z&to=${world.day(to, '00:00:00')}Z`;
/** Times of day and words, as `09:00 busy`. */
const slots = async (query: string, options: CallOptions = {}): Promise<string[]> => {
  const { status, body, text } = await world.on('GET', `/free-busy?${query}`, options);
  if (status !== 200 || !Array.isArray(body['slots'])) throw new Error(text);
  return body['slots'].map((slot: unknown) => {
    const [, time = '', word = ''] = /"start":"[^T]*T(\d\d:\d\d).*"status":"(\w+)"/.exec(JSON.stringify(slot)) ?? [];
    return `${time} ${word}`;
  });
};

beforeAll(async () => {
  world = await openCalendarApi();
  const ask = async (): Promise<void> => {
    early.push((await world.on('GET', `/free-busy?${range(2, 3)}`)).body['status']);
  };
  await ask();
  await world.arrive(busy('busy', '09:00:00', '10:00:00'));
  await world.arrive(busy('tentative', '09:30:00', '11:00:00'));
  await world.arrive(busy('oof', '10:30:00', '12:00:00'));
  await world.arrive(busy('workingElsewhere', '12:00:00', '13:00:00'));
  await world.arrive(busy('free', '13:00:00', '14:00:00'));
  await world.arrive(busy('napping', '14:00:00', '15:00:00'));
  await world.arrive(busy('busy', '16:00:00', '17:00:00', { isCancelled: true }));
  await world.arrive({
    ...{ subject: 'a day in Tokyo', showAs: 'oof', isAllDay: true },
    start: { dateTime: world.day(5, '00:00:00'), timeZone: 'Tokyo Standard Time' },
    end: { dateTime: world.day(6, '00:00:00'), timeZone: 'Tokyo Standard Time' },
  });
  await world.arrive({
    ...{ subject: 'office hours', showAs: 'free', start: utc(40), end: utc(40, '10:00:00') },
    recurrence: {
      pattern: { type: 'daily', interval: 1 },
      range: { type: 'numbered', startDate: world.day(40).slice(0, 10), numberOfOccurrences: 2 },
    },
  });
  await world.sync();
});
afterAll(() => world.close());

const change = (how: Partial<Connection>): Promise<unknown> =>
  changeConnection(world.app, world.id, (found) => ({ ...found, ...how }));

const scope = () => ({ connectionId: world.id, domain: 'calendar' });
/** A store whose heads read otherwise. */
const heading = (change: (head: Head) => Head) =>
  instead(world.app.store, 'readHead', async (scoped) => {
    const found = await world.app.store.readHead(scoped);
    return found === null ? null : { ...found, head: change(found.head) };
  });

describe('what is known', () => {
  it('is said by the strongest word', async () => {
    expect(await slots(`from=${world.day(2, '08:00:00')}Z&to=${world.day(2, '18:00:00')}Z`)).toEqual([
      ...['08:00 free', '09:00 busy', '10:00 tentative', '10:30 oof', '12:00 workingElsewhere', '13:00 free'],
      ...['14:00 unknown', '15:00 free'],
    ]);
  });

  it.each([
    ['', ['00:00 free', '15:00 oof']],
    ['&timeZone=Asia/Tokyo', ['00:00 free', '15:00 oof']],
    ['&timeZone=Europe/Berlin', ['00:00 free', expect.stringMatching(/2[23]:00 oof/)]],
    ['&timeZone=UTC', ['00:00 free']],
  ])('is an all-day event on the clock of whoever asks (%s)', async (zone, expected) => {
    expect(await slots(`${range(4, 5)}${zone}`)).toEqual(expected);
  });

  it('is asked for in a zone that is known, of a calendar that is there', async () => {
    const odd = await world.on('GET', `/free-busy?${range(2, 3)}&timeZone=Mars/Olympus`);
    expect([odd.status, odd.body['errors']]).toMatchObject([400, [{ path: 'query.timeZone' }]]);
    expect((await world.on('GET', `/free-busy?${range(2, 3)}&calendar=nobody`)).status).toBe(404);
    expect((await world.on('GET', `/free-busy?${range(3, 2)}`)).status).toBe(400);
    expect((await world.on('GET', `/free-busy?${range(0, 900)}`)).status).toBe(400);
  });
});

describe('P7: what is not known is never free', () => {
  afterEach(() => change({ status: 'connected', reason: null }));
  const free = (): string => range(20, 21);

  it('before the first sync', () => {
    expect(early).toEqual(['unknown']);
  });

  it.each([
    ['beyond the window', 500, ['00:00 unknown']],
    ['before the window', -500, ['00:00 unknown']],
    ['but inside of it', 20, ['00:00 free']],
  ])('%s', async (_name, day, expected) => {
    expect(await slots(range(day, day + 1))).toEqual(expected);
  });

  it('across the end of the window', async () => {
    expect((await slots(range(300, 500))).map((slot) => slot.split(' ')[1])).toEqual(['free', 'unknown']);
  });

  it.each(['reauth_required', 'error', 'disconnecting'] as const)('while the connection is %s', async (status) => {
    await change({ status, reason: status });
    expect(await slots(free())).toEqual(['00:00 unknown']);
  });

  it('of a calendar whose sync fails, until it works again', async () => {
    const match = { path: 'calendarView' };
    await world.control('POST', '/faults', { match, times: 50, action: { kind: 'status', status: 500 } });
    await world.sync();
    expect(await slots(free())).toEqual(['00:00 unknown']);
    await world.control('DELETE', '/faults');
    world.clock.move(3_600_000);
    await world.sync();
    expect(await slots(free())).toEqual(['00:00 free']);
  });

  it('of a calendar that is not selected', async () => {
    const { id } = (await world.items('/calendars')).find(({ isDefault }) => isDefault === false) ?? {};
    expect(await slots(`${free()}&calendar=${encodeURIComponent(String(id))}`)).toEqual(['00:00 unknown']);
  });

  it.each<readonly [string, () => unknown, string[]]>([
    [
      'that says when it is',
      () => ({ start: utc(20, '12:00:00'), end: utc(20, '13:00:00'), isAllDay: false }),
      ['00:00 free', '12:00 unknown', '13:00 free'],
    ],
    ['of another day', () => ({ start: utc(25), end: utc(25), isAllDay: false }), ['00:00 free']],
    ['that does not say', () => ({ subject: 'x' }), ['00:00 unknown']],
  ])('of an event that could not be read, %s', async (_name, raw, expected) => {
    const bad = { stream: '', id: 'x', error: 'odd', at: '', raw: JSON.stringify(raw()) };
    const heads = heading((head) => ({ ...head, counts: { ...head.counts, bad: 1 } }));
    const store = instead(heads, 'readBad', () => Promise.resolve([bad]));
    expect(await slots(free(), { parts: { store } })).toEqual(expected);
  });

  it.each<readonly [string, string, readonly string[]]>([
    ['whose series waits to be read again', 'master', ['00:00 free', '09:00 unknown', '10:00 free']],
    ['of a calendar of which something new waits to be read', 'nobody', ['00:00 unknown']],
  ])('of a time %s', async (_name, what, expected) => {
    const masters = (await world.items('/events?series=true')).filter(({ type }) => type === 'master');
    const { id, graphId } = what === 'master' ? (masters[0] ?? {}) : { id: 'nobody', graphId: 'nobody' };
    const { stream = '' } = (await world.app.store.readCursors(scope())).find(({ kind }) => kind === 'event') ?? {};
    const hint = { kind: 'event', why: 'thin', cause: 'poll', since: '', notBefore: null, held: false } as const;
    const heads = heading((head) => ({ ...head, counts: { ...head.counts, hints: 1 } }));
    const standing = [{ ...hint, id: String(id), graphId: String(graphId), stream }];
    const store = instead(heads, 'readHints', () => Promise.resolve(standing));
    expect(await slots(range(41, 42))).toEqual(['00:00 free']);
    expect(await slots(range(41, 42), { parts: { store } })).toEqual(expected);
  });

  it.each([
    ['once', 1, 2, (reading: number) => reading > 1],
    ['all the time', 99, 3, (reading: number) => reading === 1],
  ])('of an event that moves %s while the lists are read, and is missed by some', async (_name, moves, of, shows) => {
    let [readings, heads] = [0, 0];
    const moving = heading((head) => ({ ...head, lastSeq: head.lastSeq + Math.min(heads++, moves) }));
    const store = instead(moving, 'list', async (scoped, query) => {
      if (query.from.startsWith('l:')) readings++;
      const page = await world.app.store.list(scoped, query);
      return query.from.startsWith('e:') && !shows(readings) ? { ...page, entries: [] } : page;
    });
    const asked = `from=${world.day(2, '09:00:00')}Z&to=${world.day(2, '09:30:00')}Z`;
    expect(await slots(asked, { parts: { store } })).toEqual(['09:00 busy']);
    expect(readings).toBe(of);
  });

  it('where nobody has looked for longer than the rarest polls may be apart', async () => {
    expect(await slots(free())).toEqual(['00:00 free']);
    world.clock.move(25 * 3_600_000);
    expect(await slots(free())).toEqual(['00:00 unknown']);
    await world.sync();
    expect(await slots(free())).toEqual(['00:00 free']);
    // A calendar is looked at once a day, however rare the polls are.
    const { config } = world.app;
    const rare = { ...config, sync: { ...config.sync, safetyPollMs: 7 * 24 * 3_600_000 } };
    world.clock.move(47 * 3_600_000);
    expect(await slots(free(), { parts: { config: rare } })).toEqual(['00:00 free']);
    world.clock.move(2 * 3_600_000);
    expect(await slots(free(), { parts: { config: rare } })).toEqual(['00:00 unknown']);
    await world.sync();
  });
});
