import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { responseFields } from '../../../shared/domains/calendar/push-respond.ts';
import { asShown } from '../../../shared/domains/calendar/write-members.ts';
import { runPushJob } from '../../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import { startCalendarWorld, type CalendarWorld } from '../../support/calendar-world.ts';

const MINUTE = 60_000;
const grace = { address: 'grace@navy.example', name: 'Grace' };

let at: CalendarWorld;
let seen = 0;
beforeAll(async () => {
  at = await startCalendarWorld();
});
afterAll(() => at[Symbol.asyncDispose]());
beforeEach(async () => {
  await at.poll();
  seen = (await at.feed()).length;
});

const meeting = (more: Fields = {}): Fields => ({
  ...{ subject: 'Review', start: { dateTime: at.day(3), timeZone: 'W. Europe Standard Time' } },
  end: { dateTime: at.day(3, '10:00:00'), timeZone: 'W. Europe Standard Time' },
  attendees: [{ type: 'required', emailAddress: grace }],
  ...more,
});
/** A meeting that Grace has accepted, as it is held here. */
async function accepted(
  more: Fields = {},
): Promise<{ readonly graphId: string; readonly id: string; readonly fields: Fields }> {
  const graphId = await at.arrive(meeting(more));
  await answer(graphId, 'accepted');
  return held(graphId);
}
const answer = (graphId: string, response: string): Promise<unknown> =>
  at.world.user('POST', `/events/${graphId}/respond`, { attendee: grace.address, response });
async function held(
  graphId: string,
): Promise<{ readonly graphId: string; readonly id: string; readonly fields: Fields }> {
  await at.poll();
  const found = [...(await at.ours({})), ...(await at.series())].find((item) => item['graphId'] === graphId);
  const record = await at.record(found?.['id']);
  seen = (await at.feed()).length;
  return { graphId, id: record.id, fields: record.fields };
}
const times = (clock: string, timeZone = 'Europe/Berlin'): Fields => ({
  start: { dateTime: `${at.day(3, `${clock}:00:00`)}Z`, timeZone },
  end: { dateTime: `${at.day(3, `${clock}:30:00`)}Z`, timeZone },
  originalTimeZone: timeZone,
});
const lose = (method: string, path: string): Promise<unknown> =>
  at.world.control('POST', '/faults', { match: { method, path }, action: { kind: 'applied-reset' } });
const push = (): Promise<unknown> => runPushJob({ ...at.scope, due: null }, at.world.app);
const poll = (): Promise<unknown> => runSyncJob({ ...at.scope, why: 'schedule', due: null }, at.world.app);
/** The write has come there, and nobody has heard of it: it is sent again before anybody looks. */
const sentAgain = async (): Promise<void> => {
  await push();
  at.world.clock.move(10 * MINUTE);
  await push();
  await at.poll();
};
/** The same, but a poll is the first to show it. */
const polled = async (between: () => Promise<unknown> = () => Promise.resolve()): Promise<void> => {
  await push();
  await between();
  await poll();
  at.world.clock.move(10 * MINUTE);
  await push();
  await at.poll();
};
const told = async (): Promise<string[]> =>
  (await at.feed()).slice(seen).map(({ type, cause, changed }) => `${type} ${cause} ${changed.join()}`);

it('P9 who is to answer anew, where the answer to our write was lost and it is sent again', async () => {
  const { id, fields } = await accepted();
  await lose('PATCH', '/events/');
  await at.update(id, asShown(times('15'), fields));
  await sentAgain();
  expect(await told()).toEqual(['event.updated own-write start,end', 'event.updated own-write attendees']);
});

it('P9 how the time of a meeting is shown that we have accepted, where that answer was lost', async () => {
  const graphId = await at.arrive(
    meeting({ organizer: grace, attendees: [{ type: 'required', emailAddress: { address: at.world.upn } }] }),
  );
  const { id } = await held(graphId);
  await lose('POST', '/accept');
  await at.update(id, responseFields('accept', {}), 'accept');
  await sentAgain();
  expect(await told()).toEqual(['event.updated own-write responseStatus', 'event.updated own-write showAs']);
});

it('P9 who is to answer anew to a series that takes place at another time', async () => {
  const recurrence = {
    pattern: { type: 'daily', interval: 1 },
    range: { type: 'numbered', startDate: at.day(3).slice(0, 10), numberOfOccurrences: 3 },
  };
  const { id, fields } = await accepted({ recurrence });
  await at.update(id, asShown(times('15'), fields));
  await push();
  await at.poll();
  expect((await told()).filter((row) => !row.includes('own-write'))).toEqual([]);
  expect(await told()).toContain('event.updated own-write attendees');
});

