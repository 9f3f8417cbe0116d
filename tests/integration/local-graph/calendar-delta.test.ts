import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADA, CalendarLab, at, daily, onDay, timeOf, WINDOW } from './calendar-support.ts';
import type { Person } from './calendar-support.ts';
import { text } from './support.ts';
import type { Item } from './support.ts';

const DELTA = `/me/calendarView/delta?${WINDOW}`;
const types = (items: readonly Item[]): string[] =>
  items.map((item) => (item['@removed'] === undefined ? text(item, 'type') : 'removed')).sort();
const removed = (id: unknown): Item => ({
  '@odata.type': '#microsoft.graph.event',
  id,
  '@removed': { reason: 'deleted' },
});

describe('calendarView delta', () => {
  let lab: CalendarLab;
  let ada: Person;
  beforeEach(async () => {
    lab = await CalendarLab.start();
    ({ ada } = lab);
  });
  afterEach(() => lab.close());

  it('needs a window, and answers an empty first page', async () => {
    const without = await ada.get('/me/calendarView/delta');
    expect([without.status, without.code]).toEqual([400, 'ErrorInvalidParameter']);
    expect(without.message).toContain('requires a time window');
    const half = await ada.get('/me/calendarView/delta?startDateTime=2026-11-01T00:00:00Z');
    expect(half.status).toBe(400);
    await ada.add();
    const { pages } = await ada.round(DELTA);
    expect(pages.map((page) => page.length)).toEqual([0, 1]);
    await lab.settings({ emptyFirstPage: false });
    expect((await ada.round(DELTA)).pages).toHaveLength(1);
  });

  it.each([
    '$select=subject',
    '$expand=attachments',
    '$filter=isAllDay eq true',
    '$orderby=subject',
    '$search="x"',
    '$top=5',
  ])('refuses %s', async (option) => {
    const answer = await ada.get(`${DELTA}&${option}`);
    expect([answer.status, answer.code]).toEqual([400, 'ErrorInvalidUrlQuery']);
    expect(answer.message).toContain("'CalendarView' resource");
  });

  it('brings single events whole, occurrences thin, and the master of a series beside them', async () => {
    const single = await ada.add();
    const series = await ada.add(daily({}, { type: 'numbered', numberOfOccurrences: 3 }));
    const { items } = await ada.round(DELTA);
    expect(types(items)).toEqual(['occurrence', 'occurrence', 'occurrence', 'seriesMaster', 'singleInstance']);
    const thin = items.filter((item) => item['type'] === 'occurrence');
    for (const item of thin) {
      expect(Object.keys(item).sort()).toEqual(
        ['@odata.etag', '@odata.type', 'end', 'id', 'seriesMasterId', 'start', 'type'].sort(),
      );
      expect(item['seriesMasterId']).toBe(series);
    }
    expect(items.find((item) => item['id'] === single)).toMatchObject({ subject: 'Review', type: 'singleInstance' });
    expect(items.find((item) => item['id'] === series)).toMatchObject({
      subject: 'Stand-up',
      recurrence: { range: { type: 'numbered', numberOfOccurrences: 3 } },
    });
  });

  it('sends the master with its own start, years outside of the window', async () => {
    const old = { start: at('2019-03-04T09:00:00'), end: at('2019-03-04T09:15:00') };
    const weekly = { type: 'weekly', interval: 1, daysOfWeek: ['monday'] };
    const recurrence = { pattern: weekly, range: { type: 'noEnd', startDate: '2019-03-04' } };
    await ada.add({ ...old, recurrence });
    const { items } = await ada.round(DELTA);
    expect(timeOf(items.find((item) => item['type'] === 'seriesMaster'))).toBe('2019-03-04T08:00:00');
    expect(items.filter((item) => item['type'] === 'occurrence')).toHaveLength(5);
  });

  it('leaves masters out where the service does so: they are to be read by themselves', async () => {
    const series = await ada.add(daily({}, { type: 'numbered', numberOfOccurrences: 3 }));
    await lab.settings({ mastersInDelta: false });
    const { items } = await ada.round(DELTA);
    expect(types(items)).toEqual(['occurrence', 'occurrence', 'occurrence']);
    expect((await ada.get(`/me/events/${series}`)).json).toMatchObject({ type: 'seriesMaster', subject: 'Stand-up' });
  });

  it('says nothing of a series without an occurrence in the window', async () => {
    await ada.add(
      daily(
        { start: at('2027-11-02T09:00:00'), end: at('2027-11-02T09:15:00') },
        { type: 'noEnd', startDate: '2027-11-02' },
      ),
    );
    expect((await ada.round(DELTA)).items).toEqual([]);
  });

  it('never splits a series over pages, whatever page size is asked for', async () => {
    await ada.add(daily());
    for (let nth = 0; nth < 5; nth += 1) await ada.add();
    const { pages } = await ada.round(DELTA, { prefer: 'odata.maxpagesize=2, IdType="ImmutableId"' });
    expect(pages.map((page) => page.length)).toEqual([0, 30, 2, 2, 1]);
  });

  it('keeps the window of the first call', async () => {
    const { link } = await ada.round(DELTA);
    expect(link).not.toContain('startDateTime');
    await ada.add({ start: at('2026-12-24T10:00:00'), end: at('2026-12-24T11:00:00') });
    expect((await ada.round(link)).items.map((item) => item['@removed'])).toEqual([{ reason: 'deleted' }]);
    expect(
      (await ada.round(`${link}&startDateTime=2026-12-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z`)).items,
    ).toHaveLength(1);
  });

  it('says removed of what was deleted or left the window, and of what was touched outside of it', async () => {
    const outside = { start: at('2027-02-01T10:00:00'), end: at('2027-02-01T11:00:00') };
    const [gone, left, never] = [await ada.add(), await ada.add(), await ada.add(outside)];
    const { link, items } = await ada.round(DELTA);
    expect(items.map((item) => item['id']).sort()).toEqual([gone, left].sort());
    await ada.send('DELETE', `/me/events/${gone}`);
    await ada.patch(left, outside);
    await ada.patch(never, { subject: 'Nobody asked' });
    const fresh = await ada.add({ ...outside, subject: 'Born outside' });
    expect((await ada.round(link)).items).toEqual([gone, left, never, fresh].map(removed));
  });

  it('sends an event that comes back into the window', async () => {
    const id = await ada.add({ start: at('2027-02-01T10:00:00'), end: at('2027-02-01T11:00:00') });
    const { link } = await ada.round(DELTA);
    await ada.patch(id, { start: at('2026-11-03T10:00:00'), end: at('2026-11-03T11:00:00') });
    expect((await ada.round(link)).items).toMatchObject([{ id, type: 'singleInstance' }]);
  });

  it('tells a deleted occurrence by the series alone, without it', async () => {
    const series = await ada.add(daily({}, { type: 'numbered', numberOfOccurrences: 5 }));
    const { link } = await ada.round(DELTA);
    const gone = onDay(await ada.view(), '2026-11-04');
    expect((await ada.send('DELETE', `/me/events/${gone}`)).status).toBe(204);
    const { items, pages } = await ada.round(link);
    expect(pages).toHaveLength(1);
    expect(items.some((item) => item['@removed'] !== undefined)).toBe(false);
    expect(items.map((item) => item['id'])).not.toContain(gone);
    expect(types(items)).toEqual(['occurrence', 'occurrence', 'occurrence', 'occurrence', 'seriesMaster']);
    expect(items.map((item) => item['id'])).toContain(series);
  });

  it('leaves the old occurrences of a moved series unmentioned', async () => {
    const series = await ada.add(daily({}, { type: 'numbered', numberOfOccurrences: 3 }));
    const first = await ada.round(DELTA);
    await ada.patch(series, { start: at('2026-11-16T09:00:00'), end: at('2026-11-16T09:15:00') });
    const second = await ada.round(first.link);
    const ids = (items: Item[]): unknown[] =>
      items.filter((item) => item['type'] === 'occurrence').map((item) => item['id']);
    expect(ids(second.items)).toHaveLength(3);
    expect(ids(first.items).filter((id) => ids(second.items).includes(id))).toEqual([]);
    expect(second.items.some((item) => item['@removed'] !== undefined)).toBe(false);
  });

  it('keeps the ids of occurrences when the series moves within its days', async () => {
    const series = await ada.add(daily({}, { type: 'numbered', numberOfOccurrences: 3 }));
    const before = (await ada.view()).map((item) => item['id']);
    await ada.patch(series, { start: at('2026-11-02T14:00:00'), end: at('2026-11-02T14:15:00') });
    expect((await ada.view()).map((item) => item['id'])).toEqual(before);
  });

  it('sends a whole series for one edited occurrence, that one in full', async () => {
    await ada.add(daily({}, { type: 'numbered', numberOfOccurrences: 4 }));
    const { link } = await ada.round(DELTA);
    const id = onDay(await ada.view(), '2026-11-03');
    await ada.patch(id, { subject: 'With guests' });
    const { items } = await ada.round(link);
    expect(types(items)).toEqual(['exception', 'occurrence', 'occurrence', 'occurrence', 'seriesMaster']);
    expect(items.find((item) => item['type'] === 'exception')).toMatchObject({
      id,
      subject: 'With guests',
      originalStart: '2026-11-03T08:00:00Z',
    });
  });

  it('tells a deleted series by its master alone', async () => {
    const series = await ada.add(daily());
    const { link } = await ada.round(DELTA);
    await ada.send('DELETE', `/me/events/${series}`);
    expect((await ada.round(link)).items).toEqual([removed(series)]);
  });

  it('names an event once a page however often it was touched, and nothing when nothing was', async () => {
    const id = await ada.add();
    const { link } = await ada.round(DELTA);
    for (const subject of ['a', 'b', 'c']) await ada.patch(id, { subject });
    const { items, link: next } = await ada.round(link);
    expect(items.map((item) => item['subject'])).toEqual(['c']);
    expect((await ada.round(next)).items).toEqual([]);
    expect((await ada.round(link)).items).toEqual(items);
  });

  it('shows what changes while the first round is read', async () => {
    const ids = [await ada.add(), await ada.add(), await ada.add()];
    const prefer = { prefer: 'odata.maxpagesize=1, IdType="ImmutableId"' };
    const first = await ada.get(DELTA, prefer);
    await ada.patch(ids[0] ?? '', { subject: 'Late' });
    const { items } = await ada.round(first.link('nextLink') ?? '', prefer);
    expect(items.filter((item) => item['id'] === ids[0]).at(-1)).toMatchObject({ subject: 'Late' });
    expect(new Set(items.map((item) => item['id']))).toEqual(new Set(ids));
  });

  it('writes start and end in the zone of each request, not of the token', async () => {
    await ada.add();
    const zone = { prefer: 'outlook.timezone="Pacific Standard Time", IdType="ImmutableId"' };
    const first = await ada.get(DELTA, zone);
    const page = await ada.get(first.link('nextLink') ?? '', zone);
    expect(page.value[0]).toMatchObject({
      start: { dateTime: '2026-11-24T01:00:00.0000000', timeZone: 'Pacific Standard Time' },
    });
    expect(page.headers.get('preference-applied')).toContain('outlook.timezone="Pacific Standard Time"');
    expect(timeOf((await ada.get(first.link('nextLink') ?? '')).value[0])).toBe('2026-11-24T09:00:00');
  });

  it('walks each calendar by itself, and forgets links', async () => {
    const other = (await ada.post('/me/calendars', { name: 'Side' })).at('id');
    const made = await ada.post(`/me/calendars/${other}/events`, {
      subject: 'Aside',
      start: at('2026-11-05T10:00:00'),
      end: at('2026-11-05T11:00:00'),
    });
    const id = made.at('id');
    expect((await ada.round(DELTA)).items).toEqual([]);
    const side = await ada.round(`/me/calendars/${other}/calendarView/delta?${WINDOW}`);
    expect(side.items).toMatchObject([{ id, subject: 'Aside' }]);
    await lab.lab.control('POST', '/tokens/evict', { upn: ADA });
    const gone = await ada.get(side.link);
    expect([gone.status, gone.code]).toEqual([410, 'SyncStateNotFound']);
    expect((await ada.get('/me/calendarView/delta?$deltatoken=nonsense')).status).toBe(400);
  });

  it('shows an event that is moved to another calendar as gone in one chain and there in the other', async () => {
    const id = await ada.add();
    const plain = String((await ada.get('/me/events', { prefer: '' })).value[0]?.['id']);
    const side = (await ada.post('/me/calendars', { name: 'Side' })).at('id');
    const [from, to] = [await ada.round(DELTA), await ada.round(`/me/calendars/${side}/calendarView/delta?${WINDOW}`)];
    await lab.lab.control('POST', `/users/${ADA}/events/${id}/move`, { calendar: 'Side' });
    expect((await ada.round(from.link)).items).toEqual([removed(id)]);
    expect((await ada.round(to.link)).items).toMatchObject([{ id, subject: 'Review' }]);
    expect((await ada.get(`/me/events/${plain}`)).status).toBe(404);
    expect((await ada.get(`/me/calendars/${side}/events/${id}`)).status).toBe(200);
  });

  it('shows an event that comes back from Deleted Items again', async () => {
    const id = await ada.add(daily({}, { type: 'numbered', numberOfOccurrences: 2 }));
    const { link } = await ada.round(DELTA);
    await ada.send('DELETE', `/me/events/${id}`);
    const gone = await ada.round(link);
    expect(gone.items).toEqual([removed(id)]);
    await lab.lab.control('POST', `/users/${ADA}/events/${id}/restore`);
    expect(types((await ada.round(gone.link)).items)).toEqual(['occurrence', 'occurrence', 'seriesMaster']);
    expect((await ada.get(`/me/events/${id}`)).status).toBe(200);
  });

  it('shows a change later than it can be read where the service does so', async () => {
    const { link } = await ada.round(DELTA);
    await lab.settings({ deltaDelayMs: 30_000 });
    const id = await ada.add();
    expect((await ada.get(`/me/events/${id}`)).status).toBe(200);
    const early = await ada.round(link);
    expect(early.items).toEqual([]);
    await lab.lab.control('POST', '/clock', { advanceSeconds: 31 });
    expect((await ada.round(early.link)).items).toMatchObject([{ id }]);
    expect((await ada.round(link)).items).toMatchObject([{ id }]);
  });

  it('is not to be had of the events collection, nor of calendars, nor with a basic permission', async () => {
    for (const path of ['/me/events/delta', '/me/calendar/events/delta()']) {
      const answer = await ada.get(path);
      expect([answer.status, answer.code]).toEqual([400, 'BadRequest']);
      expect(answer.message).toContain("not supported against 'microsoft.graph.event'");
    }
    expect((await ada.get('/me/calendars/delta')).status).toBe(400);
    const basic = await lab.as(ADA, ['Calendars.ReadBasic']);
    expect((await basic.get(DELTA)).code).toBe('ErrorAccessDenied');
    expect((await basic.get('/me/events')).status).toBe(200);
  });

  it('bears the faults of other deltas', async () => {
    await ada.add();
    await lab.settings({ emptyFirstPage: false });
    await lab.lab.fault({ kind: 'duplicate-items' }, { path: 'calendarView/delta' });
    expect((await ada.get(DELTA)).value).toHaveLength(2);
    await lab.lab.fault({ kind: 'repeat-page' }, { path: 'calendarView/delta' });
    expect((await ada.round(DELTA)).pages.map((page) => page.length)).toEqual([1, 1]);
    await lab.lab.fault({ kind: 'gone', location: true }, { path: 'calendarView/delta' });
    const gone = await ada.get(DELTA);
    expect([gone.status, gone.headers.has('location')]).toEqual([410, true]);
  });
});
