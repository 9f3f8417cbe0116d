import { afterEach, afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeConnection } from '../../../shared/jobs/change-connection.ts';
import type { Connection } from '../../../shared/engine/connection.ts';
import type { Head } from '../../../shared/engine/head.ts';
import { USER, type CallOptions } from '../../support/api-world.ts';
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

describe('P7: what is on its way to Outlook', () => {
  const hour = (days: number, from: number, to = from + 1) => ({
    start: utc(days, `${from}:00:00`),
    end: utc(days, `${to}:00:00`),
  });
  const made = async (event: Record<string, unknown>): Promise<string> => {
    const { status, body, text } = await world.on('POST', '/events', { body: event });
    if (status !== 201) throw new Error(text);
    return `/events/${String(body['id'])}`;
  };
  const patched = async (path: string, body: Record<string, unknown>): Promise<void> => {
    const { status, text } = await world.on('PATCH', path, { body });
    if (status !== 200) throw new Error(text);
  };
  const settle = async (): Promise<void> => {
    do {
      await world.push();
      await world.sync();
    } while ((await world.app.store.readHints(scope())).length > 0);
  };
  /** What somebody is at this hour of some days. */
  const at = async (from: number, ...days: number[]): Promise<string> => {
    const read = days.map(async (day) => {
      const [start, end] = [from, from + 1].map((hours) => `${world.day(day, `${hours}:00:00`)}Z`);
      return String((await world.on('GET', `/free-busy?from=${start}&to=${end}`)).body['status']);
    });
    return (await Promise.all(read)).join(' ');
  };
  /** The same now, when Outlook has taken what was written, and when its pages have told of it. */
  const onItsWay = async (ask: () => Promise<string>): Promise<string[]> => {
    const told = [await ask()];
    await world.push();
    told.push(await ask());
    await settle();
    return [...told, await ask()];
  };
  const onDay = async (day: number): Promise<Record<string, unknown>> =>
    (await world.items(`/events?${range(day, day + 1)}`))[0] ?? {};

  it('is a new series at its times, and a round that tells of its occurrences is owed', async () => {
    const path = await made({ subject: 'series', ...hour(100, 10), rrule: 'FREQ=DAILY;COUNT=3' });
    expect(await at(10, 99, 103)).toBe('free free');
    await world.push();
    expect((await world.app.store.readHints(scope())).map(({ id }) => id)).toEqual([path.split('/').at(-1)]);
    expect(await at(10, 99, 100, 101, 102, 103)).toBe('free busy busy busy free');
    await settle();
    expect(await at(10, 99, 100, 101, 102, 103)).toBe('free busy busy busy free');
  });

  it('is a series of whole days, until it is deleted before anybody has sent it', async () => {
    const [start, end] = [104, 105].map((day) => ({ date: world.day(day).slice(0, 10) }));
    const path = await made({ subject: 'series', start, end, rrule: 'FREQ=DAILY;COUNT=2', showAs: 'oof' });
    expect(await at(20, 104, 105)).toBe('oof oof');
    expect((await world.on('DELETE', path)).status).toBe(204);
    expect(await at(20, 104, 105)).toBe('free free');
  });

  it('is a single event that becomes a series, at its own time too', async () => {
    const path = await made({ subject: 'single', ...hour(110, 10) });
    await settle();
    await patched(path, { rrule: 'FREQ=WEEKLY;COUNT=2' });
    expect(await onItsWay(() => at(10, 110, 111, 117))).toEqual(Array(3).fill('busy free busy'));
  });

  it('is a series at its new times, and at those of before until Outlook has moved it', async () => {
    const path = await made({ subject: 'series', ...hour(120, 10), rrule: 'FREQ=DAILY;COUNT=2' });
    await settle();
    await patched(path, hour(120, 14));
    expect(await onItsWay(() => at(14, 120, 121))).toEqual(Array(3).fill('busy busy'));
    expect(await at(10, 120, 121)).toBe('free free');
    // It lasts longer, and goes on for longer.
    await patched(path, { end: utc(120, '16:00:00'), rrule: 'FREQ=DAILY;COUNT=80' });
    expect(await onItsWay(() => at(15, 120, 121, 199, 200))).toEqual(Array(3).fill('busy busy busy free'));
    await world.on('DELETE', path);
    await settle();
  });

  it('is an event that moves at its new time and at the one before', async () => {
    const path = await made({ subject: 'single', ...hour(130, 10) });
    await settle();
    await patched(path, hour(130, 12));
    expect([await at(10, 130), await at(12, 130)]).toEqual(['busy', 'busy']);
    await settle();
    expect([await at(10, 130), await at(12, 130)]).toEqual(['free', 'busy']);
  });

  it('is an occurrence that moves the same way, and what was left out of its series is free', async () => {
    const path = await made({ subject: 'series', ...hour(140, 10), rrule: 'FREQ=DAILY;COUNT=9' });
    await settle();
    const occurrence = `/events/${String((await onDay(142))['id'])}`;
    await patched(occurrence, hour(142, 12));
    expect([await at(10, 141, 142), await at(12, 142)]).toEqual(['busy busy', 'busy']);
    await world.on('DELETE', `/events/${String((await onDay(144))['id'])}`);
    await settle();
    expect([await at(10, 141, 142, 143, 144), await at(12, 142)]).toEqual(['busy free busy free', 'busy']);
    // Nobody but us has changed it since, and it waits for nothing.
    await patched(path, { subject: 'as it was' });
    expect(await onItsWay(() => at(10, 141, 142, 143, 144))).toEqual(Array(3).fill('busy free busy free'));
    // Outlook forgets what was left out of a series that is another.
    await patched(path, { end: utc(140, '11:30:00') });
    const told = await onItsWay(() => at(10, 142, 144));
    expect(told[0]).toBe('unknown unknown');
    expect(told[1]).not.toMatch('free');
  });

  it('is no occurrence that was moved far from its place', async () => {
    const path = await made({ subject: 'series', ...hour(160, 10), rrule: 'FREQ=WEEKLY;COUNT=3' });
    await settle();
    await patched(`/events/${String((await onDay(167))['id'])}`, hour(170, 10));
    await settle();
    await patched(path, { subject: 'as it was' });
    expect(await onItsWay(() => at(10, 160, 167, 170, 174))).toEqual(Array(3).fill('busy free busy busy'));
  });

  describe('is what Outlook has not taken the deletion of', () => {
    const late = () => ({ match: { path: '/events' }, times: 50, action: { kind: 'status', status: 503 } });
    /** What somebody is, before a deletion, while Outlook does not take it, and when it has. */
    const whileDeleting = async (paths: readonly string[], ask: () => Promise<string>): Promise<string[]> => {
      const told = [await ask()];
      for (const path of paths) expect((await world.on('DELETE', path)).status).toBe(204);
      await world.control('POST', '/faults', late());
      await world.push();
      told.push(await ask());
      await world.control('DELETE', '/faults');
      world.clock.move(3_600_000);
      await settle();
      return [...told, await ask()];
    };

    it('at its time', async () => {
      const path = await made({ subject: 'single', ...hour(200, 10), showAs: 'oof' });
      await settle();
      expect(await whileDeleting([path], () => at(10, 200))).toEqual(['oof', 'oof', 'free']);
    });

    it('at the times of its occurrences, moved ones too', async () => {
      const path = await made({ subject: 'series', ...hour(210, 10), rrule: 'FREQ=DAILY;COUNT=3' });
      await settle();
      await patched(`/events/${String((await onDay(211))['id'])}`, hour(211, 13));
      await settle();
      const ask = async (): Promise<string> => `${await at(10, 210, 211, 212)} ${await at(13, 211)}`;
      expect(await whileDeleting([path], ask)).toEqual([
        ...Array<string>(2).fill('busy free busy busy'),
        'free free free free',
      ]);
    });

    it('in its slot of a series, which is deleted after it', async () => {
      const path = await made({ subject: 'series', ...hour(220, 10), rrule: 'FREQ=DAILY;COUNT=3' });
      await settle();
      const slot = `/events/${String((await onDay(221))['id'])}`;
      expect(await whileDeleting([slot], () => at(10, 220, 221, 222))).toEqual([
        'busy busy busy',
        'busy busy busy',
        'busy free busy',
      ]);
      const other = `/events/${String((await onDay(222))['id'])}`;
      expect(await whileDeleting([other, path], () => at(10, 220, 221, 222))).toEqual([
        'busy free busy',
        'busy free busy',
        'free free free',
      ]);
    });

    it('where no page has told of a series yet', async () => {
      const path = await made({ subject: 'series', ...hour(230, 10), rrule: 'FREQ=DAILY;COUNT=3' });
      await world.push();
      expect(await whileDeleting([path], () => at(10, 230, 231))).toEqual(['busy busy', 'busy busy', 'free free']);
    });

    it('until it is declined in Outlook', async () => {
      const attendees = [{ emailAddress: { address: USER.username } }];
      const organizer = { address: 'grace@navy.example' };
      await world.arrive({ subject: 'asked', showAs: 'tentative', ...hour(240, 10), organizer, attendees });
      await settle();
      const path = `/events/${String((await onDay(240))['id'])}/decline`;
      const answered = await world.on('POST', path, { body: {} });
      expect([answered.status, await at(10, 240)]).toEqual([200, 'tentative']);
      await settle();
      expect(await at(10, 240)).toBe('free');
    });
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