it('P9 the preview of a body of ours whose answer was lost', async () => {
  const { id } = await accepted();
  await lose('PATCH', '/events/');
  await at.update(id, { body: { contentType: 'text', content: 'Ours' } });
  await sentAgain();
  expect(await told()).toEqual(['event.updated own-write preview']);
});

it('P9 is no conflict: times of a series in another zone, and an empty text, which a poll is the first to show', async () => {
  const recurrence = {
    pattern: { type: 'daily', interval: 1 },
    range: { type: 'numbered', startDate: at.day(3).slice(0, 10), numberOfOccurrences: 3 },
  };
  const { id, fields } = await accepted({ recurrence });
  await lose('PATCH', '/events/');
  await at.update(id, asShown({ ...times('15', 'America/New_York'), subject: '', location: '' }, fields));
  await polled();
  expect((await told()).filter((row) => row.includes('conflict') || !row.includes('own-write'))).toEqual([]);
});

it.each(['lost', 'told'])(
  'P9 a series that is moved into another zone repeats there, its answer %s',
  async (answered) => {
    const first = at.day(3).slice(0, 10);
    const recurrence = {
      pattern: { type: 'daily', interval: 1 },
      range: { type: 'endDate', startDate: first, endDate: at.day(5).slice(0, 10) },
    };
    const { id, fields } = await accepted({ recurrence });
    // Early in the morning there: the evening before on the clock that it had.
    const start = { dateTime: `${at.day(2, '17:00:00')}Z`, timeZone: 'Asia/Tokyo' };
    const end = { ...start, dateTime: `${at.day(2, '17:30:00')}Z` };
    if (answered === 'lost') await lose('PATCH', '/events/');
    await at.update(id, asShown({ start, end, originalTimeZone: 'Asia/Tokyo' }, fields));
    await polled();
    expect((await told()).filter((row) => row.includes('conflict') || !row.includes('own-write'))).toEqual([]);
    const after = await at.record(id);
    expect(after.fields).toMatchObject({
      start,
      recurrence: {
        range: { startDate: first, endDate: at.day(5).slice(0, 10), recurrenceTimeZone: 'Tokyo Standard Time' },
      },
    });
    const days = (await at.ours({})).filter(({ seriesMasterId }) => seriesMasterId === id);
    expect(days.map((day) => day['start'])).toEqual(
      [2, 3, 4].map((day) => ({ ...start, dateTime: `${at.day(day, '17:00:00')}Z` })),
    );
    expect(await at.differences()).toEqual([]);
  },
);

it.each([
  ['a number', { rrule: 'FREQ=DAILY;COUNT=2' }],
  ['a single event', { rrule: null, type: 'single' }],
])('P9 days of a series that go as it becomes %s, which a poll is the first to show', async (_, written) => {
  const range = { type: 'numbered', startDate: at.day(3).slice(0, 10), numberOfOccurrences: 4 };
  const recurrence = { pattern: { type: 'daily', interval: 1 }, range };
  // Nobody is asked to come, and nothing that is told follows from the write.
  const { id } = await held(await at.arrive(meeting({ attendees: [], recurrence })));
  await lose('PATCH', '/events/');
  await at.update(id, written);
  await polled();
  const rows = await told();
  expect(rows.filter((row) => !row.includes('own-write'))).toEqual([]);
  expect(rows.filter((row) => row.startsWith('event.deleted')).length).toBeGreaterThan(1);
  expect(await at.differences()).toEqual([]);
});

it('P9 what Grace answers after a write of ours is her doing', async () => {
  const graphId = await at.arrive(meeting());
  const { id } = await held(graphId);
  await lose('PATCH', '/events/');
  await at.update(id, { location: 'Elsewhere' });
  await polled(() => answer(graphId, 'accepted'));
  expect(await told()).toEqual(['event.updated own-write location', 'event.updated poll attendees']);
});

it('P9 what she answers to another time of ours is her doing', async () => {
  const { graphId, id, fields } = await accepted();
  await lose('PATCH', '/events/');
  await at.update(id, asShown(times('15'), fields));
  await polled(() => answer(graphId, 'declined'));
  expect(await told()).toEqual(['event.updated own-write start,end', 'event.updated poll attendees']);
});
