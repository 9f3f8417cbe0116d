import { describe, expect, it } from 'vitest';
import { exceptionOf } from '../../../shared/domains/calendar/join.ts';
import { runPushJob } from '../../../shared/jobs/push-job.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import { startCalendarWorld, type CalendarWorld } from '../../support/calendar-world.ts';

const utc = (dateTime: string): Fields => ({ dateTime, timeZone: 'UTC' });
const meeting = (at: CalendarWorld, more: Fields = {}): Fields => ({
  subject: 'Review',
  start: utc(at.day(3)),
  end: utc(at.day(3, '10:00:00')),
  ...more,
});
const told = async (at: CalendarWorld, from: number): Promise<string[]> =>
  (await at.feed()).slice(from).map(({ type, cause, before, after }) => {
    const what = (after ?? before)?.['type'];
    return `${type} ${cause} ${typeof what === 'string' ? what : ''}`;
  });

/** What the application deletes: a single event, a series, or its second day. */
type What = 'single' | 'master' | 'occurrence';

/** Two calendars, both synced unless told, with something in the first one that the feed has told of. */
async function twoCalendars(what: What, synced: 'both' | 'one' = 'both') {
  const at = await startCalendarWorld();
  const other = await at.calendar('Projects');
  if (synced === 'both') await at.settings({ calendarIds: [at.main, other] });
  const range = { type: 'numbered', numberOfOccurrences: 3, startDate: at.day(3).slice(0, 10) };
  const recurrence = { pattern: { type: 'daily', interval: 1 }, range };
  const graphId = await at.arrive(meeting(at, what === 'single' ? {} : { recurrence }));
  await at.arrive(meeting(at, { subject: 'Stays' }));
  await at.poll();
  await at.world.control('PATCH', '/settings', { notifications: { pause: true } });
  const items = [...(await at.ours({})), ...(await at.series())];
  const found = items.filter(({ subject, type }) => subject === 'Review' && type === what);
  const record = await at.record(found[what === 'occurrence' ? 1 : 0]?.['id']);
  const from = (await at.feed()).length;
  return {
    ...{ at, other, calendars: [at.main, other], graphId, record },
    told: () => told(at, from),
    move: () => at.world.user('POST', `/events/${graphId}/move`, { calendar: 'Projects' }),
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  };
}

/** The same, and the application has deleted it; the queue still holds the message that sends that. */
async function deleting(what: What, synced?: 'one') {
  const made = await twoCalendars(what, synced);
  const { at, record } = made;
  await at.write(() => ({ type: 'delete', record, action: 'delete', fields: {} }));
  return made;
}

/** As the timers do: minute by minute. */
async function minutes(at: CalendarWorld, count = 4): Promise<void> {
  for (let round = 0; round < count; round++) {
    at.world.clock.move(60_000);
    await runPushJob({ ...at.scope, due: null }, at.world.app);
    await at.poll();
  }
}

/** Until nothing waits; what was not found several times is tried again after a longer while. */
async function settle(at: CalendarWorld): Promise<void> {
  await minutes(at);
  await minutes(at, (await at.head()).counts.outbox > 0 ? 16 : 0);
  const { outbox, hints, leaving = 0 } = (await at.head()).counts;
  expect({ outbox, hints, leaving }).toEqual({ outbox: 0, hints: 0, leaving: 0 });
}

describe.each(['push', 'page'] as const)('deletes what others have moved to another calendar, met by a %s', (first) => {
  const moved = async (what: What) => {
    const made = await deleting(what);
    await made.move();
    if (first === 'push') await made.at.world.drain();
    await settle(made.at);
    return made;
  };

  it('P10: an event stands where it was moved to, and a conflict tells so', async () => {
    await using made = await moved('single');
    const { at, calendars, graphId, told: rows } = made;
    expect(await rows()).toEqual(['event.deleted own-write single', 'event.conflict poll single']);
    expect((await at.feed()).at(-1)).toMatchObject({ before: null, details: { losing: { deleted: true } } });
    expect([await at.differences(calendars), await at.effects(graphId)]).toEqual([[], []]);
  });

  it('P10: so does a series, with all of its days', async () => {
    await using made = await moved('master');
    const { at, calendars, graphId, told: rows } = made;
    expect(await rows()).toEqual([
      'event.deleted own-write master',
      ...Array.from({ length: 3 }, () => 'event.moved poll occurrence'),
      'event.conflict poll master',
    ]);
    expect([await at.differences(calendars), await at.effects(graphId)]).toEqual([[], []]);
  });

  it('P8: one day of a series is deleted where the series was moved to', async () => {
    await using made = await moved('occurrence');
    const { at, calendars, graphId, told: rows } = made;
    const moves = ['event.moved poll occurrence', 'event.moved poll occurrence', 'event.moved poll master'];
    expect(await rows()).toEqual(['event.deleted own-write occurrence', 'event.updated own-write master', ...moves]);
    expect([await at.differences(calendars), await at.effects(graphId)]).toEqual([[], ['update']]);
  });
});

