import { expect, it } from 'vitest';
import { contactDefaults } from '../../../shared/domains/contacts/contact-wire.ts';
import { isAtRest, startContactWorld, type ContactWorld } from '../../support/contact-world.ts';

/** Pushes until nothing waits, twice at least; the pass in between meets what a lost answer has left in Outlook. */
async function settle(at: ContactWorld): Promise<void> {
  for (let round = 0; round < 4; round++) {
    at.world.clock.move(120_000);
    await at.poll(round % 2 === 0 ? 'notification' : 'schedule');
    await at.world.app.queues.push({ ...at.scope, due: null });
    await at.world.drain();
    if (round > 0 && (await isAtRest(at))) break;
  }
  await at.poll();
  expect((await at.head()).counts.outbox).toBe(0);
}

const lost = ['before', 'applied'] as const;
/** One call is lost on its way, or its answer on the way back; then the mailbox is well again. */
const lose = ({ world }: ContactWorld, method: string, path: RegExp, how: (typeof lost)[number]): void => {
  world.graph.plan({ method, path, fault: how === 'before' ? { before: 'reset' } : { applied: 'reset' } });
};

it.each(lost)('P8 P9: makes a contact once though its POST is lost (%s), and a page shows it first', async (how) => {
  await using at = await startContactWorld();
  await at.arrive({ displayName: 'Eve' });
  await at.poll();
  lose(at, 'POST', /\/me\/contacts$/, how);
  const made = await at.create({
    ...contactDefaults,
    displayName: 'Grace',
    emails: [{ address: 'g@x.example', name: null }],
  });
  await at.world.drain();
  await settle(at);
  expect((await at.theirs()).map((contact) => contact['displayName']).toSorted()).toEqual(['Eve', 'Grace']);
  expect((await at.named('Grace')).id).toBe(made.id);
  expect(await at.differences()).toEqual([]);
  const rows = (await at.feed()).filter(({ type }) => type.startsWith('contact.'));
  expect(rows.map(({ type, cause }) => [type, cause === 'own-write'])).toEqual([
    ['contact.created', false],
    ['contact.created', true],
    // Where it lies: nothing but Outlook could tell.
    ['contact.updated', true],
  ]);
});

