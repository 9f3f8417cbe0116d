import { expect, it } from 'vitest';
import { z } from 'zod';
import { mail } from '../../../shared/domains/mail/index.ts';
import { updateOf, writeLocally } from '../../../shared/engine/local-write.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import { startWorld, type SyncWorld } from '../../support/sync-world.ts';

const effects = z.array(z.object({ kind: z.string(), id: z.string(), by: z.string() }));

/** A write as the API makes it, up to the queue. */
async function write(world: SyncWorld, graphId: string, fields: Fields): Promise<void> {
  const scope = { connectionId: world.connectionId, domain: 'mail' };
  const message = (await world.messages()).find((candidate) => candidate.graphId === graphId);
  const written = await writeLocally(world.app, mail, scope, {
    intend: updateOf(message?.id ?? '', 'update', fields),
  });
  expect(written?.operation).not.toBeNull();
  await world.app.queues.push({ ...scope, due: null });
}

async function ours(world: SyncWorld, graphId: string): Promise<string[]> {
  const log = effects.parse(await world.user('GET', '/effects'));
  return log.filter((effect) => effect.by === 'app' && effect.id === graphId).map((effect) => effect.kind);
}

/** The id of a folder by its well-known name. */
async function folderIdOf(world: SyncWorld, name: string): Promise<string> {
  const { notes } = await world.head();
  return z.object({ wellKnown: z.record(z.string(), z.string()) }).parse(notes).wellKnown[name] ?? '';
}

it('P9 an own write reaches the tenant once and comes back without an echo', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const id = await world.arrive({ subject: 'Mine', isRead: false });
  await world.poll();
  await write(world, id, { isRead: true, categories: ['Blue category'] });
  await world.drain();
  for (let round = 0; round < 5; round++) await world.poll();
  const told = (await world.feed()).filter((change) => change.graphId === id);
  expect(told.map((change) => [change.type, change.cause])).toEqual([
    ['message.created', expect.anything()],
    ['message.updated', 'own-write'],
  ]);
  expect(await ours(world, id)).toEqual(['update']);
  expect(await world.differences()).toEqual([]);
});

it('P9 an own move is told once, as a move of ours', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const id = await world.arrive({ subject: 'To be filed' });
  await world.poll();
  await write(world, id, { folderId: await folderIdOf(world, 'archive') });
  await world.drain();
  for (let round = 0; round < 5; round++) await world.poll();
  const told = (await world.feed()).filter((change) => change.graphId === id);
  expect(told.map((change) => [change.type, change.cause])).toEqual([
    ['message.created', expect.anything()],
    ['message.moved', 'own-write'],
  ]);
  expect(await ours(world, id)).toEqual(['move']);
  expect(await world.differences()).toEqual([]);
});

it('P9 a message that somebody deletes while we write to it is told as deleted by others', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const id = await world.arrive({ subject: 'Doomed', isRead: false });
  await world.poll();
  await world.control('PATCH', '/settings', { notifications: { pause: true } });
  await world.user('DELETE', `/messages/${id}?permanent=true`);
  await write(world, id, { isRead: true });
  await world.drain();
  for (let round = 0; round < 3; round++) await world.poll();
  const told = (await world.feed()).filter((change) => change.graphId === id);
  expect(told.map((change) => [change.type, change.cause])).toEqual([
    ['message.created', expect.anything()],
    ['message.updated', 'own-write'],
    ['message.deleted', 'poll'],
  ]);
  expect(await world.app.store.readOutbox({ connectionId: world.connectionId, domain: 'mail' })).toEqual([]);
});

