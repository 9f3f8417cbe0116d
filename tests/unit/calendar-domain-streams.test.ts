import { describe, expect, it } from 'vitest';
import { accountOf, calendarKind, delegateOf, listedCalendar } from '../../shared/domains/calendar/calendar.ts';
import { streamOfCalendar } from '../../shared/domains/calendar/calendar-stream.ts';
import { calendarDomain } from '../../shared/domains/calendar/index.ts';
import { calendarResources } from '../../shared/domains/calendar/resources.ts';
import { calendarFields } from '../../shared/domains/calendar/settings.ts';
import { spanOfWindow } from '../../shared/domains/calendar/window.ts';
import type { IndexEntry } from '../../shared/engine/model.ts';
import type { Source } from '../../shared/engine/ports.ts';
import type { Fields, Json } from '../../shared/lib/json.ts';

const wire = (id: string, more: Fields = {}): Fields => ({
  ...{ id, name: `Calendar ${id}`, color: 'auto', hexColor: '', isDefaultCalendar: id === 'D', canEdit: true },
  ...{ canShare: true, changeKey: 'k', owner: { name: 'Ada', address: 'Ada@example.com' } },
  ...more,
});
const others = { canShare: false, canEdit: false, owner: { name: 'Bob', address: 'bob@example.com' } };

const entry = (raw: Fields): IndexEntry => {
  const decoded = calendarKind.decode(raw, false);
  if (decoded.type !== 'item') throw new Error('it is removed');
  const { graphId, fields } = decoded;
  const record = {
    id: `r-${graphId}`,
    kind: 'calendar',
    stream: 'calendars',
    graphId,
    fields,
    own: [],
    refused: undefined,
  };
  const [row] = calendarKind.index(record);
  if (row === undefined) throw new Error('no row');
  return row;
};
const sorted = (calendars: readonly Fields[]): IndexEntry[] =>
  calendars.map(entry).toSorted((a, b) => (a.order < b.order ? -1 : 1));

const all = [wire('Z'), wire('D'), wire('B', others)];
const now = new Date('2026-03-02T12:00:00Z');
const domain = calendarDomain({ window: { pastDays: 30, futureDays: 365 }, clock: { now: () => now } });

async function plan(settings: Json, notes: Json = null, baselined = true) {
  const noted: Json[] = [];
  const refused = (): never => {
    throw new Error('nobody asks for this');
  };
  const source: Source = {
    page: refused,
    get: refused,
    getMany: refused,
    list: refused,
    media: refused,
    write: refused,
  };
  const plans = await domain.plan({
    ...{ settings, source, notes, baselined: () => baselined, note: (next) => noted.push(next) },
    entries: (letter) => Promise.resolve(letter === 'c' ? sorted(all) : []),
  });
  return { plans, labels: plans.map(({ label }) => label), noted };
}

describe('a calendar', () => {
  it('is read with its owner, its colour as it looks, and whether it may be written', () => {
    expect(entry(wire('B', { ...others, hexColor: '#ff0000' })).item).toEqual({
      ...{ id: 'B', name: 'Calendar B', color: '#ff0000', isDefault: false, canEdit: false },
      owner: { name: 'Bob', address: 'bob@example.com' },
    });
    expect(entry(wire('B')).item['color']).toBe('auto');
  });

  it('of somebody else names whose it is; one of the account, or of nobody, does not', () => {
    const listed = sorted([...all, wire('N', { owner: null })]).map(({ item }) => listedCalendar.parse(item));
    const account = accountOf(listed);
    expect([account, listed.map((one) => [one.id, delegateOf(one, account)])]).toEqual([
      'ada@example.com',
      [
        ['D', null],
        ['B', 'bob@example.com'],
        ['N', null],
        ['Z', null],
      ],
    ]);
  });

  it('is listed without a version: nothing but its own fields tells whether it changed', () => {
    expect(calendarKind.decode(wire('B'), false)).toMatchObject({ etag: null, modifiedAt: null, partial: false });
    expect(calendarKind.decode({ id: 'B' }, true)).toMatchObject({ fields: { name: '', owner: null, canEdit: true } });
  });
});

