import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { App } from '../../../shared/app.ts';
import type { Write } from '../../../shared/engine/ports.ts';
import { runPushJob } from '../../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { instead } from '../../support/instead.ts';
import { daily, LONDON } from './clock-changes.ts';
import { partyOf } from './parties.ts';
import { membersOf, openSeriesWorld, seriesNamed, type SeriesWorld } from './support.ts';

const DAYS = 365;

let world: SeriesWorld;
let commits: (readonly Write[])[] = [];
let counted: App;

/** The app with a store that keeps account of its commits: each is one transaction. */
beforeAll(async () => {
  world = await openSeriesWorld({ past: 30, future: 400 });
  const { store } = world.app;
  const commit: typeof store.commit = async (scope, change) => {
    commits.push(change.writes);
    return store.commit(scope, change);
  };
  counted = { ...world.app, store: instead(store, 'commit', commit) };
  const first = world.day(1).slice(0, 10);
  await partyOf(world, 'Outlook').make(daily({ subject: 'Daily', zone: LONDON, first, time: '09:00:00' }, DAYS));
  await world.settle();
  expect(await membersOf(world, await seriesNamed(world, 'Daily'))).toHaveLength(DAYS);
});
afterAll(() => world.close());
beforeEach(() => {
  commits = [];
});

const job = () => ({ connectionId: world.id, domain: 'calendar', due: null });
const sync = async (): Promise<void> => {
  for (let round = 0; round < 3; round++) await runSyncJob({ ...job(), why: 'manual' }, counted);
};
const rows = (row: Write['row']): Write[] => commits.flat().filter((write) => write.row === row);
const told = (): unknown[] =>
  rows('change').map((write) => (write.row === 'change' ? [write.put.type, write.put.cause, write.put.changed] : []));

it('P18: one edit of a daily series of a year is one row of the feed, and one commit', async () => {
  const { graphId } = await seriesNamed(world, 'Daily');
  await world.outlook('PATCH', `/events/${graphId ?? ''}`, { subject: 'Daily', location: { displayName: 'Room 7' } });
  await sync();
  expect(told()).toEqual([['event.updated', 'poll', ['location']]]);
  const carrying = commits.filter((writes) => writes.some(({ row }) => row === 'change'));
  expect(carrying).toHaveLength(1);
  expect((carrying[0] ?? []).map(({ row }) => row).toSorted()).toEqual(['change', 'hint', 'index', 'record']);
  expect([rows('record'), rows('index')].map((of) => of.length)).toEqual([1, 1]);
  expect(commits.flat().length).toBeLessThan(12);
  const members = await membersOf(world, await seriesNamed(world, 'Daily'));
  expect(members.map(({ location }) => location)).toEqual(Array<string>(DAYS).fill('Room 7'));
  expect(await world.differences()).toEqual([]);
});

it('P9 P18: one edit of it by the application is one row of the feed, and its way to Outlook and back is none', async () => {
  const { id } = await seriesNamed(world, 'Daily');
  const parts = { parts: { store: counted.store } };
  expect((await world.on('PATCH', `/events/${id}`, { body: { location: 'Room 8' }, ...parts })).status).toBe(200);
  await runPushJob(job(), counted);
  await sync();
  expect(told()).toEqual([['event.updated', 'own-write', ['location']]]);
  expect(rows('record').length).toBeLessThan(4);
  expect(commits.flat().length).toBeLessThan(25);
  expect(await world.differences()).toEqual([]);
});

it('P9: one occurrence of it that others take out then is two rows of theirs: which day is left out, and that it is gone', async () => {
  const gone = (await membersOf(world, await seriesNamed(world, 'Daily')))[40];
  await world.outlook('DELETE', `/events/${gone?.graphId ?? ''}`);
  await sync();
  expect(told()).toEqual(
    expect.arrayContaining([
      ['event.updated', 'poll', ['exdates']],
      ['event.deleted', 'poll', []],
    ]),
  );
  expect(rows('change')).toHaveLength(2);
  expect(await world.differences()).toEqual([]);
});
