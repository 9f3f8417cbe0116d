import { expect, it } from 'vitest';
import { calendarFeedPage } from '../../../shared/api/calendar/ics/serve-feed.ts';
import { hashOfToken } from '../../../shared/api/calendar/ics/feeds.ts';
import { shardOf } from '../../../shared/engine/directory-ports.ts';
import { ProblemError } from '../../../shared/errors.ts';
import { DISCONNECT } from '../../../shared/jobs/disconnect.ts';
import { runDispatch } from '../../../shared/jobs/dispatch.ts';
import { openCalendarApi } from '../../support/calendar-api.ts';

it('P15: a secret address of a calendar opens nothing any more once its connection has left, also after it comes back', async () => {
  const world = await openCalendarApi();
  try {
    await world.sync();
    const made = await world.on('POST', '/calendar-feeds', { body: {} });
    const url = String(made.body['url']);
    const token = new URL(url).searchParams.get('token') ?? '';
    const get = async (): Promise<number> => {
      try {
        return (await calendarFeedPage(world.app)(new Request(url))).status;
      } catch (error) {
        if (error instanceof ProblemError) return error.status;
        throw error;
      }
    };
    expect(await get()).toBe(200);
    const { lookups } = world.app;
    expect(await lookups.find('calendar-feed', hashOfToken(token))).toEqual([world.id]);
    expect((await world.on('DELETE', '')).status).toBe(202);
    expect(await get()).toBe(404);
    await runDispatch({ kinds: [DISCONNECT], shards: [shardOf(world.id)] }, world.app);
    expect((await world.app.connections.read(world.id))?.connection.status).toBe('disconnected');
    for (const [kind, key] of [
      ['calendar-feed', hashOfToken(token)],
      ['calendar-feeds', world.id],
      ['own', world.id],
    ] as const)
      expect([kind, await lookups.find(kind, key)]).toEqual([kind, []]);
    const settings = { calendar: {} };
    const body = { userId: 'u', workspaceId: 'ws-2', domains: ['calendar'], settings };
    const linked = await world.call('POST', '/connect-links', { body });
    await world.follow(String(linked.body['url']));
    expect(await get()).toBe(404);
  } finally {
    await world.close();
  }
});
