import { expect, it } from 'vitest';
import { startWorld } from '../../support/sync-world.ts';

it('brings every message of all folders, and tells one baseline', async () => {
  await using world = await startWorld({ messages: 300, folders: 6 });
  await world.drain();
  expect(await world.differences()).toEqual([]);
  expect((await world.messages()).length).toBeGreaterThan(200);
  const feed = await world.feed();
  expect(feed.map((change) => change.type)).toEqual(['sync.baseline_completed']);
  expect((await world.head()).status).toMatchObject({ status: 'ok', reason: null, failures: 0 });
});

it('tells a new, a changed, a moved and a deleted message once each', async () => {
  await using world = await startWorld({ messages: 40 });
  await world.drain();
  const id = await world.arrive({ subject: 'Fresh' });
  await world.poll();
  await world.user('PATCH', `/messages/${id}`, { isRead: true });
  await world.poll();
  await world.user('POST', `/messages/${id}/move`, { folder: 'archive' });
  await world.poll();
  await world.user('DELETE', `/messages/${id}?permanent=true`);
  await world.poll();
  await world.poll();
  const told = (await world.feed()).filter((change) => change.graphId === id);
  expect(told.map((change) => change.type)).toEqual([
    'message.created',
    'message.updated',
    'message.moved',
    'message.deleted',
  ]);
  expect(told[3]?.details).toMatchObject({ reason: 'gone' });
  expect(await world.differences()).toEqual([]);
});
