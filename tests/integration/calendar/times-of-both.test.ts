import { expect, it } from 'vitest';
import { exceptionOf } from '../../../shared/domains/calendar/join.ts';
import type { Fields, Json } from '../../../shared/lib/json.ts';
import { startCalendarWorld, type CalendarWorld } from '../../support/calendar-world.ts';

/** Times of a day, as somebody in Outlook writes them, and as they are held here. */
const theirs = (at: CalendarWorld, days: number, [from, to]: readonly [string, string]): Fields => ({
  start: { dateTime: at.day(days, `${from}:00`), timeZone: 'UTC' },
  end: { dateTime: at.day(days, `${to}:00`), timeZone: 'UTC' },
});
const ours = (at: CalendarWorld, days: number, [from, to]: readonly [string, string]): Fields => ({
  start: { dateTime: `${at.day(days, `${from}:00`)}Z`, timeZone: 'UTC' },
  end: { dateTime: `${at.day(days, `${to}:00`)}Z`, timeZone: 'UTC' },
});
const settled = async (at: CalendarWorld): Promise<void> => {
  await at.world.drain();
  for (let round = 0; round < 3; round++) await at.poll();
};
const lost = async (at: CalendarWorld): Promise<Json[]> =>
  (await at.feed()).flatMap(({ type, details }) => (type === 'event.conflict' ? [details ?? null] : []));

/** An event from ten to eleven that both sides know. */
async function withReview(): Promise<CalendarWorld & { readonly graphId: string; readonly id: Json | undefined }> {
  const at = await startCalendarWorld();
  const graphId = await at.arrive({ subject: 'Review', ...theirs(at, 3, ['10:00', '11:00']) });
  await at.poll();
  const [event] = await at.ours();
  return { ...at, graphId, id: event?.['id'] };
}

it('P8: brings changes of the times of an event in their order, each with the times that were before it', async () => {
  await using at = await withReview();
  const { end } = ours(at, 3, ['10:00', '11:30']);
  await at.update(at.id, { end: end ?? null, location: 'Room 4' });
  await at.update(at.id, ours(at, 3, ['14:00', '15:00']));
  await settled(at);
  const expected = { ...ours(at, 3, ['14:00', '15:00']), location: 'Room 4', pushed: 'done' };
  expect(await at.ours()).toMatchObject([expected]);
  expect([await at.differences(), await lost(at)]).toEqual([[], []]);
});

it.each([
  ['a page comes first', false],
  ['Outlook refuses the write (412)', true],
])('P10: begin and end are one, where both sides have moved an event, %s', async (_, isPushed) => {
  await using at = await withReview();
  await at.edit(at.graphId, theirs(at, 3, ['10:00', '11:30']));
  await at.update(at.id, { ...ours(at, 3, ['14:00', '15:00']), location: 'Room 4' });
  await (isPushed ? at.world.drain() : at.poll());
  await settled(at);
  const stands = { ...ours(at, 3, ['10:00', '11:30']), location: 'Room 4', pushed: 'done' };
  expect(await at.ours()).toMatchObject([stands]);
  const losing = ours(at, 3, ['14:00', '15:00']);
  expect([await at.differences(), await lost(at)]).toEqual([[], [{ losing }]]);
  const { undo } = await at.record(at.id);
  expect(undo?.fields).toEqual(losing);
  await at.update(at.id, undo?.fields ?? {});
  await settled(at);
  expect(await at.ours()).toMatchObject([{ ...losing, pushed: 'done' }]);
  expect(await at.differences()).toEqual([]);
});

it('P10: one side may begin an event earlier while the other ends it later', async () => {
  await using at = await withReview();
  await at.edit(at.graphId, theirs(at, 3, ['10:00', '11:30']));
  const { start } = ours(at, 3, ['09:30', '11:00']);
  await at.update(at.id, { start: start ?? null });
  await settled(at);
  expect(await at.ours()).toMatchObject([{ ...ours(at, 3, ['09:30', '11:30']), pushed: 'done' }]);
  expect([await at.differences(), await lost(at)]).toEqual([[], []]);
});

/** Four days of a series from ten to eleven that both sides know. */
async function withSeries(): Promise<CalendarWorld & { readonly graphId: string }> {
  const at = await startCalendarWorld();
  const range = { type: 'numbered', startDate: at.day(1).slice(0, 10), numberOfOccurrences: 4 };
  const recurrence = { pattern: { type: 'daily', interval: 1 }, range: { ...range, recurrenceTimeZone: 'UTC' } };
  const graphId = await at.arrive({ subject: 'Standup', ...theirs(at, 1, ['10:00', '11:00']), recurrence });
  await at.poll();
  return { ...at, graphId };
}

it.each([
  ['a page comes first', false],
  ['Outlook refuses the write', true],
])('P10: begin and end of one occurrence are one, %s', async (_, isPushed) => {
  await using at = await withSeries();
  const [series] = await at.series();
  const { start } = ours(at, 2, ['10:00', '11:00']);
  const one = (await at.ours()).find((item) => JSON.stringify(item['start']) === JSON.stringify(start));
  await at.edit(at.graphId, theirs(at, 2, ['10:00', '11:30']), at.day(2));
  const { fields: master } = await at.record(series?.['id']);
  const { fields: part } = await at.record(one?.['id']);
  await at.update(one?.['id'], exceptionOf(part, master, ours(at, 2, ['14:00', '15:00'])));
  await (isPushed ? at.world.drain() : at.poll());
  await settled(at);
  expect((await at.record(one?.['id'])).fields).toMatchObject(ours(at, 2, ['10:00', '11:30']));
  expect(await at.differences()).toEqual([]);
  expect(await lost(at)).toEqual([{ losing: ours(at, 2, ['14:00', '15:00']) }]);
});

it.each([
  ['a page comes first', false],
  ['Outlook refuses the write (412)', true],
])('P10: begin and end of a series are one, %s', async (_, isPushed) => {
  await using at = await withSeries();
  const [series] = await at.series();
  await at.edit(at.graphId, theirs(at, 1, ['10:00', '11:30']));
  await at.update(series?.['id'], ours(at, 1, ['14:00', '15:00']));
  await (isPushed ? at.world.drain() : at.poll());
  await settled(at);
  expect(await at.series()).toMatchObject([{ ...ours(at, 1, ['10:00', '11:30']), pushed: 'done' }]);
  expect(await at.differences()).toEqual([]);
  expect(await lost(at)).toEqual([{ losing: ours(at, 1, ['14:00', '15:00']) }]);
});
