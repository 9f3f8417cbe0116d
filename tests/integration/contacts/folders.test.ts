import { expect, it } from 'vitest';
import { DEFAULT, streamOfFolder } from '../../../shared/domains/contacts/folder.ts';
import { startContactWorld } from '../../support/contact-world.ts';

const told = (feed: readonly { readonly type: string; readonly details?: object | undefined }[]): string[] =>
  feed.map(({ type }) => type).filter((type) => type.startsWith('contact.'));

it('syncs nested folders, and tells a move between folders once, as a move, whichever page comes first', async () => {
  await using at = await startContactWorld({ contacts: 5 });
  const friends = await at.folder('Friends');
  const close = await at.folder('Close', friends);
  const ada = await at.arrive({ displayName: 'Ada' }, friends);
  await at.poll();
  expect(await at.differences()).toEqual([]);
  const { id } = await at.named('Ada');
  for (const folder of [close, 'contacts', friends]) {
    await at.move(ada, folder);
    await at.poll('notification');
    await at.poll();
    expect(await at.differences()).toEqual([]);
  }
  expect(told(await at.feed())).toEqual(['contact.moved', 'contact.moved', 'contact.moved']);
  expect((await at.named('Ada')).id).toBe(id);
});

it('knows the default folder from its first contact, however that comes', async () => {
  await using at = await startContactWorld();
  const friends = await at.folder('Friends');
  const ada = await at.arrive({ displayName: 'Ada' }, friends);
  await at.poll();
  expect((await at.head()).notes).not.toHaveProperty('defaultFolderId');
  // Into the empty folder whose id nobody knows: no leaving, no arrival, a move.
  await at.move(ada, 'contacts');
  await at.poll('notification');
  await at.poll();
  expect(told(await at.feed())).toEqual(['contact.moved']);
  expect((await at.named('Ada')).stream).toBe('default');
  expect((await at.head()).notes).toHaveProperty('defaultFolderId');
  expect(await at.differences()).toEqual([]);
});

it('takes the first contact of an empty address book from the notification that names it', async () => {
  await using at = await startContactWorld();
  await at.arrive({ displayName: 'Ada' });
  await at.world.drain();
  await expect.poll(async () => at.world.drain().then(() => at.ours()), { timeout: 10_000 }).toHaveLength(1);
  expect(await at.differences()).toEqual([]);
  expect(told(await at.feed())).toEqual(['contact.created']);
});

it.each([true, false])(
  'takes a deleted folder for gone with all that is in it, and what was moved out of it in time for moved (it can be read: %s)',
  async (deletedResolve) => {
    await using at = await startContactWorld({ ways: { deletedResolve } });
    await at.arrive({ displayName: 'Eve' });
    const friends = await at.folder('Friends');
    const close = await at.folder('Close', friends);
    const [ada] = [await at.arrive({ displayName: 'Ada' }, friends), await at.arrive({ displayName: 'Bob' }, close)];
    await at.poll();
    await at.move(ada, 'contacts');
    await at.removeFolder(friends);
    await at.poll();
    await at.poll();
    expect(await at.differences()).toEqual([]);
    expect((await at.cursors()).map(({ stream }) => stream).toSorted()).toEqual(['default', 'folders']);
    const feed = await at.feed();
    expect(told(feed)).toEqual(['contact.created', 'contact.moved']);
    const removed = feed.filter(({ type }) => type === 'sync.stream_removed').map(({ details }) => details?.['name']);
    expect(removed.toSorted()).toEqual(['Close', 'Friends']);
  },
);

it('meets a contact in the folder that was made for it a moment before', async () => {
  await using at = await startContactWorld({ contacts: 3 });
  const ada = await at.arrive({ displayName: 'Ada' });
  await at.poll();
  const friends = await at.folder('Friends');
  await at.move(ada, friends);
  await at.poll('notification');
  await at.poll();
  expect(told(await at.feed()).slice(1)).toEqual(['contact.moved']);
  expect((await at.named('Ada')).stream).toBe(streamOfFolder(friends));
  expect(await at.differences()).toEqual([]);
});

it('watches each folder by itself, and one that is gone no more', async () => {
  await using at = await startContactWorld();
  const watched = async (): Promise<string[]> =>
    (await at.world.app.subscriptions.list(await account(at)))
      .map(({ subscription }) => subscription.resource)
      .toSorted();
  expect(await watched()).toEqual(['me/contacts']);
  const friends = await at.folder('Friends');
  await at.poll();
  expect(await watched()).toEqual([`me/contactFolders/${friends}/contacts`, 'me/contacts']);
  await at.arrive({ displayName: 'Ada' }, friends);
  await expect
    .poll(async () => at.world.drain().then(() => at.named('Ada')), { timeout: 10_000 })
    .toMatchObject({ fields: { displayName: 'Ada' } });
  await at.removeFolder(friends);
  await at.poll();
  expect(await watched()).toEqual(['me/contacts']);
});