describe('the streams', () => {
  it('are the list of calendars alone until it was read once', async () => {
    const { plans, noted } = await plan({}, null, false);
    expect(plans).toMatchObject([
      { id: 'calendars', root: true, listed: true, first: { path: '/me/calendars?$top=200' } },
    ]);
    expect(noted).toEqual([]);
  });

  it('are the default calendar’s where nobody has chosen, over its window', async () => {
    const { plans, labels, noted } = await plan({});
    expect([labels, noted]).toEqual([['calendars', 'Calendar D'], [{ calendars: ['D'] }]]);
    const view = plans[1];
    expect(view).toMatchObject({
      ...{
        id: streamOfCalendar('D'),
        kind: 'event',
        root: false,
        containerPath: '/me/calendars/D/events?$top=1&$select=id',
        expected: null,
      },
    });
    expect(view?.listed).toBeUndefined();
    const [from, to] = (view?.window ?? '').split('/');
    expect(view?.first.path).toBe(
      `/me/calendars/D/calendarView/delta?startDateTime=${from}T00:00:00Z&endDateTime=${to}T00:00:00Z`,
    );
    expect(spanOfWindow(view?.window ?? '')?.from).toBeLessThan(now.getTime());
  });

  it('are those that were chosen, the default one first; and all by a word', async () => {
    expect((await plan({ calendarIds: ['B', 'gone', 'D'] })).labels).toEqual(['calendars', 'Calendar D', 'Calendar B']);
    expect((await plan({ calendarIds: [] })).labels).toEqual(['calendars']);
    expect((await plan({ calendarIds: 'all' })).labels).toEqual([
      'calendars',
      'Calendar D',
      'Calendar B',
      'Calendar Z',
    ]);
    expect((await plan({ calendarIds: 'default' })).labels).toEqual(['calendars', 'Calendar D']);
  });

  it('are none where the person is still to choose', async () => {
    expect((await plan({ selectCalendars: true })).labels).toEqual(['calendars']);
    expect((await plan({ selectCalendars: true, calendarIds: ['B'] })).labels).toEqual(['calendars', 'Calendar B']);
  });

  it('note nothing anew where nothing has changed', async () => {
    expect((await plan({}, { calendars: ['D'] })).noted).toEqual([]);
  });

  it('tell where an event went that left', () => {
    expect(domain.leftDetails({ calendarId: 'B', subject: 'x' }, null)).toEqual({ calendarId: 'B' });
    const there = domain.places?.itemIn?.({ id: 'B/=', name: 'Calendar B' }, 'G=');
    expect(there?.path).toMatch(/^\/me\/calendars\/B%2F%3D\/events\/G%3D\?\$select=/);
    expect(there?.placed).toEqual({ calendarId: 'B/=' });
  });
});

describe('the settings', () => {
  it('take ids, `all` and `default`, and nothing that is not known', () => {
    expect(calendarFields.parse({ calendarIds: ['B'], withoutWebhook: ['B'] })).toEqual({
      ...{ calendarIds: ['B'], withoutWebhook: ['B'] },
    });
    expect(calendarFields.parse({})).toEqual({});
    for (const odd of [{ calendarIds: 'some' }, { colour: 1 }, { selectCalendars: 'yes' }, { calendarIds: [''] }])
      expect(calendarFields.safeParse(odd).success).toBe(false);
  });
});

describe('what is watched', () => {
  const resources = (settings: Fields, calendars = all, username = 'ada') =>
    calendarResources(() => Promise.resolve(sorted(calendars)), {
      settings: { calendar: settings },
      account: { username },
    });

  it('is one subscription for all calendars of the account, which may not tell of others than the default one', async () => {
    expect(await resources({})).toEqual({ resources: ['me/events'], told: 'all' });
    expect(await resources({ calendarIds: ['D'] })).toEqual({ resources: ['me/events'], told: 'all' });
    expect(await resources({ calendarIds: ['D', 'Z'] })).toEqual({
      resources: ['me/events'],
      told: [streamOfCalendar('D')],
    });
    expect(await resources({ calendarIds: ['Z'] })).toEqual({ resources: ['me/events'], told: [] });
  });

  it('is no calendar of others: those are polled, as are those of which nobody wants notifications', async () => {
    expect(await resources({ calendarIds: ['D', 'B'] })).toEqual({
      resources: ['me/events'],
      told: [streamOfCalendar('D')],
    });
    expect(await resources({ calendarIds: ['B'] })).toEqual({ resources: [], told: [] });
    const nameless = [wire('D', { owner: null }), wire('B', others)];
    expect(await resources({ calendarIds: ['B'] }, nameless, 'ada@example.com')).toEqual({ resources: [], told: [] });
    expect(await resources({ withoutWebhook: ['D'] })).toEqual({ resources: [], told: [] });
    expect(await resources({ calendarIds: [] })).toEqual({ resources: [], told: 'all' });
  });

  it('is the default calendar before the calendars were read, unless the person is to choose', async () => {
    expect(await resources({}, [])).toEqual({ resources: ['me/events'], told: 'all' });
    expect(await resources({ selectCalendars: true }, [])).toEqual({ resources: [], told: 'all' });
  });
});
