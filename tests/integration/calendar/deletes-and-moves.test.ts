import { describe, expect, it } from 'vitest';
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

/** Two calendars, both synced; the application has deleted something, and the queue still holds the message that sends it. */
async function deleting(what: What) {
  const at = await startCalendarWorld();
  const other = await at.calendar('Projects');
  await at.settings({ calendarIds: [at.main, other] });
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
  await at.write(() => ({ type: 'delete', record, action: 'delete', fields: {} }));
  return {
    at,
    calendars: [at.main, other],
    graphId,
    told: () => told(at, from),
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  };
}

/** As the timers do: minute by minute. */
async function settle(at: CalendarWorld): Promise<void> {
  for (let round = 0; round < 4; round++) {
    at.world.clock.move(60_000);
    await runPushJob({ ...at.scope, due: null }, at.world.app);
    await at.poll();
  }
  expect((await at.head()).counts).toMatchObject({ outbox: 0, hints: 0, leaving: 0 });
}

describe.each(['push', 'page'] as const)('deletes what others have moved to another calendar, met by a %s', (first) => {
  const moved = async (what: What) => {
    const made = await deleting(what);
    await made.at.world.user('POST', `/events/${made.graphId}/move`, { calendar: 'Projects' });
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
