import { afterAll, beforeAll, expect, it } from 'vitest';
import { calendarFeedPage } from '../../../shared/api/calendar/ics/serve-feed.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import { openCalendarApi, type CalendarApi } from '../../support/calendar-api.ts';
import { instead } from '../../support/instead.ts';

let world: CalendarApi;
let url: string;

beforeAll(async () => {
  world = await openCalendarApi();
  const startDate = world.day(-60).slice(0, 10);
  // As many of it come with the window each day as go.
  await world.arrive({
    subject: 'daily',
    start: { dateTime: world.day(-60), timeZone: 'UTC' },
    end: { dateTime: world.day(-60, '10:00:00'), timeZone: 'UTC' },
    recurrence: { pattern: { type: 'daily', interval: 1 }, range: { type: 'noEnd', startDate } },
  });
  await world.sync();
  url = String((await world.on('POST', '/calendar-feeds', { body: {} })).body['url']);
});
afterAll(() => world.close());

/** An ETag of the feed and what is read by it, but for the time of the answer. */
async function read(): Promise<readonly [etag: string, events: string]> {
  const answer = await calendarFeedPage(world.app)(new Request(url));
  const events = (await answer.text()).replaceAll(/^DTSTAMP.*$/gm, '');
  return [answer.headers.get('etag') ?? '', events];
}

it('a feed has one content by one ETag, at whatever commit it is read while the window rolls', async () => {
  const versions = [await read()];
  const { store } = world.app;
  const watched = instead(store, 'commit', async (scope, commit) => {
    const version = await store.commit(scope, commit);
    if (scope.domain === 'calendar') versions.push(await read());
    return version;
  });
  world.clock.move(86_400_000);
  const job = { connectionId: world.id, domain: 'calendar', due: null, why: 'manual' } as const;
  await runSyncJob(job, { ...world.app, store: watched });

  const contents = (of: readonly (readonly [string, string])[]): number => new Set(of.map(([, events]) => events)).size;
  expect(contents(versions)).toBeGreaterThan(1);
  for (const of of Map.groupBy(versions, ([etag]) => etag).values()) expect(contents(of)).toBe(1);
});
