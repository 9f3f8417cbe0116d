import { expect, it } from 'vitest';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import { startCalendarWorld, type CalendarWorld } from '../../support/calendar-world.ts';

const wall = (dateTime: string): Fields => ({ dateTime, timeZone: 'W. Europe Standard Time' });
const daily = (at: CalendarWorld, more: Fields = {}): Fields => ({
  subject: 'Standup',
  start: wall(at.day(-3)),
  end: wall(at.day(-3, '09:15:00')),
  recurrence: {
    pattern: { type: 'daily', interval: 1 },
    range: { type: 'noEnd', startDate: at.day(-3).slice(0, 10), recurrenceTimeZone: 'W. Europe Standard Time' },
  },
  ...more,
});
const told = async (at: CalendarWorld, from: number): Promise<string[]> =>
  (await at.feed()).slice(from).map(({ type, details, changed }) => {
    const [reason, streams] = [details?.['reason'], details?.['streams']];
    const facts = [
      ...(typeof reason === 'string' ? [reason] : []),
      ...(Array.isArray(streams) ? [`${streams.length} stream`] : []),
    ];
    return [type, ...facts, ...changed].join(' ');
  });

for (const mastersInDelta of [true, false])
  it(`tells one baseline of a calendar that is chosen later, and nothing else of it, ${mastersInDelta ? 'with' : 'without'} masters in its pages`, async () => {
    await using at = await startCalendarWorld({ ways: { mastersInDelta } });
    const other = await at.calendar('Projects');
    const series = await at.arrive(daily(at, { calendar: 'Projects' }));
    await at.edit(series, { subject: 'Once' }, at.day(2));
    await at.remove(series, at.day(4));
    const single = await at.arrive({ ...daily(at), recurrence: null, subject: 'Kickoff', calendar: 'Projects' });
    await at.poll();
    const from = (await at.feed()).length;
    const { records } = (await at.head()).counts;

    await at.settings({ calendarIds: [at.main, other] });
    await at.poll();
    expect(await at.differences([at.main, other])).toEqual([]);
    expect(await told(at, from)).toEqual(['sync.baseline_completed 1 stream']);
    expect((await at.series()).map(({ subject }) => subject)).toEqual(['Standup']);

    await at.settings({ calendarIds: [at.main] });
    await at.poll();
    expect(await told(at, from + 1)).toEqual(['sync.stream_removed deselected']);
    // By its id: calendars of one name are no rarity.
    const [came, went] = (await at.feed()).slice(from).map(({ details }) => details);
    expect(came).toMatchObject({ streams: [{ name: 'Projects', calendarId: other }] });
    expect(went).toMatchObject({ name: 'Projects', calendarId: other });
    expect([(await at.head()).counts.records, await at.series()]).toEqual([records, []]);
    await at.edit(single, { subject: 'Unheard' });
    await at.poll();

    await at.settings({ calendarIds: [at.main, other] });
    await at.poll();
    expect(await at.differences([at.main, other])).toEqual([]);
    expect(await told(at, from + 2)).toEqual(['sync.baseline_completed 1 stream']);

    await at.edit(single, { subject: 'Heard' });
    await at.edit(series, { subject: 'Stand-up' });
    await at.poll();
    expect((await told(at, from + 3)).toSorted()).toEqual(['event.updated subject', 'event.updated subject']);
    expect(await at.differences([at.main, other])).toEqual([]);
  });

it('says of a calendar that was deleted in Outlook that it is gone', async () => {
  await using at = await startCalendarWorld();
  const other = await at.calendar('Projects');
  await at.arrive(daily(at, { calendar: 'Projects' }));
  await at.settings({ calendarIds: 'all' });
  await at.poll();
  const from = (await at.feed()).length;
  await at.world.user('DELETE', `/calendars/${encodeURIComponent(other)}`);
  for (let round = 0; round < 4; round++) {
    at.world.clock.move(600_000);
    await at.poll();
  }
  expect(await told(at, from)).toEqual(['sync.stream_removed gone']);
  expect((await at.feed()).at(-1)?.details).toMatchObject({ calendarId: other });
  expect(await at.series()).toEqual([]);
});

it('tells nothing of what happens to a calendar before its baseline is told, though its pages were read', async () => {
  await using at = await startCalendarWorld({ settings: { SYNC_BUDGET_PAGES: '1' } });
  const { app, connectionId } = at.world;
  const other = await at.calendar('Projects');
  const single = await at.arrive({ ...daily(at), recurrence: null, subject: 'Kickoff', calendar: 'Projects' });
  await at.arrive(daily(at, { calendar: 'Projects' }));
  await at.poll();
  const from = (await at.feed()).length;
  await at.settings({ calendarIds: [at.main, other] });
  const stream = async () => (await at.cursors()).find(({ label }) => label === 'Projects');
  for (let job = 0; job < 20 && (await stream())?.baselined !== true; job++) {
    const why = job === 0 ? 'schedule' : 'continue';
    await runSyncJob({ connectionId, domain: 'calendar', why, due: null }, app);
  }
  expect(await stream()).toMatchObject({ baselined: true, told: false });
  await at.edit(single, { subject: 'Kick-off' });
  await runSyncJob({ connectionId, domain: 'calendar', why: 'notification', due: null }, app);
  for (let round = 0; round < 3; round++) await at.poll();
  const [first, ...rows] = await told(at, from);
  expect(first).toBe('sync.baseline_completed 1 stream');
  expect(rows.filter((row) => row !== 'event.updated subject')).toEqual([]);
  expect(await at.differences([at.main, other])).toEqual([]);
});