it('P8 a write whose answer was lost is not sent again', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const id = await world.arrive({ subject: 'Once', isRead: false });
  await world.poll();
  world.graph.plan({ method: 'PATCH', path: /\/messages\//, fault: { applied: 'reset' } });
  await write(world, id, { isRead: true });
  await world.drain();
  world.clock.move(3_600_000);
  await world.app.queues.push({ connectionId: world.connectionId, domain: 'mail', due: null });
  await world.drain();
  await world.poll();
  expect(await ours(world, id)).toEqual(['update']);
  expect(await world.app.store.readOutbox({ connectionId: world.connectionId, domain: 'mail' })).toEqual([]);
  expect(await world.differences()).toEqual([]);
});

it.each(['archive', 'deleteditems'])(
  'P8 P10 a message that the user has taken back out of %s, where a round has seen that we moved it, is not moved again',
  async (name) => {
    await using world = await startWorld({ messages: 10 });
    await world.drain();
    const id = await world.arrive({ subject: 'Contested', folder: 'inbox' });
    await world.poll();
    await world.control('PATCH', '/settings', { notifications: { pause: true } });
    world.graph.plan({ method: 'POST', path: /\/move$/, fault: { applied: 'reset' } });
    await write(world, id, { folderId: await folderIdOf(world, name) });
    await world.drain();
    await world.poll();
    await world.user('POST', `/messages/${id}/move`, { folder: 'inbox' });
    await world.poll();
    world.clock.move(3_600_000);
    await world.app.queues.push({ connectionId: world.connectionId, domain: 'mail', due: null });
    await world.drain();
    expect(await ours(world, id)).toEqual(['move']);
    const message = (await world.messages()).find(({ graphId }) => graphId === id);
    expect(message?.folderId).toBe(await folderIdOf(world, 'inbox'));
    expect(await world.app.store.readOutbox({ connectionId: world.connectionId, domain: 'mail' })).toEqual([]);
    expect(await world.differences()).toEqual([]);
  },
);

it('P10 different fields changed on both sides both survive', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const id = await world.arrive({ subject: 'Both', isRead: false });
  await world.poll();
  await world.user('PATCH', `/messages/${id}`, { flag: { flagStatus: 'flagged' } });
  await write(world, id, { isRead: true });
  await world.poll();
  await world.poll();
  const message = (await world.messages()).find((candidate) => candidate.graphId === id);
  expect(message).toMatchObject({ isRead: true, flag: 'flagged' });
  expect(await world.differences()).toEqual([]);
});

it('P10 the remote value wins where our write is sent before a page tells of it', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const id = await world.arrive({ subject: 'Contested', categories: ['Base'], isRead: false });
  await world.poll();
  await world.control('PATCH', '/settings', { notifications: { pause: true } });
  await world.user('PATCH', `/messages/${id}`, { categories: ['Theirs'] });
  await write(world, id, { categories: ['Ours'], isRead: true });
  await world.drain();
  const [told, ...more] = (await world.feed()).filter(({ type }) => type === 'message.conflict');
  expect([told?.details, more]).toEqual([{ losing: { categories: ['Ours'] } }, []]);
  await world.poll();
  const message = (await world.messages()).find((candidate) => candidate.graphId === id);
  expect(message).toMatchObject({ categories: ['Theirs'], isRead: true });
  expect(await world.differences()).toEqual([]);
  expect(await ours(world, id)).toEqual(['update']);
});

it('P10 the remote value wins a conflict, and the losing one is told', async () => {
  await using world = await startWorld({ messages: 10 });
  await world.drain();
  const id = await world.arrive({ subject: 'Contested', categories: [] });
  await world.poll();
  const scope = { connectionId: world.connectionId, domain: 'mail' };
  const message = (await world.messages()).find((candidate) => candidate.graphId === id);
  await writeLocally(world.app, mail, scope, {
    intend: updateOf(message?.id ?? '', 'update', { categories: ['Ours'] }),
  });
  await world.user('PATCH', `/messages/${id}`, { categories: ['Theirs'] });
  await world.poll();
  await world.app.queues.push({ ...scope, due: null });
  await world.drain();
  await world.poll();
  const conflict = (await world.feed()).find((change) => change.type === 'message.conflict');
  expect(conflict?.details).toEqual({ losing: { categories: ['Ours'] } });
  expect((await world.messages()).find((candidate) => candidate.graphId === id)?.categories).toEqual(['Theirs']);
  expect(await world.differences()).toEqual([]);
});