async function account({ world }: Awaited<ReturnType<typeof startContactWorld>>) {
  const found = await world.app.connections.read(world.connectionId);
  if (found === null) throw new Error('there is no connection');
  return found.connection.account;
}

it.each(['ignored', 'refused', 'moves'] as const)(
  'P8 P9: moves a contact for the application, and keeps it one (Graph’s way with a patched folder: %s)',
  async (moveByPatch) => {
    await using at = await startContactWorld({ ways: { moveByPatch } });
    const friends = await at.folder('Friends');
    const members = { nickName: 'Enchantress', imAddresses: ['sip:ada@x.example'], spouseName: 'William' };
    await at.arrive({ givenName: 'Ada', surname: 'Lovelace', ...members });
    await at.poll();
    const before = await at.named('Ada Lovelace');
    await at.update(before.id, { folderId: friends, jobTitle: 'Countess' });
    await at.world.drain();
    for (let round = 0; round < 4; round++) await at.poll(round % 2 === 0 ? 'notification' : 'schedule');
    const after = await at.named('Ada Lovelace');
    expect(after).toMatchObject({ id: before.id, stream: streamOfFolder(friends), fields: { jobTitle: 'Countess' } });
    expect(after.graphId === before.graphId).toBe(moveByPatch === 'moves');
    expect(await at.differences()).toEqual([]);
    const there = (await at.theirs()).filter((contact) => contact['parentFolderId'] === friends);
    expect(there).toMatchObject([{ ...members, givenName: 'Ada', jobTitle: 'Countess' }]);
    const rows = (await at.feed()).filter(({ id }) => id === before.id).map(({ type, cause }) => [type, cause]);
    expect(rows.slice(1)).toEqual([['contact.moved', 'own-write']]);
    expect((await at.head()).counts).toMatchObject({ records: 2, outbox: 0, hints: 0 });
  },
);

it.each(['ignored', 'refused'] as const)(
  'P9: takes back of a move that is refused its folder alone, and not what Outlook has taken with it (a patched folder: %s)',
  async (moveByPatch) => {
    await using at = await startContactWorld({ ways: { moveByPatch } });
    const friends = await at.folder('Friends');
    await at.arrive({ displayName: 'Ada' });
    await at.poll();
    const { id } = await at.named('Ada');
    await at.removeFolder(friends);
    await at.update(id, { folderId: friends, jobTitle: 'Countess' });
    await at.world.drain();
    for (let round = 0; round < 3; round++) await at.poll(round === 0 ? 'notification' : 'schedule');
    expect((await at.named('Ada')).fields).toMatchObject({ jobTitle: 'Countess' });
    expect(await at.differences()).toEqual([]);
    const rows = (await at.feed()).filter((row) => row.id === id).slice(1);
    expect(rows.map(({ type, cause }) => [type, cause])).toEqual([
      ['contact.moved', 'own-write'],
      ['contact.conflict', 'system'],
    ]);
    expect(rows.at(-1)?.details?.['losing']).toEqual({ folderId: friends });
  },
);

it.each([true, false])(
  'P9: moves a contact for the application into the default folder whose id nobody knows (the answer is lost: %s)',
  async (isLost) => {
    await using at = await startContactWorld();
    const friends = await at.folder('Friends');
    const ada = await at.arrive({ displayName: 'Ada' }, friends);
    await at.poll();
    const { id } = await at.named('Ada');
    if (isLost) at.world.graph.plan({ method: 'POST', path: /\/me\/contacts$/, fault: { applied: 'reset' } });
    await at.write(async (rows) => {
      const record = await rows.record(id);
      const fields = { folderId: null };
      return record === null ? null : { type: 'update', record, action: 'update', fields, stream: DEFAULT };
    });
    expect((await at.head()).notes).not.toHaveProperty('defaultFolderId');
    expect(await at.named('Ada')).toMatchObject({ stream: DEFAULT, fields: { folderId: null } });
    await at.world.drain();
    for (let round = 0; round < 3; round++) {
      at.world.clock.move(120_000);
      await at.poll(round === 0 ? 'notification' : 'schedule');
      await at.world.app.queues.push({ ...at.scope, due: null });
      await at.world.drain();
    }
    const { stream, graphId } = await at.named('Ada');
    expect({ stream, isAnew: graphId !== ada }).toEqual({ stream: DEFAULT, isAnew: true });
    expect(await at.differences()).toEqual([]);
    expect((await at.head()).counts).toMatchObject({ records: 2, outbox: 0, hints: 0 });
    await at.edit(graphId ?? '', { jobTitle: 'Countess' });
    await at.poll();
    const rows = (await at.feed()).filter(({ id: of }) => of === id).map(({ type, cause }) => [type, cause]);
    expect(rows).toEqual([
      ['contact.moved', 'own-write'],
      // Where it lies: nothing but Outlook could tell.
      ['contact.updated', 'own-write'],
      ['contact.updated', expect.not.stringMatching('own-write')],
    ]);
  },
);
