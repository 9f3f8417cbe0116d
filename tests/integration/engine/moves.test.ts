import { expect, it } from 'vitest';
import { z } from 'zod';
import { startWorld, type SyncWorld } from '../../support/sync-world.ts';

const told = async (world: SyncWorld, id: string): Promise<string[]> =>
  (await world.feed()).filter((change) => change.graphId === id).map((change) => change.type);

it('P4 a move is one move, whichever folder is read first', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const there = await world.arrive({ subject: 'There', folder: 'inbox' });
  const back = await world.arrive({ subject: 'Back', folder: 'archive' });
  await world.poll();
  await world.user('POST', `/messages/${there}/move`, { folder: 'archive' });
  await world.user('POST', `/messages/${back}/move`, { folder: 'inbox' });
  await world.poll();
  await world.poll();
  expect(await told(world, there)).toEqual(['message.created', 'message.moved']);
  expect(await told(world, back)).toEqual(['message.created', 'message.moved']);
  expect(await world.differences()).toEqual([]);
});

it('P4 a message that left a folder and came back is not lost', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.control('PATCH', '/settings', { mutableMoveLoss: true });
  await world.drain();
  const id = await world.arrive({ subject: 'Boomerang' });
  await world.poll();
  await world.user('POST', `/messages/${id}/move`, { folder: 'deleteditems' });
  await world.user('POST', `/messages/${id}/move`, { folder: 'inbox' });
  await world.poll();
  expect(await told(world, id)).toEqual(['message.created']);
  expect(await world.differences()).toEqual([]);
});

it('P4 what delta loses altogether is found by the count, after two polls', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.control('PATCH', '/settings', { mutableMoveLoss: true });
  await world.drain();
  const id = await world.arrive({ subject: 'Lost and found' });
  await world.poll();
  await world.user('POST', `/messages/${id}/move`, { folder: 'deleteditems' });
  await world.poll();
  await world.user('POST', `/messages/${id}/move`, { folder: 'inbox' });
  await world.poll();
  await world.poll();
  await world.poll();
  expect(await told(world, id)).toEqual(['message.created', 'message.deleted', 'message.created']);
  expect(await world.differences()).toEqual([]);
});

it('P4 an id that a notification names is read even where no round brings it', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.control('PATCH', '/settings', { mutableMoveLoss: true });
  await world.drain();
  const id = await world.arrive({ subject: 'Named' });
  await world.poll();
  await world.user('POST', `/messages/${id}/move`, { folder: 'deleteditems' });
  await world.poll();
  await world.user('POST', `/messages/${id}/move`, { folder: 'inbox' });
  await world.app.wake.raise({ connectionId: world.connectionId, domain: 'mail' }, [id]);
  await world.poll('notification');
  expect(await told(world, id)).toEqual(['message.created', 'message.deleted', 'message.created']);
  expect(await world.differences()).toEqual([]);
});

it('P7 says where a message went that left all synced folders', async () => {
  await using world = await startWorld({ messages: 10, mailFolders: ['inbox'] });
  await world.drain();
  const id = await world.arrive({ subject: 'Leaving' });
  await world.poll();
  await world.user('POST', `/messages/${id}/move`, { folder: 'deleteditems' });
  await world.poll();
  const last = (await world.feed()).at(-1);
  expect(last).toMatchObject({ type: 'message.deleted', details: { reason: 'left', wellKnownName: 'deleteditems' } });
  z.object({ folderId: z.string().min(1) }).parse(last?.details);
});