describe.each(['single', 'master', 'occurrence'] as const)('deletes a %s that others have deleted', (what) => {
  it('P9: it is gone from all calendars, and nothing else is told', async () => {
    await using made = await deleting(what);
    const { at, calendars, graphId, told: rows } = made;
    await at.remove(graphId, what === 'occurrence' ? at.day(4) : undefined);
    await at.world.drain();
    await settle(at);
    const others = (await rows()).slice(1).filter((row) => !row.includes('own-write'));
    expect([others, await at.differences(calendars), await at.effects(graphId)]).toEqual([[], [], []]);
  });
});

it('P8: an answer that is lost is no reason to delete it again where it is moved to', async () => {
  await using made = await deleting('single');
  const { at, calendars, graphId, told: rows } = made;
  at.world.graph.plan({ method: 'DELETE', path: /\/events\//, fault: { applied: 'reset' } });
  await at.world.drain();
  await settle(at);
  expect(await rows()).toEqual(['event.deleted own-write single']);
  expect([await at.differences(calendars), await at.effects(graphId)]).toEqual([[], ['delete']]);
});

it('P9: a series that others move out of all synced calendars is told as theirs, though we have deleted one of its days', async () => {
  await using made = await deleting('occurrence', 'one');
  const { at, calendars } = made;
  await at.world.control('PATCH', '/settings', { calendar: { deltaDelayMs: 3_600_000 } });
  await made.move();
  await at.world.drain();
  await settle(at);
  const left = ['master', 'occurrence', 'occurrence'].map((type) => `event.deleted poll ${type}`);
  const rows = await made.told();
  expect(rows).toEqual(['event.deleted own-write occurrence', 'event.updated own-write master', ...left]);
  expect(await at.differences(calendars.slice(0, 1))).toEqual([]);
});

const failing = { before: { status: 503, body: { error: { code: 'serviceNotAvailable', message: 'later' } } } };

describe.each(['fails', 'is late', 'comes'] as const)('writes to one day of a series that others move', (page) => {
  it(`P7 P8: reaches it where it is now, and deletes nothing, where the page that tells of it ${page}`, async () => {
    await using made = await twoCalendars('occurrence');
    const { at, other, calendars, record } = made;
    const [series] = await at.series();
    const master = await at.record(series?.['id']);
    await at.update(record.id, exceptionOf(record.fields, master.fields, { subject: 'Ours' }));
    const path = new RegExp(`calendars/${encodeURIComponent(other)}/calendarView`);
    if (page === 'fails') at.world.graph.plan({ path, times: 1_000, fault: failing });
    if (page === 'is late') await at.world.control('PATCH', '/settings', { calendar: { deltaDelayMs: 3_600_000 } });
    await made.move();
    await at.world.drain();
    await minutes(at);
    expect((await made.told()).filter((row) => !/^event.(updated|moved) /.test(row))).toEqual([]);
    at.world.graph.heal();
    at.world.clock.move(3_600_000);
    await at.world.control('POST', '/clock', { advanceSeconds: 3_600 });
    await settle(at);
    const moved = ['exception', 'master', 'occurrence', 'occurrence'].map((type) => `event.moved poll ${type}`);
    const rows = await made.told();
    expect(rows.filter((row) => !row.includes('own-write')).toSorted()).toEqual(moved);
    expect(rows.filter((row) => row.includes('own-write'))).toHaveLength(2);
    expect(await at.effects(record.graphId ?? '')).toEqual(['update']);
    expect(await at.differences(calendars)).toEqual([]);
  });
});
