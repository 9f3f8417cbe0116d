import { expect, it } from 'vitest';
import { z } from 'zod';
import { mail } from '../../../shared/domains/mail/index.ts';
import { updateOf, writeLocally } from '../../../shared/engine/local-write.ts';
import { runPushJob } from '../../../shared/jobs/push-job.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import { startWorld, type SyncWorld } from '../../support/sync-world.ts';

const scopeOf = (world: SyncWorld): { connectionId: string; domain: string } => ({
  connectionId: world.connectionId,
  domain: 'mail',
});

async function write(world: SyncWorld, graphId: string, fields: Fields): Promise<void> {
  const message = (await world.messages()).find((candidate) => candidate.graphId === graphId);
  await writeLocally(world.app, mail, scopeOf(world), { intend: updateOf(message?.id ?? '', 'update', fields) });
}

async function push(world: SyncWorld): Promise<void> {
  await world.app.queues.push({ ...scopeOf(world), due: null });
  await world.drain();
}

const madeFolder = z.object({ id: z.string() });
const makeFolder = async (world: SyncWorld, displayName: string): Promise<string> =>
  madeFolder.parse(await world.user('POST', '/folders', { displayName })).id;

it('P3 a named item that cannot be read keeps no other folder from being polled', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const named = await world.arrive({ subject: 'Named' });
  const other = await world.arrive({ subject: 'Unnamed', folder: 'archive' });
  const path = `/messages/${encodeURIComponent(named).slice(0, 60)}`;
  await world.control('POST', '/faults', { match: { path }, times: 0, action: { kind: 'status', status: 503 } });
  await world.app.wake.raise(scopeOf(world), [named]);
  await world.poll('notification');
  await world.poll();
  expect((await world.messages()).map((message) => message.graphId)).toContain(other);
});

it('P3 a poll of all that failed is not replaced by a notification that names one item', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const other = await world.arrive({ subject: 'Owed', folder: 'archive' });
  const named = await world.arrive({ subject: 'Named' });
  const fault = { match: { path: '/delta' }, action: { kind: 'status', status: 429, headers: { 'retry-after': '2' } } };
  await world.control('POST', '/faults', fault);
  await world.poll();
  world.clock.move(10_000);
  await world.app.wake.raise(scopeOf(world), [named]);
  await world.poll('notification');
  expect((await world.messages()).map((message) => message.graphId)).toContain(other);
});

it('P8 a move into a folder that is gone is taken back', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const folder = await makeFolder(world, 'Short-lived');
  const id = await world.arrive({ subject: 'Staying' });
  await world.poll();
  await world.user('DELETE', `/folders/${folder}?permanent=true`);
  await write(world, id, { folderId: folder });
  await push(world);
  await world.poll();
  expect(await world.app.store.readOutbox(scopeOf(world))).toEqual([]);
  expect(await world.differences()).toEqual([]);
});

it('P9 a remote move met by our own update moves the record, and its later removal is told', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const id = await world.arrive({ subject: 'Moved meanwhile', isRead: false });
  await world.poll();
  await world.user('POST', `/messages/${id}/move`, { folder: 'archive' });
  await write(world, id, { isRead: true });
  await push(world);
  await world.poll();
  await world.user('DELETE', `/messages/${id}?permanent=true`);
  await world.poll();
  const told = (await world.feed()).filter((change) => change.graphId === id).map((change) => change.type);
  expect(told).toEqual(['message.created', 'message.updated', 'message.moved', 'message.deleted']);
  expect(await world.differences()).toEqual([]);
});

it('P10 a later write of ours to a field that the remote won is not sent', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const id = await world.arrive({ subject: 'Contested', isRead: false, categories: [] });
  await world.poll();
  await write(world, id, { isRead: true });
  await write(world, id, { categories: ['Ours'] });
  await world.user('PATCH', `/messages/${id}`, { categories: ['Theirs'] });
  await push(world);
  await world.poll();
  const message = (await world.messages()).find((candidate) => candidate.graphId === id);
  expect(message).toMatchObject({ isRead: true, categories: ['Theirs'] });
  expect(await world.differences()).toEqual([]);
});

it('P11 folders that go many at once, and one that is always refused, keep nothing else from being told', async () => {
  await using world = await startWorld({ messages: 10, settings: { SYNC_RETRY_BACKOFF_MS: '1000' } });
  const refused = { kind: 'status', status: 403, code: 'ErrorAccessDenied' };
  const folder = await makeFolder(world, 'Refused');
  const path = `${folder.slice(0, 200)}.*/messages/delta`;
  await world.control('POST', '/faults', { match: { path }, times: 0, action: refused });
  await world.drain();
  for (let round = 0; round < 4; round++) {
    world.clock.move(3_600_000);
    await world.poll();
  }
  expect((await world.feed()).map((change) => change.type)).toEqual(['sync.baseline_completed']);
  const folders = await Promise.all(['One', 'Two', 'Three', 'Four'].map((name) => makeFolder(world, name)));
  await world.poll();
  await Promise.all(folders.map((id) => world.user('DELETE', `/folders/${id}?permanent=true`)));
  const id = await world.arrive({ subject: 'Still told' });
  await world.poll();
  expect((await world.feed()).some((change) => change.graphId === id)).toBe(true);
  expect((await world.feed()).filter((change) => change.type === 'sync.stream_removed')).toHaveLength(4);
});

it('P6 a message that we move out of a place that is not synced into a folder that is no more goes with the folder', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const folder = await makeFolder(world, 'Short-lived');
  const id = await world.arrive({ subject: 'On its way' });
  await world.poll();
  const { folders } = z
    .object({ folders: z.array(z.object({ id: z.string(), wellKnownName: z.string().nullable() })) })
    .parse(await world.user('GET', '/snapshot?fields=ids'));
  const deleted = folders.find(({ wellKnownName }) => wellKnownName === 'deleteditems')?.id ?? '';
  await write(world, id, { folderId: deleted });
  await runPushJob({ ...scopeOf(world), due: null }, world.app);
  await write(world, id, { folderId: folder });
  await world.user('DELETE', `/folders/${folder}?permanent=true`);
  await world.poll();
  await push(world);
  await world.poll();
  const types = (await world.feed()).map(({ type, graphId }) => (graphId === id ? type : type.split('.')[1]));
  expect(types.slice(-3)).toEqual(['message.moved', 'message.moved', 'stream_removed']);
  expect((await world.messages()).some(({ graphId }) => graphId === id)).toBe(false);
});

it('P12 a pass longer than its budget goes on where it stood, and ends', async () => {
  await using world = await startWorld({ messages: 10, folders: 8, settings: { SYNC_BUDGET_PAGES: '2' } });
  await world.control('PATCH', '/settings', { notifications: { pause: true } });
  await world.drain();
  const id = await world.arrive({ subject: 'In the last folder', folder: 'archive' });
  world.graph.forget();
  await world.poll();
  expect((await world.messages()).map((message) => message.graphId)).toContain(id);
  const streams = (await world.cursors()).length;
  expect(world.graph.seen({ path: /\/delta/ })).toHaveLength(streams);
  // A second message that goes on with the same pass finds no folder left to poll.
  world.graph.forget();
  await world.app.queues.sync({ ...scopeOf(world), why: 'continue', due: null });
  await world.drain();
  expect(world.graph.seen({ path: /\/messages\/delta/ })).toEqual([]);
});