it.each(lost)('P8 P9: changes, and deletes, a contact once though the call is lost (%s)', async (how) => {
  await using at = await startContactWorld({ ways: { deletedResolve: true } });
  const graphId = await at.arrive({ givenName: 'Ada', surname: 'Lovelace' });
  await at.poll();
  const { id } = await at.named('Ada Lovelace');
  lose(at, 'PATCH', /\/me\/contacts\//, how);
  await at.update(id, { jobTitle: 'Countess' });
  await at.world.drain();
  await settle(at);
  expect(await at.differences()).toEqual([]);
  expect((await at.named('Ada Lovelace')).fields).toMatchObject({ jobTitle: 'Countess' });
  lose(at, 'DELETE', /\/me\/contacts\//, how);
  await at.write(async (rows) => {
    const record = await rows.record(id);
    return record === null ? null : { type: 'delete', record, action: 'delete' };
  });
  await at.world.drain();
  await settle(at);
  expect(await at.effects(graphId)).toEqual(['update', 'delete']);
  expect([await at.ours(), await at.theirs()]).toEqual([[], []]);
  expect((await at.feed()).slice(1).map(({ type, cause }) => [type, cause])).toEqual([
    ['contact.created', expect.anything()],
    ['contact.updated', 'own-write'],
    ['contact.deleted', 'own-write'],
  ]);
});

const calls = [
  ['PATCH', /\/me\/contacts\//],
  ['POST', /\/me\/contactFolders\/.*\/contacts$/],
  ['PUT', /photo/],
  ['DELETE', /\/me\/contacts\//],
] as const;

const cases = calls.flatMap(([method, path]) =>
  lost.flatMap((how) => [true, false].map((resolves) => [method, how, resolves, path] as const)),
);

it.each(cases)(
  'P8 P9: moves a contact that Graph does not move, and keeps it one, though its %s is lost (%s; a deleted one can be read: %s)',
  async (method, how, deletedResolve, path) => {
    await using at = await startContactWorld({ ways: { moveByPatch: 'ignored', deletedResolve } });
    await at.arrive({ displayName: 'Eve' });
    const friends = await at.folder('Friends');
    const graphId = await at.arrive({ givenName: 'Ada', surname: 'Lovelace', nickName: 'Enchantress' });
    await picture(at, graphId);
    await at.poll();
    const before = await at.named('Ada Lovelace');
    lose(at, method, path, how);
    await at.update(before.id, { folderId: friends, jobTitle: 'Countess' });
    await at.world.drain();
    await settle(at);
    const there = (await at.theirs()).filter((contact) => contact['surname'] === 'Lovelace');
    expect(there).toMatchObject([
      { parentFolderId: friends, jobTitle: 'Countess', nickName: 'Enchantress', hasPhoto: true },
    ]);
    expect((await at.named('Ada Lovelace')).id).toBe(before.id);
    expect(await at.differences()).toEqual([]);
    const rows = (await at.feed()).filter(({ cause }) => cause === 'own-write').map(({ type, id }) => [type, id]);
    expect(rows).toEqual([['contact.moved', before.id]]);
    expect((await at.feed()).map(({ type }) => type)).not.toContain('contact.deleted');
  },
);

/** One contact whose move, which Graph does not make, has made it anew in Friends: the answer to that was lost. */
async function halfMoved(at: ContactWorld): Promise<{ readonly id: string; readonly graphId: string }> {
  await at.arrive({ displayName: 'Eve' });
  const friends = await at.folder('Friends');
  const graphId = await at.arrive({ displayName: 'Ada' });
  await at.poll();
  const { id } = await at.named('Ada');
  lose(at, 'POST', /\/me\/contactFolders\/.*\/contacts$/, 'applied');
  await at.update(id, { folderId: friends });
  await at.world.drain();
  expect((await at.theirs()).map((contact) => contact['displayName']).toSorted()).toEqual(['Ada', 'Ada', 'Eve']);
  return { id, graphId };
}

it.each([true, false])('P8: deletes both of a contact that is being moved (a poll before: %s)', async (polled) => {
  await using at = await startContactWorld({ ways: { moveByPatch: 'ignored' } });
  const { id } = await halfMoved(at);
  if (polled) await at.poll();
  await at.write(async (rows) => {
    const record = await rows.record(id);
    return record === null ? null : { type: 'delete', record, action: 'delete' };
  });
  await settle(at);
  expect((await at.theirs()).map((contact) => contact['displayName'])).toEqual(['Eve']);
  expect(await at.differences()).toEqual([]);
  const rows = (await at.feed()).filter((row) => row.id === id).map(({ type, cause }) => `${type} ${cause}`);
  expect(rows.slice(1)).toEqual(['contact.moved own-write', 'contact.deleted own-write']);
});

it('P10: lists both of a contact that somebody moves while it is being moved', async () => {
  await using at = await startContactWorld({ ways: { moveByPatch: 'ignored' } });
  const others = await at.folder('Others');
  const { id, graphId } = await halfMoved(at);
  await at.move(graphId, others);
  await at.poll();
  await settle(at);
  const ours = (await at.ours()).filter((contact) => contact['displayName'] === 'Ada');
  expect(ours.map((contact) => [contact['id'] === id, contact['folderId'] === others]).toSorted()).toEqual([
    [false, false],
    [true, true],
  ]);
  expect(await at.differences()).toEqual([]);
});

it.each([false, true])(
  'P10: leaves a contact where somebody moves it while it is being moved, and no other (being deleted too: %s)',
  async (deleting) => {
    await using at = await startContactWorld({ ways: { moveByPatch: 'ignored' } });
    const others = await at.folder('Others');
    const { id, graphId } = await halfMoved(at);
    await at.move(graphId, others);
    if (deleting)
      await at.write(async (rows) => {
        const record = await rows.record(id);
        return record === null ? null : { type: 'delete', record, action: 'delete' };
      });
    at.world.clock.move(120_000);
    await at.world.app.queues.push({ ...at.scope, due: null });
    await at.world.drain();
    await settle(at);
    const theirs = (await at.theirs()).filter((contact) => contact['displayName'] === 'Ada');
    expect(theirs).toMatchObject([{ id: graphId, parentFolderId: others }]);
    expect(await at.named('Ada')).toMatchObject({ id, graphId });
    expect(await at.differences()).toEqual([]);
    expect((await at.feed()).filter((row) => row.id === id).map(({ type }) => type)).toContain('contact.conflict');
  },
);

/** Puts a photo to a contact, by the application's own way to Graph. */
async function picture({ world }: ContactWorld, graphId: string): Promise<void> {
  const found = await world.app.connections.read(world.connectionId);
  if (found === null) throw new Error('there is no connection');
  const taken = await world.app.slots.take(found.connection.account, 1);
  if (taken.outcome === 'wait') throw new Error('no slot is free');
  const source = world.app.sources.open(found.connection, taken.lease);
  const media = { contentType: 'image/jpeg', bytes: new Uint8Array([255, 216, 255, 224, 0]) };
  await source.write({ method: 'PUT', path: `/me/contacts/${graphId}/photo/$value`, media });
  await taken.lease.release();
}
