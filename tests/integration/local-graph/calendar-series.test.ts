import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADA, at, CalendarLab, daily, onDay, starts, timeOf, WINDOW } from './calendar-support.ts';
import type { Person } from './calendar-support.ts';

describe('a series', () => {
  let lab: CalendarLab;
  let ada: Person;
  beforeEach(async () => {
    lab = await CalendarLab.start();
    ({ ada } = lab);
  });
  afterEach(() => lab.close());

  it('shows as a master in lists, and as occurrences in views', async () => {
    const id = await ada.add(daily({}, { type: 'numbered', numberOfOccurrences: 3 }));
    const [master] = (await ada.get('/me/events')).value;
    expect(master).toMatchObject({
      id,
      type: 'seriesMaster',
      recurrence: {
        pattern: { type: 'daily', interval: 1, month: 0, dayOfMonth: 0, firstDayOfWeek: 'sunday', index: 'first' },
        range: {
          type: 'numbered',
          startDate: '2026-11-02',
          endDate: '0001-01-01',
          numberOfOccurrences: 3,
          recurrenceTimeZone: 'W. Europe Standard Time',
        },
      },
    });
    const view = await ada.view();
    expect(starts(view)).toEqual(['2026-11-02T08:00:00', '2026-11-03T08:00:00', '2026-11-04T08:00:00']);
    for (const item of view) {
      expect(item).toMatchObject({ type: 'occurrence', seriesMasterId: id, subject: 'Stand-up', recurrence: null });
      expect(item['changeKey']).toBe(master?.['changeKey']);
    }
    expect(new Set(view.map((item) => item['iCalUId'])).size).toBe(3);
    const first = String(view[0]?.['id']);
    expect((await ada.get(`/me/events/${first}`)).json).toMatchObject({
      id: first,
      originalStart: '2026-11-02T08:00:00Z',
    });
  });

  it.each([
    ['weekly without days', { pattern: { type: 'weekly', interval: 1 } }],
    ['an interval of nothing', { pattern: { type: 'daily', interval: 0 } }],
    ['monthly without a day', { pattern: { type: 'absoluteMonthly', interval: 1 } }],
    ['yearly without a month', { pattern: { type: 'absoluteYearly', interval: 1, dayOfMonth: 2 } }],
    ['a month that is none', { pattern: { type: 'daily', interval: 1, month: 13 } }],
    ['a weekday that is none', { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['someday'] } }],
    ['numbered without a number', { range: { type: 'numbered', startDate: '2026-11-02' } }],
    ['an end before the start', { range: { type: 'endDate', startDate: '2026-11-02', endDate: '2026-11-01' } }],
    ['no end date', { range: { type: 'endDate', startDate: '2026-11-02' } }],
    ['a start that is not the date of the event', { range: { type: 'noEnd', startDate: '2026-11-03' } }],
    ['a date with a time', { range: { type: 'noEnd', startDate: '2026-11-02T00:00:00Z' } }],
    ['a zone that nobody knows', { range: { type: 'noEnd', startDate: '2026-11-02', recurrenceTimeZone: 'Mars' } }],
  ])('is refused with %s', async (_, part) => {
    const recurrence = {
      pattern: { type: 'daily', interval: 1 },
      range: { type: 'noEnd', startDate: '2026-11-02' },
      ...part,
    };
    const answer = await ada.post('/me/events', { ...daily(), recurrence });
    expect(answer.status).toBe(400);
    expect(answer.code).toMatch(/ErrorPropertyValidationFailure|UnableToDeserializePostBody|TimeZoneNotSupported/);
  });

  it('begins at its first occurrence where the start is none', async () => {
    const pattern = { type: 'weekly', interval: 1, daysOfWeek: ['Wednesday'] };
    const made = await ada.post(
      '/me/events',
      daily({ recurrence: { pattern, range: { type: 'noEnd', startDate: '2026-11-02' } } }),
    );
    expect(timeOf(made.json)).toBe('2026-11-04T08:00:00');
    expect(made.json).toMatchObject({
      recurrence: { pattern: { daysOfWeek: ['wednesday'] }, range: { startDate: '2026-11-04' } },
    });
  });

  it('keeps its clock time across summer time', async () => {
    const recurrence = {
      pattern: { type: 'daily', interval: 1 },
      range: { type: 'numbered', startDate: '2026-10-24', numberOfOccurrences: 3 },
    };
    await ada.add({ start: at('2026-10-24T09:00:00'), end: at('2026-10-24T09:30:00'), recurrence });
    const view = await ada.all('/me/calendarView?startDateTime=2026-10-20&endDateTime=2026-11-01');
    expect(starts(view)).toEqual(['2026-10-24T07:00:00', '2026-10-25T08:00:00', '2026-10-26T08:00:00']);
  });

  it('in a zone without a name goes by its rules', async () => {
    const turn = (month: number) => ({ month, week: 5, weekday: 0, minutes: 120 });
    await lab.put(ADA, {
      customZone: { standard: 210, daylight: { offset: 270, starts: turn(3), ends: turn(10) } },
      start: at('2026-10-24T09:00:00', 'tzone://Microsoft/Custom'),
      end: at('2026-10-24T09:30:00', 'tzone://Microsoft/Custom'),
      recurrence: {
        pattern: { type: 'daily', interval: 1 },
        range: { type: 'numbered', startDate: '2026-10-24', numberOfOccurrences: 2 },
      },
    });
    const view = await ada.all('/me/calendarView?startDateTime=2026-10-20&endDateTime=2026-11-01');
    expect(starts(view)).toEqual(['2026-10-24T04:30:00', '2026-10-25T05:30:00']);
    const [master] = (await ada.get('/me/events')).value;
    expect(master).toMatchObject({
      originalStartTimeZone: 'tzone://Microsoft/Custom',
      recurrence: { range: { recurrenceTimeZone: 'tzone://Microsoft/Custom' } },
    });
    expect(
      (await ada.patch(String(master?.['id']), { start: at('2026-10-24T09:00:00', 'tzone://Microsoft/Custom') }))
        .status,
    ).toBe(400);
  });

  it('of all day stays on its dates', async () => {
    const zone = 'Tokyo Standard Time';
    const recurrence = {
      pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'] },
      range: { type: 'noEnd', startDate: '2026-11-02' },
    };
    await ada.add({
      isAllDay: true,
      start: at('2026-11-02T00:00:00', zone),
      end: at('2026-11-03T00:00:00', zone),
      recurrence,
    });
    expect(starts(await ada.view())).toEqual(
      [2, 9, 16, 23, 30].map((day) => `2026-11-${String(day).padStart(2, '0')}T00:00:00`),
    );
  });

  it('makes an exception of an occurrence that is changed', async () => {
    const series = await ada.add(daily({}, { type: 'numbered', numberOfOccurrences: 4 }));
    const id = onDay(await ada.view(), '2026-11-03');
    const changed = await ada.patch(id, {
      start: at('2026-11-03T15:00:00'),
      end: at('2026-11-03T16:00:00'),
      subject: 'Later',
    });
    expect(changed.json).toMatchObject({
      id,
      type: 'exception',
      subject: 'Later',
      originalStart: '2026-11-03T08:00:00Z',
      seriesMasterId: series,
    });
    expect(timeOf(changed.json)).toBe('2026-11-03T14:00:00');
    await ada.patch(series, { subject: 'Renamed', location: { displayName: 'Hall' } });
    const view = await ada.view();
    expect(view.map((item) => item['subject'])).toEqual(['Renamed', 'Later', 'Renamed', 'Renamed']);
    expect(view[1]).toMatchObject({ location: { displayName: 'Hall' } });
    const whole = await ada.get(
      `/me/events/${series}?$select=subject,exceptionOccurrences&$expand=exceptionOccurrences`,
    );
    expect(whole.json['exceptionOccurrences']).toMatchObject([{ id, subject: 'Later' }]);
    expect((await ada.get(`/me/events/${series}?$expand=exceptionOccurrences`)).json).not.toHaveProperty(
      'exceptionOccurrences',
    );
  });

  it('gives exceptions other ids where the service does so', async () => {
    await ada.add(daily());
    await lab.settings({ exceptionIds: 'change' });
    const id = onDay(await ada.view(), '2026-11-03');
    const changed = await ada.patch(id, { subject: 'Other' });
    expect(changed.at('id')).not.toBe(id);
    expect((await ada.get(`/me/events/${id}`)).status).toBe(404);
    expect((await ada.get(`/me/events/${changed.at('id')}`)).json).toMatchObject({ subject: 'Other' });
  });

  it('names deleted occurrences on the master alone, when they are asked for', async () => {
    const series = await ada.add(daily({}, { type: 'numbered', numberOfOccurrences: 4 }));
    const gone = onDay(await ada.view(), '2026-11-04');
    await ada.send('DELETE', `/me/events/${gone}`);
    expect((await ada.get(`/me/events/${gone}`)).code).toBe('ErrorItemNotFound');
    expect(starts(await ada.view())).toEqual(['2026-11-02T08:00:00', '2026-11-03T08:00:00', '2026-11-05T08:00:00']);
    const select = '?$select=cancelledOccurrences';
    const named = [`OID.${series}.2026-11-04`];
    expect((await ada.get(`/me/events/${series}${select}`)).json['cancelledOccurrences']).toEqual(named);
    expect((await ada.get(`/me/events/${series}`)).json).not.toHaveProperty('cancelledOccurrences');
    expect((await ada.get(`/me/events${select}`)).value[0]).not.toHaveProperty('cancelledOccurrences');
    await lab.settings({ cancelledOccurrences: false });
    expect((await ada.get(`/me/events/${series}${select}`)).json['cancelledOccurrences']).toEqual([]);
  });

  it('lists instances without the deleted ones, with the changed ones', async () => {
    const series = await ada.add(daily({}, { type: 'numbered', numberOfOccurrences: 4 }));
    const view = await ada.view();
    await ada.send('DELETE', `/me/events/${onDay(view, '2026-11-04')}`);
    await ada.patch(onDay(view, '2026-11-05'), { subject: 'Other' });
    const instances = await ada.get(`/me/events/${series}/instances?${WINDOW}`);
    expect(instances.value.map((item) => [item['type'], item['subject']])).toEqual([
      ['occurrence', 'Stand-up'],
      ['occurrence', 'Stand-up'],
      ['exception', 'Other'],
    ]);
    expect((await ada.get(`/me/events/${series}/instances`)).code).toBe('ErrorInvalidParameter');
  });

  it('lets no occurrence come to or past the day of its neighbour', async () => {
    const recurrence = {
      pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'] },
      range: { type: 'noEnd', startDate: '2026-11-02' },
    };
    await ada.add(daily({ recurrence }));
    const id = onDay(await ada.view(), '2026-11-09');
    const move = (day: string) =>
      ada.patch(id, { start: at(`2026-11-${day}T09:00:00`), end: at(`2026-11-${day}T09:15:00`) });
    for (const day of ['02', '16', '17']) {
      const refused = await move(day);
      expect([refused.status, refused.code]).toEqual([400, 'ErrorOccurrenceCrossingBoundary']);
    }
    expect((await move('15')).status).toBe(200);
    expect((await move('03')).status).toBe(200);
    expect(starts(await ada.view()).slice(0, 3)).toEqual([
      '2026-11-02T08:00:00',
      '2026-11-03T08:00:00',
      '2026-11-16T08:00:00',
    ]);
  });

  it('finds an occurrence where it was moved to, not where it was', async () => {
    const recurrence = {
      pattern: { type: 'absoluteMonthly', interval: 1, dayOfMonth: 30 },
      range: { type: 'noEnd', startDate: '2026-10-30' },
    };
    await ada.add({ start: at('2026-10-30T09:00:00'), end: at('2026-10-30T10:00:00'), recurrence });
    const id = onDay(await ada.view(), '2026-11-30');
    await ada.patch(id, { start: at('2026-12-05T09:00:00'), end: at('2026-12-05T10:00:00') });
    expect(await ada.view()).toEqual([]);
    const december = await ada.all('/me/calendarView?startDateTime=2026-12-01&endDateTime=2026-12-31');
    expect(starts(december)).toEqual(['2026-12-05T08:00:00', '2026-12-30T08:00:00']);
  });

  it('drops what single occurrences had when its pattern or start changes, not when its end does', async () => {
    const series = await ada.add(daily({}, { type: 'numbered', numberOfOccurrences: 6 }));
    const view = await ada.view();
    await ada.send('DELETE', `/me/events/${onDay(view, '2026-11-04')}`);
    await ada.patch(onDay(view, '2026-11-05'), { subject: 'Other' });
    const recurrence = (pattern: object, range: object) => ({
      pattern: { type: 'daily', interval: 1, ...pattern },
      range: { startDate: '2026-11-02', ...range },
    });
    await ada.patch(series, { recurrence: recurrence({}, { type: 'endDate', endDate: '2026-11-06' }) });
    expect((await ada.view()).map((item) => item['subject'])).toEqual(['Stand-up', 'Stand-up', 'Other', 'Stand-up']);
    await ada.patch(series, { recurrence: recurrence({ interval: 3 }, { type: 'endDate', endDate: '2026-11-08' }) });
    const after = await ada.view();
    expect(after.map((item) => [timeOf(item), item['type']])).toEqual([
      ['2026-11-02T08:00:00', 'occurrence'],
      ['2026-11-05T08:00:00', 'occurrence'],
      ['2026-11-08T08:00:00', 'occurrence'],
    ]);
  });

  it('becomes single, and a single one a series, under the same id', async () => {
    const id = await ada.add(daily());
    const single = await ada.patch(id, { recurrence: null });
    expect(single.json).toMatchObject({ id, type: 'singleInstance', recurrence: null });
    expect(await ada.view()).toHaveLength(1);
    const recurrence = {
      pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'] },
      range: { type: 'noEnd', startDate: '2026-11-02' },
    };
    expect((await ada.patch(id, { recurrence })).json).toMatchObject({ id, type: 'seriesMaster' });
    expect(await ada.view()).toHaveLength(5);
    const occurrence = onDay(await ada.view(), '2026-11-09');
    expect((await ada.patch(occurrence, { recurrence })).status).toBe(400);
  });

  it('goes as a whole with its master', async () => {
    const series = await ada.add(daily());
    const one = onDay(await ada.view(), '2026-11-09');
    await ada.send('DELETE', `/me/events/${series}`);
    expect(await ada.view()).toEqual([]);
    expect((await ada.get(`/me/events/${one}`)).status).toBe(404);
  });
});
